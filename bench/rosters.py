"""Rosters of 24 groups over 30 days: processor time with and without the solver, and how even and complete each is."""

from __future__ import annotations

import time
from datetime import date, timedelta
from random import Random

from wenming.responsibilities.rosters.cpsat import installed
from wenming.responsibilities.rosters.solving import draw, score
from wenming.responsibilities.rules.roster import Limits, Member, Problem, Shift, broken
from wenming.responsibilities.rules.roster_greedy import draw_up

from .figures import tell_value
from .inside import Effort

GROUPS, DAYS = 24, 30
FIRST = date(2026, 9, 15)  # Mid-autumn and the national holiday lie within.
HOLIDAYS = frozenset({date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))})
SHIFTS = (
    Shift("N", "夜班", 0, 480, 1), Shift("M", "早班", 480, 480, 2, (("执法证", 1),)), Shift("A", "中班", 960, 480, 2, (("执法证", 1),)),
)  # fmt: skip


def measure(effort: Effort) -> None:
    problems = [problem(number) for number in range(4 if effort.quick else GROUPS)]
    began = time.process_time()
    plain = [draw_up(each, 1) for each in problems]
    tell_value(f"greedy alone, {len(problems)} groups x {DAYS} days, processor seconds", time.process_time() - began, " s")
    began = time.process_time()
    greedy = [draw(each, seed=1, with_solver=False).works for each in problems]
    tell_value("greedy, repaired and evened out, processor seconds", time.process_time() - began, " s")
    kinds = [("greedy alone", plain), ("greedy, repaired, evened", greedy)]
    if installed():
        began = time.process_time()
        kinds.append(("with CP-SAT", [draw(each, seed=1).works for each in problems]))
        tell_value("with CP-SAT, processor seconds", time.process_time() - began, " s")
    for name, rosters in kinds:
        scores = [score(each, works) for each, works in zip(problems, rosters, strict=True)]
        assert not any(broken(each, works) for each, works in zip(problems, rosters, strict=True))
        tell_value(f"{name}: open heads of {GROUPS * DAYS * 5 if not effort.quick else len(problems) * DAYS * 5}", sum(one[0] for one in scores), "")
        tell_value(f"{name}: shifts that lack a skill", sum(one[1] for one in scores), "")
        tell_value(f"{name}: unfairness, mean of the groups (0 is even)", sum(one[3] for one in scores) / len(scores), "")


def problem(number: int) -> Problem:
    """A group of eight to twelve people, some on leave, one never at night, half of them with the skill."""
    rng = Random(number)
    many = rng.randint(8, 12)
    days = tuple(FIRST + timedelta(days=n) for n in range(DAYS))

    def leave() -> frozenset[date]:
        begin, long = rng.randrange(DAYS), rng.choice([0, 0, 2, 4])
        return frozenset(days[begin : begin + long])

    members = tuple(
        Member(f"p{n:02d}", frozenset({"执法证"} if n % 2 else ()), n == 0, leave()) for n in range(many)
    )
    limits = Limits(nights_in_row=2, week_minutes=44 * 60, apart=(frozenset({"p01", "p02"}),))
    weekends = frozenset(day for day in days if day.weekday() >= 5) - HOLIDAYS
    return Problem(days, SHIFTS, members, limits, weekends=weekends, holidays=HOLIDAYS & frozenset(days))
