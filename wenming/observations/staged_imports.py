"""A list that is handed in at a page and read in the worker, then decided, brought in and taken back as any other.

`place_imports.py` and `premises_imports.py` are the kinds; how a file is read by portions is `reading_batches.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.services import LookFirst
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account
from wenming.territory.rules.coordinates import Datum

from .batches import batch_of, new_batch
from .geo_tables import read_any
from .models import ImportBatch, ImportRow
from .reading_batches import MakeJudge, begin_again, keep_file, keep_portion, look_further
from .row_imports import RowImport


class StagedImport(RowImport):
    """One kind of list. Beside what a RowImport says of itself: the action of handing in, and who judges the rows of a file."""

    handed_in_action: str
    judging: MakeJudge

    @transaction.atomic
    def hand_in(self, content: bytes, name: str, *, datum: Datum, by: Account, now: datetime, **options: Any) -> ImportBatch:
        """Take the file in; the worker reads it and gives every row a verdict (`reading`). Nothing comes in by that.

        datum: what the person says the coordinates are in; it is never guessed. options: what else holds of the whole file.
        Raises UnreadableTable, MappingDoesNotFit.
        """
        self._allow(by)
        read = read_any(content, name)
        mapping = self._fitting_mapping([column for column in read.table.header if column], name, by, now)
        batch = new_batch(
            content, name, read.table, mapping, by=by, now=now, datum=datum.value, declared=read.declared, **options
        )
        keep_file(batch, content, len(read.table.rows))
        self._handed_in(batch, by, now)
        return batch

    @transaction.atomic
    def judge_again(self, batch: ImportBatch, columns: dict[str, dict[str, str]], *, by: Account, now: datetime) -> ImportBatch:
        """Have the rows read by other columns, as long as nothing has come in; later files of this kind are read so too."""
        batch = self.by_other_columns(batch, columns, by, now)
        begin_again(batch)
        self._handed_in(batch, by, now)
        return batch

    def preview(self, content: bytes, name: str, *, datum: Datum, by: Account, now: datetime, **options: Any) -> ImportBatch:
        """`hand_in`, read to its end by whoever calls: for programs, who can wait."""
        return self.read_to_the_end(self.hand_in(content, name, datum=datum, by=by, now=now, **options), now)

    def read_to_the_end(self, batch: ImportBatch, now: datetime) -> ImportBatch:
        """Every portion of a batch that was handed in, one after the other."""
        while keep_portion(batch, look_further(batch, self.judging, now)) is AGAIN:
            batch.refresh_from_db()
        batch.refresh_from_db()
        return batch

    @property
    def reading(self) -> LookFirst[tuple[int, list[ImportRow]] | None]:
        """The reaction to a file that was handed in: a portion of rows, then another turn, until every row has its verdict."""
        return LookFirst(self._look_further, _keep_portion)

    def _look_further(self, entry: Entry, now: datetime) -> tuple[int, list[ImportRow]] | None:
        return look_further(batch_of(entry), self.judging, now)

    def _handed_in(self, batch: ImportBatch, by: Account, now: datetime) -> None:
        journal.record(self.handed_in_action, by=by, about=batch, now=now, file=batch.file_hash, rows=batch.rows_total)


def _keep_portion(entry: Entry, now: datetime, found: tuple[int, list[ImportRow]] | None) -> object:
    return keep_portion(batch_of(entry), found)
