"""Reading back where a PDF of ours puts its lines: enough of the format for that, and no more."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

STREAM = re.compile(rb"stream\r?\n")
# q a b c d x y cm … BT … /font size Tf … [ … ]TJ
RUN = re.compile(rb"q 1 0 0 -1 ([-\d.]+) ([-\d.]+) cm(?:(?!\nQ).)*?/f\d+ ([\d.]+) Tf[^\[]*\[(.*?)\]TJ", re.S)
RULE = re.compile(rb"q 1 0 0 -1 ([-\d.]+) ([-\d.]+) cm(?:(?!\nQ).)*?([\d.]+) w 4 M 0 0 m ([\d.]+) 0 l", re.S)
ESCAPED = re.compile(rb"\\(?:[0-7]{1,3}|.)", re.S)
MM = 25.4 / 72
PAGE_HEIGHT_MM = 297.0


@dataclass(frozen=True)
class Line:
    """One run of characters, in millimetres from the page's upper left corner; baseline_mm is where it stands."""

    left_mm: float
    baseline_mm: float
    size_pt: float
    glyphs: int
    tracking_pt: float

    @property
    def top_mm(self) -> float:
        """The upper edge of its body (字身): 0.88 of its size above the line it stands on."""
        return self.baseline_mm - 0.88 * self.size_pt * MM

    @property
    def right_mm(self) -> float:
        """Where its last character ends, all being full-width."""
        return self.left_mm + self.glyphs * (self.size_pt - self.tracking_pt) * MM


def pages(pdf: bytes) -> list[bytes]:
    """The drawing instructions of every page, in order."""
    found = []
    for mark in STREAM.finditer(pdf):
        try:
            content = zlib.decompressobj().decompress(pdf[mark.end() :])
        except zlib.error:
            continue
        if b"BT" in content and b" cm" in content and b"TJ" in content:
            found.append(content)
    return found


def lines(page: bytes) -> list[Line]:
    return [
        Line(float(x) * MM, PAGE_HEIGHT_MM - float(y) * MM, float(size), *_glyphs(shown, float(size)))
        for x, y, size, shown in RUN.findall(page)
    ]


def rules(page: bytes) -> list[tuple[float, float, float]]:
    """(millimetres from the top, length in millimetres, thickness in points) of every ruled line."""
    return [(PAGE_HEIGHT_MM - float(y) * MM, float(long) * MM, float(thick)) for _x, y, thick, long in RULE.findall(page)]


def _glyphs(shown: bytes, size: float) -> tuple[int, float]:
    """How many characters (two bytes each), and by how much each is set closer."""
    strings = re.findall(rb"\(((?:\\.|[^\\)])*)\)", shown, re.S)
    count = sum(len(ESCAPED.sub(b"x", one)) // 2 for one in strings)
    moves = [float(each) for each in re.findall(rb"\)(-?[\d.]+)(?=\()", shown)]
    return count, (sum(moves) / len(moves) / 1000 * size if moves else 0.0)
