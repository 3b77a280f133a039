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
from ..rules.roster_repair import fill_open
from . import cpsat
from .cpsat import Tell, say_nothing


@dataclass(frozen=True)
class Solution:
    """A roster that breaks no rule. open: each shift that lacks somebody, with how many are kept from it by which rule."""

    works: frozenset[Work]
    method: str
    open: Mapping[tuple[date, str], Counter[str]]
    spreads: Mapping[str, Spread]
    unfairness: float
    changed: int
    open_heads: int = 0


def draw(
    problem: Problem, *, seed: int, effort: float = cpsat.EFFORT, with_solver: bool = True, tell: Tell = say_nothing
) -> Solution:
    """The better of the solver's roster and the greedy one; the greedy one where no solver is installed.

    Better is: fewer open heads, then fewer changes of what was published, then smaller unfairness. tell: hears the code of
    each step as it begins, and again now and then while the solver searches; what it raises ends the drawing.
    """
    tell("greedy")
    drawn = draw_up(problem, seed)
    tell("filling")
    drawn = fill_open(problem, drawn)
    tell("evening")
    greedy = even_out(problem, drawn)
    found = [(greedy, RosterMethod.GREEDY.value)]
    # A greedy roster that nothing can be better than leaves the solver nothing to do.
    if with_solver and cpsat.installed() and score(problem, greedy) > (0, 0, 0, least_unfairness(problem)):
        found = [*_solved(problem, greedy, seed, effort, tell), *found]
    works, method = min(found, key=lambda one: score(problem, one[0]))
    return Solution(
        works, method, why_open(problem, works), spreads(problem, works), unfairness(problem, works), changes(problem, works),
        score(problem, works)[0],
    )  # fmt: skip


def _solved(problem: Problem, greedy: frozenset[Work], seed: int, effort: float, tell: Tell) -> Iterator[tuple[frozenset[Work], str]]:
    """What the solver makes of it; a roster that the rules themselves do not let pass is not offered."""
    solved = cpsat.solve(problem, greedy, seed, effort, tell)
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
