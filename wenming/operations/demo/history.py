"""Ninety days of a city, lived in the order of time through the real services."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.db import transaction

from wenming.journal.models import Reaction
from wenming.journal.services import acting_from, reactor
from wenming.responsibilities.services import escalate

from .chance import chance
from .city import DemoCity
from .life import Life, draw_seen
from .places import SLOW_TOWNS
from .stories import choose_story, in_time, late, seen_twice

ACTS_PER_TRANSACTION = 25
LADDER_EVERY = timedelta(hours=1)
SEEN_TWICE = 0.1
# How likely a report is at each hour of the day, and on each day of the week.
HOURS = {
    "day": (0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 9, 6, 4, 4, 7, 9, 10, 8, 5, 3, 2, 1, 0, 0),
    "any": (1, 0, 0, 0, 0, 1, 4, 8, 9, 8, 7, 6, 5, 4, 6, 7, 8, 8, 7, 6, 5, 4, 2, 1),
    "evening": (2, 1, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 2, 2, 3, 5, 8, 11, 12, 11, 8, 5, 3),
}
WEEKDAYS = (12, 11, 11, 11, 12, 8, 7)


class History:
    """All stories side by side; `run` lives them until now."""

    def __init__(self, city: DemoCity) -> None:
        self.city = city
        self._waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
        self._order = count()
        self._numbers = count(1)

    def begin(self, story: Iterator[datetime]) -> None:
        """Let a story begin at its own first moment."""
        for moment in story:
            heapq.heappush(self._waiting, (moment, next(self._order), story))
            break

    def plan(self, how_many: int, since: datetime, until: datetime) -> None:
        """Draw that many cases over a span of days."""
        for _case in range(how_many):
            number, rng = self.next_case()
            seen = draw_seen(self.city, rng, number)
            life = Life(self.city, rng, seen, a_moment(rng, seen.problem.hours, since, until))
            story = choose_story(rng, slow=seen.spot.town_code in SLOW_TOWNS)
            self.begin(story(life))
            if story in (in_time, late) and rng.random() < SEEN_TWICE:
                self._second_reporter(life)

    def run(self) -> int:
        """Live everything that happens until now; how many acts that were."""
        acts, ladder = 0, self._waiting[0][0] if self._waiting else self.city.now
        with acting_from("demo"):
            while self._waiting and self._waiting[0][0] <= self.city.now:
                with transaction.atomic():
                    for _act in range(ACTS_PER_TRANSACTION):
                        ladder = self._climb_ladders(ladder)
                        acts += self._next_act()
                    carry_out_reactions()
            with transaction.atomic():
                self._climb_ladders(ladder)
                carry_out_reactions()
        return acts

    def next_case(self) -> tuple[int, Random]:
        """A number and a generator of its own for every case, so that one more case does not change the others."""
        number = next(self._numbers)
        return number, chance(self.city.seed, number)

    def _second_reporter(self, first: Life) -> None:
        number, rng = self.next_case()
        seen = draw_seen(self.city, rng, number, first.seen.problem)
        seen.spot, seen.rule = first.seen.spot, first.seen.rule
        life = Life(self.city, rng, seen, first.at + timedelta(hours=rng.uniform(0.5, 6)))
        self.begin(seen_twice(first)(life))

    def _next_act(self) -> int:
        if not self._waiting or self._waiting[0][0] > self.city.now:
            return 0
        self.begin(heapq.heappop(self._waiting)[2])
        return 1

    def _climb_ladders(self, ladder: datetime) -> datetime:
        upto = min(self._waiting[0][0], self.city.now) if self._waiting else self.city.now
        while ladder + LADDER_EVERY <= upto:
            ladder += LADDER_EVERY
            escalate(ladder)
        return ladder


def carry_out_reactions() -> None:
    """What the worker would have done after each act, in batches."""
    waiting = list(Reaction.objects.filter(done_at=None).select_related("entry").order_by("entry_id", "id"))
    for reaction in waiting:
        run = reactor(reaction.entry.action, reaction.name)
        assert run is not None, reaction
        run(reaction.entry, reaction.due_at)
        reaction.done_at = reaction.due_at
    Reaction.objects.bulk_update(waiting, ["done_at"], batch_size=100)


def a_moment(rng: Random, hours: str, since: datetime, until: datetime) -> datetime:
    """A moment between two others, as likely as reports are at that hour and on that day of the week."""
    while True:
        day = since.date() + timedelta(days=rng.randrange((until.date() - since.date()).days + 1))
        hour, minute, second = rng.choices(range(24), HOURS[hours])[0], rng.randrange(60), rng.randrange(60)
        moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=since.tzinfo)
        if since <= moment < until and rng.randrange(max(WEEKDAYS)) < WEEKDAYS[day.weekday()]:
            return moment
