"""The same roster by constraint programming (OR-Tools CP-SAT), where the extra `optimise` is installed.

First as few open heads as can be, then as few changes of what was published, then the smallest unfairness. One worker
and a deterministic clock: the same problem and seed give the same roster on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from math import gcd
from typing import Any

from ..rules.roster import Problem, Shift, Work, at, broken_by
from ..rules.roster_evening import even_out
from ..rules.roster_fairness import KINDS, UNIT_HOURS, WEIGHTS, days_open_to

OPEN_HEAD, SKILL, CHANGE, SCALE = 3_000_000, 1_000_000, 1_000, 1_000
EFFORT = 0.5
"""Of CP-SAT's deterministic seconds: some seconds for a group and a month."""


Tell = Callable[[str], object]
"""Hears how far a drawing is; what it raises ends it."""


def say_nothing(_stage: str) -> None:
    """For whoever waits and watches nothing."""


def installed() -> bool:
    """Whether the solver can be used here."""
    try:
        import ortools  # noqa: F401
    except ImportError:
        return False
    return True


def solve(
    problem: Problem, hint: Iterable[Work], seed: int, effort: float = EFFORT, tell: Tell = say_nothing
) -> frozenset[Work] | None:
    """A roster that breaks no rule, or None when none was found within the effort. hint: one to begin from.

    Two searches, because one sum of very different weights keeps the solver from seeing the small ones: first who is
    missing and what changes, then, with that held, how even it is.
    """
    from ortools.sat.python import cp_model

    drawing, works = _Model(problem, cp_model.CpModel()), frozenset(hint)
    # Of all that are as complete, the nearest to the hint, which is even already.
    far = [1 - drawing.x[work] for work in sorted(works) if work in drawing.x]
    for stage, cost, share in (("search", [*drawing.lacking, *far], 0.7), ("balance", drawing.uneven, 0.3)):
        tell(stage)
        drawing.model.clear_hints()
        drawing.hint(works)
        drawing.model.minimize(sum(cost))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = effort * share
        if solver.solve(drawing.model, _listener(cp_model, stage, tell)) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        tell(stage)
        works = even_out(problem, frozenset(Work(*key) for key, var in drawing.x.items() if solver.boolean_value(var)))
        if cost is not drawing.uneven:
            drawing.model.add(sum(drawing.lacking) <= solver.value(sum(drawing.lacking)))
    return works


def _listener(cp_model: Any, stage: str, tell: Tell) -> Any:
    """Tells at each better roster; stops the search where telling raises, so that `tell` is asked again outside of it."""

    class Listener(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            try:
                tell(stage)
            except Exception:
                self.stop_search()

    return Listener()


class _Model:
    """The problem in the solver's words. `x[key, day, shift]` exists only where nothing forbids it from the start."""

    def __init__(self, problem: Problem, model: Any) -> None:
        self.problem, self.model = problem, model
        self.x: dict[tuple[str, date, str], Any] = {}
        self.lacking: list[Any] = []
        self.uneven: list[Any] = []
        for member in problem.members:
            fixed = problem.fixed_of(member.key)
            held = set(broken_by(member, fixed, problem.limits))
            for day, shift in problem.slots:
                # Alone it must not break what the fixed shifts leave; what only several break together is said below.
                if not set(broken_by(member, [*fixed, (day, shift)], problem.limits)) - held:
                    self.x[member.key, day, shift.code] = model.new_bool_var(f"{member.key} {day} {shift.code}")
        self._heads()
        for member in problem.members:
            self._person(member.key)
        self._pairs()
        self._stay()
        self._fairly()

    def hint(self, works: frozenset[Work]) -> None:
        for key, var in self.x.items():
            self.model.add_hint(var, Work(*key) in works)

    def _inside(self, day: date, shift: Shift, keys: Iterable[str] | None = None) -> list[Any]:
        wanted = [member.key for member in self.problem.members] if keys is None else keys
        return [self.x[key, day, shift.code] for key in wanted if (key, day, shift.code) in self.x]

    def _heads(self) -> None:
        for day, shift in self.problem.slots:
            short = self.model.new_int_var(0, shift.heads, "")
            self.model.add(sum(self._inside(day, shift)) + short == shift.heads)
            self.lacking.append(OPEN_HEAD * short)
            for skill, wanted in shift.skills:
                skilled = [member.key for member in self.problem.members if skill in member.skills]
                lacking = self.model.new_int_var(0, wanted, "")
                self.model.add(sum(self._inside(day, shift, skilled)) + lacking >= wanted)
                self.lacking.append(SKILL * lacking)

    def _person(self, key: str) -> None:
        problem, limits = self.problem, self.problem.limits
        mine = [(day, shift, self.x[key, day, shift.code]) for day, shift in problem.slots if (key, day, shift.code) in self.x]
        fixed = problem.fixed_of(key)
        on_day: dict[date, list[Any]] = defaultdict(list)
        on_night: dict[date, list[Any]] = defaultdict(list)
        weeks: dict[date, list[Any]] = defaultdict(list)
        for day, shift, var in mine:
            on_day[day].append(var)
            weeks[_monday(day)].append(shift.minutes * var)
            if shift.is_night:
                on_night[day].append(var)
        for day in on_day:
            self.model.add_at_most_one(on_day[day])
        reach = timedelta(days=2 + limits.rest_minutes // 1440)
        for n, (day, shift, var) in enumerate(mine):
            for later, other, its in mine[n + 1 :]:
                if later - day > reach:
                    break
                first, second = sorted([(at(day, shift.starts), shift.minutes), (at(later, other.starts), other.minutes)])
                if later != day and second[0] - first[0] - first[1] < limits.rest_minutes:
                    self.model.add_at_most_one([var, its])
        days = {day for day, _shift in fixed}
        nights = {day for day, shift in fixed if shift.is_night}
        self._in_row(on_day, days, limits.days_in_row)
        self._in_row(on_night, nights, limits.nights_in_row)
        for monday, minutes in weeks.items():
            held = sum(shift.minutes for day, shift in fixed if _monday(day) == monday)
            self.model.add(sum(minutes) <= max(0, limits.week_minutes - held))

    def _in_row(self, on: dict[date, list[Any]], fixed: set[date], most: int) -> None:
        begins = {day - timedelta(days=n) for day in on for n in range(most + 1)}
        for begin in sorted(begins):
            window = [begin + timedelta(days=n) for n in range(most + 1)]
            free = [var for day in window if day not in fixed for var in on.get(day, ())]
            held = sum(day in fixed for day in window)
            if held + len(free) > most:
                self.model.add(sum(free) <= max(0, most - held))

    def _pairs(self) -> None:
        for day, shift in self.problem.slots:
            for pair in self.problem.limits.apart:
                self.model.add(sum(self._inside(day, shift, sorted(pair))) <= max(1, len(pair) - 1))
            for who, guides in self.problem.limits.guided:
                for var in self._inside(day, shift, [who]):
                    self.model.add(var <= sum(self._inside(day, shift, sorted(guides))))

    def _stay(self) -> None:
        kept = [self.x[work] for work in sorted(self.problem.published) if work in self.x]
        self.lacking.extend(CHANGE * (1 - var) for var in kept)

    def _fairly(self) -> None:
        shifts = self.problem.shifts
        unit = gcd(*(shift.minutes for shift in shifts)) if shifts else 1
        for kind in KINDS:
            days = {member.key: days_open_to(self.problem, member, kind) for member in self.problem.members}
            all_days, able = sum(days.values()), [key for key, many in days.items() if many]
            if len(able) < 2:
                continue
            borne: dict[str, list[Any]] = {key: [] for key in days}
            for (key, day, code), var in self.x.items():
                if weight := self._weight(kind, day, self.problem.by_code[code], unit):
                    borne[key].append(weight * var)
            bound = sum(shift.heads * shift.minutes for shift in shifts) * len(self.problem.days)
            bound += round(sum(abs(much) for _key, each, much in self.problem.carried if each == kind) * 60)
            counts = {key: self.model.new_int_var(0, bound, f"{kind} of {key}") for key in able}
            for key in able:
                self.model.add(counts[key] == sum(borne[key]))
            total = self.model.new_int_var(0, bound, f"all {kind}")
            # Nobody else bears anything of this kind, so the counts are the whole.
            self.model.add(total == sum(counts.values()))
            most, least = (
                self.model.new_int_var(-bound * all_days, bound * all_days, name) for name in (f"most {kind}", f"least {kind}")
            )
            for key in able:
                carried = self.problem.carried_by.get((key, kind), 0.0) * (60 / unit if kind == "hours" else 1)
                aside = all_days * counts[key] - days[key] * total + round(all_days * carried)
                self.model.add(aside <= most)
                self.model.add(aside >= least)
            size = unit / 60 / UNIT_HOURS if kind == "hours" else 1
            self.uneven.append(max(1, round(SCALE * WEIGHTS[kind] * size / all_days)) * (most - least))

    def _weight(self, kind: str, day: date, shift: Shift, unit: int) -> int:
        counted = {
            "hours": shift.minutes // unit, "nights": shift.is_night, "weekends": day in self.problem.weekends,
            "holidays": day in self.problem.holidays,
        }  # fmt: skip
        return int(counted[kind])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
