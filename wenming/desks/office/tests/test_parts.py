"""协办 at the command centre: asked with the dispatch or later, given to another unit, taken back, counted apart."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case, Support
from wenming.cases.rules.supports import SupportState
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, at
from wenming.responsibilities.models import MatrixEntry
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry

Bring = Callable[..., Case]


def post(browser: Client, case: Case, noun: str, **fields: object):
    return browser.post(f"/office/cases/{case.number}/{noun}/", fields)


@pytest.fixture
def supported(small_city: SimpleNamespace) -> MatrixEntry:
    """The matrix names the east town beside the sanitation department."""
    end_matrix_entry(small_city.matrix_line, on=FOUNDED, by=None, now=FOUNDED_AT)
    return add_matrix_entry(
        type_pattern="E01*", accountable="role:环卫机构", supporting=["unit:EAST", "unit:WEST"], basis="权责清单第一条",
        on=FOUNDED, by=None, now=FOUNDED_AT,
    )  # fmt: skip


def test_units_that_the_matrix_names_are_asked_with_the_dispatch(
    desk: Client, case_of: Bring, supported: MatrixEntry
) -> None:
    case = case_of("establish")
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "同时请别的单位协办" in page and 'value="EAST"' in page

    silent = post(desk, case, "dispatches", unit="SAN", support=["EAST"], seen_moves=2)
    assert silent.status_code == 422 and "请它们做什么" in silent.content.decode()
    answer = post(desk, case, "dispatches", unit="SAN", support=["EAST", "WEST"], asks="守住路口", seen_moves=2)

    case.refresh_from_db()
    assert answer.status_code == 302 and case.unit.code == "SAN"
    assert sorted(case.supports.values_list("unit__code", "asks")) == [("EAST", "守住路口"), ("WEST", "守住路口")]


def test_a_matrix_that_names_nobody_beside_asks_nothing(desk: Client, case_of: Bring) -> None:
    assert "同时请别的单位协办" not in desk.get(case_of("establish").get_absolute_url()).content.decode()


def test_a_dispatch_undone_ends_the_parts(desk: Client, case_of: Bring, supported: MatrixEntry) -> None:
    case = case_of("establish")
    post(desk, case, "dispatches", unit="SAN", support=["EAST"], asks="守住路口", seen_moves=2)

    assert post(desk, case, "recall").status_code == 302
    assert Support.objects.get().state == SupportState.WITHDRAWN


def test_asked_later_with_a_limit_of_its_own(desk: Client, case_of: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("11-16 09:30"))
    case = case_of("dispatch")

    too_long = post(desk, case, "parts", unit="EAST", asks="封路", hours="9")
    assert too_long.status_code == 422 and "比案件的还晚" in too_long.content.decode()
    assert post(desk, case, "parts", unit="EAST", asks="封路", hours="2").status_code == 302

    part = Support.objects.get()
    assert part.duty.due_at == at("11-16 11:30")
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "改派协办" in page and "撤回协办" in page and "封路" in page


def test_given_to_another_and_taken_back(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    part = cases.ask_support(case, unit=small_city.east, asks="封路", by=small_city.dispatcher, now=at("11-16 09:40"))

    assert post(desk, case, "part-reassignment", part=part.pk, unit="WEST").status_code == 302
    after = Support.objects.get(replaces=part)
    assert after.unit == small_city.west
    assert post(desk, case, "part-withdrawal", part=after.pk).status_code == 302
    after.refresh_from_db()
    assert after.state == SupportState.WITHDRAWN
    assert "撤回协办" not in _acts(desk, case)


def test_a_case_of_one_unit_offers_nothing_about_parts(desk: Client, case_of: Bring) -> None:
    offered = _acts(desk, case_of("dispatch"))

    assert "请协办" in offered and "改派协办" not in offered and "撤回协办" not in offered


def test_the_statistics_count_parts_apart(
    desk: Client, case_of: Bring, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("11-16 16:00"))
    case = case_of("dispatch")
    part = cases.ask_support(case, unit=small_city.east, asks="封路", by=small_city.dispatcher, now=at("11-16 09:40"))
    cases.answer_support(case, part, text="封了", by=small_city.east_handler, now=at("11-16 10:00"))

    page = desk.get("/office/stats/").content.decode()
    assert "协办单独计数" in page and "东区" in page.split('id="supports"')[1]
    rows = desk.get(
        "/office/cases/?figure=support_on_time&unit=EAST&since=2026-11-16&until=2026-11-16"
    ).content.decode()
    assert case.number in rows


def _acts(desk: Client, case: Case) -> str:
    """The page without its story, which keeps the words of what was done."""
    return desk.get(case.get_absolute_url()).content.decode().split('id="story"')[0]
