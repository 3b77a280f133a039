"""申诉 from the unit's desk to the office's ruling, and what the figures say then."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case, Ruling
from wenming.cases.tests.story import at


@pytest.fixture
def late_case(case_of: Callable[..., Case], small_city: SimpleNamespace) -> Case:
    """Answered two hours late on the sixteenth, verified the day after."""
    case = cases.answer(case_of("dispatch"), text="办好了", by=small_city.handler, now=at("11-16 17:00"))
    return cases.pass_verification(case, by=small_city.supervisor, now=at("11-17 09:00"))


def test_appealed_decided_and_counted_both_ways(
    sit_down: Callable[..., Client], late_case: Case, small_city: SimpleNamespace
) -> None:
    unit, office = sit_down(small_city.handler), sit_down(small_city.officer)
    own, page = f"/unit/cases/{late_case.number}/", f"/office/cases/{late_case.number}/"
    stats = "/office/stats/?since=2026-11-16&until=2026-11-16&by=unit"
    assert "提交申诉" in unit.get(own).content.decode()
    assert "件申诉" not in office.get("/office/").content.decode()

    assert unit.post(f"{own}appeals/", {"about": "late", "reason": "道路封闭"}).status_code == 302

    assert "提出了申诉" in unit.get(own).content.decode() and "提交申诉" not in unit.get(own).content.decode()
    assert "件申诉" in office.get("/office/").content.decode()
    assert late_case.number in office.get("/office/cases/?state=appeal").content.decode()
    assert "成立，不计入考核" in office.get(page).content.decode()
    assert "申诉后" not in office.get(stats).content.decode()

    ruled = office.post(f"{page}appeal-decisions/", {"granted": "yes", "reason": "有封路通知"})

    assert ruled.status_code == 302 and Ruling.objects.get().granted
    assert "申诉成立，不计入考核" in unit.get(own).content.decode().replace("”的", "")
    assert "<tr data-row" not in office.get("/office/cases/?state=appeal").content.decode()
    shown = office.get(stats).content.decode()
    assert "0.00%" in shown and "申诉后 –" in shown


def test_a_dispatcher_neither_sees_the_form_nor_may_decide(
    desk: Client, sit_down: Callable[..., Client], late_case: Case, small_city: SimpleNamespace
) -> None:
    cases.appeal(late_case, about="late", reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))
    page = f"/office/cases/{late_case.number}/"

    assert "成立，不计入考核" not in desk.get(page).content.decode()
    assert desk.post(f"{page}appeal-decisions/", {"granted": "yes", "reason": "行"}).status_code == 403


def test_a_ruling_without_a_reason_is_asked_for_it(
    sit_down: Callable[..., Client], late_case: Case, small_city: SimpleNamespace
) -> None:
    cases.appeal(late_case, about="late", reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))
    office = sit_down(small_city.officer)

    answer = office.post(f"/office/cases/{late_case.number}/appeal-decisions/", {"granted": "no", "reason": ""})

    assert answer.status_code == 422 and not Ruling.objects.exists()


def test_in_time_there_is_nothing_to_appeal(
    sit_down: Callable[..., Client], case_of: Callable[..., Case], small_city: SimpleNamespace
) -> None:
    case = case_of("close")

    assert "提交申诉" not in sit_down(small_city.handler).get(f"/unit/cases/{case.number}/").content.decode()
