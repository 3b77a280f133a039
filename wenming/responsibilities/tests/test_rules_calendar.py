"""Which days are worked, from 2007 to the year that is not announced yet."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from wenming.responsibilities.rules.calendar import WorkCalendar
from wenming.responsibilities.rules.legal_calendar import ANNOUNCED_YEARS, seed_calendar, seed_days

LEGAL = seed_calendar()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 3, 2), True, id="an ordinary Monday"),
        pytest.param(date(2026, 3, 7), False, id="an ordinary Saturday"),
        pytest.param(date(2026, 2, 14), True, id="a Saturday worked before the Spring Festival"),
        pytest.param(date(2026, 2, 16), False, id="New Year's Eve is off since 2025"),
        pytest.param(date(2026, 2, 23), False, id="the last Monday of the Spring Festival"),
        pytest.param(date(2026, 2, 28), True, id="a Saturday worked after the Spring Festival"),
        pytest.param(date(2026, 5, 9), True, id="a Saturday worked after Labour Day"),
        pytest.param(date(2026, 9, 20), True, id="a Sunday worked before National Day"),
        pytest.param(date(2026, 10, 7), False, id="the last day of National Day"),
        pytest.param(date(2026, 10, 10), True, id="a Saturday worked after National Day"),
        pytest.param(date(2015, 9, 3), False, id="the day off of one year only, 2015"),
        pytest.param(date(2006, 12, 31), True, id="a Sunday of the old year worked by the new year's notice"),
        pytest.param(date(2027, 10, 1), False, id="a statutory day of a year not announced"),
    ],
)
def test_days_follow_the_notices(day, works):
    assert LEGAL.is_workday(day) is works


@pytest.mark.parametrize(
    ("day", "provisional"),
    [
        pytest.param(date(2026, 12, 24), False, id="announced"),
        pytest.param(date(2026, 12, 25), True, id="the next notice can reach back into the last week"),
        pytest.param(date(2025, 12, 31), False, id="the next notice is in"),
        pytest.param(date(2027, 1, 1), True, id="beyond the last notice"),
        pytest.param(date(2006, 6, 1), True, id="before the first notice"),
    ],
)
def test_what_can_still_change_is_provisional(day, provisional):
    assert LEGAL.is_provisional(day) is provisional


def test_working_days_per_year_are_the_known_ones():
    """The yearly totals that pay offices count with, 2010 to 2026."""
    known = [250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248]
    assert [sum(LEGAL.is_workday(day) for day in _year(year)) for year in range(2010, 2027)] == known


def test_the_seed_agrees_with_the_holidays_package_on_every_announced_day():
    theirs = holidays.China(years=range(2007, 2027))
    days = [day for year in sorted(ANNOUNCED_YEARS) for day in _year(year)]
    assert [day for day in days if LEGAL.is_workday(day) != theirs.is_working_day(day)] == []


def test_the_seed_holds_only_days_that_leave_their_weekday_each_once_with_a_name():
    seed = seed_days()
    assert all(day.is_workday == (day.on.weekday() >= 5) and day.name for day in seed)
    assert [day.on for day in seed] == sorted({day.on for day in seed})


def test_a_city_can_close_for_a_typhoon_by_publishing_a_new_version():
    closed = WorkCalendar(2, {**LEGAL.exceptions, date(2026, 9, 9): False}, LEGAL.announced_years)
    assert LEGAL.is_workday(date(2026, 9, 9))
    assert not closed.is_workday(date(2026, 9, 9))


def _year(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=i) for i in range((date(year + 1, 1, 1) - first).days)]
