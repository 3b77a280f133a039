"""Reading a file of very many rows by portions, in the worker: nobody waits at a page, and memory does not grow with the file.

The file waits in the database, cut in pieces, until its last row has a verdict. How far the reading is stands in the batch;
a worker that was killed, or overtaken by another, goes on from there. Whoever takes a turn looks outside of any transaction
and writes one portion in a short one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

from django.db import transaction

from wenming.engine.inserting import insert_all
from wenming.engine.writing import update_all
from wenming.journal.worker import AGAIN

from .batches import plain
from .geo_tables import read_any
from .models import ImportBatch, ImportPiece, ImportRow
from .models.imports import BatchState, RowState

ROWS_PER_TURN = 1_000
PIECE_BYTES = 1 << 20


class Judge(Protocol):
    """Gives portions of rows their verdicts, in their order."""

    def judge(self, rows: Sequence[ImportRow]) -> None: ...


MakeJudge = Callable[[ImportBatch, datetime], Judge]


def keep_file(batch: ImportBatch, content: bytes, rows: int) -> None:
    """The batch with its file, waiting to be read. Needs a transaction."""
    batch.state, batch.rows_total, batch.rows_read = BatchState.READING, rows, 0
    batch.save()
    for position, start in enumerate(range(0, len(content), PIECE_BYTES)):
        ImportPiece.objects.create(batch=batch, position=position, content=content[start : start + PIECE_BYTES])


def begin_again(batch: ImportBatch) -> None:
    """Its rows are there and are judged anew, by other columns. Needs a transaction and the batch locked."""
    batch.state, batch.rows_read, batch.rows_total = BatchState.READING, 0, batch.rows.count()
    batch.options = {**batch.options, "again": True}
    batch.save(update_fields=["state", "rows_read", "rows_total", "options", "mapping"])


class Reading:
    """A batch on its way through its judge."""

    def __init__(self, batch: ImportBatch, judge: Judge) -> None:
        self.judge, self.at = judge, 0
        self.rows = _rows_kept(batch) if batch.options.get("again") else _rows_of_the_file(batch)

    def after(self, position: int) -> list[ImportRow]:
        """The portion that follows so many rows. What others have kept meanwhile is judged too, for it is remembered."""
        while True:
            start, rows = self.at, self._portion()
            if not rows or start >= position:
                return rows

    def _portion(self) -> list[ImportRow]:
        rows = list(islice(self.rows, ROWS_PER_TURN))
        self.judge.judge(rows)
        self.at += len(rows)
        return rows


# Of the one batch that this process is reading: what it remembers of the rows before.
_under_way: dict[str, Reading] = {}


def look_further(batch: ImportBatch, judge: MakeJudge, now: datetime) -> tuple[int, list[ImportRow]] | None:
    """The next portion with its verdicts, not yet kept; None when nothing is to be read."""
    if batch.state != BatchState.READING or batch.rows_total is None:
        return None
    reading = _reading_of(batch, judge, now)
    try:
        return batch.rows_read, reading.after(batch.rows_read)
    except BaseException:
        # Rows were taken from the file and got no verdict: whoever goes on begins with the file anew.
        _under_way.clear()
        raise


@transaction.atomic
def keep_portion(batch: ImportBatch, found: tuple[int, list[ImportRow]] | None) -> object:
    """Write the portion, if nobody has done so meanwhile; AGAIN until the last one is in."""
    if found is None:
        return None
    start, rows = found
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.READING or batch.rows_read != start:
        return AGAIN
    if batch.options.get("again"):
        update_all(rows, "state", "reasons", "understood")
    else:
        insert_all(rows)
    if not rows and start != batch.rows_total:
        raise RuntimeError(f"batch {batch.pk}: {start} rows of {batch.rows_total}, and the file has no more")
    batch.rows_read = start + len(rows)
    if batch.rows_read == batch.rows_total:
        _ended(batch)
        return None
    batch.save(update_fields=["rows_read"])
    return AGAIN


def _ended(batch: ImportBatch) -> None:
    """Every row has its verdict: the file itself is not needed any more."""
    batch.state = BatchState.PREVIEWED
    batch.options = {name: value for name, value in batch.options.items() if name != "again"}
    batch.save(update_fields=["rows_read", "state", "options"])
    batch.pieces.all().delete()
    _under_way.clear()


def _reading_of(batch: ImportBatch, judge: MakeJudge, now: datetime) -> Reading:
    """The one under way, unless it is another batch's, or the batch has begun again."""
    key = json.dumps([batch.pk, batch.created_at.isoformat(), batch.mapping.columns, batch.options], sort_keys=True)
    known = _under_way.get(key)
    if known is None or known.at > batch.rows_read:
        _under_way.clear()
        known = _under_way[key] = Reading(batch, judge(batch, now))
    return known


def _rows_of_the_file(batch: ImportBatch) -> Iterator[ImportRow]:
    content = b"".join(bytes(piece) for piece in batch.pieces.order_by("position").values_list("content", flat=True))
    table = read_any(content, batch.file_name).table
    for position, cells in table.numbered():
        named = {column: plain(cell) for column, cell in zip(table.header, cells, strict=False) if column}
        yield ImportRow(batch=batch, position=position, state=RowState.REFUSED, cells=named)


def _rows_kept(batch: ImportBatch) -> Iterator[ImportRow]:
    last = 0
    while rows := list(batch.rows.filter(position__gt=last).order_by("position")[:ROWS_PER_TURN]):
        yield from rows
        last = rows[-1].position
