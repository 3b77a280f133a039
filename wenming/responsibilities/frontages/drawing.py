"""The ground before a door as a drawing for paper: true to scale, with its metres, its neighbours and north. Policy: 3.2.

Turned so that the street lies level and the wall above it; everything is in millimetres of the paper, so that the scale
that stands below is the scale of the print. Black, grey and lines: it is photocopied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.utils.html import escape
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from wenming.territory.models import EdgeStretch, Side
from wenming.territory.rules.geometry import area_m2, metres_per_degree
from wenming.territory.rules.strips import strip

WIDTH_MM, LEGEND_MM, MARGIN_MM = 150.0, 9.0, 4.0
SCALES = (100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 2500, 5000)
TALLEST_MM = 70.0
FONT = "FangSong_GB2312, FangSong, STFangsong, Wenming Letter Serif"
LETTER_MM, SMALL_MM = 3.2, 2.7
LEGEND = "上方为墙基，数字为距路段起点的米数；灰底为责任区，斜线为相邻责任区"


@dataclass(frozen=True)
class _Paper:
    """Degrees to millimetres: around a point, turned by an angle, at a scale; flipped so that y grows downwards."""

    origin: tuple[float, float]
    turn: NDArray[np.float64]
    mm_per_m: float
    shift: NDArray[np.float64]

    def of(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, self.points)

    def points(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        metres = (degrees - self.origin) * metres_per_degree(self.origin[1])
        moved: NDArray[np.float64] = (metres @ self.turn.T) * self.mm_per_m * (1, -1) + self.shift
        return moved


def ground_svg(stretch: EdgeStretch, depths_cm: Sequence[int]) -> str:
    """The drawing of one stretch. depths_cm: of the duties; the deepest is filled, the others are dashed lines."""
    street, side = stretch.street, stretch.side
    since, to = max(stretch.from_cm, 0), min(stretch.to_cm, street.length_cm)
    around = min(max((to - since) // 3, 500), 2_500)
    low, high = max(since - around, 0), min(to + around, street.length_cm)
    wall = street.wall_cm(side)
    shown = {each: strip(street.line, side, since, to, wall, min(each, wall)) for each in sorted(set(depths_cm), reverse=True)}
    ground = strip(street.line, side, low, high, wall, wall)
    paper, height, scale = _paper(street.line, side, (low, high), ground)
    deepest = next(iter(shown.values()))
    others = EdgeStretch.objects.filter(street=street, side=side, valid_to=None, from_cm__lt=high, to_cm__gt=low).exclude(pk=stretch.pk)
    parts = [_shape(paper.of(ground), "none", "#777", 0.15)]
    for other in others.select_related("premises", "unit").order_by("from_cm"):
        begin, end = max(other.from_cm, low), min(other.to_cm, high)
        area = paper.of(strip(street.line, side, begin, end, wall, min(other.depth_cm, wall)))
        parts += [_shape(area, "url(#hatch)", "#555", 0.2), *_name(area, str(other.holder), SMALL_MM)]
    parts.append(_shape(paper.of(deepest), "#cfcfcf", "#000", 0.6))
    for each, area in shown.items():
        if area is not deepest and not area.is_empty:
            drawn = paper.of(area)
            parts += [_shape(drawn, "none", "#000", 0.25, dash="1.2 0.8"), _depth(drawn, each)]
    parts += _middle_line(paper, stretch, low, high)
    parts += _ends(paper, stretch, since, to)
    words = [str(stretch.holder), f"{(to - since) / 100:.1f} 米 × 纵深 {max(shown) / 100:.1f} 米", f"{area_m2(deepest):.1f} 平方米"]
    parts += _lines(paper.of(deepest), words, inside=len(shown) == 1)
    parts += _legend(height, scale, paper.turn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{height:.1f}mm" viewBox="0 0 {WIDTH_MM} {height:.1f}" '
        f'font-family="{FONT}"><defs><pattern id="hatch" width="1.6" height="1.6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path d="M0 0V1.6" stroke="#bbb" stroke-width="0.2"/></pattern></defs>'
        f'<rect x="0.2" y="0.2" width="{WIDTH_MM - 0.4}" height="{height - 0.4:.1f}" fill="#fff" stroke="#000" stroke-width="0.3"/>'
        f"{''.join(parts)}</svg>"
    )


def _paper(line: BaseGeometry, side: str, cut: tuple[int, int], ground: BaseGeometry) -> tuple[_Paper, float, int]:
    """(how degrees come on paper, how high the drawing is, the scale it has): as large as a round scale allows."""
    origin = (line.bounds[0], line.bounds[1])
    ends = [shapely.get_coordinates(line.interpolate(each / 100 / _metres(line))) for each in cut]
    along = ((ends[1] - ends[0]) * metres_per_degree(origin[1]))[0]
    angle = -float(np.arctan2(along[1], along[0])) + (0.0 if side == Side.LEFT else np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bare = _Paper(origin, turn, 1.0, np.zeros(2))
    west, north, east, south = bare.of(ground).bounds
    room = WIDTH_MM - 2 * MARGIN_MM
    fits = [each for each in SCALES if (east - west) * 1000 / each <= room and (south - north) * 1000 / each <= TALLEST_MM]
    scale = fits[0] if fits else SCALES[-1]
    mm = 1000 / scale
    top = MARGIN_MM + 2 * LETTER_MM
    shift = np.array([(WIDTH_MM - (east - west) * mm) / 2 - west * mm, top - north * mm])
    return _Paper(origin, turn, mm, shift), top + (south - north) * mm + 2 * LETTER_MM + LEGEND_MM, scale


def _metres(line: BaseGeometry) -> float:
    """Metres in one degree along the line: what `interpolate` of a line in degrees needs, near enough for a direction."""
    flat = shapely.transform(line, lambda points: points * metres_per_degree(line.bounds[1]))
    return float(flat.length / line.length)


def _shape(area: BaseGeometry, fill: str, stroke: str, wide: float, dash: str = "") -> str:
    rings = [part.exterior for part in shapely.get_parts(area) if part.geom_type == "Polygon" and not part.is_empty]
    path = "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ring.coords) + "Z" for ring in rings)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" fill="{fill}" stroke="{stroke}" stroke-width="{wide}"{dashed}/>'


def _text(x: float, y: float, words: str, size: float, anchor: str = "middle") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'


def _name(area: BaseGeometry, words: str, size: float) -> list[str]:
    """The neighbour's name in its ground, shortened to what fits; none where nothing does."""
    if area.is_empty:
        return []
    west, north, east, south = area.bounds
    fits = int((east - west) / size)
    return [_text((west + east) / 2, (north + south) / 2 + size / 3, words[:fits], size)] if fits >= 2 else []


def _depth(area: BaseGeometry, depth_cm: int) -> str:
    """How deep a duty reaches whose ground is not the deepest, at the end of its line."""
    _west, _north, east, south = area.bounds
    return _text(east - 1, south - 0.7, f"{depth_cm / 100:.1f} 米", SMALL_MM, "end")


def _lines(area: BaseGeometry, words: Sequence[str], *, inside: bool) -> list[str]:
    """What the ground is: inside it where that is wanted and fits, else below."""
    if area.is_empty:
        return []
    west, north, east, south = area.bounds
    whole = len(words) * LETTER_MM * 1.35
    inside = inside and whole <= south - north and max(map(len, words)) * LETTER_MM * 0.8 <= east - west
    first = (north + south - whole) / 2 + LETTER_MM if inside else south + 1.5 * LETTER_MM
    return [_text((west + east) / 2, first + number * LETTER_MM * 1.35, each, LETTER_MM) for number, each in enumerate(words)]


def _middle_line(paper: _Paper, stretch: EdgeStretch, low: int, high: int) -> list[str]:
    line = stretch.street.line
    per = _metres(line)
    piece = paper.of(substring(line, low / 100 / per, high / 100 / per))
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in piece.coords)
    x, y = shapely.get_coordinates(piece)[-1 if stretch.side == Side.LEFT else 0]
    name = f"{stretch.street.name}中线"
    return [
        f'<polyline points="{points}" fill="none" stroke="#000" stroke-width="0.25" stroke-dasharray="4 1 0.8 1"/>',
        _text(x, y + LETTER_MM * 1.2, name, SMALL_MM, "end"),
    ]  # fmt: skip


def _ends(paper: _Paper, stretch: EdgeStretch, since: int, to: int) -> list[str]:
    """The metres of its two ends, above the wall: where the tape is laid."""
    street, parts = stretch.street, []
    for at in (since, to):
        sliver = strip(street.line, stretch.side, max(at - 5, 0), min(at + 5, street.length_cm), street.wall_cm(stretch.side), 20)
        if sliver.is_empty:
            continue
        west, north, east, _south = paper.of(sliver).bounds
        x = (west + east) / 2
        parts.append(f'<path d="M{x:.2f} {north:.2f}V{north - 2:.2f}" stroke="#000" stroke-width="0.3"/>')
        parts.append(_text(x, north - 2.6, f"{at / 100:.1f}", SMALL_MM))
    return parts


def _legend(height: float, scale: int, turn: NDArray[np.float64]) -> list[str]:
    """Below: the scale in figures and as a bar, what the lines mean; above right: north."""
    y = height - 3.2
    bar_m = next(each for each in (1, 2, 5, 10, 20, 50, 100) if each * 1000 / scale >= 12)
    bar = bar_m * 1000 / scale
    towards = turn @ np.array([0.0, 1.0])
    x0, y0, long = WIDTH_MM - 9.0, 9.0, 5.0
    tip = (x0 + towards[0] * long, y0 - towards[1] * long)
    tail = (x0 - towards[0] * long, y0 + towards[1] * long)
    aside = np.array([towards[1], towards[0]]) * 1.4
    head = f"{tip[0]:.2f},{tip[1]:.2f} {x0 + aside[0]:.2f},{y0 + aside[1]:.2f} {x0 - aside[0]:.2f},{y0 - aside[1]:.2f}"
    return [
        f'<path d="M4 {y - 2:.2f}V{y:.2f}H{4 + bar:.2f}V{y - 2:.2f}" fill="none" stroke="#000" stroke-width="0.3"/>',
        _text(4 + bar + 1.5, y, f"{bar_m} 米　比例尺 1:{scale}　{LEGEND}", SMALL_MM, "start"),
        f'<path d="M{tail[0]:.2f} {tail[1]:.2f}L{tip[0]:.2f} {tip[1]:.2f}" stroke="#000" stroke-width="0.3"/><polygon points="{head}"/>',
        _text(tip[0] + towards[0] * 2.4, tip[1] - towards[1] * 2.4 + 1, "北", SMALL_MM),
    ]  # fmt: skip
