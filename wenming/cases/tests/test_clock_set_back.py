"""A duty whose clock stood: the deadline moves by the time it stood, and by nothing when the server's clock ran back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.rules.duty import DutyState

from .story import at

NINE, TEN = at("11-16 09:00"), at("11-16 10:00")
SET_BACK = timedelta(minutes=40)


@pytest.fixture
def owed(small_city) -> Duty:
    """Four working hours from nine: due at three, because noon is no working time."""
    return duties.impose(
        kind="case.handle", subject="case:26-1116-0001", title="垃圾满溢", owner=small_city.sanitation,
        limit=Limit(4, LimitUnit.WORK_HOURS), now=NINE,
    )  # fmt: skip


def test_a_pause_moves_the_deadline_by_the_time_it_lasted(owed, small_city):
    duties.suspend(owed, reason="等批复", by=small_city.dispatcher, now=TEN)
    resumed = duties.resume(owed, by=small_city.dispatcher, now=TEN + timedelta(hours=1))

    assert resumed.due_at == owed.due_at + timedelta(hours=1)


def test_resuming_after_the_clock_ran_back_is_a_pause_of_no_time(owed, small_city):
    duties.suspend(owed, reason="等批复", by=small_city.dispatcher, now=TEN)
    resumed = duties.resume(owed, by=small_city.dispatcher, now=TEN - SET_BACK)

    assert (resumed.state, resumed.paused_at, resumed.due_at) == (DutyState.OPEN, None, owed.due_at)
    pause = resumed.pauses.get()
    assert pause.start == pause.end == TEN
    assert duties.recomputed_due_at(resumed) == resumed.due_at


def test_sending_back_and_ending_survive_it_too(owed, small_city):
    duties.answer(owed, now=TEN)
    returned = duties.send_back(owed, reason="没扫干净", by=small_city.supervisor, now=TEN - SET_BACK)
    assert returned.state == DutyState.RETURNED and returned.due_at == owed.due_at

    duties.answer(owed, now=TEN)
    assert duties.discharge(owed, now=TEN - SET_BACK).state == DutyState.DISCHARGED


def test_an_answer_before_the_beginning_is_an_answer_at_the_beginning(owed):
    answered = duties.answer(owed, now=NINE - SET_BACK)

    assert answered.answered_at == owed.started_at and answered.answered_on_time
