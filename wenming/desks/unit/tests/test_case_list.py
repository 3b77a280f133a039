"""案件: the unit's own cases, and what a search for a common word costs."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from wenming.cases import search
from wenming.cases.models import Case, CaseText
from wenming.desks.common import paging
from wenming.desks.unit.views import cases as view

Bring = Callable[..., Case]
SEARCH = "/unit/cases/?state=all&q=蓝色"


def numbers_on(page: str, cases: list[Case]) -> list[str]:
    return [case.number for case in cases if case.number in page]


def read(desk: Client, address: str = SEARCH) -> str:
    answer = desk.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def said(dispatched: Bring, small_city: SimpleNamespace) -> list[Case]:
    dispatched(text="路灯不亮")
    return [dispatched(text=f"蓝色 {number}") for number in range(3)]


def test_words_are_asked_for_once(desk: Client, said: list[Case]) -> None:
    """One statement counts the word, one finds its cases; the page goes by their keys."""
    read(desk)
    with CaptureQueriesContext(connection) as asked:
        page = read(desk)

    assert sum(CaseText._meta.db_table in each["sql"] for each in asked) == 2
    assert numbers_on(page, said) == [case.number for case in said]


@pytest.mark.parametrize("page", [1, 3])
def test_very_many_are_found_along_the_list(
    page: int, desk: Client, said: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near its beginning row by row, further on by the keys of all who say it: the same cases."""
    monkeypatch.setattr(paging, "MOST_ROWS", 3)
    monkeypatch.setattr(search, "GATHERED", 1)
    monkeypatch.setattr(search, "EVERYWHERE", 1)
    monkeypatch.setattr(view, "PAGE_ROWS", 1)
    monkeypatch.setattr(view, "NEAR_PAGES", 2)

    with CaptureQueriesContext(connection) as asked:
        found = numbers_on(read(desk, f"{SEARCH}&page={page}"), said)

    assert len(found) == 1
    if connection.vendor == "sqlite":
        assert any(" + 0" in each["sql"] and "ORDER BY" in each["sql"] for each in asked) is (page == 3)
