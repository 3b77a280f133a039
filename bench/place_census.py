"""A deliberately dirty census of public places, and how fast it comes in: against calamine, which only reads the sheet.

`workbook(rows, seed)` makes the file; every row carries what is wrong with it, so that the verdicts can be checked. The
box is the demo city's; names are invented.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

HEAD = ["编号", "场所类别", "场所名称", "管理主体", "负责人", "现状", "经度", "纬度", "所属镇街", "详细地址", "普查日期", "备注"]
KINDS = ("主干道", "路口", "背街小巷", "公园", "广场", "体育馆", "电影院", "小学", "步行街", "超市", "农贸市场", "公交站", "酒店", "网吧", "工地")
FIRST, SECOND, ENDS = "兴康福瑞祥和顺安达隆", "河湖岭城桥塘园坊洲岗", ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
# what is wrong, of a thousand rows, and which ends that row may come to
DIRT: dict[str, tuple[int, frozenset[str]]] = {
    "clean": (820, frozenset({"ready", "warned", "decide"})),
    "full width and spaces": (30, frozenset({"ready", "warned", "decide"})),
    "unknown manager": (20, frozenset({"warned", "decide"})),
    "no position": (15, frozenset({"warned", "decide", "refused"})),
    "no kind": (12, frozenset({"refused"})),
    "another kind": (12, frozenset({"refused"})),
    "no name": (12, frozenset({"refused"})),
    "outside": (12, frozenset({"refused"})),
    "words for numbers": (12, frozenset({"refused"})),
    "turned round": (10, frozenset({"decide", "refused"})),
    "tomorrow": (10, frozenset({"refused"})),
    "number twice": (10, frozenset({"refused"})),
    "told twice": (25, frozenset({"decide"})),
}


@dataclass(frozen=True)
class Row:
    """One row and what is wrong with it."""

    cells: list[Any]
    dirt: str


def rows(many: int, seed: int, box: tuple[float, float, float, float], town: str, prefix: str = "") -> Iterator[Row]:
    """The same seed gives the same rows. box: degrees in which every point is of the city; prefix: of every number."""
    rng = Random(f"{seed}{prefix}")
    west, south, east, north = box
    before: list[Any] | None = None
    kinds, weights = list(DIRT), [share for share, _ends in DIRT.values()]
    for nth in range(many):
        dirt = rng.choices(kinds, weights)[0] if nth > 2 else "clean"
        name = f"{rng.choice(FIRST)}{rng.choice(SECOND)}{rng.choice(FIRST)}{rng.choice(ENDS)}{prefix}{nth}号"
        lon, lat = round(rng.uniform(west, east), 6), round(rng.uniform(south, north), 6)
        condition = rng.choice(("良好", "一般", "较差", ""))
        cells: list[Any] = [
            f"C{prefix}{nth:06d}", rng.choice(KINDS), name, "", "", condition, lon, lat, town, f"{name}附近", "2026-03-01", "",
        ]  # fmt: skip
        if dirt == "told twice" and before is not None:
            cells = [f"D{prefix}{nth:06d}", before[1], f" {before[2]} ", *before[3:6], before[6] + 0.0001, *before[7:]]
        elif dirt == "told twice":
            dirt = "clean"
        else:
            _spoil(cells, dirt, rng)
        yield Row(cells, dirt)
        if dirt == "clean":
            before = cells


def _spoil(cells: list[Any], dirt: str, rng: Random) -> None:
    """Make the row wrong in the way named."""
    if dirt == "full width and spaces":
        cells[2], cells[6] = f"　{cells[2]}　", str(cells[6]).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    elif dirt == "unknown manager":
        cells[3] = "没有登记过的公司"
    elif dirt == "no position":
        cells[6] = cells[7] = None
    elif dirt == "no kind":
        cells[1] = ""
    elif dirt == "another kind":
        cells[1] = "太空站"
    elif dirt == "no name":
        cells[2] = "  "
    elif dirt == "outside":
        cells[6], cells[7] = 100.0, 30.0
    elif dirt == "words for numbers":
        cells[6] = "见附图"
    elif dirt == "turned round":
        cells[6], cells[7] = cells[7], cells[6]
    elif dirt == "tomorrow":
        cells[10] = "2999-01-01"
    elif dirt == "number twice":
        cells[0] = f"{cells[0][:-6]}000000"


def workbook(made: list[Row]) -> bytes:
    """The rows as an .xlsx."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        for number, row in enumerate(made, start=1):
            sheet.write_row(number, 0, row.cells)
    return file.getvalue()


def measure(many: int = 100_000, seed: int = 7) -> None:
    """Read, judge, keep, bring in; rows a second each, and how many times calamine's own reading that takes."""
    from django.utils import timezone

    from wenming.journal.worker import run_waiting
    from wenming.observations import place_imports
    from wenming.observations.models import ImportRow
    from wenming.observations.tables import read_table
    from wenming.organisations.models import Account
    from wenming.organisations.rules.permissions import Role
    from wenming.territory.models import Place
    from wenming.territory.rules.coordinates import Datum
    from wenming.territory.selectors import towns

    made: list[Row] = []
    each = list(towns().order_by("code").exclude(label_lon=None))
    for nth, town in enumerate(each):
        assert town.label_lon is not None and town.label_lat is not None
        box = (town.label_lon - 0.01, town.label_lat - 0.01, town.label_lon + 0.01, town.label_lat + 0.01)
        made += rows(many // len(each), seed, box, "", prefix=f"{nth:02d}")
    many = len(made)
    content = workbook(made)
    by = Account.objects.filter(role=Role.OFFICE).order_by("pk")[0]
    began = time.monotonic()
    read_table(content, "census.xlsx")
    read = time.monotonic() - began
    began = time.monotonic()
    batch = place_imports.preview(content, "census.xlsx", datum=Datum.CGCS2000, by=by, now=timezone.now())
    judged = time.monotonic() - began
    states = Counter(ImportRow.objects.filter(batch=batch).values_list("state", flat=True))
    place_imports.confirm(batch, by=by, now=timezone.now())
    before, began = Place.objects.count(), time.monotonic()
    while run_waiting():
        pass
    brought = time.monotonic() - began
    came = Place.objects.count() - before
    print(f"| rows | {many:,} | {dict(states)} |")
    print(f"| calamine alone | {many / read:,.0f} rows/s | 1.0 |")
    print(f"| preview: read, judged, kept | {many / judged:,.0f} rows/s | {judged / read:.1f} × |")
    print(f"| brought in | {came / brought:,.0f} rows/s ({came:,} places) | {brought / read:.1f} × |")
    wrong = [
        (row.dirt, kept.state, kept.reasons)
        for row, kept in zip(made, ImportRow.objects.filter(batch=batch).order_by("position").iterator(), strict=True)
        if kept.state not in DIRT[row.dirt][1] | {"done"}
    ]
    print(f"| rows that ended otherwise than their dirt allows | {len(wrong)} | {wrong[:3]} |")


if __name__ == "__main__":
    import argparse

    import django

    parser = argparse.ArgumentParser(prog="python -m bench.place_census", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    django.setup()
    measure(parser.parse_args().rows)
