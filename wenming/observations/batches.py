"""The life of a file that comes in row by row, whatever its rows are about: kept, judged, brought in, taken back.

Who may do what, and what becomes of a row, is said by `imports.py` (reports) and `component_imports.py` (components).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from .models import ImportBatch, ImportMapping, ImportRow
from .models.imports import BatchState, RowState
from .tables import Table

ROWS_PER_TRANSACTION = 500
WAITING = [RowState.READY, RowState.WARNED]


class MappingDoesNotFit(BadInput):
    code = "import.mapping"


class BatchRefused(Refusal):
    code = "import.step-refused"


def new_batch(
    content: bytes, name: str, table: Table, mapping: ImportMapping, *, by: Account | None, now: datetime, **options: Any
) -> ImportBatch:
    """The batch of a file, not yet kept."""
    return ImportBatch(
        mapping=mapping, file_name=name[-120:], file_hash=hashlib.sha256(content).hexdigest(),
        header=[column for column in table.header if column], options=options, created_at=now, created_by=by,
    )  # fmt: skip


def read_batch(
    content: bytes, name: str, table: Table, mapping: ImportMapping, *, by: Account | None, now: datetime, **options: Any
) -> tuple[ImportBatch, list[ImportRow]]:
    """The batch and its rows as the file has them, not yet judged and not yet kept."""
    batch = new_batch(content, name, table, mapping, by=by, now=now, **options)
    return batch, [
        ImportRow(
            batch=batch, position=position, state=RowState.REFUSED,
            cells={column: plain(cell) for column, cell in zip(table.header, cells, strict=False) if column},
        )
        for position, cells in table.numbered()
    ]  # fmt: skip


def keep_batch(batch: ImportBatch, rows: Sequence[ImportRow]) -> ImportBatch:
    """The judged rows with their batch, by portions: nobody waits for a hundred thousand rows to be written.

    Until the last portion is in, nothing can be done with the batch; cut off before, it says so and stays without effect.
    """
    portions = _portions(rows)
    for number, portion in enumerate(portions, start=1):
        with transaction.atomic():
            if number in {1, len(portions)}:
                batch.state = BatchState.PREVIEWED if number == len(portions) else BatchState.READING
                batch.save()
            for row in portion:
                row.batch_id = batch.pk
            ImportRow.objects.bulk_create(portion)
    return batch


def keep_verdicts(batch: ImportBatch, rows: Sequence[ImportRow], mapping: Callable[[], ImportMapping]) -> ImportBatch:
    """The rows as they were judged again, by another mapping; cut off between two portions, the batch was not read to its end.

    mapping: gives it, and saves it where it is new: with the last verdict that it gave, not before.
    """
    portions = _portions(rows)
    for number, portion in enumerate(portions, start=1):
        with transaction.atomic():
            if number == 1:
                # Nobody confirms rows of which some were judged by the old columns and some by the new.
                batch = moved_on(batch, BatchState.PREVIEWED, BatchState.READING, begun_words())
            ImportRow.objects.bulk_update(portion, ["state", "reasons", "understood"])
            if number == len(portions):
                batch.state, batch.mapping = BatchState.PREVIEWED, mapping()
                batch.save(update_fields=["state", "mapping"])
    return batch


def begun_words() -> str:
    return _("这一批已经导入过了。要改请先撤销这一批，再导入一次。")


def _portions(rows: Sequence[ImportRow]) -> list[Sequence[ImportRow]]:
    """At least one, that may be empty."""
    return [rows[start : start + ROWS_PER_TRANSACTION] for start in range(0, max(1, len(rows)), ROWS_PER_TRANSACTION)]


def moved_on(batch: ImportBatch, start: BatchState, end: BatchState, otherwise: str) -> ImportBatch:
    """The batch, locked, in its new state; whoever presses second is refused in these words. Needs a transaction."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != start:
        raise BatchRefused(otherwise)
    batch.state = end
    batch.save(update_fields=["state"])
    return batch


def batch_of(entry: Entry) -> ImportBatch:
    """The batch that a journal entry is about."""
    return ImportBatch.objects.select_related("mapping", "created_by").get(pk=entry.about.split(":", 1)[1])


def waiting_rows(batch: ImportBatch, most: int) -> list[ImportRow]:
    """The next portion to come in; what stood in the file is not needed for that."""
    return list(batch.rows.filter(state__in=WAITING).defer("cells")[:most])


def turn_ended(batch: ImportBatch, rows: Sequence[ImportRow], now: datetime) -> object:
    """Another turn as long as there were rows; after the last one the batch is done."""
    if rows:
        return AGAIN
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(state=BatchState.DONE, finished_at=now)
    return None


def refuse_row(row: ImportRow, why: Refusal) -> None:
    """A refusal becomes the row's reason, and the batch goes on."""
    ImportRow.objects.filter(pk=row.pk).update(state=RowState.REFUSED, reasons=[*row.reasons, str(why)])


def verdicts(batch: ImportBatch) -> dict[str, int]:
    """{row state: number of rows}, every state named."""
    counts = dict(batch.rows.values_list("state").annotate(n=Count("pk")))
    return {state: counts.get(state, 0) for state in RowState.values}


def plain(value: Any) -> Any:
    """As JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
