"""How evenly a roster shares out its burden: figures of the roster, never a ranking of people. Policy: 7.4.

What is compared is each one's load with their share: somebody away for half of the days is due half of the nights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import gcd
from statistics import pstdev

from .roster import HOUR, Member, Problem, Shift, Work

KINDS = ("hours", "nights", "weekends", "holidays")
# One night more than one's share weighs as two shifts of eight hours.
WEIGHTS: Mapping[str, int] = {"hours": 2, "nights": 4, "weekends": 3, "holidays": 4}
UNIT_HOURS = 8


@dataclass(frozen=True)
class Spread:
    """How far apart the loads of one kind lie. apart: greatest less smallest distance from one's share (0: all even)."""

    kind: str
    total: float
    least: float
    most: float
    apart: float
    deviation: float

    @property
    def most_less_least(self) -> float:
        return self.most - self.least


def loads(problem: Problem, works: Iterable[Work]) -> dict[str, dict[str, float]]:
    """Hours, nights, weekend and holiday shifts of each member."""
    shifts = problem.by_code
    found = {member.key: dict.fromkeys(KINDS, 0.0) for member in problem.members}
    for work in works:
        mine, shift = found[work.key], shifts[work.shift]
        mine["hours"] += shift.minutes / HOUR
        mine["nights"] += shift.is_night
        mine["weekends"] += work.day in problem.weekends
        mine["holidays"] += work.day in problem.holidays
    return found


def days_open_to(problem: Problem, member: Member, kind: str) -> int:
    """On how many days somebody could bear that kind of load: what their share is measured by."""
    if kind == "nights" and member.no_nights:
        return 0
    counted = {"weekends": problem.weekends, "holidays": problem.holidays}.get(kind)
    return sum(member.there(day) and (counted is None or day in counted) for day in problem.days)


def spreads(problem: Problem, works: Iterable[Work]) -> dict[str, Spread]:
    """The figures of each kind."""
    works = list(works)
    found, aside = loads(problem, works), asides(problem, works)
    return {
        kind: _spread(
            problem, {key: each[kind] for key, each in found.items()}, {key: each[kind] for key, each in aside.items() if kind in each}, kind
        )
        for kind in KINDS
    }  # fmt: skip


def asides(problem: Problem, works: Iterable[Work]) -> dict[str, dict[str, float]]:
    """How far each one's load of each kind is above (below) their share, with what was carried over; by key and kind."""
    found, carried = loads(problem, works), problem.carried_by
    told: dict[str, dict[str, float]] = {member.key: {} for member in problem.members}
    for kind in KINDS:
        days = {member.key: days_open_to(problem, member, kind) for member in problem.members}
        total, all_days = sum(each[kind] for each in found.values()), sum(days.values())
        for key, many in days.items():
            if many:
                told[key][kind] = found[key][kind] - total * many / all_days + carried.get((key, kind), 0.0)
    return told


def carried_over(problem: Problem, works: Iterable[Work]) -> tuple[tuple[str, str, float], ...]:
    """What an earlier roster leaves to the next: the distances from the share, for `Problem.carried`."""
    found = asides(problem, works)
    return tuple((key, kind, round(much, 6)) for key, kinds in sorted(found.items()) for kind, much in sorted(kinds.items()) if much)


def _spread(problem: Problem, load: Mapping[str, float], aside: Mapping[str, float], kind: str) -> Spread:
    total = sum(load.values())
    if not aside:
        return Spread(kind, total, 0, 0, 0, 0)
    here, apart = [load[key] for key in aside], list(aside.values())
    return Spread(kind, total, min(here), max(here), round(max(apart) - min(apart), 6), round(pstdev(apart), 6))


def least_unfairness(problem: Problem) -> float:
    """What no roster with every head filled can be below: whole shifts cannot be shared out in fractions.

    Each gets their share rounded, the largest remainders upwards; any other way lies further apart. 0 where earlier
    rosters are carried over: what they leave can be made good, or not, in many ways.
    """
    found = 0.0
    if problem.carried:
        return found
    unit = gcd(*(shift.minutes for shift in problem.shifts)) / HOUR / UNIT_HOURS if problem.shifts else 1
    for kind in KINDS:
        size = unit if kind == "hours" else 1
        total = sum(shift.heads * brings(problem, kind, day, shift) for day, shift in problem.slots) / size
        days = [many for member in problem.members if (many := days_open_to(problem, member, kind))]
        remainders = sorted((total * many / sum(days) % 1 for many in days), reverse=True)
        up = round(sum(remainders))
        if 0 < up < len(remainders):
            found += WEIGHTS[kind] * size * (1 - remainders[up - 1] + remainders[up])
    return round(found, 6)


def brings(problem: Problem, kind: str, day: date, shift: Shift) -> float:
    """How much of a kind of load one shift is; hours in shifts of eight."""
    if kind == "hours":
        return shift.minutes / HOUR / UNIT_HOURS
    counted = {"nights": shift.is_night, "weekends": day in problem.weekends, "holidays": day in problem.holidays}
    return counted[kind]


def unfairness(problem: Problem, works: Iterable[Work]) -> float:
    """One figure to compare two rosters of the same problem by; 0 is as even as can be."""
    found = spreads(problem, works)
    units = {kind: found[kind].apart / (UNIT_HOURS if kind == "hours" else 1) for kind in KINDS}
    return round(sum(WEIGHTS[kind] * units[kind] for kind in KINDS), 6)
