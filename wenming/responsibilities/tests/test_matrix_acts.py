"""Lines that end and roles that pass on: one holder on every day, and nothing ended twice or before it begins."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.journal.models import Entry
from wenming.refusals import Refusal
from wenming.responsibilities.closure import closure_with, order_between
from wenming.responsibilities.rules.matrix import RoleHolder
from wenming.responsibilities.selectors import role_holders_on
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry, give_role

DAY = MONDAY.date()
NEXT_YEAR = date(2027, 1, 1)


def holders(on: date) -> list[str]:
    return [one.unit_code for one in role_holders_on(on) if one.role == "供水企业"]


def test_a_line_that_has_not_begun_ends_before_it_does(small_city: SimpleNamespace) -> None:
    line = add_matrix_entry(accountable="town", basis="依据", on=NEXT_YEAR, by=None, now=MONDAY)
    end_matrix_entry(line, on=DAY, by=None, now=MONDAY)
    line.refresh_from_db()
    assert line.valid_to == NEXT_YEAR
    assert line.number not in {rule.id for rule in order_between(NEXT_YEAR + timedelta(days=1), date(2028, 1, 1)).rules}


def test_a_line_ends_once(small_city: SimpleNamespace) -> None:
    end_matrix_entry(small_city.matrix_line, on=DAY, by=None, now=MONDAY)
    with pytest.raises(Refusal):
        end_matrix_entry(small_city.matrix_line, on=DAY + timedelta(days=9), by=None, now=MONDAY)
    assert [one.facts["on"] for one in Entry.objects.filter(action="matrix.entry-ended")] == [DAY.isoformat()]


def test_whoever_is_given_a_role_is_its_only_holder_from_that_day_on(small_city: SimpleNamespace) -> None:
    give_role("供水企业", to=small_city.east, town_code="*", on=FOUNDED, by=None, now=MONDAY)
    give_role("供水企业", to=small_city.west, town_code="*", on=NEXT_YEAR, by=None, now=MONDAY)
    would = closure_with(DAY, holder=RoleHolder("供水企业", "*", "SAN"))
    give_role("供水企业", to=small_city.sanitation, town_code="*", on=DAY, by=None, now=MONDAY)
    days = (DAY - timedelta(days=1), DAY, NEXT_YEAR - timedelta(days=1), NEXT_YEAR, NEXT_YEAR + timedelta(days=900))
    assert [holders(on) for on in days] == [["EAST"], ["SAN"], ["SAN"], ["SAN"], ["SAN"]]
    assert not would.opens, "as it was shown before"
