"""Older, finished cases written in bulk: row for row what the services write, without living through every act.

What the archive leaves out: merged, returned, extended, suspended, reworked and reopened cases, pictures taken by
verifiers, notices and reactions. Everything that can be proven holds for it too: the journal's chain, the counted
moves, deadlines that recompute, states that agree with the last move (tests/operations/test_demo_city.py).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count

from django.db import transaction
from django.utils import timezone

from wenming.cases.models import DayNumbers
from wenming.evidence.models import Original
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import Position, place_many

from .archived_rows import ArchivedRows, CaseWriter
from .chance import chance
from .city import DemoCity
from .finished import draw_course
from .history import a_moment
from .in_bulk import Happening, Keys, record_all
from .life import draw_seen

CASES_AT_ONCE = 100
NUMBERS_FROM = 1_000_000
"""The archive's cases are numbered apart from those that are lived, so that one does not change the other."""


class Archive:
    """Writes finished cases in the order of their opening, and their journal in the order of time."""

    def __init__(self, city: DemoCity, *, since: datetime, until: datetime) -> None:
        self.city, self.since, self.until = city, since, until
        self._day, self._last = date.min, 0
        self._waiting: list[tuple[datetime, int, Happening]] = []
        self._order = count()
        self._keys = Keys()
        self._originals = dict(Original.objects.values_list("digest", "pk"))

    def write(self, how_many: int, told: Callable[[int], object] = lambda done: None) -> None:
        """Write that many cases. told: called with how many are done after each portion."""
        rng = chance(self.city.seed, "archive")
        openings = sorted(
            (a_moment(rng, rng.choice(("day", "any", "any", "evening")), self.since, self.until), NUMBERS_FROM + number)
            for number in range(how_many)
        )
        for start in range(0, how_many, CASES_AT_ONCE):
            portion = openings[start : start + CASES_AT_ONCE]
            self._record_until(portion[0][0])
            self._write(portion)
            told(start + len(portion))
        self._record_until(self.city.now)
        self._keys.give_back()

    @transaction.atomic
    def _write(self, openings: list[tuple[datetime, int]]) -> None:
        rngs = [chance(self.city.seed, number) for _at, number in openings]
        seen = [draw_seen(self.city, rng, number) for rng, (_at, number) in zip(rngs, openings, strict=True)]
        positions = [
            Position(one.spot.longitude, one.spot.latitude, "map", Datum.CGCS2000, one.spot.address, 30.0) for one in seen
        ]
        placements = place_many(positions, now=[at for at, _number in openings])
        rows = ArchivedRows(self.city, self._originals, self._keys)
        for (opened_at, _number), rng, one, placement in zip(openings, rngs, seen, placements, strict=True):
            course = draw_course(self.city, rng, one, placement, opened_at, self.until)
            CaseWriter(rows, course, self._next_number(opened_at)).write()
        rows.save()
        for each in rows.happened:
            heapq.heappush(self._waiting, (each.at, next(self._order), each))
        DayNumbers.objects.update_or_create(day=self._day, defaults={"last": self._last})

    def _next_number(self, opened_at: datetime) -> str:
        day = timezone.localdate(opened_at)
        if day != self._day:
            if self._last:
                DayNumbers.objects.update_or_create(day=self._day, defaults={"last": self._last})
            self._day, self._last = day, 0
        self._last += 1
        return f"{day:%y-%m%d}-{self._last:04d}"

    def _record_until(self, moment: datetime) -> None:
        record_all(list(self._over_before(moment)))

    def _over_before(self, moment: datetime) -> Iterator[Happening]:
        while self._waiting and self._waiting[0][0] < moment:
            yield heapq.heappop(self._waiting)[2]
