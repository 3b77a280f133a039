"""The clock again, slow and independent: it looks at every minute one by one and knows nothing of spans.

Moments are whole minutes of Shanghai time, which has had no change of offset since 1991.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

CN = timezone(timedelta(hours=8))
MINUTE = timedelta(minutes=1)


class SlowClock:
    """Working minutes by looking at each; pauses are (start, end) pairs, end exclusive."""

    def __init__(self, days_off=(), make_up_days=(), spans=((time(8), time(12)), (time(14), time(18))), daily=False):
        self.days_off, self.make_up_days, self.spans, self.daily = set(days_off), set(make_up_days), spans, daily

    def is_workday(self, day: date) -> bool:
        return day in self.make_up_days or (day.isoweekday() <= 5 and day not in self.days_off)

    def works(self, minute: datetime) -> bool:
        if not self.daily and not self.is_workday(minute.date()):
            return False
        clock = minute.hour * 60 + minute.minute
        return any(a.hour * 60 + a.minute <= clock < (b.hour * 60 + b.minute or 1440) for a, b in self.spans)

    def runs(self, minute: datetime, natural: bool, pauses) -> bool:
        return not any(a <= minute < b for a, b in pauses) and (natural or self.works(minute))

    def deadline(self, start: datetime, minutes: int, natural: bool, pauses=()) -> datetime:
        at = start
        while minutes:
            minutes -= self.runs(at, natural, pauses)
            at += MINUTE
        return at

    def minutes(self, start: datetime, end: datetime, natural: bool, pauses=()) -> int:
        span = int((end - start) / MINUTE)
        return sum(self.runs(start + i * MINUTE, natural, pauses) for i in range(span))

    def nth_close(self, start: datetime, n: int, pauses=()) -> datetime:
        """The minute after which the n-th later working day's last working minute has passed, the clock running."""
        day = start.date()
        while True:
            day += timedelta(days=1)
            if self.is_workday(day):
                close = datetime.combine(day, time(0), CN) + timedelta(minutes=self.ordinary_day()[-1] + 1)
                n -= not any(a < close <= b for a, b in pauses)
            if n == 0:
                return close

    def ordinary_day(self) -> list[int]:
        """The working minutes of a day that is worked, counted from midnight."""
        midnight, daily = datetime(2026, 3, 2, tzinfo=CN), SlowClock(spans=self.spans, daily=True)
        return [i for i in range(1440) if daily.works(midnight + i * MINUTE)]
