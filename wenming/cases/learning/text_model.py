"""A learned judge of texts: which of a few labels, and how sure. Asking it needs numpy only, teaching it scikit-learn.

One linear judge per label over weighted pieces of the text. How sure it is, is the share that was right among past
messages with the same lead of the first label over the second, none of which the judge had seen (see training.py).
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grams import WEIGHT_OF_LENGTH, grams, weight

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Guess:
    """A label and how sure it is, 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class TextModel:
    """What was learned. `judges`: a row per label, a column per piece; two numbers turn a lead into a confidence."""

    labels: tuple[str, ...]
    rarity: Mapping[str, tuple[int, float]]
    judges: Floats
    bias: Floats
    sureness: tuple[float, float]
    facts: Mapping[str, Any]

    def guesses(self, text: str, *, among: Collection[str] = (), at_most: int = 3) -> list[Guess]:
        """The likeliest labels, best first; only the first one's confidence was ever checked against what was right.

        among: labels that are possible at all (what the citizen tapped); none: all. Empty for a text without a known piece.
        """
        points = self.points(text)
        if points is None:
            return []
        order = [i for i in np.argsort(-points) if not among or self.labels[i] in among]
        leads = [float(points[i] - points[_other(order, i)]) if len(order) > 1 else math.inf for i in order]
        return [
            Guess(self.labels[i], confidence(lead, self.sureness))
            for i, lead in zip(order[:at_most], leads, strict=False)
        ]

    def points(self, text: str) -> Floats | None:
        """Each judge's verdict on the text."""
        known = [(self.rarity[g], g, times) for g, times in grams(text).items() if g in self.rarity]
        if not known:
            return None
        columns = np.array([column for (column, _rare), _g, _times in known])
        values = np.array([weight(times) * rare * WEIGHT_OF_LENGTH[len(g)] for (_c, rare), g, times in known])
        values /= np.sqrt((values**2).sum())
        return np.asarray(self.judges[:, columns].astype(np.float64) @ values + self.bias)

    def to_bytes(self) -> bytes:
        """As stored: plain arrays and JSON, nothing that could run."""
        out = io.BytesIO()
        pieces = sorted(self.rarity, key=lambda piece: self.rarity[piece][0])
        told = {"labels": self.labels, "pieces": pieces, "sureness": self.sureness, "facts": dict(self.facts)}
        np.savez_compressed(
            out, judges=self.judges.astype(np.float16), bias=self.bias.astype(np.float32),
            rarity=np.array([self.rarity[piece][1] for piece in pieces], dtype=np.float32),
            told=np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8),
        )  # fmt: skip
        return out.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> TextModel:
        """What to_bytes wrote."""
        with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
            told = json.loads(arrays["told"].tobytes())
            rarity = {
                piece: (i, float(rare))
                for i, (piece, rare) in enumerate(zip(told["pieces"], arrays["rarity"], strict=True))
            }
            return cls(
                tuple(told["labels"]), rarity, arrays["judges"], arrays["bias"], tuple(told["sureness"]), told["facts"]
            )


def confidence(lead: float, sureness: tuple[float, float]) -> float:
    """How often a first label with that lead over the second was right."""
    slope, start = sureness
    return 1.0 / (1.0 + math.exp(-min(50.0, slope * min(lead, 1e6) + start)))


def learn_sureness(leads: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """(slope, start) of the logistic curve from lead to the share that was right; a rising one or a flat one."""
    rows = np.column_stack([np.asarray(leads, dtype=float), np.ones(len(leads))])
    # Platt's targets: where nothing was ever wrong, the next may still be.
    many, few = sum(right), len(right) - sum(right)
    hits = np.where(np.asarray(right, dtype=bool), (many + 1) / (many + 2), 1 / (few + 2))
    weights = np.zeros(2)
    for _round in range(50):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + 1e-3 * np.eye(2)
        step = np.linalg.solve(curve, rows.T @ (hits - chance) - 1e-3 * weights)
        weights += step * min(1.0, 3.0 / float(np.abs(step).max() + 1e-12))
    return max(0.0, float(weights[0])), float(weights[1])


def _other(order: Sequence[Any], one: Any) -> Any:
    """The best of the others: the second for the first, the first for all behind it."""
    return order[1] if one == order[0] else order[0]
