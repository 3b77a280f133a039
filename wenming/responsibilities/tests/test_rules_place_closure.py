"""Each public place has exactly one managing body and one town that sees to it, every day, or is listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.responsibilities.rules.closure import HeldRole, Order, UnitLife
from wenming.responsibilities.rules.matrix import TOWN_ROLE
from wenming.responsibilities.rules.place_closure import (
    BODY_ENDED,
    NO_BODY,
    NO_DESK,
    NO_TOWN,
    TWO_TOWNS,
    Managed,
    close_places,
)

DAY = date(2026, 11, 16)
WEEK = DAY + timedelta(days=7)
THURSDAY = DAY + timedelta(days=3)
EVER = UnitLife(date(2020, 1, 1))
ORDER = Order(
    rules=(), roles=(HeldRole(TOWN_ROLE, "442000002", "EAST", date(2020, 1, 1)),),
    units={"HALL": EVER, "EAST": EVER, "WEST": EVER}, matters=(),
)  # fmt: skip
TOWNS = {"442000004": ("WEST",)}
FINE = Managed("442000002", "HALL", False, ("11-000001",))


def kinds(one: Managed, order: Order = ORDER) -> list[tuple[str, date, date]]:
    return [(found.kind, found.since, found.until) for found in close_places([one], order, TOWNS, DAY, WEEK)]


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        pytest.param(replace(FINE, body=""), NO_BODY, id="nobody is registered"),
        pytest.param(replace(FINE, body="", named=True), NO_DESK, id="a body that is no unit here"),
        pytest.param(replace(FINE, body="GONE"), BODY_ENDED, id="a unit that never was"),
        pytest.param(replace(FINE, town_code="442000099"), NO_TOWN, id="a town without government"),
        pytest.param(replace(FINE, town_code=""), NO_TOWN, id="nowhere"),
    ],
)
def test_what_is_not_exactly_one_is_found_for_the_whole_week(one: Managed, kind: str) -> None:
    assert kinds(FINE) == [] and kinds(replace(FINE, town_code="442000004")) == [], "by role, else by the unit's own code"
    assert kinds(one) == [(kind, DAY, WEEK)]


def test_days_are_cut_where_a_body_ends_and_where_two_govern_one_town() -> None:
    ends = replace(ORDER, units={**ORDER.units, "HALL": UnitLife(date(2020, 1, 1), THURSDAY)})
    assert kinds(FINE, ends) == [(BODY_ENDED, THURSDAY, WEEK)]
    for_a_day = HeldRole(TOWN_ROLE, "442000002", "WEST", THURSDAY, THURSDAY + timedelta(days=1))
    assert kinds(FINE, replace(ORDER, roles=(*ORDER.roles, for_a_day))) == [(TWO_TOWNS, THURSDAY, THURSDAY + timedelta(days=1))]


@given(st.lists(st.tuples(st.sampled_from(["442000002", "442000004", "", "442000099"]), st.sampled_from(["HALL", "GONE", ""]), st.booleans())))
def test_every_place_with_a_fault_is_listed_and_no_other(told: list[tuple[str, str, bool]]) -> None:
    several = [Managed(town, body, named, (f"P-{n}",)) for n, (town, body, named) in enumerate(told)]
    listed = {number for found in close_places(several, ORDER, TOWNS, DAY, WEEK) for number in found.numbers}
    faulty = {one.numbers[0] for one in several if one.body != "HALL" or one.town_code not in {"442000002", "442000004"}}
    assert listed == faulty
