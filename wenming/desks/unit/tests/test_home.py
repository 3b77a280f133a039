"""待办: one list of everything the unit owes, and its inbox."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY, at
from wenming.journal.worker import run_waiting
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import impose_duty, tell

Bring = Callable[..., Case]


def text_of(browser: Client, address: str = "/unit/") -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_what_is_owed_and_for_how_long(desk: Client, dispatched: Bring, overdue: Case) -> None:
    case = dispatched()

    page = text_of(desk)

    assert page.index("已逾期 1") < page.index(overdue.number) < page.index(case.number)
    assert "清除，附处理后照片" in page and "随手拍网页" in page and "民权路 33 号" in page


def test_nothing_owed_is_said_kindly(desk: Client) -> None:
    assert "办完了" in text_of(desk)


def test_what_came_back_says_why(desk: Client, overdue: Case, small_city: SimpleNamespace) -> None:
    case = cases.answer(overdue, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    cases.send_back(case, reason="地面还有污水", by=small_city.supervisor, now=at("11-16 11:00"))

    assert "返工：地面还有污水" in text_of(desk)


def test_suspended_duties_stand_last(desk: Client, dispatched: Bring, overdue: Case, small_city: SimpleNamespace) -> None:
    waiting = cases.suspend(dispatched(now=MONDAY), reason="等天晴", by=small_city.dispatcher, now=at("11-16 10:00"))
    dispatched()

    page = text_of(desk)

    assert page.index(overdue.number) < page.index("时限暂停 1") < page.index(waiting.number)


def test_an_order_is_a_duty_like_any_other(desk: Client, small_city: SimpleNamespace) -> None:
    duty = impose_duty(
        kind="leader.order", subject="leaderorder:1", title="请环卫处三天内说明原因", owner=small_city.sanitation,
        limit=Limit(3, LimitUnit.WORK_DAYS), by=small_city.leader, now=timezone.now(), owed_to=small_city.leaders,
    )  # fmt: skip
    assert "请环卫处三天内说明原因" in text_of(desk) and "领导批示" in text_of(desk)

    assert "还没有写怎么办的" not in text_of(desk, f"/unit/duties/{duty.pk}/")
    refused = desk.post(f"/unit/duties/{duty.pk}/answers/", {"text": " "})
    assert refused.status_code == 422
    desk.post(f"/unit/duties/{duty.pk}/answers/", {"text": "已增派两班清运"})

    duty.refresh_from_db()
    assert duty.answered_on_time and duty.moves.get(act="answer").reason == "已增派两班清运"
    assert desk.post(f"/unit/duties/{duty.pk}/answers/", {"text": "再答一次"}).status_code == 409


def test_filter_and_search_combine(desk: Client, dispatched: Bring, overdue: Case) -> None:
    case = dispatched()

    assert overdue.number not in text_of(desk, "/unit/?time=today") + text_of(desk, "/unit/?time=later")
    assert case.number not in text_of(desk, f"/unit/?q={overdue.number}")
    assert overdue.number in text_of(desk, "/unit/?q=民权路&time=late")
    assert "没找到" in text_of(desk, "/unit/?q=没有这样的事")


def test_the_unit_above_sees_what_is_owed_below(desk: Client, dispatched: Bring, small_city: SimpleNamespace) -> None:
    case = dispatched(to=small_city.sweepers)

    page = text_of(desk)

    assert case.number in page and "清扫公司" in page
    assert case.number not in text_of(desk, "/unit/?unit=SAN")


def test_another_units_duties_do_not_exist(sit_down: Callable[..., Client], overdue: Case, small_city: SimpleNamespace) -> None:
    assert overdue.number not in text_of(sit_down(small_city.west_handler))


def test_only_units_sit_here(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    assert Client().get("/unit/").status_code == 302
    for outsider in (small_city.dispatcher, small_city.leader, small_city.supervisor, small_city.auditor):
        assert sit_down(outsider).get("/unit/").status_code == 403


def test_the_inbox_tells_and_is_marked_read(desk: Client, overdue: Case) -> None:
    run_waiting()
    page = text_of(desk)
    assert "新通知" in page and f"派遣：{overdue.number}" in page

    newest = overdue.handling.owner.notices.order_by("-entry_seq").first().entry_seq
    tell(overdue.unit, text="后来的通知", subject="", entry_seq=newest + 1, now=timezone.now())
    desk.post("/unit/notices/read/", {"up_to": newest})

    page = text_of(desk)
    assert "后来的通知" in page and f"派遣：{overdue.number}" not in page
    assert f"派遣：{overdue.number}" in text_of(desk, "/unit/notices/")


@pytest.mark.parametrize("address", ["/unit/", "/unit/cases/", "/unit/about/", "/unit/notices/"])
def test_a_longer_list_asks_no_more_questions(
    address: str, desk: Client, dispatched: Bring, small_city: SimpleNamespace, django_assert_max_num_queries: Callable
) -> None:
    dispatched(now=MONDAY)
    run_waiting()
    desk.get(address)
    with django_assert_max_num_queries(40) as few:
        desk.get(address)
    for number in range(5):
        case = dispatched(now=MONDAY, text=f"第 {number} 个桶")
        if number % 2:
            case = cases.answer(case, text="清了", by=small_city.handler, now=at("11-16 10:00"))
            cases.send_back(case, reason="没清", by=small_city.supervisor, now=at("11-16 11:00"))
    run_waiting()
    with django_assert_max_num_queries(len(few.captured_queries) + 1):
        desk.get(address)
