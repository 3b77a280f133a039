"""The clock (计时): when something is due, how much time has run, when to warn. Pure arithmetic (P4).

The clock runs while it is open (working hours, or always for natural limits) and not paused (挂账).
A deadline is the first moment at which the clock has run for the whole limit. WHOLE_DAYS counts closes of
business instead: the n-th working day after the day of assignment whose close the clock lives to see.
Policy: 4.3, 5.1, 5.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from wenming.standards.rules.limits import Limit, LimitUnit

from .calendar import WorkCalendar, days_from
from .schedule import Schedule

__all__ = [
    "WARNING_SHARE", "Deadline", "Limit", "LimitUnit", "Pause", "Schedule", "StandingClock",
    "deadline", "extended", "remaining", "warn_at", "working_seconds",
]  # fmt: skip

Span = tuple[datetime, datetime]
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
NOTHING = timedelta(0)
WARNING_SHARE = 0.75


class StandingClock(ValueError):
    """The clock stands for good (an open pause), so nothing is due."""


@dataclass(frozen=True)
class Pause:
    """A span in which the clock stands (挂账); `end` is None while it lasts."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        _aware(self.start, self.end or self.start)
        if self.end and self.end < self.start:
            raise ValueError(f"a pause ends after it begins: {self.start} – {self.end}")


@dataclass(frozen=True)
class Deadline:
    """A due moment; provisional when it rests on a year whose holidays are not announced yet."""

    due_at: datetime
    provisional: bool


def deadline(
    start: datetime,
    limit: Limit,
    calendar: WorkCalendar,
    schedule: Schedule,
    pauses: Sequence[Pause] = (),
    extensions: Iterable[Limit] = (),
) -> Deadline:
    """When what was asked at `start` is due, in the schedule's time zone.

    extensions: granted one after the other (延期); each counts from the due moment before it, in its own unit.
    Raises StandingClock when an open pause keeps the moment from coming.
    """
    _aware(start)
    due_at, limits = start, (limit, *extensions)
    for each in limits:
        due_at = _due(due_at, each, calendar, schedule, pauses)
    consults = any(_consults_calendar(each, schedule) for each in limits)
    return Deadline(due_at.astimezone(schedule.zone), consults and _is_provisional(start, due_at, calendar, schedule))


def extended(
    due_at: datetime, by: Limit, calendar: WorkCalendar, schedule: Schedule, pauses: Sequence[Pause] = ()
) -> Deadline:
    """The new deadline after an extension: counted from the old due moment, whenever it was asked or granted."""
    return deadline(due_at, by, calendar, schedule, pauses)


def working_seconds(
    start: datetime, end: datetime, calendar: WorkCalendar, schedule: Schedule, pauses: Sequence[Pause] = ()
) -> int:
    """Whole seconds of working time between two moments, pauses left out; `end` is not before `start`."""
    return int(_run(start, end, _working(start, calendar, schedule), pauses).total_seconds())


def remaining(now: datetime, due_at: datetime, limit: Limit, calendar: WorkCalendar, schedule: Schedule) -> timedelta:
    """Time left on the limit's own clock, negative once it is overdue (剩 3 时 40 分 / 逾期 1 时).

    Nights and days off add nothing to an overdue working clock, so it reads zero until work begins again.
    """
    _aware(now, due_at)
    earlier, later = sorted((now, due_at))
    run = _run(earlier, later, _open(earlier, limit, calendar, schedule), ())
    return run if now <= due_at else -run


def warn_at(
    start: datetime,
    due_at: datetime,
    limit: Limit,
    calendar: WorkCalendar,
    schedule: Schedule,
    pauses: Sequence[Pause] = (),
    share: float = WARNING_SHARE,
) -> datetime:
    """When `share` of the time between start and due moment has run: amber before red (临期, 5.1).

    Reads the due moment, not the limit, so that extensions move the warning with them.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is above 0 and at most 1, not {share}")
    whole = _run(start, due_at, _open(start, limit, calendar, schedule), pauses)
    if not whole:
        return due_at.astimezone(schedule.zone)
    moment = _after(start, whole * share, _open(start, limit, calendar, schedule), pauses)
    return moment.astimezone(schedule.zone)


def _due(
    start: datetime, limit: Limit, calendar: WorkCalendar, schedule: Schedule, pauses: Sequence[Pause]
) -> datetime:
    if limit.unit is LimitUnit.WHOLE_DAYS:
        return _nth_close(start, limit.amount, calendar, schedule, pauses)
    return _after(start, _length(limit, schedule), _open(start, limit, calendar, schedule), pauses)


def _length(limit: Limit, schedule: Schedule) -> timedelta:
    one = {
        LimitUnit.WORK_HOURS: timedelta(hours=1),
        LimitUnit.WORK_DAYS: schedule.day_length,
        LimitUnit.HOURS: timedelta(hours=1),
        LimitUnit.DAYS: timedelta(days=1),
    }
    return limit.amount * one[limit.unit]


def _nth_close(
    start: datetime, n: int, calendar: WorkCalendar, schedule: Schedule, pauses: Sequence[Pause]
) -> datetime:
    day_zero = start.astimezone(schedule.zone).date()
    standing = _merged(pauses)
    for day in days_from(day_zero + timedelta(days=1)):
        if not calendar.is_workday(day):
            continue
        close = schedule.close_of_business(day)
        over = [pause for pause in standing if pause[0] < close <= pause[1]]
        if over and over[0][1] == END_OF_TIME:
            raise StandingClock("the clock stands: no deadline before the pause ends")
        n -= not over
        if n == 0:
            return close
    raise AssertionError("days do not end")


def _open(moment: datetime, limit: Limit, calendar: WorkCalendar, schedule: Schedule) -> Iterator[Span]:
    """The spans in which this limit's clock can run, from a moment on."""
    if limit.unit.is_natural:
        return iter([(moment.astimezone(UTC), END_OF_TIME)])
    return _working(moment, calendar, schedule)


def _working(moment: datetime, calendar: WorkCalendar, schedule: Schedule) -> Iterator[Span]:
    first_day = moment.astimezone(schedule.zone).date()
    for since, to in schedule.open_from(first_day, calendar):
        # In UTC, because subtracting two moments of one zone ignores a change of its offset between them.
        yield since.astimezone(UTC), to.astimezone(UTC)


def _running(start: datetime, spans: Iterator[Span], pauses: Sequence[Pause]) -> Iterator[Span]:
    """What is left of the open spans from `start` on when the pauses are cut out."""
    standing = _merged(pauses)
    for since, to in spans:
        since = max(since, start.astimezone(UTC))
        for pause_start, pause_end in standing:
            if since < pause_start < to:
                yield since, pause_start
            if pause_start < to:
                since = max(since, pause_end)
        if since < to:
            yield since, to
        if standing and standing[-1][1] == END_OF_TIME and to >= standing[-1][0]:
            return


def _merged(pauses: Iterable[Pause]) -> list[Span]:
    """Pauses in order, overlapping ones as one."""
    merged: list[Span] = []
    spans = ((p.start.astimezone(UTC), p.end.astimezone(UTC) if p.end else END_OF_TIME) for p in pauses)
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def _after(start: datetime, length: timedelta, spans: Iterator[Span], pauses: Sequence[Pause]) -> datetime:
    """The first moment at which the clock has run for `length`."""
    for since, to in _running(start, spans, pauses):
        if length <= to - since:
            return since + length
        length -= to - since
    raise StandingClock("the clock stands: no deadline before the pause ends")


def _run(start: datetime, end: datetime, spans: Iterator[Span], pauses: Sequence[Pause]) -> timedelta:
    """How long the clock ran between two moments."""
    _aware(start, end)
    if end < start:
        raise ValueError(f"time runs forwards: {start} – {end}")
    total = NOTHING
    for since, to in chain(_running(start, spans, pauses), [(END_OF_TIME, END_OF_TIME)]):
        if since >= end:
            break
        total += min(to, end) - since
    return total


def _consults_calendar(limit: Limit, schedule: Schedule) -> bool:
    if limit.unit is LimitUnit.WHOLE_DAYS:
        return True
    return not limit.unit.is_natural and schedule.mode == "legal"


def _is_provisional(start: datetime, due_at: datetime, calendar: WorkCalendar, schedule: Schedule) -> bool:
    first, last = (moment.astimezone(schedule.zone).date() for moment in (start, due_at))
    # Only whole years and a year's last week can be provisional, so first, last and each 31 December say it all.
    year_ends = (first.replace(year=year, month=12, day=31) for year in range(first.year, last.year))
    return any(calendar.is_provisional(day) for day in (first, *year_ends, last))


def _aware(*moments: datetime) -> None:
    for moment in moments:
        if moment.utcoffset() is None:
            raise ValueError(f"a moment needs its time zone: {moment}")
