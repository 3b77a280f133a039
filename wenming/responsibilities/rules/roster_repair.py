"""Filling what drawing up shift by shift left open: somebody gives a shift to a colleague and takes the open one.

A shift that lacks a skill gets somebody who has it, in the place of one of its people, by the same means.

A chain of at most `DEPTH` such moves. No rule is broken on the way, nothing that was filled falls open, and what had been
published is moved only where nothing else helps. The same input gives the same roster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from .roster import Problem, Shift, Work, broken_by, broken_in

DEPTH = 2
# A shift given away so far from the open one frees nobody for it: weeks and rows reach no further.
NEAR = timedelta(days=8)


def fill_open(problem: Problem, works: frozenset[Work]) -> frozenset[Work]:
    """The same roster with as many of its open heads filled as such chains can fill."""
    repair = _Repair(problem, works)
    for day, shift in problem.slots:
        while repair.is_open(day, shift) and any(repair.place(day, shift, depth) for depth in range(DEPTH + 1)):
            pass
    for day, shift in problem.slots:
        for skill, wanted in shift.skills:
            while repair.have(day, shift.code, skill) < wanted and repair.bring_in(skill, day, shift):
                pass
    return frozenset(repair.works)


class _Repair:
    def __init__(self, problem: Problem, works: frozenset[Work]) -> None:
        self.problem, self.works, self.shifts, self.members = problem, set(works), problem.by_code, problem.by_key
        self.fixed = {key: problem.fixed_of(key) for key in self.members}
        self.held = {key: set(broken_by(self.members[key], self.fixed[key], problem.limits)) for key in self.members}
        self.inside: dict[tuple[date, str], set[str]] = defaultdict(set)
        self.mine: dict[str, set[Work]] = defaultdict(set)
        for work in works:
            self._put(work)

    def is_open(self, day: date, shift: Shift) -> bool:
        return len(self.inside[day, shift.code]) < shift.heads

    def bring_in(self, skill: str, day: date, shift: Shift) -> bool:
        """Somebody with the skill instead of one of those who are there; only where fewer skills are lacking then."""
        able = frozenset(key for key, member in self.members.items() if skill in member.skills)
        without = [work for work in self._near(day) if (work.day, work.shift) == (day, shift.code) and work.key not in able]
        for out in sorted(without, key=lambda one: (one in self.problem.published, one)):
            for depth in range(DEPTH + 1):
                before, lacking = set(self.works), self._lacking(day)
                self._take(out)
                if self._stands_without(out) and self.place(day, shift, depth, frozenset({out}), able) and self._lacking(day) < lacking:
                    return True
                self._back_to(before)
        return False

    def place(
        self, day: date, shift: Shift, depth: int, moved: frozenset[Work] = frozenset(), only: frozenset[str] | None = None
    ) -> bool:
        """Put somebody into the shift; whoever leaves another one for it is replaced there by the same means."""
        for key in self._order(day, shift):
            if only is not None and key not in only:
                continue
            work = Work(key, day, shift.code)
            if depth == 0:
                if self._fits(work):
                    self._put(work)
                    return True
                continue
            for given in self._could_give(work, moved):
                self._take(given)
                if self._fits(work) and self._stands_without(given):
                    self._put(work)
                    if self.place(given.day, self.shifts[given.shift], depth - 1, moved | {given, work}):
                        return True
                    self._take(work)
                self._put(given)
        return False

    def _order(self, day: date, shift: Shift) -> list[str]:
        """Those with a skill that the shift lacks first, then those with the fewest shifts."""
        lacking = {skill for skill, wanted in shift.skills if self.have(day, shift.code, skill) < wanted}
        able = [key for key in self.members if key not in self.inside[day, shift.code]]
        return sorted(able, key=lambda key: (not lacking & self.members[key].skills, len(self.mine[key]), key))

    def _could_give(self, work: Work, moved: frozenset[Work]) -> Iterator[Work]:
        """Shifts near enough to matter, the unpublished first, whose going would cost their shift no skill."""
        near = [one for one in self.mine[work.key] - moved if abs(one.day - work.day) <= NEAR]
        yield from sorted(near, key=lambda one: (one in self.problem.published, one.day, one.shift))

    def _stands_without(self, given: Work) -> bool:
        """Whether the shift given away keeps its guides; its head is to be filled again at once."""
        here = sorted(self.inside[given.day, given.shift])
        return not broken_in(given.day, here, self.problem.limits)

    def _fits(self, work: Work) -> bool:
        member, limits = self.members[work.key], self.problem.limits
        planned = [*self.fixed[work.key], *((one.day, self.shifts[one.shift]) for one in self.mine[work.key])]
        new = [*planned, (work.day, self.shifts[work.shift])]
        if set(broken_by(member, new, limits)) - self.held[work.key]:
            return False
        return not broken_in(work.day, sorted({*self.inside[work.day, work.shift], work.key}), limits)

    def have(self, day: date, code: str, skill: str) -> int:
        return sum(skill in self.members[key].skills for key in self.inside[day, code])

    def _near(self, day: date) -> list[Work]:
        return [work for work in self.works if abs(work.day - day) <= (DEPTH + 1) * NEAR]

    def _lacking(self, day: date) -> int:
        """Skills that nobody has in the shifts that a chain from that day can reach."""
        reach = (DEPTH + 1) * NEAR
        slots = [slot for slot in self.problem.slots if abs(slot[0] - day) <= reach]
        return sum(max(0, wanted - self.have(on, shift.code, skill)) for on, shift in slots for skill, wanted in shift.skills)

    def _back_to(self, works: set[Work]) -> None:
        for work in self.works - works:
            self._take(work)
        for work in works - self.works:
            self._put(work)

    def _put(self, work: Work) -> None:
        self.works.add(work)
        self.inside[work.day, work.shift].add(work.key)
        self.mine[work.key].add(work)

    def _take(self, work: Work) -> None:
        self.works.discard(work)
        self.inside[work.day, work.shift].discard(work.key)
        self.mine[work.key].discard(work)
