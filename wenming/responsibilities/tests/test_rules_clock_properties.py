"""The clock against a slow model that looks at every minute: any start, limit, hours, holidays and pauses."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.responsibilities.rules.calendar import WorkCalendar
from wenming.responsibilities.rules.clock import (
    Limit,
    LimitUnit,
    Pause,
    Schedule,
    deadline,
    extended,
    remaining,
    warn_at,
    working_seconds,
)

from .slow_clock import CN, MINUTE, SlowClock

FIRST = datetime(2026, 9, 18, tzinfo=CN)  # a fortnight with a worked Sunday, two holidays and a worked Saturday after
HOURS = st.sampled_from(
    [
        ((time(8), time(12)), (time(14), time(18))),
        ((time(9), time(17)),),
        ((time(0), time(0)),),
        ((time(0), time(6)), (time(22), time(0))),
        ((time(7, 30), time(11, 45)), (time(13, 10), time(15)), (time(16), time(16, 20))),
    ]
)
DAYS = st.integers(0, 25).map(lambda i: (FIRST + timedelta(days=i)).date())
MOMENTS = st.integers(0, 20 * 1440).map(lambda i: FIRST + i * MINUTE)
SPANS = st.tuples(MOMENTS, st.integers(0, 3000)).map(lambda pair: (pair[0], pair[0] + pair[1] * MINUTE))
PAUSES = st.lists(SPANS, max_size=3)
LIMITS = st.one_of(
    st.builds(Limit, st.integers(1, 30), st.sampled_from([LimitUnit.WORK_HOURS, LimitUnit.HOURS])),
    st.builds(Limit, st.integers(1, 4), st.sampled_from([LimitUnit.WORK_DAYS, LimitUnit.DAYS, LimitUnit.WHOLE_DAYS])),
)


@st.composite
def worlds(draw):
    """The same city twice: as the rules take it, and as the slow model does."""
    bent = {day: day.weekday() >= 5 for day in draw(st.sets(DAYS, max_size=8))}
    spans, daily = draw(HOURS), draw(st.booleans())
    slow = SlowClock(
        days_off=[day for day, works in bent.items() if not works],
        make_up_days=[day for day, works in bent.items() if works],
        spans=spans,
        daily=daily,
    )
    calendar = WorkCalendar(1, bent, frozenset({2026}))
    return calendar, Schedule(spans=spans, mode="daily" if daily else "legal"), slow


def _slow_due(slow: SlowClock, start: datetime, limit: Limit, pauses) -> datetime:
    if limit.unit is LimitUnit.WHOLE_DAYS:
        return slow.nth_close(start, limit.amount, pauses)
    one = {"work_hours": 60, "hours": 60, "work_days": len(slow.ordinary_day()), "days": 1440}
    minutes = one[limit.unit] * limit.amount
    return slow.deadline(start, minutes, limit.unit.is_natural, pauses)


def _pauses(pairs) -> list[Pause]:
    return [Pause(start, end) for start, end in pairs]


@given(worlds(), MOMENTS, LIMITS, PAUSES)
@settings(max_examples=150, deadline=None)
def test_the_deadline_is_the_slow_models(world, start, limit, pauses):
    calendar, schedule, slow = world
    found = deadline(start, limit, calendar, schedule, _pauses(pauses))
    assert found.due_at == _slow_due(slow, start, limit, pauses)


@given(worlds(), SPANS, PAUSES)
@settings(max_examples=150, deadline=None)
def test_working_time_is_the_slow_models(world, span, pauses):
    calendar, schedule, slow = world
    counted = working_seconds(*span, calendar, schedule, _pauses(pauses))
    assert counted == 60 * slow.minutes(*span, natural=False, pauses=pauses)


@given(worlds(), MOMENTS, MOMENTS, LIMITS, PAUSES)
def test_who_starts_later_is_not_due_earlier(world, one, other, limit, pauses):
    calendar, schedule, _ = world
    earlier, later = sorted((one, other))
    due = [deadline(start, limit, calendar, schedule, _pauses(pauses)).due_at for start in (earlier, later)]
    assert due[0] <= due[1]
    assert due[1] > later


@given(worlds(), MOMENTS, LIMITS, PAUSES)
def test_more_time_is_due_later(world, start, limit, pauses):
    calendar, schedule, _ = world
    longer = Limit(limit.amount + 1, limit.unit)
    stands = _pauses(pauses)
    shorter_due = deadline(start, limit, calendar, schedule, stands).due_at
    assert shorter_due < deadline(start, longer, calendar, schedule, stands).due_at


@given(worlds(), MOMENTS, st.integers(1, 30), st.floats(0, 0.99), st.integers(1, 3000))
def test_a_pause_adds_exactly_the_working_time_it_takes(world, start, hours, share, minutes):
    calendar, schedule, _ = world
    limit = Limit(hours, LimitUnit.WORK_HOURS)
    due = deadline(start, limit, calendar, schedule).due_at
    pause_start = warn_at(start, due, limit, calendar, schedule, share=max(share, 0.01)).replace(microsecond=0)
    pause = Pause(pause_start, pause_start + minutes * MINUTE)
    paused_due = deadline(start, limit, calendar, schedule, [pause]).due_at
    taken = working_seconds(pause.start, pause.end, calendar, schedule)
    assert working_seconds(start, paused_due, calendar, schedule) == hours * 3600 + taken


@given(worlds(), MOMENTS, MOMENTS, MOMENTS, PAUSES)
def test_working_time_adds_up(world, a, b, c, pauses):
    calendar, schedule, _ = world
    first, middle, last = sorted((a, b, c))
    stands = _pauses(pauses)
    parts = [working_seconds(x, y, calendar, schedule, stands) for x, y in ((first, middle), (middle, last))]
    assert sum(parts) == working_seconds(first, last, calendar, schedule, stands)


@given(worlds(), MOMENTS, st.integers(1, 20), st.integers(1, 20), PAUSES)
def test_an_extension_in_the_same_unit_is_as_if_the_limit_had_been_longer(world, start, amount, more, pauses):
    calendar, schedule, _ = world
    stands = _pauses(pauses)
    for unit in (LimitUnit.WORK_HOURS, LimitUnit.HOURS, LimitUnit.WORK_DAYS):
        old = deadline(start, Limit(amount, unit), calendar, schedule, stands).due_at
        whole = deadline(start, Limit(amount + more, unit), calendar, schedule, stands).due_at
        assert extended(old, Limit(more, unit), calendar, schedule, stands).due_at == whole


@given(worlds(), MOMENTS, MOMENTS, LIMITS)
def test_remaining_time_is_positive_exactly_before_the_due_moment(world, start, now, limit):
    calendar, schedule, _ = world
    due = deadline(start, limit, calendar, schedule).due_at
    left = remaining(now, due, limit, calendar, schedule)
    assert (left > timedelta(0)) == (now < due)


@given(worlds(), MOMENTS, LIMITS, PAUSES, st.floats(0.01, 1))
def test_the_warning_lies_between_start_and_due_moment_with_its_share_used(world, start, limit, pauses, share):
    calendar, schedule, _ = world
    stands = _pauses(pauses)
    due = deadline(start, limit, calendar, schedule, stands).due_at
    warning = warn_at(start, due, limit, calendar, schedule, stands, share=share)
    assert start <= warning <= due
    if not limit.unit.is_natural:
        used = working_seconds(start, warning, calendar, schedule, stands)
        assert abs(used - share * working_seconds(start, due, calendar, schedule, stands)) <= 1


@given(worlds(), MOMENTS, LIMITS, PAUSES)
def test_the_same_question_has_the_same_answer(world, start, limit, pauses):
    """P4: nothing but the arguments decides; pauses in any order."""
    calendar, schedule, _ = world
    once = deadline(start, limit, calendar, schedule, _pauses(pauses))
    assert once == deadline(start, limit, calendar, schedule, _pauses(reversed(pauses)))
