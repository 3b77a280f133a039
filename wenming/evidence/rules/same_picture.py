"""Is one photo a copy of the other, or another photo of the same place? Laid over one another, pixel by pixel.

Two photos of one place share their corners (sketches.py) but never lie over one another exactly: somebody stood a pace
further left, held the telephone a degree askew, and the light had moved on. A copy does, whatever was cut off, mirrored,
brightened or stamped on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .alignment import Alignment

Pixels = NDArray[np.float32]

# Coarse first, then fine: (how many pixels become one, how many steps).
ROUNDS = ((2, 5), (1, 3))
BLOCK = 4  # px: a stamp's letters, a passer's head
DARK, BRIGHT = 6, 225  # beyond these the sensor or the editing program has cut off what there was
LEAST_SEEN = 64  # blocks
BUSY_ABOVE = 4.0  # grey values from one block to the next
TONES = 12
LEAST_IN_PART = 8
LEAST_PARTS = 5
MAY_DISAGREE = 1 / 3


@dataclass(frozen=True)
class Overlay:
    """How two photos lie over one another after the best fit.

    agreeing: how much of most parts of the picture shows the same; shared: the share of the first picture that the second
    also shows; turn_deg: how far it had to be turned; least: how much of the poorest part shows the same.
    """

    agreeing: float
    shared: float
    turn_deg: float
    scale: float
    least: float = 0.0


# Set on the project's own seeded pictures: docs/evidence-checks.md.
COPY_AGREES = 0.9
COPY_TURNS_DEG = 0.35


# Where somebody cleared up, a part of the picture changed: then it is no copy of the photo before, however alike the rest.
UNCHANGED_LEAST = 0.7


def is_copy(overlay: Overlay) -> bool:
    """Two photos taken one after another by hand are not copies; a fixed camera's may seem to be."""
    return overlay.agreeing >= COPY_AGREES and abs(overlay.turn_deg) <= COPY_TURNS_DEG


def overlay(one: Image.Image, other: Image.Image, alignment: Alignment) -> Overlay:
    """Lay `other` over `one`, starting from how their corners lie. Grey pictures with the sketches' long edge."""
    stretch, shift = alignment.in_pixels(max(one.size), max(other.size))
    for coarse, steps in ROUNDS:
        small, small_other = (one.reduce(coarse), other.reduce(coarse)) if coarse > 1 else (one, other)
        for _step in range(steps):
            stretch, at = _closer(small, small_other, stretch, shift / coarse)
            shift = at * coarse
    warped, seen = _laid_over(other, one.size, stretch, shift)
    turn = float(np.degrees(np.angle(stretch)))
    agreeing, shared, least = _agreement(one, warped, seen)
    return Overlay(agreeing, shared, turn, float(abs(stretch)), least)


def _laid_over(other: Image.Image, size: tuple[int, int], stretch: complex, shift: complex) -> tuple[Image.Image, Image.Image]:
    s, t = stretch, shift
    matrix = (s.real, -s.imag, t.real, s.imag, s.real, t.imag)
    affine, bilinear = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    return (
        other.transform(size, affine, matrix, bilinear),
        Image.new("L", other.size, 255).transform(size, affine, matrix, bilinear),
    )


def _closer(one: Image.Image, other: Image.Image, stretch: complex, shift: complex) -> tuple[complex, complex]:
    """One step of Gauss and Newton on turn, scale, shift, contrast and brightness; what does not fit is left out."""
    warped, seen = _laid_over(other, one.size, stretch, shift)
    a, b = np.asarray(one, dtype=np.float32), np.asarray(warped, dtype=np.float32)
    use = _usable(a, b, np.asarray(seen))
    if use.sum() < LEAST_SEEN:
        return stretch, shift
    contrast, brightness = _light(a[use], b[use])
    error = a - contrast * b - brightness
    use &= np.abs(error) <= max(8.0, float(np.quantile(np.abs(error[use]), 0.85)))
    down, across = np.gradient(b, axis=0), np.gradient(b, axis=1)
    row, column = np.nonzero(use)
    x, y, gx, gy = column + 0.5, row + 0.5, contrast * across[use], contrast * down[use]
    table = np.stack([gx * x + gy * y, gy * x - gx * y, gx, gy, b[use], np.ones_like(x)], axis=1)
    normal = table.T @ table
    try:
        step = np.linalg.solve(normal + np.diag(1e-6 * np.diag(normal) + 1e-9), table.T @ error[use])
    except np.linalg.LinAlgError:
        return stretch, shift
    turn, move = complex(step[0], step[1]), complex(step[2], step[3])
    if abs(turn) > 0.1 or abs(move) > 0.1 * max(one.size):
        return stretch, shift
    return stretch * (1 + turn), stretch * move + shift


def _usable(a: Pixels, b: Pixels, seen: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (seen == 255) & (a > DARK) & (a < BRIGHT) & (b > DARK) & (b < BRIGHT)


def _light(a: Pixels, b: Pixels) -> tuple[float, float]:
    """Contrast and brightness by which `b` comes nearest to `a`; what does not fit is left out the second time."""
    fits = np.ones(len(a), dtype=bool)
    contrast, brightness = 1.0, 0.0
    for _round in range(3):
        spread = float(b[fits].var())
        if spread < 1:
            break
        contrast = float(np.clip(((a[fits] - a[fits].mean()) * (b[fits] - b[fits].mean())).mean() / spread, 0.3, 3.0))
        brightness = float(a[fits].mean() - contrast * b[fits].mean())
        error = np.abs(a - contrast * b - brightness)
        fits = error <= max(6.0, float(np.quantile(error, 0.75)))
    return contrast, brightness


def _agreement(one: Image.Image, warped: Image.Image, seen: Image.Image) -> tuple[float, float, float]:
    """(how much of most parts of the picture shows the same, share of the picture that both show, of the poorest part).

    Only blocks with something in them count. A third of the parts may disagree: a stamp, a frame, a sticker.
    """
    a, b = (np.asarray(each.reduce(BLOCK), dtype=np.float32) for each in (one, warped))
    inside = np.asarray(seen.reduce(BLOCK))
    use = _usable(a, b, inside)
    if use.sum() < LEAST_SEEN:
        return 0.0, 0.0, 0.0
    same = np.abs(a - _toned(a, b, use)) <= max(6.0, 0.12 * float(a[use].std()))
    busy = use & (np.maximum(_unrest(a), _unrest(b)) > BUSY_ABOVE)
    parts = [
        float(same[part][busy[part]].mean())
        for part in _parts(*a.shape)
        if busy[part].sum() >= LEAST_IN_PART
    ]
    if len(parts) < LEAST_PARTS:
        return 0.0, 0.0, 0.0
    return float(np.quantile(parts, MAY_DISAGREE)), float((inside == 255).mean()), min(parts)


def _parts(height: int, width: int) -> list[tuple[slice, slice]]:
    """The picture in 4 × 4 parts."""
    rows, columns = (np.linspace(0, length, 5).astype(int) for length in (height, width))
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def _toned(a: Pixels, b: Pixels, use: NDArray[np.bool_]) -> Pixels:
    """`b` in the tones of `a`: an editing program lifts shadows and lights differently, so a straight line is not enough."""
    contrast, brightness = _light(a[use], b[use])
    straight = contrast * b + brightness
    places: list[float] = []
    corrections: list[float] = []
    edges = np.quantile(b[use], np.linspace(0, 1, TONES + 1))
    for low, high in pairwise(edges):
        within = use & (b >= low) & (b <= high)
        place = float(np.median(b[within]))
        if not places or place > places[-1]:
            places.append(place)
            corrections.append(float(np.median((a - straight)[within])))
    return np.asarray(straight + np.interp(b, places, corrections), dtype=np.float32)


def _unrest(blocks: Pixels) -> Pixels:
    """How much each block differs from those beside it: plain sky and asphalt look alike everywhere."""
    unrest: Pixels = np.hypot(np.gradient(blocks, axis=0), np.gradient(blocks, axis=1))
    return unrest
