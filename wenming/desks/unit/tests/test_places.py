"""公共场所 at the unit desk: how often its page asks, who has which part of it, what an unforeseen act is told."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT
from wenming.desks.common.tests.sitting import Sit
from wenming.observations.models import Channel
from wenming.observations.place_proposals import propose_place
from wenming.observations.services import Where, receive_report
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import open_account
from wenming.refusals import NotAllowed, Refusal
from wenming.responsibilities.services import remind_duty
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Level
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.coordinates import Datum

LON, LAT = 113.385, 22.525


@pytest.fixture
def east_town(small_city: SimpleNamespace) -> SimpleNamespace:
    """The ground of the east town."""
    whole = shapely.box(113.3, 22.4, 113.5, 22.6)
    parent = None
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=FOUNDED, parent=parent)
        area.set_geometry(whole)
        area.save()
        parent = area
    return small_city


def owed(city: SimpleNamespace, number: int) -> Case:
    """Something that the sanitation department owes at its market in the east town, and a place that waits there."""
    now = timezone.now()
    market = register_place(
        PlaceTelling("market", f"市场{number}", manager=city.sanitation), PlaceWhere(Drawn(shapely.Point(LON + number / 1000, LAT))),
        on=FOUNDED, by=city.officer, now=now,
    )  # fmt: skip
    propose_place(
        kind="park", name=f"公园{number}", where=Where(LON, LAT + number / 1000, datum=Datum.CGCS2000, source="map"), seen_on=FOUNDED,
        by=city.supervisor, now=now,
    )  # fmt: skip
    told = receive_report(
        channel=Channel.FIELD, client_id=f"owed-{number}", where=Where(LON, LAT), now=now, text=f"过道堵着{number}", by=city.supervisor,
        public_place=market,
    )  # fmt: skip
    return cases.give_to_body(cases.collect(told.report, now=now), to=city.sanitation, why="归环卫处", now=now)


def test_the_page_asks_as_often_for_one_as_for_four(east_town: SimpleNamespace, sit_down: Sit) -> None:
    town, counted = sit_down(east_town.east_handler), []
    for number in range(4):
        case = owed(east_town, number)
        remind_duty(case.handling, words="", by=east_town.east_handler, now=timezone.now())  # type: ignore[arg-type]
        if number in {0, 3}:
            town.get("/unit/places/")
            with CaptureQueriesContext(connection) as asked:
                page = town.get("/unit/places/").content.decode()
            counted.append(len(asked))
    assert all(f"过道堵着{number}" in page and f"公园{number}" in page for number in range(4)) and page.count("1 次，最近") == 4
    assert counted[0] == counted[1] <= 12


def test_each_unit_has_its_own_part_of_the_page(east_town: SimpleNamespace, sit_down: Sit) -> None:
    """The department that owes it, another town and a unit without ground see neither the case nor the proposal as theirs to judge."""
    case = owed(east_town, 0)
    for account in (east_town.handler, east_town.west_handler, east_town.sweeper):
        page = sit_down(account).get("/unit/places/")
        assert page.status_code == 200 and case.title not in page.content.decode() and "公园0" not in page.content.decode()
    for account in (east_town.officer, east_town.supervisor, east_town.leader):
        assert sit_down(account).get("/unit/places/").status_code == 403


def test_only_who_sees_to_it_reminds_once_a_day_while_it_is_owed(east_town: SimpleNamespace) -> None:
    case, now = owed(east_town, 0), timezone.now()
    duty = case.handling
    assert duty is not None
    with pytest.raises(NotAllowed):
        remind_duty(duty, words="", by=east_town.west_handler, now=now)
    due = duty.due_at
    remind_duty(duty, words="请快", by=east_town.east_handler, now=now)
    with pytest.raises(Refusal, match="今天已经催过"):
        remind_duty(duty, words="", by=east_town.east_handler, now=now)
    remind_duty(duty, words="", by=east_town.east_handler, now=now + timedelta(days=1))
    duty.refresh_from_db()
    assert duty.due_at == due and not duty.rung, "neither the deadline nor the ladder moves"

    cases.answer(case, text="已清", photos=(), by=east_town.handler, now=now + timedelta(days=1))
    with pytest.raises(Refusal, match="已经答复"):
        remind_duty(duty, words="", by=east_town.east_handler, now=now + timedelta(days=2))


def test_whose_it_was_to_do_does_not_judge_it_though_it_may_look(east_town: SimpleNamespace) -> None:
    """Sent back by the town that sees to it; not by another town, nor by the unit itself."""
    case, now = owed(east_town, 0), timezone.now()
    case = cases.answer(case, text="已清", photos=(), by=east_town.handler, now=now)
    other = open_account(
        username="west-lead", display_name="west-lead", role=Role.UNIT_LEAD, unit=east_town.west, password="test-Only-2026", by=None,
        now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip
    for stranger in (east_town.handler, other):
        with pytest.raises(NotAllowed):
            cases.send_back(case, reason="没好", by=stranger, now=now)
    assert cases.send_back(case, reason="没好", by=east_town.east_handler, now=now).state == "dispatched"
