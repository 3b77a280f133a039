"""What a photo looks like in its parts (特征草图): some forty corners with their surroundings, enough to know it again.

A fingerprint of the whole (fingerprints.py) does not survive a crop or a mirror; corners do. Around each, the longest
waves of a cosine transform are kept as signs, 63 bits. Mirroring a picture turns the signs of every second column of
waves and nothing else, so one sketch answers for both. A machine suggests, a person decides (只提示，不定性).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

VERSION = 1
LONG_EDGE = 256  # px: of the grey picture that the sandbox hands out
UNITS = 10_000  # positions are told in these parts of the long edge
# The picture is looked at in five sizes, each a quarter smaller than the last: one of them is near that of a crop. Their
# long edges, and how many corners are kept of each.
LEVELS = ((200, 13), (159, 11), (126, 9), (100, 7), (80, 5))
APART = 3  # px of its level by which a corner outdoes everything around it
PLAIN_BELOW = 100.0  # less contrast than this is noise
# The surroundings: 16 × 16 samples, two pixels of the level apart.
SAMPLES = 16
REACH = SAMPLES + 1
WAVES = 8
# The index looks up the 24 longest waves of a corner, also with the four least certain of them turned.
WORD_BITS = 24
UNSURE_BITS = 4

_STEPS = np.arange(SAMPLES)
# Symmetric about the corner, so that a mirrored picture gives mirrored samples; one pixel more on each side for softening.
_OFFSETS = np.arange(-SAMPLES, SAMPLES + 1)
_WAVES = np.cos(np.pi / SAMPLES * (_STEPS[None, :] + 0.5) * np.arange(WAVES)[:, None]).astype(np.float32)
# The waves from the longest on; the first of all, mean brightness, is left out.
_ORDER = sorted((row + column, row, column) for row in range(WAVES) for column in range(WAVES) if row + column)
_ROWS = np.array([row for _sum, row, _column in _ORDER])
_COLUMNS = np.array([column for _sum, _row, column in _ORDER])
_PLACES = np.uint64(1) << np.arange(len(_ORDER), dtype=np.uint64)
_TURNED_BY_MIRROR = np.uint64(sum(1 << n for n, (_sum, _row, column) in enumerate(_ORDER) if column % 2))
_WORD = (1 << WORD_BITS) - 1
CORNER = np.dtype([("x", "<u2"), ("y", "<u2"), ("bits", "<u8"), ("unsure", "u1", UNSURE_BITS)])

Pixels = NDArray[np.float32]
Corners = NDArray[np.void]


@dataclass(frozen=True)
class Sketch:
    """The corners of one photo. width, height and positions in UNITS of the long edge."""

    width: int
    height: int
    corners: Corners

    def as_bytes(self) -> bytes:
        """Some 700 bytes, as they are stored."""
        return np.array([VERSION, self.width, self.height], dtype="<u2").tobytes() + self.corners.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """Raises ValueError for a sketch of another version."""
        version, width, height = (int(value) for value in np.frombuffer(data[:6], dtype="<u2"))
        if version != VERSION:
            raise ValueError(f"a sketch of version {version}, not {VERSION}")
        return cls(width, height, np.frombuffer(data[6:], dtype=CORNER))

    def mirrored(self) -> Sketch:
        """The sketch of the picture with left and right exchanged."""
        corners = self.corners.copy()
        corners["x"] = self.width - self.corners["x"]
        corners["bits"] = self.corners["bits"] ^ _TURNED_BY_MIRROR
        return Sketch(self.width, self.height, corners)

    def words(self) -> list[int]:
        """What the index keeps of the picture: the longest waves of each corner, each word once."""
        return sorted({int(bits) & _WORD for bits in self.corners["bits"]})

    def probes(self) -> dict[int, int]:
        """{word: number of the corner}: what to look up; the words themselves, and with unsure signs turned."""
        found: dict[int, int] = {}
        for number, corner in enumerate(self.corners):
            words = [int(corner["bits"]) & _WORD]
            for bit in corner["unsure"]:
                words += [word ^ 1 << int(bit) for word in words]
            for word in words:
                found.setdefault(word, number)
        return found


def sketch_of(grey: Image.Image) -> Sketch:
    """The sketch of a grey picture (mode L) whose long edge is LONG_EDGE. A plain wall has no corners."""
    width, height = grey.size
    unit = UNITS / max(width, height)
    corners = []
    for long_edge, most in LEVELS:
        size = max(1, round(width * long_edge / LONG_EDGE)), max(1, round(height * long_edge / LONG_EDGE))
        pixels = np.asarray(grey.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
        corners.append(_corners_of(pixels, most, UNITS / max(size)))
    return Sketch(round(width * unit), round(height * unit), np.concatenate(corners))


def _corners_of(pixels: Pixels, most: int, unit: float) -> Corners:
    if min(pixels.shape) <= 2 * REACH + 2 * APART:
        return np.empty(0, dtype=CORNER)
    rows, columns = _strongest(_cornerness(pixels), most)
    around = pixels[(rows[:, None] + _OFFSETS)[:, :, None], (columns[:, None] + _OFFSETS)[:, None, :]]
    around = _softened(around)[:, 1::2, 1::2]
    waves = (_WAVES @ around @ _WAVES.T)[:, _ROWS, _COLUMNS]
    corners = np.empty(len(rows), dtype=CORNER)
    corners["x"], corners["y"] = np.round((columns + 0.5) * unit), np.round((rows + 0.5) * unit)
    corners["bits"] = (waves > 0) @ _PLACES
    corners["unsure"] = np.argsort(np.abs(waves[:, :WORD_BITS]), axis=1, kind="stable")[:, :UNSURE_BITS]
    return corners


def _cornerness(pixels: Pixels) -> Pixels:
    """How surely a place is found again: brightness must change in both directions (Harris; harmonic mean)."""
    across, down = np.zeros_like(pixels), np.zeros_like(pixels)
    np.subtract(pixels[:, 2:], pixels[:, :-2], out=across[:, 1:-1])
    np.subtract(pixels[2:], pixels[:-2], out=down[1:-1])
    both, crossed = _softened(np.stack([across * across, down * down])), _softened(across * down)
    strength: Pixels = (both[0] * both[1] - crossed * crossed) / (both[0] + both[1] + 1.0)
    return strength


def _softened(pixels: Pixels) -> Pixels:
    """Each pixel with half of its neighbours in both directions (sixteen-fold): samples two apart leave nothing out."""
    once = pixels + pixels
    once[..., 1:, :] += pixels[..., :-1, :]
    once[..., :-1, :] += pixels[..., 1:, :]
    twice = once + once
    twice[..., 1:] += once[..., :-1]
    twice[..., :-1] += once[..., 1:]
    return twice


def _strongest(strength: Pixels, most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the places that outdo their surroundings, the strongest first."""
    inner = strength[REACH:-REACH, REACH:-REACH]
    rows, columns = np.nonzero((inner == _highest_around(inner)) & (inner > PLAIN_BELOW))
    best = np.argsort(-inner[rows, columns], kind="stable")[:most]
    return rows[best] + REACH, columns[best] + REACH


def _highest_around(values: Pixels) -> Pixels:
    for view in (lambda array: array, lambda array: array.T):
        source = view(values)
        highest = source.copy()
        for step in range(1, APART + 1):
            np.maximum(highest[step:], source[:-step], out=highest[step:])
            np.maximum(highest[:-step], source[step:], out=highest[:-step])
        values = view(highest)
    return values
