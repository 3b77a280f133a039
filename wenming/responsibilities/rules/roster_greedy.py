"""Drawing up a roster shift by shift: the one who has borne least takes the next. Needs nothing but this file.

Never breaks a rule; it does not look ahead, so a shift may stay open that a solver would have filled, and loads lie
further apart. The same problem and seed give the same roster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from zlib import crc32

from .roster import Member, Problem, Shift, Work, at, refusal
from .roster_fairness import KINDS, UNIT_HOURS, WEIGHTS, days_open_to


def draw_up(problem: Problem, seed: int) -> frozenset[Work]:
    """A roster that breaks no rule; what nobody may take stays open."""
    return _Drawing(problem, seed).finish()


def why_open(problem: Problem, works: Iterable[Work]) -> dict[tuple[date, str], Counter[str]]:
    """For each shift with fewer people than wanted: which rule keeps how many of the others from it.

    `skill` counts those who could come but lack what the shift wants.
    """
    drawing = _Drawing(problem, 0)
    for work in sorted(works):
        drawing.put(work)
    found = {}
    for day, shift in problem.slots:
        here = drawing.inside[day, shift.code]
        lacking = drawing.skills_lacking(day, shift)
        if len(here) >= shift.heads and not lacking:
            continue
        rest = [member for member in problem.members if member.key not in here]
        found[day, shift.code] = Counter(drawing.refusal(member, day, shift) or "skill" for member in rest)
    return found


class _Drawing:
    """A roster while it is being drawn up."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.seed, self.members = problem, seed, problem.by_key
        self.mine = {member.key: problem.fixed_of(member.key) for member in problem.members}
        self.inside: dict[tuple[date, str], list[str]] = defaultdict(list)
        self.borne = {key: dict.fromkeys(KINDS, 0.0) for key in self.mine}
        self.share = {
            (key, kind): days_open_to(problem, member, kind) or 1 for key, member in self.members.items() for kind in KINDS
        }
        for (key, kind), much in problem.carried_by.items():
            if key in self.borne:
                self.borne[key][kind] += much / UNIT_HOURS if kind == "hours" else much
        self.works: set[Work] = set()

    def finish(self) -> frozenset[Work]:
        shifts = self.problem.by_code
        for work in sorted(self.problem.published, key=lambda one: (one.day, one.shift, one.key)):
            if work.key in self.members and work.shift in shifts and self._fits(work, shifts[work.shift]):
                self.put(work)
        # A novice waits until somebody who may guide them is in the shift: hence the second round.
        for _round in range(2):
            for day, shift in sorted(self.problem.slots, key=lambda slot: at(slot[0], slot[1].starts)):
                self._fill(day, shift)
        return frozenset(self.works)

    def _fits(self, work: Work, shift: Shift) -> bool:
        room = len(self.inside[work.day, work.shift]) < shift.heads and work.day in self.problem.days
        return room and not self.refusal(self.members[work.key], work.day, shift)

    def _fill(self, day: date, shift: Shift) -> None:
        while len(self.inside[day, shift.code]) < shift.heads:
            lacking = self.skills_lacking(day, shift)
            room = shift.heads - len(self.inside[day, shift.code])
            able = [one for one in self.members.values() if not self.refusal(one, day, shift)]
            skilled = [one for one in able if lacking & one.skills]
            # The last places are kept for the skills that are still missing, as long as somebody has them.
            chosen = skilled if skilled and room <= len(lacking) else able
            if not chosen:
                return
            best = min(chosen, key=lambda one: self._burden(one, day, shift))
            self.put(Work(best.key, day, shift.code))

    def refusal(self, member: Member, day: date, shift: Shift) -> str:
        here = self.inside[day, shift.code]
        return "here" if member.key in here else refusal(self.problem, member, day, shift, self.mine[member.key], here)

    def skills_lacking(self, day: date, shift: Shift) -> set[str]:
        people = [self.members[key].skills for key in self.inside[day, shift.code]]
        return {skill for skill, wanted in shift.skills if sum(skill in one for one in people) < wanted}

    def put(self, work: Work) -> None:
        shift = self.problem.by_code[work.shift]
        self.works.add(work)
        self.mine[work.key].append((work.day, shift))
        self.inside[work.day, work.shift].append(work.key)
        borne = self.borne[work.key]
        borne["hours"] += shift.minutes / 60 / UNIT_HOURS
        for kind in self._kinds(work.day, shift):
            borne[kind] += 1

    def _kinds(self, day: date, shift: Shift) -> list[str]:
        counted = {"nights": shift.is_night, "weekends": day in self.problem.weekends, "holidays": day in self.problem.holidays}
        return [kind for kind, holds in counted.items() if holds]

    def _burden(self, member: Member, day: date, shift: Shift) -> tuple[float, int]:
        """What they have borne of what this shift brings, measured by their share; ties fall by the seed."""
        kinds = ("hours", *self._kinds(day, shift))
        borne = sum(WEIGHTS[kind] * self.borne[member.key][kind] / self.share[member.key, kind] for kind in kinds)
        return round(borne, 9), crc32(f"{self.seed} {member.key} {day} {shift.code}".encode())
