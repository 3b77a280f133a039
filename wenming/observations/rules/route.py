"""In which order the points of a patrol are walked: nearest neighbour, then 2-opt. A proposal; nobody is bound to it.

Distances are as the crow flies: the house knows no one-way streets and no bridges, and says so beside the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Metres = Callable[[Point, Point], float]
LEAST_GAIN_M = 0.5


@dataclass(frozen=True)
class Route:
    """order: indexes of the points; legs: metres to each from the one before (0 for the first); unplanned_m: the points
    walked in the order in which they were given."""

    order: tuple[int, ...]
    legs: tuple[float, ...]
    unplanned_m: float

    @property
    def metres(self) -> float:
        return sum(self.legs)


def route(points: Sequence[Point], metres: Metres) -> Route:
    """A short open walk through all points, beginning at whichever of them gives the shortest one.

    Never longer than the points as given. The same points in the same order give the same walk.
    """
    if not points:
        return Route((), (), 0.0)
    far = [[metres(a, b) for b in points] for a in points]
    unplanned = _length(range(len(points)), far)
    walks = [_untangled(_nearest_from(start, far), far) for start in range(len(points))]
    order = min([list(range(len(points))), *walks], key=lambda walk: round(_length(walk, far), 3))
    legs = (0.0, *(far[a][b] for a, b in pairwise(order)))
    return Route(tuple(order), legs, unplanned)


def _nearest_from(start: int, far: Sequence[Sequence[float]]) -> list[int]:
    walk, left = [start], set(range(len(far))) - {start}
    while left:
        walk.append(min(left, key=lambda one: (far[walk[-1]][one], one)))
        left.remove(walk[-1])
    return walk


def _untangled(walk: list[int], far: Sequence[Sequence[float]]) -> list[int]:
    """2-opt on an open walk: a stretch is turned round as long as that makes it shorter."""
    better = True
    while better:
        better = False
        for i in range(len(walk) - 1):
            for j in range(i + 1, len(walk)):
                if _gain(walk, i, j, far) > LEAST_GAIN_M:
                    walk[i : j + 1] = reversed(walk[i : j + 1])
                    better = True
    return walk


def _gain(walk: Sequence[int], i: int, j: int, far: Sequence[Sequence[float]]) -> float:
    """What is saved by walking from i to j the other way round; the two ends of the walk are free."""
    gain = 0.0
    if i > 0:
        gain += far[walk[i - 1]][walk[i]] - far[walk[i - 1]][walk[j]]
    if j + 1 < len(walk):
        gain += far[walk[j]][walk[j + 1]] - far[walk[i]][walk[j + 1]]
    return gain


def _length(walk: Sequence[int] | range, far: Sequence[Sequence[float]]) -> float:
    return sum(far[a][b] for a, b in pairwise(walk))
