"""A year of the working calendar as twelve small tables."""

from __future__ import annotations

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wenming.responsibilities.models import CalendarDay, CalendarVersion
from wenming.responsibilities.rules.calendar import WorkCalendar


@dataclass(frozen=True)
class Day:
    """`mark` is 休 or 班 where the day does not follow its weekday; `off` when nobody works."""

    on: date
    off: bool
    mark: str
    name: str
    provisional: bool


@dataclass(frozen=True)
class Month:
    number: int
    weeks: Sequence[Sequence[Day | None]]
    workdays: int


def year_of(version: CalendarVersion, year: int) -> list[Month]:
    """The twelve months, weeks beginning on Monday; None pads a week of two months."""
    rule, special = version.as_rule(), {day.on: day for day in version.days.filter(on__year=year)}
    return [_month(year, number, rule, special) for number in range(1, 13)]


def changed(version: CalendarVersion, changes: dict[date, tuple[bool, str] | None]) -> dict[date, tuple[bool, str]]:
    """All special days of the version with the changes made to them."""
    days = {day.on: (day.is_workday, day.name) for day in version.days.all()}
    days.update({day: change for day, change in changes.items() if change is not None})
    return {day: given for day, given in days.items() if changes.get(day, given) is not None}


def _month(year: int, number: int, rule: WorkCalendar, special: dict[date, CalendarDay]) -> Month:
    weeks = [
        [_day(date(year, number, day), rule, special) if day else None for day in week]
        for week in months.monthcalendar(year, number)
    ]
    return Month(number, weeks, sum(day is not None and not day.off for week in weeks for day in week))


def _day(on: date, rule: WorkCalendar, special: dict[date, CalendarDay]) -> Day:
    exception = special.get(on)
    mark = "" if exception is None else "班" if exception.is_workday else "休"
    return Day(on, not rule.is_workday(on), mark, exception.name if exception else "", rule.is_provisional(on))
