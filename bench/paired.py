"""Two things measured in turn, and what can be said about their ratio.

Absolute times on a shared machine vary manifold within minutes; the ratio of two measurements that alternate within one
run does not. So each pair gives one ratio, and the figure is their median with a bootstrap interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

RESAMPLES = 2000
Measure = Callable[[], float]


@dataclass(frozen=True)
class Spread:
    """A median and the interval in which nine of ten resampled medians lie."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Pairs:
    """What alternating measurements gave: seconds per operation of both sides, and their ratio."""

    ours: Spread
    limit: Spread
    ratio: Spread


def spread(values: Sequence[float]) -> Spread:
    """The median of the values and its 90 % bootstrap interval; the same values always give the same interval."""
    rng = Random(len(values))
    medians = sorted(median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Spread(median(values), medians[RESAMPLES // 20], medians[-RESAMPLES // 20])


def paired(ours: Measure, limit: Measure, *, pairs: int) -> Pairs:
    """Measure limit, ours, limit, ours … Each call measures one block and returns seconds per operation."""
    limit(), ours()  # what a first time costs (caches, connections, pages read from disk) is not the question
    measured = [(limit(), ours()) for _ in range(pairs)]
    return pairs_of([b for _a, b in measured], [a for a, _b in measured])


def pairs_of(ours: Sequence[float], limit: Sequence[float]) -> Pairs:
    """The same from measurements made elsewhere, pair by pair."""
    return Pairs(spread(ours), spread(limit), spread([b / a for a, b in zip(limit, ours, strict=True)]))


def seconds_each(act: Callable[[], object], times: int) -> float:
    """Seconds per call of `act`, called `times` times."""
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times


def processor_each(act: Callable[[], object], times: int) -> float:
    """The same in seconds of the processor: what others do on the machine meanwhile is not counted."""
    began = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - began) / times


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
