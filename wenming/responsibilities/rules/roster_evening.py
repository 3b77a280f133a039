"""Evening out a roster: shifts are handed on, or exchanged on a day, wherever that brings loads closer to their shares.

No rule is broken on the way, no shift loses a head or a skill, and what had been published stays with whom it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from .roster import Problem, Work, broken_by, broken_in
from .roster_fairness import KINDS, UNIT_HOURS, WEIGHTS, brings, days_open_to

MOST_ROUNDS = 40


def even_out(problem: Problem, works: frozenset[Work]) -> frozenset[Work]:
    """The same shifts, shared out more evenly or as they were; the same input gives the same roster."""
    evening = _Evening(problem, works)
    for _round in range(MOST_ROUNDS):
        if not evening.improve_once_each():
            break
    return frozenset(evening.works)


class _Evening:
    def __init__(self, problem: Problem, works: frozenset[Work]) -> None:
        self.problem, self.works, self.shifts = problem, set(works), problem.by_code
        self.members = problem.by_key
        self.fixed = {key: problem.fixed_of(key) for key in self.members}
        self.held = {key: set(broken_by(self.members[key], self.fixed[key], problem.limits)) for key in self.members}
        self.inside: dict[tuple[date, str], set[str]] = defaultdict(set)
        self.load = {key: [0.0] * len(KINDS) for key in self.members}
        for work in works:
            self.inside[work.day, work.shift].add(work.key)
            for n, much in enumerate(self._much(work)):
                self.load[work.key][n] += much
        self.carried = {key: [self._carried(key, kind) for kind in KINDS] for key in self.members}
        self.days = {key: [days_open_to(problem, member, kind) for kind in KINDS] for key, member in self.members.items()}
        totals = [sum(load[n] for load in self.load.values()) for n in range(len(KINDS))]
        all_days = [sum(days[n] for days in self.days.values()) for n in range(len(KINDS))]
        self.share = {
            key: [totals[n] * days[n] / all_days[n] if all_days[n] else 0.0 for n in range(len(KINDS))]
            for key, days in self.days.items()
        }

    def improve_once_each(self) -> bool:
        """Look at every shift once and do what helps; whether anything was done."""
        done = False
        for work in sorted(self.works - self.problem.published):
            if work in self.works:
                done |= any(self._try(work, other) for other in self._partners(work))
        return done

    def _partners(self, work: Work) -> Iterator[tuple[str, Work | None]]:
        """Who could have it instead: somebody free that day, or somebody whose shift of that day goes the other way."""
        on_day = {one.key: one for one in self.works if one.day == work.day}
        for key in sorted(self.members):
            theirs = on_day.get(key)
            if key != work.key and (theirs is None or (theirs.shift != work.shift and theirs not in self.problem.published)):
                yield key, theirs

    def _try(self, work: Work, other: tuple[str, Work | None]) -> bool:
        key, theirs = other
        before = self._uneven()
        slots = {(one.day, one.shift) for one in (work, theirs) if one}
        lacking = sum(self._lacking(*slot) for slot in slots)
        moved = [(work, work._replace(key=key)), *([(theirs, theirs._replace(key=work.key))] if theirs else [])]
        self._move(moved)
        if self._uneven() < before - 1e-9 and self._holds({work.key, key}, slots, lacking):
            return True
        self._move([(new, old) for old, new in moved])
        return False

    def _move(self, moved: list[tuple[Work, Work]]) -> None:
        for old, new in moved:
            self.works.remove(old)
            self.inside[old.day, old.shift].remove(old.key)
            for n, much in enumerate(self._much(old)):
                self.load[old.key][n] -= much
                self.load[new.key][n] += much
        for _old, new in moved:
            self.works.add(new)
            self.inside[new.day, new.shift].add(new.key)

    def _uneven(self) -> float:
        """The unfairness of the loads as they are."""
        found = 0.0
        for n, kind in enumerate(KINDS):
            aside = [self.load[key][n] - self.share[key][n] + self.carried[key][n] for key in self.members if self.days[key][n]]
            found += WEIGHTS[kind] * (max(aside) - min(aside)) if aside else 0
        return found

    def _holds(self, keys: set[str], slots: set[tuple[date, str]], lacking: int) -> bool:
        limits = self.problem.limits
        for key in keys:
            mine = [*self.fixed[key], *((one.day, self.shifts[one.shift]) for one in self.works if one.key == key)]
            if set(broken_by(self.members[key], mine, limits)) - self.held[key]:
                return False
        if any(broken_in(day, sorted(self.inside[day, code]), limits) for day, code in slots):
            return False
        return sum(self._lacking(*slot) for slot in slots) <= lacking

    def _lacking(self, day: date, code: str) -> int:
        """How many of the skills that the shift wants nobody in it has."""
        people = [self.members[key].skills for key in self.inside[day, code]]
        return sum(max(0, many - sum(skill in one for one in people)) for skill, many in self.shifts[code].skills)

    def _carried(self, key: str, kind: str) -> float:
        much = self.problem.carried_by.get((key, kind), 0.0)
        return much / UNIT_HOURS if kind == "hours" else much

    def _much(self, work: Work) -> list[float]:
        return [brings(self.problem, kind, work.day, self.shifts[work.shift]) for kind in KINDS]
