"""How figures are told: one line each, a row of a table that can be pasted into docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass

from .paired import Pairs, Spread

HEADER = "| figure | ours | against | ratio | goal | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Goal:
    """At most (or, turned round, at least) so much; a figure without a goal is told to be known, not judged."""

    most: float
    unit: str = ""

    def __str__(self) -> str:
        return f"≤ {self.most:g}{self.unit}"

    def verdict(self, value: float) -> str:
        return "met" if value <= self.most else "**not met**"


def tell(
    name: str, ours: str, against: str = "", ratio: str = "", goal: Goal | None = None, value: float | None = None
) -> None:
    """Print one row."""
    verdict = goal.verdict(value) if goal and value is not None else ""
    print(f"| {name} | {ours} | {against} | {ratio} | {goal or ''} | {verdict} |", flush=True)


def tell_ratio(name: str, pairs: Pairs, *, against: str, goal: Goal | None = None, note: str = "") -> None:
    """A figure whose goal is about the ratio."""
    ours = duration(pairs.ours.median) + (f", {note}" if note else "")
    tell(name, ours, f"{against} {duration(pairs.limit.median)}", interval(pairs.ratio), goal, pairs.ratio.median)


def tell_value(
    name: str, value: float, unit: str, goal: Goal | None = None, *, note: str = "", against: str = ""
) -> None:
    """A figure that is a number of its own: a count, a size, a percentile."""
    tell(name, f"{number(value)}{unit}" + (f", {note}" if note else ""), against, "", goal, value)


def interval(spread: Spread) -> str:
    return f"{number(spread.median)} ({number(spread.low)}–{number(spread.high)})"


def duration(seconds: float) -> str:
    """In the unit in which it reads best."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
