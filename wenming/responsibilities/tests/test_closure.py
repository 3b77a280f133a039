"""The proof over a small drawn city: what is found, how it is kept, what a change would open."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.journal.worker import run_waiting
from wenming.responsibilities.closure import (
    ask_for_proof,
    city_grounds,
    closure_with,
    closure_with_layer,
    is_intact,
    prove,
    prove_closure,
    prove_daily,
)
from wenming.responsibilities.models import ClosureReport
from wenming.responsibilities.rules.matrix import MatrixRule, RoleHolder
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry
from wenming.territory.grounds import city_map
from wenming.territory.rules.geometry import area_m2
from wenming.territory.tests.conftest import areas, cells, layer, square  # noqa: F401 - the city of four squares

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
    opens, _grounds = closure_with_layer("block", narrow, DAY)
    assert [each.kind for each in opens] == ["no-grid"]


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
