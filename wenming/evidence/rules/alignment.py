"""How the corners of one photo lie in another: moved, scaled, a little turned. Two photos of one place agree in many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sketches import UNITS, Corners, Sketch

# Corners that differ in no more of their 63 signs are taken for the same; so far from where the others put one it may lie.
SIGNS_APART = 16
OFF_MOST = 0.012 * UNITS
# Nobody holds a telephone straight to the degree; nobody photographs the same thing upside down.
TURN_MOST = 0.12  # radians
SCALE_MOST = 2.5
APART_LEAST = 0.08 * UNITS  # two corners nearer than this say nothing of turn and scale

Points = NDArray[np.complex128]  # x + iy: then one multiplication turns and scales


@dataclass(frozen=True)
class Alignment:
    """point × stretch + shift, in UNITS of either picture.

    matched: corners that lie together under it; spread: the share of the first picture between the outermost of them.
    """

    matched: int
    stretch: complex
    shift: complex
    spread: float

    def in_pixels(self, edge: int, other_edge: int) -> tuple[complex, complex]:
        """Stretch and shift between pictures whose long edges are so many pixels."""
        return self.stretch * other_edge / edge, self.shift * other_edge / UNITS


def align(one: Sketch, other: Sketch) -> Alignment | None:
    """The placing of one picture in the other on which most corners agree; None when not even three do."""
    mine, theirs = _alike(one.corners, other.corners)
    here, there = _points(one)[mine], _points(other)[theirs]
    stretch, shift = _placings(here, there)
    if not len(stretch):
        return None
    off = np.abs(stretch[:, None] * here[None, :] + shift[:, None] - there[None, :])
    together = off < OFF_MOST
    best = together[int(together.sum(axis=1).argmax())]
    if best.sum() < 3:
        return None
    return _fitted(here[best], there[best], one.width * one.height)


def _alike(one: Corners, other: Corners) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of corners each of which is the other's likest."""
    if not len(one) or not len(other):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    apart = np.bitwise_count(one["bits"][:, None] ^ other["bits"][None, :])
    mine, theirs = np.arange(len(one)), apart.argmin(axis=1)
    good = (apart[mine, theirs] <= SIGNS_APART) & (apart.argmin(axis=0)[theirs] == mine)
    return mine[good], theirs[good]


def _points(sketch: Sketch) -> Points:
    return sketch.corners["x"] + 1j * sketch.corners["y"].astype(np.float64)


def _placings(here: Points, there: Points) -> tuple[Points, Points]:
    """What every two pairs of corners say of stretch and shift, without what no photographer does."""
    first, second = np.triu_indices(len(here), 1)
    span = here[second] - here[first]
    far = np.abs(span) > APART_LEAST
    first, span, stretch = first[far], span[far], (there[second] - there[first])[far]
    stretch = stretch / span
    scale = np.abs(stretch)
    likely = (np.abs(np.angle(stretch)) < TURN_MOST) & (scale < SCALE_MOST) & (scale > 1 / SCALE_MOST)
    stretch = stretch[likely]
    return stretch, there[first[likely]] - stretch * here[first[likely]]


def _fitted(here: Points, there: Points, area: int) -> Alignment:
    """The best placing of corners that belong together (least squares)."""
    around = here - here.mean()
    stretch = complex(np.vdot(around, there - there.mean()) / np.vdot(around, around))
    spread = float(np.ptp(here.real) * np.ptp(here.imag)) / area
    return Alignment(len(here), stretch, complex(there.mean() - stretch * here.mean()), spread)
