"""How many public places a register is still missing: capture and recapture (Chapman 1951). Pure.

Several lists tell of the same places without copying one another: a census, patrols, complaints. What one list has and
another has too says how much each misses. Assumed, and said wherever the figure is shown: the lists are independent,
nothing is counted twice, nothing opened or closed in between, every place may be told of. Where places that one list
finds are found by the other more easily (busy streets), the figure is too low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from operator import itemgetter

# 95 %: two-sided, normal on the logarithm of the number not seen.
Z = 1.959964
Told = Callable[[tuple[bool, bool, bool]], bool]
LISTS = ("census", "patrol", "complaint")
PAIRS = ((0, 1), (0, 2), (1, 2))
# With fewer in both lists the figure says nothing.
LEAST_IN_BOTH = 7


@dataclass(frozen=True)
class Chapman:
    """An estimate from two lists. first, second: how many each has; both: how many are in both; all with its 95 % interval."""

    first: int
    second: int
    both: int
    total: float
    low: float
    high: float

    @property
    def is_sound(self) -> bool:
        """Whether enough were told of twice for the figure to mean anything."""
        return self.both >= LEAST_IN_BOTH


@dataclass(frozen=True)
class Estimate:
    """What is known of one town. known: places in any list; census_other: the census against the other two taken together."""

    known: int
    census_other: Chapman
    pairs: tuple[tuple[str, str, Chapman], ...]

    @property
    def missing(self) -> tuple[int, int, int] | None:
        """(probably, at least, at most) not in the register; None where too few were told of twice."""
        if not self.census_other.is_sound:
            return None
        one = self.census_other
        return round(max(one.total - self.known, 0)), round(max(one.low - self.known, 0)), round(max(one.high - self.known, 0))


def chapman(first: int, second: int, both: int) -> Chapman:
    """Chapman's estimate (n₁+1)(n₂+1)/(m+1) − 1 with a log-normal interval that never falls below what is known.

    Raises ValueError where more are in both lists than in one.
    """
    if not 0 <= both <= min(first, second):
        raise ValueError(f"{both} in both lists of {first} and {second}")
    known = first + second - both
    total = (first + 1) * (second + 1) / (both + 1) - 1
    unseen = total - known
    if unseen <= 0:
        return Chapman(first, second, both, float(known), float(known), float(known))
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    spread = exp(Z * sqrt(log(1 + variance / unseen**2)))
    return Chapman(first, second, both, total, known + unseen / spread, known + unseen * spread)


def estimate(histories: Mapping[tuple[bool, bool, bool], int]) -> Estimate:
    """From {(in the census, seen by patrols, told of by complaints): number of places}; those in none are not counted."""

    def against(one: Told, other: Told) -> Chapman:
        first = sum(n for history, n in histories.items() if one(history))
        second = sum(n for history, n in histories.items() if other(history))
        return chapman(first, second, sum(n for history, n in histories.items() if one(history) and other(history)))

    pairs = tuple((LISTS[a], LISTS[b], against(itemgetter(a), itemgetter(b))) for a, b in PAIRS)
    other = against(itemgetter(0), lambda history: history[1] or history[2])
    return Estimate(sum(histories.values()), other, pairs)
