"""What a person may see is one rule, asked in two ways: all at once, or case by case along a long list."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.cases.services import collect
from wenming.organisations.models import Account

from .story import MONDAY, sent_out


@pytest.fixture
def three_cases(report: Callable[..., Any], small_city: SimpleNamespace) -> list[Case]:
    """One waits at the command centre, one is at the department, one was handed back by it."""
    opened = [collect(report().report, now=MONDAY) for _ in range(3)]
    for number, case in enumerate(opened[1:]):
        dispatched = sent_out(case, small_city)
        if number:
            owner = small_city.centre
            cases.hand_back(dispatched, reason="不在本单位范围", owner=owner, by=small_city.handler, now=MONDAY)
    return opened


def test_both_ways_show_every_account_the_same(three_cases: list[Case]) -> None:
    seen = {}
    for account in Account.objects.select_related("unit"):
        at_once, along = cases_visible_to(account), cases_visible_to(account, one_by_one=True)
        assert sorted(at_once.values_list("number")) == sorted(along.values_list("number")), account
        seen[account.username] = at_once.count()

    assert set(seen.values()) >= {0, 2, 3}, seen


def test_a_unit_goes_on_seeing_what_it_handed_back(three_cases: list[Case], small_city: SimpleNamespace) -> None:
    for one_by_one in (False, True):
        numbers = cases_visible_to(small_city.handler, one_by_one=one_by_one).values_list("number", flat=True)
        assert set(numbers) == {case.number for case in three_cases[1:]}
