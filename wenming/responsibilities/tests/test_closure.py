"""The proof over a small drawn city: what is found, how it is kept, what a change would open."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import shapely
from django.db import DatabaseError, transaction

from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.journal.worker import run_waiting
from wenming.refusals import BadInput
from wenming.responsibilities.answering import who_answers_at
from wenming.responsibilities.closure import (
    ask_for_proof,
    city_grounds,
    closure_with,
    is_intact,
    prove,
    prove_closure,
    prove_daily,
)
from wenming.responsibilities.models import ClosureReport
from wenming.responsibilities.rules.matrix import MatrixRule, RoleHolder
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry
from wenming.standards.models import ProblemType, Scheme, TypeMapping
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.grounds import city_map
from wenming.territory.rules.geometry import area_m2
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, square  # noqa: F401 - the city of four squares

DAY = MONDAY.date()
CITY_M2 = area_m2(square(0, 0, 2, 2))


@pytest.fixture
def city(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    """Four squares; rubbish is the sanitation department's, manholes are the town's, which has no holder yet."""
    return small_city


@pytest.fixture
def closed_city(city: SimpleNamespace) -> SimpleNamespace:
    add_matrix_entry(accountable="unit:EAST", basis="兜底", on=FOUNDED, by=None, now=MONDAY)
    return city


def test_every_square_metre_is_accounted_for(city: SimpleNamespace) -> None:
    found = city_grounds()
    assert found.area_m2 == pytest.approx(CITY_M2, rel=1e-6)
    assert len(found.grounds) == 4 and found.pieces == 4


def test_the_hole_of_the_matrix_is_found_on_the_whole_ground_and_nothing_else(city: SimpleNamespace) -> None:
    (one,) = prove(DAY).closure.openings
    assert (one.kind, one.types) == ("gap", ("TEST:C0101",))
    assert len(one.grounds) == 4


def test_with_a_line_for_everything_the_city_is_closed(closed_city: SimpleNamespace) -> None:
    assert prove(DAY).closure.is_closed


def test_a_seam_of_one_metre_between_grids_is_found_with_its_place(closed_city: SimpleNamespace) -> None:
    drawn = city_map()
    metre = 1 / 111_320
    narrow = [
        cell if cell.code != "442000001001001" else type(cell)(cell.code, square(0, 0, 1 - 100 * metre), cell.community_code, cell.town_code)
        for cell in drawn.layers["block"]
    ]  # fmt: skip
    proof = prove(DAY, city=drawn.with_layer("block", narrow))
    (one,) = proof.closure.openings
    seam = proof.grounds.grounds[one.grounds[0]]
    assert one.kind == "no-grid" and len(one.types) == 2
    assert seam.area_m2 == pytest.approx(1113.2 * 0.924, rel=0.01), "a metre wide, eleven hundred long"


def test_a_report_is_signed_by_the_journal_and_cannot_be_rewritten(city: SimpleNamespace) -> None:
    report = prove_closure(DAY, by=city.officer, now=MONDAY)
    assert is_intact(report) and report.openings == 1
    assert json.loads(report.document)["openings"][0]["types"] == ["TEST:C0101"]
    with pytest.raises(DatabaseError), transaction.atomic():
        ClosureReport.objects.filter(pk=report.pk).update(openings=0)


def test_a_text_that_was_changed_behind_the_back_is_noticed(city: SimpleNamespace) -> None:
    report = prove_closure(DAY, by=city.officer, now=MONDAY)
    report.document = report.document.replace("gap", "fine")
    assert not is_intact(report)


def test_the_same_city_and_week_give_the_same_text(city: SimpleNamespace) -> None:
    one, other = (prove_closure(DAY, by=None, now=MONDAY + timedelta(hours=n)) for n in (0, 1))
    assert one.sha256 == other.sha256 and other.number == one.number + 1


def test_whoever_asks_does_not_wait_for_it(city: SimpleNamespace) -> None:
    ask_for_proof(DAY, by=city.officer, now=MONDAY)
    assert not ClosureReport.objects.exists()
    run_waiting(MONDAY)
    assert ClosureReport.objects.get().made_by == city.officer


def test_a_week_that_is_over_is_not_proved_by_the_grids_of_today(city: SimpleNamespace) -> None:
    for since in (DAY - timedelta(days=1), date(9999, 12, 30)):
        with pytest.raises(BadInput):
            ask_for_proof(since, by=city.officer, now=MONDAY)
    assert not ClosureReport.objects.exists()


def test_the_day_s_proof_is_made_once(city: SimpleNamespace) -> None:
    assert prove_daily(MONDAY) == 1
    assert prove_daily(MONDAY + timedelta(hours=1)) == 0
    assert prove_daily(MONDAY + timedelta(hours=21)) == 2


def test_before_a_line_ends_it_is_said_what_that_opens(city: SimpleNamespace) -> None:
    would = closure_with(DAY, without=city.matrix_line.number)
    (one,) = would.opens
    assert one.types == ("TEST:E0192",) and would.area_m2(would.opens) == pytest.approx(CITY_M2, rel=1e-3)
    assert not would.closes
    end_matrix_entry(city.matrix_line, on=DAY, by=None, now=MONDAY)
    assert {code for each in prove(DAY).closure.openings for code in each.types} == {"TEST:C0101", "TEST:E0192"}


def test_before_a_line_begins_it_is_said_what_that_closes_and_from_when(city: SimpleNamespace) -> None:
    rule = MatrixRule(0, 100, "C01*", None, "442000001", "unit:SAN", (), "依据", date(2026, 11, 18))
    would = closure_with(date(2026, 11, 18), rule=rule)
    (one,) = would.closes
    assert one.since == date(2026, 11, 18) and len(one.grounds) == 2 and not would.opens


def test_before_a_role_is_given_to_a_unit_that_is_gone_it_is_said(city: SimpleNamespace) -> None:
    would = closure_with(DAY, holder=RoleHolder("环卫机构", "*", "NOBODY"))
    assert [one.kind for one in would.opens] == ["ended"]


# --- components that have an owner -------------------------------------------------------------------------------------

METRE = 1 / 111_320


def stands_at(city: SimpleNamespace, shape: shapely.Geometry, kind: str = "TEST:C0101") -> None:
    register_component("4420000101000001", Facts(kind, "井盖", owner=city.west), Drawn(shape), on=FOUNDED, by=None, now=MONDAY)


def north_of_the_border(metres: float) -> shapely.Point:
    """In the eastern town, so far from the western one's border."""
    return shapely.Point(ORIGIN[0] + 0.5 * SIDE, ORIGIN[1] + SIDE + metres * METRE)


def in_the_west_an_owner_and_the_sanitation_department_both_answer(city: SimpleNamespace) -> None:
    """For a component that nobody owns only the department does."""
    for target in ("owner", f"unit:{city.sanitation.code}"):
        add_matrix_entry(type_pattern="C01*", town_code="442000001", accountable=target, basis="同样具体", on=FOUNDED, by=None, now=MONDAY)


def test_an_owner_is_asked_for_on_both_sides_of_the_border_that_people_stand_at(closed_city: SimpleNamespace) -> None:
    in_the_west_an_owner_and_the_sanitation_department_both_answer(closed_city)
    stands_at(closed_city, north_of_the_border(20))
    proof = prove(DAY)
    assert proof.closure.is_closed
    (one,) = proof.of_owned
    (there,) = (proof.owned[number] for number in one.grounds)
    assert (one.kind, there.town_code) == ("conflict", "442000001"), "twenty metres south of it the western lines hold"
    asked = who_answers_at(there.longitude, there.latitude, MONDAY, closed_city.manhole)
    assert [each.kind for each in asked.findings] == ["conflict"], "the page says so at the point the report links to"


def test_an_owner_is_not_asked_for_farther_off(closed_city: SimpleNamespace) -> None:
    in_the_west_an_owner_and_the_sanitation_department_both_answer(closed_city)
    stands_at(closed_city, north_of_the_border(31))
    assert not prove(DAY).of_owned


def test_what_is_long_is_asked_for_in_all_that_it_runs_through(closed_city: SimpleNamespace) -> None:
    in_the_west_an_owner_and_the_sanitation_department_both_answer(closed_city)
    stands_at(closed_city, shapely.LineString([north_of_the_border(900), north_of_the_border(-100)]))
    (one,) = prove(DAY).of_owned
    assert one.kind == "conflict"


def test_an_owner_s_component_is_found_by_whatever_the_scheme_in_force_calls_it(closed_city: SimpleNamespace) -> None:
    in_the_west_an_owner_and_the_sanitation_department_both_answer(closed_city)
    older = Scheme.objects.create(code="OLD", version=1, name="旧分类", source="测试", created_at=FOUNDED_AT, published_at=FOUNDED_AT)
    called = ProblemType.objects.create(scheme=older, kind="component", code="0101", big_code="01", big_name="公用设施", name="井盖")
    TypeMapping.objects.create(from_type=called, to_type=closed_city.manhole)
    stands_at(closed_city, north_of_the_border(-20), "OLD:C0101")
    (one,) = prove(DAY).of_owned
    assert one.types == ("TEST:C0101",)


def test_before_a_line_begins_its_conflict_with_an_owner_s_line_is_told(closed_city: SimpleNamespace) -> None:
    add_matrix_entry(type_pattern="C01*", accountable="owner", basis="谁所有谁负责", on=FOUNDED, by=None, now=MONDAY)
    stands_at(closed_city, north_of_the_border(-200))
    would = closure_with(DAY, rule=MatrixRule(0, 100, "C01*", None, "*", "unit:SAN", (), "依据", DAY))
    (one,) = would.opens
    assert one.kind == "conflict" and set(one.units) == {"SAN", "WEST"}
