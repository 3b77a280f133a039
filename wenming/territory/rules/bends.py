"""Whose ground it is where a street bends: every point beside a street belongs to one metre of its line. Pure, in metres.

The street's line is a chain of straight segments. Each has a band on either side: the rectangle from its line to the wall
and, on the outside of a bend, half of the wedge to its neighbour. On the inside the rectangles of neighbours cross; a point
in several bands belongs to the segment whose line is nearest. As distances to straight lines are compared, the border
between two is a straight line: in a bend it is the bisector. What lies within one segment is cut straight across. So the
pieces of one side never overlap, and together they are all the ground there is. Policy: 3.2.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Vector = NDArray[np.float64]
GRID_M = 0.001
# Overlays on a grid this fine never fail on lines that nearly run along one another.
FINE_M = 1e-6
SLIVER_M2 = 0.0005
# On the outside of a bend sharper than this a wedge is cut off, else its tip would lie far away from any wall.
LONGEST_MITRE = 2.0
# Farther than any street is wide.
FAR_M = 1_000.0


class _Segment:
    """A straight piece of the line: from `start` metres along it, `length` long, in this direction."""

    def __init__(self, begin: Vector, end: Vector, start: float) -> None:
        self.begin, self.end, self.start = begin, end, start
        self.length = float(np.hypot(*(end - begin)))
        self.along = (end - begin) / self.length

    def across(self, side: int) -> Vector:
        """The unit vector from the line to that side; side: 1 is left, -1 right."""
        return np.array([-self.along[1], self.along[0]]) * side

    def rectangle(self, side: int, since: float, to: float, near: float, wall: float) -> BaseGeometry:
        """From `since` to `to` metres of the segment, from `near` to `wall` metres off its line."""
        off = self.across(side)
        low, high = self.begin + self.along * since, self.begin + self.along * to
        return shapely.Polygon([low + off * near, high + off * near, high + off * wall, low + off * wall])


class Bands:
    """Both sides of one line, out to one wall."""

    def __init__(self, line: BaseGeometry, wall_m: float) -> None:
        self.wall = wall_m
        points = shapely.get_coordinates(line)
        keep = np.append(True, np.hypot(*np.diff(points, axis=0).T) > GRID_M / 10)
        points = points[keep]
        self.segments: list[_Segment] = []
        for begin, end in itertools.pairwise(points):
            before = self.segments[-1] if self.segments else None
            self.segments.append(_Segment(begin, end, before.start + before.length if before else 0.0))
        self.length = self.segments[-1].start + self.segments[-1].length
        self.bands = [(number, side, self._band(number, side)) for number in range(len(self.segments)) for side in (1, -1)]
        self.tree = shapely.STRtree([band for _number, _side, band in self.bands])

    def between(self, side: int, since: float, to: float, near: float) -> BaseGeometry:
        """The ground of the metres from `since` to `to` on a side, from `near` metres off the line to the wall."""
        pieces = []
        for number, one in enumerate(self.segments):
            begin, end = max(since - one.start, 0.0), min(to - one.start, one.length)
            if end <= begin:
                continue
            parts = [one.rectangle(side, begin, end, near, self.wall)]
            if begin <= 0.0:
                parts.append(self._far_enough(number, side, self._wedge(number, side, ahead=False), near))
            if end >= one.length:
                parts.append(self._far_enough(number, side, self._wedge(number, side, ahead=True), near))
            pieces.append(self._own(number, side, shapely.union_all(parts, grid_size=FINE_M)))
        ground = shapely.set_precision(shapely.union_all(pieces, grid_size=FINE_M), GRID_M)
        # Where two borders run along one line, rounding leaves slivers.
        parts = [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon" and part.area > SLIVER_M2]
        return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) if parts else shapely.Polygon()

    def _band(self, number: int, side: int) -> BaseGeometry:
        one = self.segments[number]
        wedges = [self._wedge(number, side, ahead=ahead) for ahead in (False, True)]
        return shapely.union_all([one.rectangle(side, 0.0, one.length, 0.0, self.wall), *wedges], grid_size=FINE_M)

    def _wedge(self, number: int, side: int, *, ahead: bool) -> BaseGeometry:
        """Its half of what lies between it and its neighbour on the outside of a bend; empty on the inside and at the ends."""
        other = number + (1 if ahead else -1)
        if not 0 <= other < len(self.segments):
            return shapely.Polygon()
        one, next_one = self.segments[number], self.segments[other]
        off, next_off = one.across(side), next_one.across(side)
        outward = one.along if ahead else -one.along
        # On the outside the neighbour's wall leans away from this segment.
        if float(next_off @ outward) <= 1e-12 and float(off @ next_off) > -1 + 1e-12:
            return shapely.Polygon()
        corner, middle = one.end if ahead else one.begin, off + next_off
        wide = float(np.hypot(*middle))
        middle = middle / wide if wide > 1e-6 else outward
        reach = self.wall * min(1 / max(float(middle @ off), 1e-9), LONGEST_MITRE)
        return shapely.Polygon([corner, corner + off * self.wall, corner + middle * reach])

    def _far_enough(self, number: int, side: int, area: BaseGeometry, near: float) -> BaseGeometry:
        """What of it is at least so far off the segment's own line."""
        if area.is_empty or near <= 0:
            return area
        one = self.segments[number]
        return _common(area, _half_plane(one.begin + one.across(side) * near, one.across(side)))

    def _own(self, number: int, side: int, area: BaseGeometry) -> BaseGeometry:
        """The area without what is nearer to another segment's line, in that one's band."""
        for hit in sorted(self.tree.query(area, "intersects")):
            other, other_side, band = self.bands[hit]
            if other != number:
                nearer = self._nearer(number, side, other, other_side)
                if nearer is not None:
                    area = _polygons(shapely.difference(area, _common(band, nearer), grid_size=FINE_M))
        return area

    def _nearer(self, number: int, side: int, other: int, other_side: int) -> BaseGeometry | None:
        """Where the other segment's line is nearer than this one's; None: nowhere. Of two on one line the first has it."""
        one, rival = self.segments[number], self.segments[other]
        mine, theirs = one.across(side), rival.across(other_side)
        slope, apart = mine - theirs, float(theirs @ rival.begin - mine @ one.begin)
        steep = float(np.hypot(*slope))
        if steep < 1e-9:
            first = abs(apart) < 1e-9 and other < number
            return _half_plane(one.begin - mine * FAR_M, mine) if apart > 1e-9 or first else None
        return _half_plane(-slope * apart / steep**2, slope / steep, around=one.begin)


def _common(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    return _polygons(shapely.intersection(one, other, grid_size=FINE_M))


def _polygons(area: BaseGeometry) -> BaseGeometry:
    """Without the lines and points in which things only touch."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _half_plane(on: Vector, towards: Vector, around: Vector | None = None) -> BaseGeometry:
    """Everything beyond a line through a point, as far as a street may reach; around: where the street is."""
    along = np.array([-towards[1], towards[0]])
    if around is not None:
        on = on + along * float((around - on) @ along)
    return shapely.Polygon([
        on - along * FAR_M, on + along * FAR_M, on + along * FAR_M + towards * 2 * FAR_M, on - along * FAR_M + towards * 2 * FAR_M,
    ])  # fmt: skip


@lru_cache(maxsize=128)
def bands_of(wkb: bytes, wall_m: float) -> Bands:
    """The bands of a line in metres; a street is asked for again and again, shop by shop."""
    return Bands(shapely.from_wkb(wkb), wall_m)
