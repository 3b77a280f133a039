"""A deliberately dirty census of public places, and how fast it comes in: against calamine, which only reads the sheet.

`workbook(rows, seed)` makes the file; every row carries what is wrong with it, so that the verdicts can be checked. The
box is the demo city's; names are invented.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from bench.dirty_lists import WIDE, Dirt, Row, Steps, drawn, otherwise, sheet, timed, work

HEAD = ["编号", "场所类别", "场所名称", "管理主体", "负责人", "现状", "经度", "纬度", "所属镇街", "详细地址", "普查日期", "备注"]
KINDS = ("主干道", "路口", "背街小巷", "公园", "广场", "体育馆", "电影院", "小学", "步行街", "超市", "农贸市场", "公交站", "酒店", "网吧", "工地")
FIRST, SECOND, ENDS = "兴康福瑞祥和顺安达隆", "河湖岭城桥塘园坊洲岗", ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
DIRT: Dirt = {
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


def rows(many: int, seed: int, box: tuple[float, float, float, float], town: str, prefix: str = "") -> Iterator[Row]:
    """The same seed gives the same rows. box: degrees in which every point is of the city; prefix: of every number."""
    rng = Random(f"{seed}{prefix}")
    west, south, east, north = box
    before: list[Any] | None = None
    for nth in range(many):
        dirt = drawn(DIRT, nth, rng)
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
        cells[2], cells[6] = f"　{cells[2]}　", str(cells[6]).translate(WIDE)
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


def workbook(made: Sequence[Row]) -> bytes:
    """The rows as an .xlsx."""
    return sheet(HEAD, made)


def census(many: int, seed: int) -> list[Row]:
    """The rows over every town of the city, as many in each."""
    from wenming.territory.selectors import towns

    made: list[Row] = []
    each = list(towns().order_by("code").exclude(label_lon=None))
    for nth, town in enumerate(each):
        assert town.label_lon is not None and town.label_lat is not None
        box = (town.label_lon - 0.01, town.label_lat - 0.01, town.label_lon + 0.01, town.label_lat + 0.01)
        made += rows(many // len(each), seed, box, "", prefix=f"{nth:02d}")
    return made


def measure(file: Path) -> None:
    """The whole way: hand in, read and judge, decide, bring in, mark the file, take back."""
    from django.utils import timezone

    from wenming.desks.office.imports import annotated_file
    from wenming.observations import place_imports
    from wenming.observations.models import ImportBatch, ImportRow
    from wenming.observations.tables import read_table
    from wenming.organisations.models import Account
    from wenming.organisations.rules.permissions import Role
    from wenming.territory.models import Place
    from wenming.territory.rules.coordinates import Datum

    content = file.read_bytes()
    many = len(read_table(content, "census.xlsx").rows)
    by = Account.objects.filter(role=Role.OFFICE).order_by("pk")[0]
    steps = Steps(content, many)
    steps.tell(
        "handed in: what the page waits for", many,
        timed(lambda: place_imports.hand_in(content, "census.xlsx", datum=Datum.CGCS2000, by=by, now=timezone.now())),
    )  # fmt: skip
    batch = ImportBatch.objects.latest("pk")
    steps.tell("read and judged, in the worker", many, timed(work))
    batch.refresh_from_db()
    states = Counter(ImportRow.objects.filter(batch=batch).values_list("state", flat=True))
    steps.tell(
        "every row that asks accepted", states["decide"],
        timed(lambda: place_imports.decide(batch, accept=True, rows=None, by=by, now=timezone.now())),
    )  # fmt: skip
    place_imports.confirm(batch, by=by, now=timezone.now())
    before = Place.objects.count()
    took = timed(work)
    came = Place.objects.count() - before
    steps.tell("brought in", came, took)
    marked = annotated_file(batch, "marked")
    steps.tell("the marked file, sent while it is written", many, timed(lambda: sum(map(len, marked))))  # type: ignore[arg-type]
    batch.refresh_from_db()
    place_imports.undo(batch, by=by, now=timezone.now())
    steps.tell("taken back", came, timed(work))
    assert Place.objects.exclude(standing="withdrawn").count() == before
    print(f"\nverdicts: {dict(states)}; places: {came:,}")


if __name__ == "__main__":
    import argparse

    import django

    parser = argparse.ArgumentParser(prog="python -m bench.place_census", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "census.xlsx"
        # Made in a process of its own, so that what is measured is the import's memory alone.
        if (child := os.fork()) == 0:
            file.write_bytes(workbook(census(given.rows, given.seed)))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        measure(file)
        print(otherwise(DIRT, census(given.rows, given.seed)))
