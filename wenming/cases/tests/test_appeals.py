"""申诉: the unit asks, the office decides, the fact stays; both figures are counted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases import statistics
from wenming.cases.models import Appeal, Case, Ruling
from wenming.cases.models.appeals import LATE, REWORK
from wenming.cases.rules.appraisal import appraised_rate
from wenming.cases.selectors import contestable, last_handling, waiting_appeals
from wenming.cases.verification import broken_stories
from wenming.refusals import NotAllowed

from .story import MONDAY, at, sent_out

DAY = date(2026, 11, 16)


@pytest.fixture
def late_case(report, small_city: SimpleNamespace) -> Case:
    """Sent back once and answered an hour late; closed the next morning."""
    case = cases.collect(report().report, now=MONDAY)
    case = sent_out(case, small_city)
    case = cases.answer(case, text="清了", by=small_city.handler, now=at("11-16 10:00"))
    case = cases.send_back(case, reason="地上还有", by=small_city.supervisor, now=at("11-16 11:00"))
    case = cases.answer(case, text="又清了", by=small_city.handler, now=at("11-16 17:30"))
    case = cases.pass_verification(case, by=small_city.supervisor, now=at("11-17 08:30"))
    return cases.close(case, by=small_city.dispatcher, now=at("11-17 09:00"))


def test_what_may_be_appealed(late_case: Case) -> None:
    handling = last_handling(late_case)

    assert handling is not None and contestable(late_case, handling, at("11-17 10:00")) == [LATE, REWORK]


def test_a_granted_appeal_changes_the_appraised_rate_and_no_other(late_case: Case, small_city: SimpleNamespace) -> None:
    appealed = cases.appeal(late_case, about=LATE, reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))
    assert list(waiting_appeals()) == [appealed]

    before = statistics.whole_city(since=DAY, until=DAY, now=at("11-17 10:00"))
    cases.decide_appeal(
        late_case, appealed, granted=True, reason="有封路通知", by=small_city.officer, now=at("11-17 11:00")
    )
    after = statistics.whole_city(since=DAY, until=DAY, now=at("11-17 12:00"))

    assert before.rate("on_time_rate") == after.rate("on_time_rate") == Decimal("0.00"), "the fact stays"
    assert after.figures["late_exempt"] == 1 and appraised_rate("on_time_rate", after.figures) is None
    assert after.figures["rework_exempt"] == 0 and after.rate("rework_rate") == Decimal("100.00")
    behind = statistics.cases_behind("late_exempt", Case.objects.all(), since=DAY, until=DAY, now=at("11-17 12:00"))
    assert list(behind) == [late_case]
    assert not waiting_appeals().exists() and list(broken_stories()) == []


def test_a_refused_appeal_changes_nothing(late_case: Case, small_city: SimpleNamespace) -> None:
    appealed = cases.appeal(late_case, about=REWORK, reason="核查看错了", by=small_city.head, now=at("11-17 10:00"))
    cases.decide_appeal(
        late_case, appealed, granted=False, reason="照片上还有", by=small_city.officer, now=at("11-17 11:00")
    )

    city = statistics.whole_city(since=DAY, until=DAY, now=at("11-17 12:00"))
    assert (city.figures["late_exempt"], city.figures["rework_exempt"]) == (0, 0)
    assert Ruling.objects.get().granted is False


def test_each_thing_is_appealed_once(late_case: Case, small_city: SimpleNamespace) -> None:
    cases.appeal(late_case, about=LATE, reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))

    with pytest.raises(cases.appeals.NothingToAppeal):
        cases.appeal(late_case, about=LATE, reason="再说一次", by=small_city.handler, now=at("11-17 11:00"))
    assert Appeal.objects.count() == 1


def test_nobody_appeals_for_another_unit_and_no_dispatcher_decides(
    late_case: Case, small_city: SimpleNamespace
) -> None:
    with pytest.raises(cases.NotYours):
        cases.appeal(late_case, about=LATE, reason="替他们说", by=small_city.west_handler, now=at("11-17 10:00"))
    appealed = cases.appeal(late_case, about=LATE, reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))

    for who in (small_city.dispatcher, small_city.handler, small_city.leader):
        with pytest.raises(NotAllowed):
            cases.decide_appeal(late_case, appealed, granted=True, reason="好", by=who, now=at("11-17 11:00"))


def test_a_ruling_is_made_once(late_case: Case, small_city: SimpleNamespace) -> None:
    appealed = cases.appeal(late_case, about=LATE, reason="道路封闭", by=small_city.handler, now=at("11-17 10:00"))
    cases.decide_appeal(
        late_case, appealed, granted=False, reason="没有通知", by=small_city.officer, now=at("11-17 11:00")
    )

    with pytest.raises(cases.appeals.NothingToAppeal):
        cases.decide_appeal(
            late_case, appealed, granted=True, reason="改主意", by=small_city.officer, now=at("11-17 12:00")
        )


def test_after_fifteen_days_it_is_too_late(late_case: Case, small_city: SimpleNamespace) -> None:
    assert late_case.closed_at is not None

    with pytest.raises(cases.appeals.NothingToAppeal):
        cases.appeal(
            late_case,
            about=LATE,
            reason="才想起来",
            by=small_city.handler,
            now=late_case.closed_at + timedelta(days=16),
        )


def test_one_in_time_has_nothing_to_appeal(report, small_city: SimpleNamespace) -> None:
    case = cases.collect(report().report, now=MONDAY)
    case = cases.establish(case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
    case = cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)

    for about in (LATE, REWORK, "weather"):
        with pytest.raises(cases.appeals.NothingToAppeal):
            cases.appeal(case, about=about, reason="以防万一", by=small_city.handler, now=at("11-16 10:00"))
