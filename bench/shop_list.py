"""A deliberately dirty list of shops along streets, and how fast it comes in: against calamine, which only reads the sheet.

Every row carries what is wrong with it, so that the verdicts can be checked. Names are invented; numbers that look like a
person's are drawn by lot and belong to nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from bench.dirty_lists import WIDE, Dirt, Row, Steps, drawn, otherwise, sheet, timed, work
from wenming.territory.rules.strips import line_length_cm, middle_of

HEAD = [
    "店铺名称", "类型", "业态", "门牌号", "所属社区", "负责人", "道路", "方位", "起点", "终点", "门宽", "纵深", "经度", "纬度", "调查日期", "备注",
]  # fmt: skip
FIRST, SECOND, ENDS = "兴康福瑞祥和顺安达隆", "茶面酒书布鞋灯锁花果", ("店", "铺", "行", "社", "坊", "馆")
DIRT: Dirt = {
    "clean": (640, frozenset({"ready", "warned"})),
    "full width and units": (40, frozenset({"ready", "warned"})),
    "width instead of ends": (50, frozenset({"warned", "decide"})),
    "no coordinates": (40, frozenset({"warned"})),
    "a person's number": (30, frozenset({"warned"})),
    "a person's name": (30, frozenset({"warned"})),
    "another side": (20, frozenset({"decide"})),
    "unknown street": (20, frozenset({"decide"})),
    "ends turned round": (20, frozenset({"decide"})),
    "another's metres": (20, frozenset({"decide"})),
    "beyond the end": (10, frozenset({"decide"})),
    "told twice": (20, frozenset({"decide"})),
    "no name": (15, frozenset({"refused"})),
    "words for metres": (15, frozenset({"refused"})),
    "outside": (10, frozenset({"refused"})),
    "one end only": (10, frozenset({"refused"})),
    "tomorrow": (10, frozenset({"refused"})),
}


def rows(many: int, seed: int, streets: Sequence[Any], community: str = "") -> Iterator[Row]:
    """Shops side by side along both walls of the streets, three metres or more each; the same seed gives the same rows."""
    rng = Random(seed)
    lots = _lots(streets, many)
    before: list[Any] | None = None
    for nth, (street, side, since, to) in enumerate(lots):
        dirt = drawn(DIRT, nth, rng)
        lon, lat = middle_of(street.line, side, since, to, street.wall_cm(side))
        name = f"{rng.choice(FIRST)}{rng.choice(FIRST)}{rng.choice(SECOND)}{rng.choice(ENDS)}{nth}"
        cells: list[Any] = [
            name, "店铺", rng.choice(("餐饮", "百货", "服饰", "")), f"{nth + 1} 号", community, rng.choice(("店长", "值班经理", "")), street.name,
            street.side_name(side), since / 100, to / 100, None, rng.choice((2.5, 3, None)), lon, lat, "2026-03-01", "",
        ]  # fmt: skip
        if dirt in {"told twice", "another's metres"} and before is None:
            dirt = "clean"
        if dirt == "told twice" and before is not None:
            cells = [f" {before[0]} ", *before[1:]]
        elif dirt == "another's metres" and before is not None:
            cells[6:10] = before[6:10]
            cells[12:14] = before[12:14]
        else:
            _spoil(cells, dirt, rng)
        yield Row(cells, dirt)
        before = cells if dirt == "clean" else None


def _lots(streets: Sequence[Any], many: int) -> Iterator[tuple[Any, str, int, int]]:
    """The pieces, one beside the other: as many as are wanted fit."""
    total = sum(2 * line_length_cm(street.line) for street in streets)
    wide = max(total // (many + 2 * len(streets)), 1)
    given = 0
    for street in streets:
        for side in ("left", "right"):
            for since in range(0, street.length_cm - wide, wide):
                if given < many:
                    given += 1
                    yield street, side, since, since + wide


def _spoil(cells: list[Any], dirt: str, rng: Random) -> None:
    """Make the row wrong in the way named."""
    if dirt == "full width and units":
        cells[0] = f"　{cells[0]}　"
        cells[8], cells[9] = f"{cells[8]}米".translate(WIDE), f"{cells[9]} m"
    elif dirt == "width instead of ends":
        cells[10], cells[8], cells[9] = round(cells[9] - cells[8], 2), None, None
    elif dirt == "no coordinates":
        cells[12] = cells[13] = None
    elif dirt == "a person's number":
        cells[15] = f"44200019{rng.randint(60, 99)}0{rng.randint(1, 9)}1{rng.randint(0, 9)}{rng.randint(100, 999)}X"
    elif dirt == "a person's name":
        cells[5] = "店主 某某"
    elif dirt == "another side":
        cells[7] = "没有这一侧"
    elif dirt == "unknown street":
        cells[6] = "没有这条路"
    elif dirt == "ends turned round":
        cells[8], cells[9] = cells[9], cells[8]
    elif dirt == "beyond the end":
        cells[9] = 90_000
    elif dirt == "no name":
        cells[0] = "  "
    elif dirt == "words for metres":
        cells[8] = "见附图"
    elif dirt == "outside":
        cells[12], cells[13] = 100.0, 30.0
    elif dirt == "one end only":
        cells[9] = None
    elif dirt == "tomorrow":
        cells[14] = "2999-01-01"


def workbook(made: Sequence[Row]) -> bytes:
    """The rows as an .xlsx."""
    return sheet(HEAD, made)


def measure(many: int = 10_000, seed: int = 7) -> None:
    """Hand in, read and judge in the worker, bring in."""
    from django.utils import timezone

    from wenming.observations import premises_imports
    from wenming.observations.models import ImportBatch, ImportRow
    from wenming.organisations.models import Account
    from wenming.organisations.rules.permissions import Role
    from wenming.territory.models import EdgeStretch, ManagedStreet, Premises
    from wenming.territory.rules.coordinates import Datum

    by = Account.objects.filter(role=Role.OFFICE).order_by("pk")[0]
    streets = list(ManagedStreet.objects.filter(managed_to=None).order_by("code"))
    made = list(rows(many, seed, streets))
    content = workbook(made)
    steps = Steps(content, len(made))
    steps.tell(
        "handed in: what the page waits for", len(made),
        timed(lambda: premises_imports.hand_in(
            content, "shops.xlsx", datum=Datum.CGCS2000, depth_m=3, boundary="墙基到人行道路缘石", by=by, now=timezone.now()
        )),
    )  # fmt: skip
    batch = ImportBatch.objects.latest("pk")
    steps.tell("read and judged, in the worker", len(made), timed(work))
    batch.refresh_from_db()
    states = Counter(ImportRow.objects.filter(batch=batch).values_list("state", flat=True))
    premises_imports.confirm(batch, by=by, now=timezone.now())
    before = Premises.objects.count()
    took = timed(work)
    steps.tell("brought in", Premises.objects.count() - before, took)
    held = EdgeStretch.objects.filter(valid_to=None).count()
    print(f"\nverdicts: {dict(states)}; stretches of the register: {held:,}\n{otherwise(DIRT, made)}")


if __name__ == "__main__":
    import argparse

    import django

    parser = argparse.ArgumentParser(prog="python -m bench.shop_list", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    django.setup()
    measure(parser.parse_args().rows)
