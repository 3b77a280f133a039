"""What the deliberately dirty lists share: rows that carry what is wrong with them, the sheet they stand in, the clock beside it."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
# {what is wrong: (of a thousand rows, the ends that such a row may come to)}
Dirt = Mapping[str, tuple[int, frozenset[str]]]


@dataclass(frozen=True)
class Row:
    """One row and what is wrong with it."""

    cells: list[Any]
    dirt: str


def drawn(dirt: Dirt, nth: int, rng: Random) -> str:
    """What is wrong with the nth row; the first ones are clean, so that those after them have something to resemble."""
    return rng.choices(list(dirt), [share for share, _ends in dirt.values()])[0] if nth > 2 else "clean"


def sheet(head: Sequence[str], made: Sequence[Row]) -> bytes:
    """The rows as an .xlsx."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, head)
        for number, row in enumerate(made, start=1):
            page.write_row(number, 0, row.cells)
    return file.getvalue()


def bare(content: bytes) -> int:
    """How many rows calamine finds, which only reads the sheet."""
    import python_calamine

    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return sum(1 for _row in read.iter_rows()) - 1


def work() -> None:
    """The worker's turns, until nothing waits."""
    from wenming.journal.worker import run_waiting

    while run_waiting():
        pass


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    wall, processor = time.monotonic(), time.process_time()
    act()
    return time.monotonic() - wall, time.process_time() - processor


class Steps:
    """What each step takes, beside calamine's bare reading, and how far the process has grown by its end."""

    def __init__(self, content: bytes, many: int) -> None:
        self.read = timed(lambda: bare(content))
        print("| step | wall | processor | rows/s (wall) | of calamine alone (processor) | most memory by then |")
        print("|---|---|---|---|---|---|")
        self.tell("calamine alone reads the sheet", many, self.read)

    def tell(self, name: str, many: int, took: tuple[float, float]) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, processor = took
        print(f"| {name} | {wall:.1f} s | {processor:.1f} s | {many / wall:,.0f} | {processor / self.read[1]:.1f} × | {memory:.0f} MB |")


def otherwise(dirt: Dirt, made: Sequence[Row]) -> str:
    """How many rows of the last batch ended otherwise than their dirt allows, and the first of them."""
    from wenming.observations.models import ImportBatch, ImportRow

    kept = ImportRow.objects.filter(batch=ImportBatch.objects.latest("pk")).order_by("position").iterator()
    ends = {"undone": {"ready", "warned", "decide"}, "done": {"ready", "warned"}}
    wrong = [
        (row.dirt, one.state, one.reasons)
        for row, one in zip(made, kept, strict=True)
        if not ends.get(one.state, {one.state}) & dirt[row.dirt][1]
    ]
    return f"rows that ended otherwise than their dirt allows: {len(wrong)} {wrong[:3]}"
