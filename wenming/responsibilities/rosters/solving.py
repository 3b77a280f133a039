"""Drawing up a roster with the best that is installed, and saying what came of it. Policy: 7.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ..models import RosterMethod
from ..rules.roster import Problem, Work, broken
from ..rules.roster_evening import even_out
from ..rules.roster_fairness import Spread, least_unfairness, spreads, unfairness
from ..rules.roster_greedy import draw_up, why_open
from . import cpsat


@dataclass(frozen=True)
class Solution:
    """A roster that breaks no rule. open: each shift that lacks somebody, with how many are kept from it by which rule."""

    works: frozenset[Work]
    method: str
    open: Mapping[tuple[date, str], Counter[str]]
    spreads: Mapping[str, Spread]
    unfairness: float
    changed: int


def draw(problem: Problem, *, seed: int, effort: float = cpsat.EFFORT, with_solver: bool = True) -> Solution:
    """The better of the solver's roster and the greedy one; the greedy one where no solver is installed.

    Better is: fewer open heads, then fewer changes of what was published, then smaller unfairness.
    """
    greedy = even_out(problem, draw_up(problem, seed))
    found = [(greedy, RosterMethod.GREEDY.value)]
    # A greedy roster that nothing can be better than leaves the solver nothing to do.
    if with_solver and cpsat.installed() and score(problem, greedy) > (0, 0, 0, least_unfairness(problem)):
        found = [*_solved(problem, greedy, seed, effort), *found]
    works, method = min(found, key=lambda one: score(problem, one[0]))
    return Solution(
        works, method, why_open(problem, works), spreads(problem, works), unfairness(problem, works), changes(problem, works)
    )


def _solved(problem: Problem, greedy: frozenset[Work], seed: int, effort: float) -> Iterator[tuple[frozenset[Work], str]]:
    """What the solver makes of it; a roster that the rules themselves do not let pass is not offered."""
    solved = cpsat.solve(problem, greedy, seed, effort)
    if solved is not None and not broken(problem, solved):
        yield solved, RosterMethod.SOLVER.value


def score(problem: Problem, works: frozenset[Work]) -> tuple[int, int, int, float]:
    """Open heads, lacking skills, changes, unfairness: the smaller the better."""
    members = problem.by_key
    heads, skills = 0, 0
    inside: dict[tuple[date, str], list[frozenset[str]]] = {}
    for work in works:
        inside.setdefault((work.day, work.shift), []).append(members[work.key].skills)
    for day, shift in problem.slots:
        people = inside.get((day, shift.code), [])
        heads += max(0, shift.heads - len(people))
        skills += sum(max(0, wanted - sum(skill in one for one in people)) for skill, wanted in shift.skills)
    return heads, skills, changes(problem, works), unfairness(problem, works)


def changes(problem: Problem, works: frozenset[Work]) -> int:
    """How many published shifts somebody has no more: each of them has to be told."""
    return len(problem.published - works)
