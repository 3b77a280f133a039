"""批示: a leader's word becomes a duty, and is judged by the leader or the office."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wenming.accountability.models import LeaderOrder
from wenming.accountability.selectors import orders_visible_to
from wenming.accountability.services import accept_order, give_order, send_order_back
from wenming.cases.tests.story import MONDAY, at
from wenming.journal.selectors import entries_about
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.selectors import duties_visible_to, open_duties
from wenming.responsibilities.services import answer_duty

THREE_DAYS = Limit(3, LimitUnit.WORK_DAYS)


@pytest.fixture
def order(small_city: SimpleNamespace) -> LeaderOrder:
    return give_order(
        by=small_city.leader,
        to=small_city.east,
        about="东区：逾期 9 件",
        text="本周内清零",
        limit=THREE_DAYS,
        now=MONDAY,
    )


def test_it_is_a_duty_of_the_unit_with_a_clock(order: LeaderOrder, small_city: SimpleNamespace) -> None:
    owed = open_duties(duties_visible_to(small_city.east_handler)).get()

    assert owed == order.duty and owed.kind == "leader.order" and owed.title == "本周内清零"
    assert owed.due_at == at("11-19 09:00")
    assert [entry.action for entry in entries_about(order)] == ["order.given"]


def test_orders_are_numbered_through_the_year(order: LeaderOrder, small_city: SimpleNamespace) -> None:
    second = give_order(by=small_city.leader, to=small_city.west, about="", text="查一遍", limit=THREE_DAYS, now=MONDAY)

    assert (order.number, second.number) == ("2026-0001", "2026-0002")


def test_the_answer_is_judged_by_the_leader_or_the_office(order: LeaderOrder, small_city: SimpleNamespace) -> None:
    answer_duty(order.duty, text="已清零", by=small_city.east_handler, now=at("11-17 09:00"))
    send_order_back(order, reason="还有两件", by=small_city.leader, now=at("11-17 15:00"))
    answer_duty(order.duty, text="全部清零", by=small_city.east_handler, now=at("11-18 09:00"))
    duty = accept_order(order, by=small_city.officer, now=at("11-18 10:00"))

    assert duty.ended_at and duty.answered_on_time and duty.rework_count == 1
    assert [e.action for e in entries_about(order)] == ["order.given", "order.sent-back", "order.accepted"]


@pytest.mark.parametrize("who", ["officer", "dispatcher", "east_handler", "admin"])
def test_only_leaders_order(who: str, small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        give_order(by=getattr(small_city, who), to=small_city.east, about="", text="办", limit=THREE_DAYS, now=MONDAY)


@pytest.mark.parametrize(("to", "text"), [("east", "  "), ("centre", "办"), ("leaders", "办")])
def test_an_order_says_something_to_a_unit_that_handles(to: str, text: str, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        give_order(by=small_city.leader, to=getattr(small_city, to), about="", text=text, limit=THREE_DAYS, now=MONDAY)


def test_a_unit_does_not_judge_its_own_answer(order: LeaderOrder, small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        accept_order(order, by=small_city.east_handler, now=MONDAY)
    with pytest.raises(BadInput):
        send_order_back(order, reason=" ", by=small_city.leader, now=MONDAY)


def test_who_sees_an_order(order: LeaderOrder, small_city: SimpleNamespace) -> None:
    sees = {who: orders_visible_to(getattr(small_city, who)).exists() for who in (
        "leader", "officer", "east_handler", "west_handler", "admin", "auditor", "api",
    )}  # fmt: skip

    assert [who for who, may in sees.items() if may] == ["leader", "officer", "east_handler"]
