"""After redrawn grids: what is under way goes to the town in which it lies now, what ended stays where it was counted."""

from __future__ import annotations

from datetime import date

import pytest

from wenming.cases.models import Case
from wenming.cases.reactions import follow_their_places
from wenming.cases.rules.lifecycle import State
from wenming.journal import services as journal
from wenming.territory.models import Area, Level

from .story import MONDAY


@pytest.fixture
def towns(small_city):
    return [
        Area.objects.create(code=code, name=name, short_name=name, level=Level.TOWN, valid_from=date(2020, 1, 1))
        for code, name in (("442000002", "东区"), ("442000004", "西区"))
    ]


def rehomed_entry():
    return journal.record("territory.rehomed", by=None, about=None, now=MONDAY, changed=1)


@pytest.mark.parametrize(
    ("state", "town_code"),
    [pytest.param(State.COLLECTED, "442000004", id="under way"), pytest.param(State.NOT_ACCEPTED, "442000002", id="ended")],
)
def test_a_place_that_now_lies_in_another_town(reported_case: Case, towns, state, town_code):
    east, west = towns
    case = reported_case
    case.placement.town = west
    case.placement.save(update_fields=["town"])
    Case.objects.filter(pk=case.pk).update(town_code=east.code, state=state)

    follow_their_places(rehomed_entry(), MONDAY)
    follow_their_places(rehomed_entry(), MONDAY)

    case.refresh_from_db()
    assert case.town_code == town_code


def test_a_place_without_a_town_keeps_what_was_said(reported_case: Case, towns):
    Case.objects.filter(pk=reported_case.pk).update(town_code="442000002")

    follow_their_places(rehomed_entry(), MONDAY)

    reported_case.refresh_from_db()
    assert reported_case.town_code == "442000002"
