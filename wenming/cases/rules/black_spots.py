"""Black spots (黑点): where does the same kind of problem come back, where is it forming, and how much is to be expected?

The city lies in squares. What a square is judged by is counted strictly before a day, so that a forecast of the past can
be checked against what came (`bench black_spots`). Expected is a Poisson regression on those counts, learned on periods
that are over. A square is called a candidate for two plain reasons only, which a person can recount: it came back in
many periods, or it has suddenly more than it ever had. Policy: 4.5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELL_M = 150.0
PERIOD_DAYS = 30
METRES_PER_DEGREE = 111_320.0
# After so many days half of a sighting's weight is left: a fortnight, a season, the long habit of a place.
HALF_LIVES_DAYS = (10.0, 40.0, 160.0, 720.0)
PERIODS_SEEN = 12
YEAR_PERIODS = 12
EVIDENCE = ("half_10", "half_40", "half_160", "half_720", "around", "periods_with", "last_period", "same_season")

Cell = tuple[int, int]


@dataclass(frozen=True)
class Plane:
    """The squares of one city: counted from zero degrees, as wide as they are high at the city's own latitude."""

    latitude: float

    def cells_of(self, longitudes: Floats, latitudes: Floats) -> Ints:
        """An (east, north) pair of square numbers for each point."""
        east = np.floor(longitudes * self._metres_per_longitude / CELL_M)
        return np.column_stack([east, np.floor(latitudes * METRES_PER_DEGREE / CELL_M)]).astype(np.int64)

    def centre_of(self, cell: Cell) -> tuple[float, float]:
        """(longitude, latitude) of the middle of a square."""
        return (cell[0] + 0.5) * CELL_M / self._metres_per_longitude, (cell[1] + 0.5) * CELL_M / METRES_PER_DEGREE

    def bounds_of(self, cell: Cell) -> tuple[float, float, float, float]:
        """West, south, east, north of a square; its north and east edges belong to the next one."""
        wide, high = CELL_M / self._metres_per_longitude, CELL_M / METRES_PER_DEGREE
        return cell[0] * wide, cell[1] * high, (cell[0] + 1) * wide, (cell[1] + 1) * high

    @property
    def _metres_per_longitude(self) -> float:
        return METRES_PER_DEGREE * math.cos(math.radians(self.latitude))


@dataclass(frozen=True)
class History:
    """Cases of one kind: for each its square (index into `cells`) and its day (any count of days)."""

    cells: Ints
    where: Ints
    days: Floats

    @classmethod
    def of(cls, squares: Ints, days: Floats) -> History:
        """From one square and one day per case."""
        cells, where = np.unique(squares.reshape(-1, 2), axis=0, return_inverse=True)
        return cls(cells, where.reshape(-1), np.asarray(days, dtype=float))

    def before(self, day: float) -> History:
        """What was known when the day began. The squares stay, so that numbers mean the same."""
        known = self.days < day
        return History(self.cells, self.where[known], self.days[known])

    def count(self, since: float, until: float) -> Floats:
        """Cases of each square from a day up to, not including, another."""
        chosen = (self.days >= since) & (self.days < until)
        return np.bincount(self.where[chosen], minlength=len(self.cells)).astype(float)

    def known_cells(self) -> NDArray[np.bool_]:
        """Which squares ever had a case."""
        return np.bincount(self.where, minlength=len(self.cells)) > 0


def evidence(history: History, on: float) -> Floats:
    """A row for each square, a column for each of EVIDENCE, from cases strictly before the day."""
    past = history.before(on)
    age = on - past.days
    decayed = [
        np.bincount(past.where, weights=0.5 ** (age / half), minlength=len(past.cells)) / half * PERIOD_DAYS
        for half in HALF_LIVES_DAYS
    ]
    periods = _periods(past, on)
    season = past.count(on - 365, on - 365 + PERIOD_DAYS)
    around = _around(past.cells, decayed[2])
    return np.column_stack([*decayed, around, (periods > 0).mean(axis=0), periods[-1], season])


def _periods(past: History, on: float) -> Floats:
    """Counts of the last twelve periods, oldest first, a column for each square."""
    starts = [on - PERIOD_DAYS * back for back in range(PERIODS_SEEN, 0, -1)]
    return np.array([past.count(start, start + PERIOD_DAYS) for start in starts])


def _around(cells: Ints, values: Floats) -> Floats:
    """What the eight neighbours have on average: a spot seldom ends at the line between two squares."""
    low = cells.min(axis=0) - 1 if len(cells) else np.zeros(2, dtype=np.int64)
    places = cells - low
    field = np.zeros(tuple(places.max(axis=0) + 2) if len(cells) else (3, 3))
    field[places[:, 0], places[:, 1]] = values
    total = sum(
        field[places[:, 0] + east, places[:, 1] + north]
        for east in (-1, 0, 1) for north in (-1, 0, 1) if (east, north) != (0, 0)
    )  # fmt: skip
    return np.asarray(total / 8, dtype=float)


# --- how much is to be expected --------------------------------------------------------------------------------------

LEARNED_PERIODS = 12
RIDGE = 1.0
ROUNDS = 40
# Before a city has a year of its own: half of the recent rate, half of the long one. No learning, and said so.
PLAIN_WEIGHTS: Mapping[str, float] = {"half_40": 0.3, "half_160": 0.3, "half_720": 0.4}


def learn(history: History, on: float) -> Floats | None:
    """Weights of the evidence, from the periods that were over before the day; None with less than a year of them."""
    first = float(history.days.min()) if len(history.days) else on
    starts = [on - PERIOD_DAYS * back for back in range(1, LEARNED_PERIODS + 1)]
    if starts[-1] - first < 365:
        return None
    rows, came = [], []
    for start in starts:
        known = history.before(start).known_cells()
        rows.append(_terms(evidence(history, start))[known])
        came.append(history.count(start, start + PERIOD_DAYS)[known])
    return _poisson(np.vstack(rows), np.concatenate(came))


def expected(table: Floats, weights: Floats | None) -> Floats:
    """Cases of the next period, for each square."""
    if weights is None:
        return sum(
            (table[:, EVIDENCE.index(name)] * share for name, share in PLAIN_WEIGHTS.items()), np.zeros(len(table))
        )
    return np.exp(np.clip(_terms(table) @ weights, -20, 8))


def _terms(table: Floats) -> Floats:
    """Logarithms, since a place with twice the past has some power of two of the future."""
    return np.column_stack([np.ones(len(table)), np.log(table + 0.05)])


def _poisson(rows: Floats, came: Floats) -> Floats:
    """Poisson regression with a logarithmic link, by Newton's method with short steps."""
    weights = np.zeros(rows.shape[1])
    weights[0] = math.log(came.mean() + 1e-9)
    for _round in range(ROUNDS):
        mean = np.exp(np.clip(rows @ weights, -20, 8))
        slope = rows.T @ (came - mean) - RIDGE * weights
        step = np.linalg.solve((rows * mean[:, None]).T @ rows + RIDGE * np.eye(len(weights)), slope)
        step *= min(1.0, 1.0 / float(np.abs(step).max() + 1e-12))
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


# --- why a square is a candidate -------------------------------------------------------------------------------------

BACK_IN_PERIODS = 4
FEWEST_RECURRING = 6
FEWEST_EMERGING = 3
RARE = 0.01


@dataclass(frozen=True)
class Finding:
    """One square with the counts that speak for it. `recurs`, `emerges`: which of the two reasons hold."""

    cell: Cell
    periods: tuple[int, ...]
    expected: float
    recurs: bool
    emerges: bool

    @property
    def last(self) -> int:
        return self.periods[-1]

    @property
    def usual(self) -> float:
        """Cases in a period over the eleven before the last one."""
        return sum(self.periods[:-1]) / (len(self.periods) - 1)

    @property
    def periods_with(self) -> int:
        return sum(count > 0 for count in self.periods)


def findings(history: History, on: float, *, at_most: int = 50) -> list[Finding]:
    """The squares that are candidates on a day, those where most is to be expected first."""
    if not len(history.cells):
        return []
    periods = _periods(history.before(on), on).T.astype(int)
    coming = expected(evidence(history, on), learn(history.before(on), on))
    found = [
        Finding((int(cell[0]), int(cell[1])), tuple(map(int, counts)), float(expect), came_back(counts), is_forming(counts))
        for cell, counts, expect in zip(history.cells, periods, coming, strict=True) if counts.sum() >= FEWEST_EMERGING
    ]  # fmt: skip
    candidates = [one for one in found if one.recurs or one.emerges]
    return sorted(candidates, key=lambda one: (-one.expected, one.cell))[:at_most]


def came_back(periods: Sequence[int]) -> bool:
    """反复: cases in at least four of the twelve periods, six or more in all, and not long over."""
    with_cases = sum(count > 0 for count in periods)
    return with_cases >= BACK_IN_PERIODS and sum(periods) >= FEWEST_RECURRING and any(periods[-2:])


def is_forming(periods: Sequence[int]) -> bool:
    """新冒头: at least three in the last period, and so many would come by chance less than once in a hundred times.

    What was usual is counted with one case more than there was, so that two in an empty year are not a wonder.
    """
    usual = (sum(periods[:-1]) + 1) / (len(periods) - 1)
    return bool(periods[-1] >= FEWEST_EMERGING and at_least(int(periods[-1]), usual) < RARE)


def at_least(count: int, mean: float) -> float:
    """The chance of that many or more where so many are usual (Poisson)."""
    term = math.exp(-mean)
    below = 0.0
    for fewer in range(count):
        below += term
        term *= mean / (fewer + 1)
    return max(0.0, 1.0 - below)
