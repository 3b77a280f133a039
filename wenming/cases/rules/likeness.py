"""Which of the cases around one case is the same problem? Candidates are weighed by place, time, kind and words.

The weighing is a conditional logit: given that one of them is the same, how likely is it this one? Its weights were
learned from pairs that a city's staff had marked by hand (docs/suggestions.md); `fit` learns others from other pairs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")


def words_of(text: str) -> frozenset[str]:
    """Latin words and numbers as they stand, Chinese in pairs of characters: 垃圾桶 is 垃圾 and 圾桶."""
    found: set[str] = set()
    for run in _WORD.findall(text.lower()):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)] if run > "\u3400" and len(run) > 1 else [run]
        found.update(pairs)
    return frozenset(found)


@dataclass(frozen=True)
class Sighting:
    """What is known of a case while it is compared: hours since any fixed moment, words of report and address."""

    hour: float
    kind: object
    words: frozenset[str]
    address: frozenset[str]


@dataclass(frozen=True)
class Candidate:
    """Another case, and how far away. open_together: the earlier was not done yet when the later one came."""

    seen: Sighting
    metres: float
    open_together: bool = True

    @property
    def bare(self) -> Bare:
        return Bare(self.seen.hour, self.seen.kind, self.metres, self.open_together)


class Bare(NamedTuple):
    """What is known of a candidate before a word of it is read."""

    hour: float
    kind: object
    metres: float
    open_together: bool


# What counts, and how much: learned from 3,440 pairs that the staff of one city had marked. Having been open together
# weighs most, then a hundred metres, then having come first.
LEARNED = {
    "distance": -3.12,  # per 100 metres
    "very_near": -0.26,
    "apart": -0.06,  # per e-fold of hours
    "long_apart": -0.81,  # per 500 hours
    "came_later": -1.93,
    "same_kind": 1.92,
    "words": 1.12,
    "address": 0.94,
    "open_together": 5.41,
}
FEATURES = tuple(LEARNED)
WEIGHTS = tuple(LEARNED.values())
BARE = tuple(name for name in FEATURES if name not in {"words", "address"})
# Both likenesses lie between 0 and 1.
MOST_BY_WORDS = LEARNED["words"] + LEARNED["address"]


def scores(one: Sighting, others: Sequence[Candidate], weights: Sequence[float] = WEIGHTS) -> list[float]:
    """One number for each candidate, higher is likelier; only their order and differences mean anything."""
    if not others:
        return []
    return [float(score) for score in features(one, others) @ np.asarray(weights)]


def contenders(hour: float, kind: object, others: Sequence[Bare], *, at_most: int) -> list[int]:
    """The places of those who may still come among the first `at_most` once their words are read; all others cannot."""
    if len(others) <= at_most:
        return list(range(len(others)))
    points = _bare_features(hour, kind, others) @ np.array([LEARNED[name] for name in BARE])
    least = np.partition(points, -at_most)[-at_most] - MOST_BY_WORDS
    return [int(place) for place in np.flatnonzero(points >= least)]


def features(one: Sighting, others: Sequence[Candidate]) -> Floats:
    """A row for each candidate, a column for each of FEATURES."""
    if not others:
        return np.zeros((0, len(FEATURES)))
    weight_of = _rarity(other.seen.words for other in others)
    columns = dict(zip(BARE, _bare_features(one.hour, one.kind, [other.bare for other in others]).T, strict=True))
    columns["words"] = np.array([likeness(one.words, other.seen.words, weight_of) for other in others])
    columns["address"] = np.array(
        [len(one.address & at) / max(1, len(one.address | at)) for at in (other.seen.address for other in others)]
    )
    return np.column_stack([columns[name] for name in FEATURES])


def _bare_features(hour: float, kind: object, others: Sequence[Bare]) -> Floats:
    """A row for each candidate, a column for each of BARE."""
    hours, kinds, metres, together = (np.array(column, dtype=object) for column in zip(*others, strict=True))
    earlier_by, far = hour - hours.astype(float), metres.astype(float)
    same = np.array([kind is not None and kind == other for other in kinds])
    return np.column_stack(
        [far / 100, far < 20, np.log1p(abs(earlier_by)), abs(earlier_by) / 500, earlier_by < 0, same, together.astype(float)]
    )


def likeness(one: frozenset[str], other: frozenset[str], weight_of: dict[str, float]) -> float:
    """Cosine of two sets of words, 0 to 1; a word that nobody around used weighs most."""
    shared = one & other
    if not shared:
        return 0.0
    most = max(weight_of.values(), default=1.0)
    both, ours, theirs = (sum(weight_of.get(w, most) ** 2 for w in words) for words in (shared, one, other))
    return both / math.sqrt(ours * theirs)


def _rarity(texts: Iterable[frozenset[str]]) -> dict[str, float]:
    """How telling each word is among these texts: what every neighbour writes tells nothing apart."""
    count, texts_seen = Counter[str](), 0
    for words in texts:
        count.update(words)
        texts_seen += 1
    return {word: math.log((texts_seen + 2) / (times + 1)) for word, times in count.items()}


# --- learning the weights --------------------------------------------------------------------------------------------

ROUNDS = 40


def fit(queries: Sequence[tuple[Floats, int]], *, shrink: float = 1.0) -> tuple[float, ...]:
    """The weights under which the chosen candidates were likeliest.

    queries: (features of the candidates, place of the one that staff marked). shrink: the ridge on standardised weights.
    Newton's method; the sum is concave, so a halved step always finds a better place or the end.
    """
    rows = np.vstack([each for each, _marked in queries])
    spread = rows.std(axis=0) + 1e-9
    problem = _Choices(
        rows / spread, [len(each) for each, _marked in queries], [marked for _each, marked in queries], shrink
    )
    weights = np.zeros(rows.shape[1])
    for _round in range(ROUNDS):
        step = problem.newton_step(weights)
        while problem.value(weights + step) < problem.value(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return tuple(float(weight) for weight in weights / spread)


class _Choices:
    """The likelihood of all choices: queries stand one after another in one table."""

    def __init__(self, rows: Floats, sizes: Sequence[int], marked: Sequence[int], shrink: float) -> None:
        self.rows, self.shrink = rows, shrink
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
        self.query = np.repeat(np.arange(len(sizes)), sizes)
        self.marked = self.starts + np.asarray(marked)

    def value(self, weights: Floats) -> float:
        points = self.rows @ weights
        highest = np.maximum.reduceat(points, self.starts)
        total = highest + np.log(np.add.reduceat(np.exp(points - highest[self.query]), self.starts))
        return float((points[self.marked] - total).sum() - self.shrink * weights @ weights / 2)

    def newton_step(self, weights: Floats) -> Floats:
        points = self.rows @ weights
        chance = np.exp(points - np.maximum.reduceat(points, self.starts)[self.query])
        chance /= np.add.reduceat(chance, self.starts)[self.query]
        weighted = chance[:, None] * self.rows
        means = np.add.reduceat(weighted, self.starts, axis=0)
        slope = self.rows[self.marked].sum(axis=0) - means.sum(axis=0) - self.shrink * weights
        curve = weighted.T @ self.rows - means.T @ means + self.shrink * np.eye(len(weights))
        return np.linalg.solve(curve, slope)
