"""When something is due: worked examples, as a table an official can check with a pencil."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from wenming.responsibilities.rules.clock import (
    Limit,
    LimitUnit,
    Pause,
    Schedule,
    StandingClock,
    deadline,
    extended,
    remaining,
    warn_at,
    working_seconds,
)
from wenming.responsibilities.rules.legal_calendar import seed_calendar
from wenming.responsibilities.rules.schedule import OFFICE_HOURS, ROUND_THE_CLOCK

from .slow_clock import CN

LEGAL = seed_calendar()
OFFICE = Schedule()
SWEEPERS = Schedule(spans=((time(6), time(11)), (time(13), time(18))), mode="daily")
DUTY_ROOM = Schedule(spans=ROUND_THE_CLOCK, mode="daily")
FRIDAY_SHORT = Schedule(weekly={4: ((time(8), time(12)),)})


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CN)


@pytest.mark.parametrize(
    ("start", "limit", "due", "schedule"),
    [
        pytest.param("03-02 09:00", "2h", "03-02 11:00", OFFICE, id="within the morning"),
        pytest.param("03-02 11:00", "2h", "03-02 15:00", OFFICE, id="lunch does not count"),
        pytest.param("03-02 08:00", "4h", "03-02 12:00", OFFICE, id="ends with the span, not when the next begins"),
        pytest.param("03-02 17:30", "1h", "03-03 08:30", OFFICE, id="goes on next morning"),
        pytest.param("03-02 22:00", "4h", "03-03 12:00", OFFICE, id="reported at night, starts in the morning"),
        pytest.param("03-06 17:00", "2h", "03-09 09:00", OFFICE, id="a weekend does not count"),
        pytest.param("02-13 17:00", "2h", "02-14 09:00", OFFICE, id="a worked Saturday counts"),
        pytest.param("02-14 17:00", "2h", "02-24 09:00", OFFICE, id="the Spring Festival does not count"),
        pytest.param("10-07 10:00", "1d", "10-08 18:00", OFFICE, id="asked on a holiday"),
        pytest.param("03-02 10:30", "1d", "03-03 10:30", OFFICE, id="a work day is a day's hours from the moment"),
        pytest.param("10-08 10:30", "2d", "10-10 10:30", OFFICE, id="a work day may end on a worked Saturday"),
        pytest.param("03-06 17:00", "2uh", "03-06 19:00", OFFICE, id="urgent hours run after closing"),
        pytest.param("02-14 17:00", "2ud", "02-16 17:00", OFFICE, id="urgent days run through the holiday"),
        pytest.param("03-07 07:00", "5h", "03-07 14:00", SWEEPERS, id="sweepers work on Saturday, by their own hours"),
        pytest.param("02-17 06:00", "1d", "02-17 18:00", SWEEPERS, id="and on New Year's Day; their day has ten hours"),
        pytest.param("02-17 23:00", "3h", "02-18 02:00", DUTY_ROOM, id="round the clock"),
        pytest.param("02-17 23:00", "1d", "02-18 23:00", DUTY_ROOM, id="a day of a duty room has 24 hours"),
        pytest.param("03-06 11:00", "2h", "03-09 09:00", FRIDAY_SHORT, id="short Fridays"),
        pytest.param("03-05 18:00", "1d", "03-09 12:00", FRIDAY_SHORT, id="a work day is an ordinary day's hours"),
    ],
)
def test_deadlines(start, limit, due, schedule):
    assert deadline(at(start), Limit.parse(limit), LEGAL, schedule).due_at == at(due)


@pytest.mark.parametrize(
    ("start", "days", "due", "schedule"),
    [
        pytest.param("03-02 08:00", 1, "03-03 18:00", OFFICE, id="the day of assignment is day 0"),
        pytest.param("03-02 23:59", 1, "03-03 18:00", OFFICE, id="also late at night"),
        pytest.param("03-06 09:00", 1, "03-09 18:00", OFFICE, id="over a weekend"),
        pytest.param("10-09 09:00", 1, "10-10 18:00", OFFICE, id="counts a worked Saturday"),
        pytest.param("09-30 09:00", 5, "10-13 18:00", OFFICE, id="over National Day and its worked Saturday"),
        pytest.param("03-07 09:00", 5, "03-13 18:00", OFFICE, id="assigned on a Saturday"),
        pytest.param("03-06 09:00", 1, "03-09 18:00", SWEEPERS, id="legal days also for those who work every day"),
        pytest.param("03-05 09:00", 1, "03-06 12:00", FRIDAY_SHORT, id="ends when that day's business does"),
        pytest.param("03-02 09:00", 1, "03-04 00:00", DUTY_ROOM, id="round the clock a day ends at midnight"),
    ],
)
def test_letters_count_whole_days(start, days, due, schedule):
    assert deadline(at(start), Limit(days, LimitUnit.WHOLE_DAYS), LEGAL, schedule).due_at == at(due)


@pytest.mark.parametrize(
    ("start", "limit", "pauses", "due"),
    [
        pytest.param("03-02 09:00", "2h", [("03-02 10:00", "03-02 11:00")], "03-02 12:00", id="an hour within"),
        pytest.param(
            "03-02 09:00", "2h", [("03-02 12:00", "03-02 14:00")], "03-02 11:00", id="after it was due: nothing"
        ),
        pytest.param("03-02 09:00", "4h", [("03-02 12:00", "03-02 14:00")], "03-02 15:00", id="over lunch: nothing"),
        pytest.param("03-02 09:00", "2h", [("03-02 08:00", "03-02 10:00")], "03-02 12:00", id="begun before the start"),
        pytest.param(
            "03-02 09:00",
            "2h",
            [("03-02 09:30", "03-02 10:30"), ("03-02 10:00", "03-02 11:00")],
            "03-02 14:30",
            id="overlapping pauses count once",
        ),
        pytest.param(
            "03-02 09:00", "2uh", [("03-02 10:00", "03-04 10:00")], "03-04 11:00", id="urgent clocks stand too"
        ),
        pytest.param("03-02 09:00", "1d", [("03-06 08:00", "03-09 08:00")], "03-03 09:00", id="a later one: nothing"),
    ],
)
def test_paused_time_does_not_count(start, limit, pauses, due):
    stands = [Pause(at(a), at(b)) for a, b in pauses]
    assert deadline(at(start), Limit.parse(limit), LEGAL, OFFICE, stands).due_at == at(due)


@pytest.mark.parametrize(
    ("pause", "due"),
    [
        pytest.param(("03-03 10:00", "03-04 10:00"), "03-05 18:00", id="one close of business passed over"),
        pytest.param(("03-03 09:00", "03-03 16:00"), "03-04 18:00", id="ended before the close: the day counts"),
        pytest.param(("03-03 09:00", "03-03 18:00"), "03-05 18:00", id="ended with the close: the day does not"),
        pytest.param(("03-02 09:30", "03-02 20:00"), "03-04 18:00", id="day 0 is not counted anyway"),
    ],
)
def test_a_paused_letter_skips_the_days_whose_close_it_does_not_see(pause, due):
    stands = [Pause(at(pause[0]), at(pause[1]))]
    found = deadline(at("03-02 09:00"), Limit(2, LimitUnit.WHOLE_DAYS), LEGAL, OFFICE, stands)
    assert found.due_at == at(due)


@pytest.mark.parametrize(
    "limit", [Limit(4, LimitUnit.WORK_HOURS), Limit(3, LimitUnit.WHOLE_DAYS), Limit(9, LimitUnit.HOURS)]
)
def test_nothing_is_due_while_a_pause_lasts(limit):
    with pytest.raises(StandingClock):
        deadline(at("03-02 09:00"), limit, LEGAL, OFFICE, [Pause(at("03-02 10:00"))])


def test_what_was_due_before_an_open_pause_stays_due():
    assert deadline(at("03-02 09:00"), Limit.parse("1h"), LEGAL, OFFICE, [Pause(at("03-02 11:00"))]).due_at == at(
        "03-02 10:00"
    )


def test_an_extension_counts_from_the_old_due_moment():
    start, limit, by = at("03-02 10:30"), Limit.parse("1d"), Limit.parse("2d")
    old = deadline(start, limit, LEGAL, OFFICE)
    assert extended(old.due_at, by, LEGAL, OFFICE).due_at == at("03-05 10:30")
    assert deadline(start, limit, LEGAL, OFFICE, extensions=[by]).due_at == at("03-05 10:30")


def test_extensions_may_have_units_of_their_own():
    found = deadline(at("03-02 10:30"), Limit.parse("2uh"), LEGAL, OFFICE, extensions=[Limit(1, LimitUnit.WHOLE_DAYS)])
    assert found.due_at == at("03-03 18:00")


@pytest.mark.parametrize(
    ("start", "limit", "provisional"),
    [
        pytest.param("12-21 09:00", "2d", False, id="all announced"),
        pytest.param("12-24 17:00", "2d", True, id="reaches the week the next notice can touch"),
        pytest.param("12-30 17:00", "5d", True, id="reaches into the next year"),
        pytest.param("12-30 17:00", "5ud", False, id="natural time knows no holidays"),
    ],
)
def test_a_deadline_that_rests_on_a_missing_notice_says_so(start, limit, provisional):
    assert deadline(at(start), Limit.parse(limit), LEGAL, OFFICE).provisional is provisional


def test_who_works_every_day_waits_for_no_notice():
    assert not deadline(at("12-30 17:00"), Limit.parse("5d"), LEGAL, SWEEPERS).provisional
    assert deadline(at("12-30 17:00"), Limit(5, LimitUnit.WHOLE_DAYS), LEGAL, SWEEPERS).provisional


@pytest.mark.parametrize(
    ("now", "limit", "left"),
    [
        pytest.param("03-02 09:20", "4h", timedelta(hours=3, minutes=40), id="剩 3 时 40 分"),
        pytest.param("03-02 12:30", "4h", timedelta(hours=1), id="lunch takes nothing off"),
        pytest.param("03-02 15:00", "4h", timedelta(0), id="due now"),
        pytest.param("03-02 16:30", "4h", -timedelta(hours=1, minutes=30), id="overdue"),
        pytest.param("03-03 09:00", "4h", -timedelta(hours=4), id="the night adds nothing to being late"),
        pytest.param("03-03 09:00", "4uh", -timedelta(hours=18), id="unless it was urgent"),
    ],
)
def test_remaining_time_runs_on_the_clock_of_the_limit(now, limit, left):
    assert remaining(at(now), at("03-02 15:00"), Limit.parse(limit), LEGAL, OFFICE) == left


@pytest.mark.parametrize(
    ("limit", "share", "moment"),
    [
        pytest.param("4h", 0.75, "03-02 12:00", id="three of four hours are used when lunch begins"),
        pytest.param("4h", 0.5, "03-02 11:00", id="a share of the city's own"),
        pytest.param("2d", 0.75, "03-03 15:00", id="days"),
        pytest.param("4uh", 0.75, "03-02 12:00", id="urgent"),
        pytest.param("4h", 1.0, "03-02 15:00", id="all of it is the due moment"),
    ],
)
def test_the_warning_comes_when_its_share_is_used(limit, share, moment):
    start, allowed = at("03-02 09:00"), Limit.parse(limit)
    due = deadline(start, allowed, LEGAL, OFFICE).due_at
    assert warn_at(start, due, allowed, LEGAL, OFFICE, share=share) == at(moment)


def test_working_time_is_counted_in_seconds():
    assert working_seconds(at("03-02 11:59:30"), at("03-02 14:00:15"), LEGAL, OFFICE) == 45


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda: deadline(datetime(2026, 3, 2, 9), Limit.parse("1h"), LEGAL, OFFICE), id="naive start"),
        pytest.param(lambda: Pause(datetime(2026, 3, 2, 9)), id="naive pause"),
        pytest.param(
            lambda: remaining(datetime(2026, 3, 2), at("03-02 09:00"), Limit.parse("1h"), LEGAL, OFFICE), id="naive now"
        ),
        pytest.param(lambda: working_seconds(at("03-02 10:00"), at("03-02 09:00"), LEGAL, OFFICE), id="backwards"),
        pytest.param(lambda: Pause(at("03-02 10:00"), at("03-02 09:00")), id="pause that ends first"),
        pytest.param(
            lambda: warn_at(at("03-02 09:00"), at("03-02 10:00"), Limit.parse("1h"), LEGAL, OFFICE, share=1.1),
            id="share",
        ),
        pytest.param(lambda: Schedule(spans=((time(20), time(4)),)), id="a span over midnight"),
        pytest.param(lambda: Schedule(spans=((time(8), time(12)), (time(11), time(18)))), id="overlapping spans"),
        pytest.param(lambda: Schedule(spans=()), id="no hours"),
        pytest.param(lambda: Schedule(weekly=dict.fromkeys(range(5), ())), id="a legal week that never opens"),
        pytest.param(lambda: Schedule(mode="sometimes"), id="unknown mode"),
    ],
)
def test_what_makes_no_sense_is_refused(broken):
    with pytest.raises(ValueError):
        broken()


def test_a_moment_may_come_in_any_zone():
    start = at("03-02 10:30")
    there = deadline(start, Limit.parse("1d"), LEGAL, OFFICE)
    assert deadline(start.astimezone(UTC), Limit.parse("1d"), LEGAL, OFFICE) == there


def test_a_change_of_offset_is_neither_lost_nor_counted_twice():
    """A schedule in a zone with summer time: the night of the change has one hour less."""
    berlin = Schedule(spans=ROUND_THE_CLOCK, timezone="Europe/Berlin", mode="daily")
    start = datetime(2026, 3, 28, 12, tzinfo=berlin.zone)
    assert deadline(start, Limit.parse("24h"), LEGAL, berlin).due_at == datetime(2026, 3, 29, 13, tzinfo=berlin.zone)


def test_the_default_hours_are_eight():
    assert OFFICE.spans == OFFICE_HOURS
    assert OFFICE.day_length == timedelta(hours=8)
