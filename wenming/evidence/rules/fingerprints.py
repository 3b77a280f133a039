"""How alike two photos look: 64-bit fingerprints computed from a small grey picture (近似图).

dhash64-v1 keeps where brightness rises from left to right; phash64-v1 keeps the coarse waves of a cosine transform.
Both survive resizing and recompression; neither survives mirroring or a crop of a third. A machine suggests, a person
decides (二者只提示，不定性).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]

GREY_SIDE = 32  # px: the sandbox hands out 32 × 32 grey values and nothing else about the picture
BANDS = 4
BAND_BITS = 16
DHASH = "dhash64-v1"
PHASH = "phash64-v1"
# Below this spread of grey values a picture is a wall, fog or a covered lens: it looks like every other one.
FLAT_BELOW = 4.0

_STEPS = np.arange(GREY_SIDE)
# The first eight rows of the cosine transform (DCT-II): the waves long enough to survive recompression.
_WAVES = np.cos(math.pi / GREY_SIDE * np.outer(np.arange(8), _STEPS + 0.5))


def _box_weights(cells: int) -> NDArray[np.float64]:
    """Weights that average 32 values into so many cells, edges shared in proportion."""
    edges = np.linspace(0, GREY_SIDE, cells + 1)
    left, right = edges[:-1, None], edges[1:, None]
    covered = np.minimum(right, _STEPS + 1) - np.maximum(left, _STEPS)
    return np.clip(covered, 0, None) * (cells / GREY_SIDE)


_ROWS, _COLUMNS = _box_weights(8), _box_weights(9)


def grey_from_bytes(data: bytes) -> Grey:
    """The 32 × 32 grey picture from its 1,024 bytes. Raises ValueError on any other length."""
    if len(data) != GREY_SIDE * GREY_SIDE:
        raise ValueError(f"a grey picture has {GREY_SIDE * GREY_SIDE} bytes, not {len(data)}")
    return np.frombuffer(data, dtype=np.uint8).astype(np.float64).reshape(GREY_SIDE, GREY_SIDE)


def fingerprints(grey: Grey) -> dict[str, int]:
    """Algorithm → 64-bit value; empty for a picture too flat to be told from another."""
    if float(grey.std()) < FLAT_BELOW:
        return {}
    return {DHASH: dhash(grey), PHASH: phash(grey)}


def dhash(grey: Grey) -> int:
    """Is each of 8 × 8 cells darker than its right neighbour? One bit each, top left first."""
    cells = _ROWS @ grey @ _COLUMNS.T
    return _packed(cells[:, 1:] > cells[:, :-1])


def phash(grey: Grey) -> int:
    """Is each of the 8 × 8 longest waves above their median? The first (mean brightness) is left out of the median."""
    waves = _WAVES @ grey @ _WAVES.T
    return _packed(waves > np.median(waves.ravel()[1:]))


def _packed(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits the two differ."""
    return (one ^ other).bit_count()


def bands(value: int) -> tuple[int, int, int, int]:
    """The value cut in four 16-bit numbers, the highest first."""
    return (value >> 48, value >> 32 & 0xFFFF, value >> 16 & 0xFFFF, value & 0xFFFF)


def neighbours(band: int, radius: int) -> list[int]:
    """Every 16-bit number that differs from `band` in at most `radius` bits, `band` itself first."""
    near = {band: None}
    for _ in range(radius):
        near |= {number ^ 1 << bit: None for number in list(near) for bit in range(BAND_BITS)}
    return list(near)


def probe_radius(max_distance: int) -> int:
    """How far each band must be searched so that nothing within `max_distance` is missed.

    Pigeonhole: d differing bits over four bands leave one band with at most d // 4 of them.
    """
    return max_distance // BANDS
