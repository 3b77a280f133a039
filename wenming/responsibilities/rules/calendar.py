"""Which days are worked: the weekday pattern, bent by the State Council's yearly notice (放假与调休)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
DECEMBER = 12
# A year's notice reaches back into the old year (make-up days on 30-31 Dec 2006, 31 Dec 2011, 29 Dec 2018).
NOTICE_REACHES_BACK_TO = 25


@dataclass(frozen=True)
class WorkCalendar:
    """One published version of the working calendar.

    exceptions: days that do not follow their weekday: True is a make-up workday (调休上班), False a day off.
    announced_years: years whose notice is in; what lies beyond them can still change.
    """

    version: int
    exceptions: Mapping[date, bool]
    announced_years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def is_provisional(self, day: date) -> bool:
        """Whether a notice still to come can change that day."""
        if day.year not in self.announced_years:
            return True
        last_week = day.month == DECEMBER and day.day >= NOTICE_REACHES_BACK_TO
        return last_week and day.year + 1 not in self.announced_years


def days_from(day: date) -> Iterator[date]:
    """That day and all that follow."""
    while True:
        yield day
        day += timedelta(days=1)
