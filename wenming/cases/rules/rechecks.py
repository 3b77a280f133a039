"""盲复核: which closed cases are drawn, who looks at them again, and what the findings say about all the others.

Fifty-nine is the smallest sample that says "fewer than five in a hundred" with 95 % certainty when none is found wrong
(0.95 ** 59 < 0.05).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import exp, lgamma, sqrt

from .lifecycle import may_verify

SAMPLE = 59
CONFIDENCE = 0.95


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year; number: 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.following.first_day - timedelta(days=1)

    @property
    def following(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        return Quarter.of(self.first_day - timedelta(days=1))


def seed_of(head_hash: str, town_code: str, quarter: Quarter) -> str:
    """Follows from the journal alone: nobody chooses it, and whoever has the journal can compute it again."""
    return _hash(head_hash, town_code, f"{quarter.year}Q{quarter.number}")


def drawn(numbers: Iterable[str], seed: str, size: int = SAMPLE) -> list[str]:
    """The case numbers that the lot falls on, in its order; all of them where there are no more than `size`."""
    return sorted(numbers, key=lambda number: _hash(seed, number))[:size]


def population_hash(numbers: Iterable[str]) -> str:
    """What the lot was drawn from, in sixty-four signs."""
    return _hash(*sorted(numbers))


def who_looks_again(seed: str, candidates: Mapping[str, str], *, involved: frozenset[str], not_here: str) -> str | None:
    """The code of the unit that looks at a case again; None where nobody is free of it.

    candidates: {code: place in the tree} of units that have people in the field. involved: the places of every unit
    that handled the case or judged it. not_here: the code of the area the case lies in, whose own figure it is. One
    draw goes to one unit as far as possible, so that one team drives to one town.
    """
    free = [
        code
        for code, path in candidates.items()
        if may_verify(path, involved) and not any(one.startswith(path) for one in involved) and code != not_here
    ]
    return min(free, key=lambda code: _hash(seed, code), default=None)


@dataclass(frozen=True)
class Tally:
    """What a draw has brought so far. wrong: closed and not solved; again: solved, and back since."""

    population: int
    size: int
    checked: int = 0
    wrong: int = 0
    again: int = 0
    unseen: int = 0

    @property
    def waiting(self) -> int:
        return self.size - self.checked - self.unseen

    @property
    def whole(self) -> bool:
        """Whether every closed case was looked at, so that there is nothing left to estimate."""
        return self.checked == self.population > 0

    @property
    def share(self) -> float | None:
        return self.wrong / self.checked if self.checked else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return exact_interval(self.wrong, self.checked, self.population) if self.checked else None


def exact_interval(wrong: int, checked: int, population: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Between which shares the truth lies: exact (hypergeometric), for a sample without replacement.

    For large towns it is the interval of Clopper and Pearson; where all were looked at, it is the share itself.
    """
    tail = (1 - confidence) / 2
    fewest, most = wrong, population - (checked - wrong)

    def likely(total: int) -> tuple[bool, bool]:
        chances = _chances(total, checked, population)
        return sum(chances[wrong:]) > tail, sum(chances[: wrong + 1]) > tail

    low = _first(fewest, most, lambda total: likely(total)[0])
    high = _first(-most, -fewest, lambda total: likely(-total)[1])
    return low / population, -high / population


def city_share(tallies: Sequence[Tally]) -> tuple[float, float, float] | None:
    """(share, low, high) of all towns together, each weighing what it closed, not what was drawn from it.

    The interval is Wilson's on the effective size of the unequal sample (Kish): towns drawn whole and towns drawn
    thinly do not tell equally much.
    """
    asked = [tally for tally in tallies if tally.checked]
    if not asked:
        return None
    total = sum(tally.population for tally in asked)
    share = sum(tally.population * tally.wrong / tally.checked for tally in asked) / total
    effective = total**2 / sum(tally.population**2 / tally.checked for tally in asked)
    return share, *_wilson(share, effective)


def _wilson(share: float, size: float) -> tuple[float, float]:
    z2 = 1.959964**2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2))) / (1 + z2 / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def _chances(total: int, checked: int, population: int) -> list[float]:
    """How likely each number of wrong ones is among `checked` of `population`, if `total` of those are wrong."""
    right = population - total
    return [
        exp(_choose(total, found) + _choose(right, checked - found) - _choose(population, checked))
        if found <= total and checked - found <= right
        else 0.0
        for found in range(checked + 1)
    ]


def _choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The smallest number between the two for which it holds, when it holds for all that are larger."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
