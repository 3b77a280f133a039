"""A system with a key reads cases: those its account may see, page by page, without anybody's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from wenming.cases.models import Case
from wenming.cases.services import collect
from wenming.cases.tests.story import MONDAY, sent_out

Get = Callable[..., HttpResponse]


@pytest.fixture
def get(client: Client, key_for: Callable[..., str]) -> Get:
    """`get("/cases", city.dispatcher)`: ask with a key of that account."""
    keys: dict[str, str] = {}

    def ask(path: str, account: Any, **asked: Any) -> HttpResponse:
        if account.username not in keys:
            keys[account.username] = key_for(account)
        return client.get(f"/api/v1{path}", asked, headers={"Authorization": f"Bearer {keys[account.username]}"})

    return ask


@pytest.fixture
def five_cases(report: Callable[..., Any], city: SimpleNamespace) -> list[Case]:
    """Two of them opened at the same moment; the last went to the sanitation department."""
    moments = [MONDAY, MONDAY, *(MONDAY + timedelta(minutes=n) for n in (1, 2, 3))]
    opened = [collect(report(now=moment).report, now=moment) for moment in moments]
    sent_out(opened[-1], city, now=moments[-1])
    return opened


def test_pages_follow_one_another_without_gap_or_repetition(
    five_cases: list[Case], get: Get, city: SimpleNamespace
) -> None:
    numbers, after = [], ""
    while True:
        page = get("/cases", city.dispatcher, limit=2, after=after).json()
        numbers += [case["number"] for case in page["cases"]]
        if page["next"] is None:
            break
        after = page["next"]

    assert numbers == [case.number for case in Case.objects.order_by("-opened_at", "-pk")]


def test_a_unit_sees_what_it_holds_and_nothing_else_exists(
    five_cases: list[Case], get: Get, city: SimpleNamespace
) -> None:
    page = get("/cases", city.handler).json()

    assert [case["number"] for case in page["cases"]] == [five_cases[-1].number]
    assert get(f"/cases/{five_cases[0].number}", city.handler).status_code == 404


def test_filters_are_all_applied(five_cases: list[Case], get: Get, city: SimpleNamespace) -> None:
    def numbers(**asked: Any) -> list[str]:
        return [case["number"] for case in get("/cases", city.dispatcher, **asked).json()["cases"]]

    assert numbers(state="dispatched") == [five_cases[-1].number]
    assert numbers(unit="SAN", problem_type="TEST:E0192") == [five_cases[-1].number]
    assert numbers(state=["collected", "dispatched"], late="false", town="442000002") == []
    assert len(numbers(late="true")) == 5, "their clocks ran out a week ago"


def test_the_whole_case_names_units_and_no_person(five_cases: list[Case], get: Get, city: SimpleNamespace) -> None:
    answer = get(f"/cases/{five_cases[-1].number}", city.dispatcher)

    whole = answer.json()
    assert [move["act"] for move in whole["moves"]] == ["collect", "establish", "dispatch"]
    assert whole["moves"][-1]["by_unit"] == "CENTRE"
    assert {duty["kind"] for duty in whole["duties"]} == {"case.accept", "case.dispatch", "case.handle"}
    assert city.dispatcher.display_name.encode() not in answer.content


def test_the_number_of_queries_does_not_grow_with_the_page(
    five_cases: list[Case], get: Get, city: SimpleNamespace, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    get("/cases", city.dispatcher)  # issues the key

    with django_assert_max_num_queries(2):
        get("/cases", city.dispatcher, limit=100)


def test_without_a_key_or_with_one_of_a_role_that_sees_none_there_are_no_cases(
    five_cases: list[Case], get: Get, client: Client, city: SimpleNamespace
) -> None:
    client.force_login(city.handler)  # a session is no key

    assert client.get("/api/v1/cases").json()["code"] == "api.key-missing"
    assert get("/cases", city.keeper).json()["code"] == "not-allowed"


def test_a_revoked_key_opens_nothing(city: SimpleNamespace, get: Get) -> None:
    assert get("/cases", city.dispatcher).status_code == 200

    city.dispatcher.api_keys.update(revoked_at=MONDAY)

    assert get("/cases", city.dispatcher).status_code == 401


@pytest.mark.parametrize("cursor", ["x", "eA==", "MjAyNi0xMS0xNiAx", "国"])
def test_a_cursor_of_ones_own_making_is_refused(get: Get, city: SimpleNamespace, cursor: str) -> None:
    assert get("/cases", city.dispatcher, after=cursor).status_code == 422
