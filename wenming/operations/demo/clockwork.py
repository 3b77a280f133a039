"""Working time as a number line, so that thousands of invented moments can be placed on it quickly."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import accumulate

from wenming.responsibilities.rules.calendar import WorkCalendar
from wenming.responsibilities.rules.clock import Limit, LimitUnit, Schedule


class WorkTime:
    """The open spans of one schedule between two days. Moments beyond the last span stay at its end."""

    def __init__(self, calendar: WorkCalendar, schedule: Schedule, first: date, last: date) -> None:
        self.day_hours = schedule.day_length / timedelta(hours=1)
        self._starts, self._lengths = [], []
        for start, end in schedule.open_from(first, calendar):
            if start.date() > last:
                break
            self._starts.append(start)
            self._lengths.append((end - start).total_seconds())
        self._run_before = [0.0, *accumulate(self._lengths)]

    def after(self, moment: datetime, hours: float) -> datetime:
        """When `hours` of working time have run since a moment; `hours` may be negative."""
        return self._moment_at(self._run_until(moment) + hours * 3600)

    def share_of(self, limit: Limit, share: float, since: datetime) -> datetime:
        """When a share of a limit has run since a moment, day and night for urgent limits; negative counts back."""
        if limit.unit.is_natural:
            one = timedelta(hours=1) if limit.unit is LimitUnit.HOURS else timedelta(days=1)
            return (since + limit.amount * one * share).replace(microsecond=0)
        hours = limit.amount * (1 if limit.unit is LimitUnit.WORK_HOURS else self.day_hours)
        return self.after(since, hours * share)

    def _run_until(self, moment: datetime) -> float:
        number = bisect_right(self._starts, moment) - 1
        if number < 0:
            return 0.0
        return self._run_before[number] + min((moment - self._starts[number]).total_seconds(), self._lengths[number])

    def _moment_at(self, run: float) -> datetime:
        number = min(max(bisect_right(self._run_before, run) - 1, 0), len(self._starts) - 1)
        within = min(max(run - self._run_before[number], 0.0), self._lengths[number])
        return (self._starts[number] + timedelta(seconds=within)).replace(microsecond=0)
