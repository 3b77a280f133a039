"""When a unit works: its spans of the day, on legal workdays or on every day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .calendar import WorkCalendar, days_from

Spans = tuple[tuple[time, time], ...]
MIDNIGHT = time(0)
OFFICE_HOURS: Spans = ((time(8), time(12)), (time(14), time(18)))
ROUND_THE_CLOCK: Spans = ((MIDNIGHT, MIDNIGHT),)
MODES = ("legal", "daily")


@dataclass(frozen=True)
class Schedule:
    """Working hours (作息) of the city or of one unit.

    spans: (from, to) within one day, in order; `to` of 00:00 is the midnight that ends the day.
    weekly: other spans for single weekdays (0 is Monday); () closes that weekday.
    mode: `legal` works on legal workdays only, make-up days included; `daily` works every day (环卫、应急).
    """

    spans: Spans = OFFICE_HOURS
    weekly: Mapping[int, Spans] = field(default_factory=dict, hash=False)
    timezone: str = "Asia/Shanghai"
    mode: str = "legal"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is one of {MODES}, not {self.mode!r}")
        for spans in (self.spans, *self.weekly.values()):
            _check(spans)
        weekdays = range(7) if self.mode == "daily" else range(5)
        if not self.spans or not any(self._spans_of(weekday) for weekday in weekdays):
            raise ValueError("a schedule has working hours on at least one day of the week")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def day_length(self) -> timedelta:
        """What one 工作日 is worth: the working hours of an ordinary day."""
        return timedelta(seconds=sum(_seconds(to) - _seconds(since, opening=True) for since, to in self.spans))

    def spans_on(self, day: date, calendar: WorkCalendar) -> Spans:
        """The hours worked on that day, () when it is not worked."""
        if self.mode == "legal" and not calendar.is_workday(day):
            return ()
        return self._spans_of(day.weekday())

    def close_of_business(self, day: date) -> datetime:
        """When that day's work ends; for a weekday that is closed, when an ordinary day's work would."""
        return self._moment(day, (self._spans_of(day.weekday()) or self.spans)[-1][1], closing=True)

    def open_from(self, day: date, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
        """Every open span from that day on, in order."""
        for each in days_from(day):
            for since, to in self.spans_on(each, calendar):
                yield self._moment(each, since), self._moment(each, to, closing=True)

    def _spans_of(self, weekday: int) -> Spans:
        return self.weekly.get(weekday, self.spans)

    def _moment(self, day: date, at: time, closing: bool = False) -> datetime:
        if closing and at == MIDNIGHT:
            day += timedelta(days=1)
        return datetime.combine(day, at, self.zone)


def _seconds(at: time, opening: bool = False) -> int:
    return 86400 if at == MIDNIGHT and not opening else at.hour * 3600 + at.minute * 60 + at.second


def _check(spans: Spans) -> None:
    ends_at = 0
    for since, to in spans:
        begins, ends = _seconds(since, opening=True), _seconds(to)
        if begins >= ends:
            raise ValueError(f"{since:%H:%M}–{to:%H:%M} crosses midnight; write it as two spans of two days")
        if begins < ends_at:
            raise ValueError(f"{since:%H:%M}–{to:%H:%M} begins before the span ahead of it has ended")
        ends_at = ends
