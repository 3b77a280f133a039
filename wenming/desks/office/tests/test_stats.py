"""统计: formulas over rows, each number with the rows behind it, the period before, files."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from wenming.cases import services as cases
from wenming.cases import statistics
from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED, MONDAY, at
from wenming.journal.models import Entry
from wenming.territory.models import Area, Grid, GridKind, GridLayer, Level, Placement

Bring = Callable[..., Case]
THAT_DAY = "since=2026-11-16&until=2026-11-16"
CELL = re.compile(r'<a href="([^"]+figure=[^"]+)">(\d+)</a>')


def cells_of(page: str) -> list[tuple[str, str]]:
    return [(html.unescape(url), value) for url, value in CELL.findall(page)]


@pytest.fixture
def busy_day(case_of: Bring, small_city: SimpleNamespace) -> None:
    """Reported, closed, late, suspended and reworked: one of each."""
    case_of()
    case_of("close")
    late = case_of("dispatch")
    cases.answer(late, text="办好了", by=small_city.handler, now=at("11-16 17:00"))
    cases.suspend(case_of("dispatch"), reason="等批复", by=small_city.dispatcher, now=at("11-16 10:00"))
    reworked = case_of("answer")
    cases.send_back(reworked, reason="地上还有", by=small_city.supervisor, now=at("11-16 11:30"))


@pytest.mark.parametrize("by", ["unit", "town", "type"])
def test_every_number_leads_to_exactly_its_rows(by: str, desk: Client, busy_day: None) -> None:
    page = desk.get(f"/office/stats/?{THAT_DAY}&by={by}").content.decode()

    cells = cells_of(page)
    assert len(cells) >= 9
    for url, value in cells:
        rows = desk.get(url).content.decode()
        assert len(re.findall("<tr data-row", rows)) == int(value), url
    assert any(int(value) > 1 for _url, value in cells)


def test_formulas(case_of: Bring, small_city: SimpleNamespace) -> None:
    case_of()
    case_of("close")
    late = case_of("dispatch")
    cases.answer(late, text="办好了", by=small_city.handler, now=at("11-16 17:00"))
    suspended = case_of("dispatch")
    cases.suspend(suspended, reason="等批复", by=small_city.dispatcher, now=at("11-16 10:00"))
    withdrawn = case_of("dispatch")
    cases.recall(withdrawn, by=small_city.dispatcher, now=at("11-16 09:30"))
    case_of("dispatch")  # still running at noon

    day = date(2026, 11, 16)
    city = statistics.whole_city(since=day, until=day, now=at("11-16 12:00"))

    assert dict(city.figures) == {
        "received": 6, "filed": 5, "due": 2, "handled": 2, "on_time": 1, "owed": 2, "suspended": 0, "closed": 1,
        "on_time_closed": 1, "reworked": 0, "delayed": 0, "late_exempt": 0, "rework_exempt": 0, "settled": 0,
    }  # fmt: skip
    assert city.rate("on_time_rate") == Decimal("50.00") and city.rate("filed_rate") == Decimal("83.33")
    later = statistics.whole_city(since=day, until=day, now=at("11-16 16:00"))
    assert later.figures["due"] == 3, "at four the one still open is late, and counts"
    assert (later.figures["owed"], later.figures["suspended"]) == (4, 1), "what is suspended is owed, but not overdue"
    assert later.rate("closed_rate") == Decimal("25.00") and later.rate("on_time_closed_rate") == Decimal("33.33")


def test_what_comes_up_again_in_one_unit_grid_is_repeated(case_of: Bring, small_city: SimpleNamespace) -> None:
    """Two in one grid count both; one elsewhere, one of another kind and one that was merged do not."""
    alike, beside, elsewhere, other = (case_of("establish") for _ in range(4))
    day = date(2026, 11, 16)
    city = statistics.whole_city(since=day, until=day, now=MONDAY, repeats=True)
    assert city.figures["repeated"] == 0, "without a grid nothing is called a repetition"

    here, there = grids("A", "B")
    for case, where in ((alike, here), (beside, here), (elsewhere, there), (other, here)):
        Placement.objects.filter(pk=case.placement_id).update(grid=where)
    Case.objects.filter(pk=other.pk).update(problem_type=small_city.manhole)

    assert statistics.whole_city(since=day, until=day, now=MONDAY, repeats=True).figures["repeated"] == 2
    behind = statistics.cases_behind("repeated", Case.objects.all(), since=day, until=day, now=MONDAY)
    assert set(behind) == {alike, beside}


def grids(*names: str) -> list[Grid]:
    """Unit grids of one community."""
    town = Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=FOUNDED
    )
    community = Area.objects.create(
        code="442000002001",
        level=Level.COMMUNITY,
        name="起湾社区",
        short_name="起湾",
        kind="社区",
        parent=town,
        valid_from=FOUNDED,
    )
    layer = GridLayer.objects.create(kind=GridKind.UNIT, version=1, published_at=MONDAY)
    return [Grid.objects.create(layer=layer, code=name, name=name, community=community) for name in names]


def test_no_figure_is_made_up(small_city: SimpleNamespace) -> None:
    day = date(2026, 11, 16)

    assert statistics.whole_city(since=day, until=day, now=MONDAY).rate("on_time_rate") is None


def test_the_period_before_stands_beside(
    desk: Client, case_of: Bring, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of yesterday's in time, all of today's: fifty points more; of very few cases only their number is said."""
    late = case_of("dispatch")
    cases.answer(late, text="办好了", by=small_city.handler, now=at("11-16 17:00"))
    case_of("close")
    today = cases.dispatch(
        case_of("establish"), to=small_city.sanitation, by=small_city.dispatcher, now=at("11-17 09:00")
    )
    cases.answer(today, text="办好了", by=small_city.handler, now=at("11-17 10:00"))
    address = "/office/stats/?since=2026-11-17&until=2026-11-17&by=unit"

    page = desk.get(address).content.decode()
    assert "2026-11-16 至 2026-11-16" in page and "共 1 件" in page and "+50.00" not in page
    monkeypatch.setattr("wenming.desks.office.appraisal_table.FEW", 1)
    assert "+50.00" in desk.get(address).content.decode()


def test_a_period_that_ends_before_it_begins_is_refused(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.get("/office/stats/?since=2026-11-16&until=2026-11-01")

    assert answer.status_code == 422 and "结束的日子在开始之前" in answer.content.decode()


@pytest.mark.parametrize("by", ["unit", "town", "type"])
def test_the_same_few_statements_however_many_cases(by: str, desk: Client, case_of: Bring, busy_day: None) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"/office/stats/?{THAT_DAY}&by={by}")
        return len(queries)

    statements()  # what a process keeps is asked once
    few = statements()
    for _ in range(6):
        case_of("close")

    assert statements() == few <= 25


def test_the_tables_as_a_file(desk: Client, busy_day: None) -> None:
    answer = desk.get(f"/office/stats/table.xlsx?{THAT_DAY}&by=town")
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)  # type: ignore[union-attr]

    assert "%E8%80%83%E6%A0%B8%E7%BB%9F%E8%AE%A1_2026-11-16_2026-11-16" in answer.headers["Content-Disposition"]
    heads, city = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert heads[0] == "镇街" and city["上报"] == 5 and city["结案率"] == 25
    text = b"".join(desk.get(f"/office/stats/table.csv?{THAT_DAY}").streaming_content).decode()
    taken = Entry.objects.filter(action="case.list-exported").latest("seq").facts
    assert taken["name"] == "figures" and taken["rows"] == len(text.splitlines()) - 1
    assert text.startswith("\ufeff责任单位,") and "全市" in text
    assert desk.get("/office/stats/table.pdf").status_code == 404
