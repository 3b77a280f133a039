"""The geometry of small charts: pure numbers in, SVG coordinates out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TargetBar:
    """A bar in a box 200 wide: how far it reaches and where its target stands (None without a target)."""

    reach: float
    target_at: float | None
    state: str


def target_bar(value: float, target: float | None, full: float = 100, near: float = 0.05) -> TargetBar:
    """The bar of `value` on a scale up to `full`: soon just below its target, late by more than `near` of it."""
    scale = 200 / full if full else 0
    reach = round(min(max(value, 0), full) * scale, 1)
    if target is None:
        return TargetBar(reach, None, "go")
    state = "go" if value >= target else "soon" if value >= target * (1 - near) else "late"
    return TargetBar(reach, round(min(target, full) * scale - 1, 1), state)


def sparkline(
    values: Sequence[float | None], width: int = 120, height: int = 28
) -> tuple[str, tuple[float, float] | None]:
    """Points of a polyline through the known values, and the newest of them; an even series lies in the middle."""
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    if not known:
        return "", None
    low, high = min(value for _, value in known), max(value for _, value in known)
    step = (width - 4) / max(len(values) - 1, 1)

    def point(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(2 + index * step, 1), round(height - 3 - share * (height - 6), 1)

    points = [point(index, value) for index, value in known]
    return " ".join(f"{x:g},{y:g}" for x, y in points), points[-1]


@dataclass(frozen=True)
class Trend:
    """Two series over the same weeks in a box 640 wide and 160 high, the axis left of them."""

    this: str
    last: str
    top: int
    marks: tuple[tuple[float, int], ...]
    """(height, value) of the lines across: none, half, all."""


def trend(this: Sequence[int], last: Sequence[int], width: int = 640, height: int = 160) -> Trend:
    """Points of two polylines on one scale that begins at nothing, so that twice as high is twice as many."""
    top = max([*this, *last, 1])
    top += top % 2
    left, low, high = 36, height - 8, 12
    step = (width - left - 4) / max(len(this) - 1, 1)

    def points(values: Sequence[int]) -> str:
        return " ".join(f"{left + n * step:.1f},{low - value / top * (low - high):.1f}" for n, value in enumerate(values))

    marks = tuple((round(low - value / top * (low - high), 1), value) for value in (0, top // 2, top))
    return Trend(points(this), points(last), top, marks)
