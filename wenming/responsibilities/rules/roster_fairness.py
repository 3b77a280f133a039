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
    found = loads(problem, works)
    return {kind: _spread(problem, {key: each[kind] for key, each in found.items()}, kind) for kind in KINDS}


def _spread(problem: Problem, load: Mapping[str, float], kind: str) -> Spread:
    days = {member.key: days_open_to(problem, member, kind) for member in problem.members}
    able = [key for key, many in days.items() if many]
    total, all_days = sum(load.values()), sum(days.values())
    if not able:
        return Spread(kind, total, 0, 0, 0, 0)
    aside = [load[key] - total * days[key] / all_days for key in able]
    here = [load[key] for key in able]
    return Spread(kind, total, min(here), max(here), round(max(aside) - min(aside), 6), round(pstdev(aside), 6))


def least_unfairness(problem: Problem) -> float:
    """What no roster with every head filled can be below: whole shifts cannot be shared out in fractions.

    Each gets their share rounded, the largest remainders upwards; any other way lies further apart.
    """
    found = 0.0
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
