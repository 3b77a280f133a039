"""The ground in front of a door: a strip along the line of a street, from the wall towards the carriageway. Policy: 3.2."""

from __future__ import annotations

from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from .geometry import metres_per_degree

LEFT, RIGHT = "left", "right"
GRID_M = 0.001
Side = Literal["left", "right"]


def line_length_cm(line: BaseGeometry) -> int:
    """Whole centimetres of a line in degrees, flattened where its middle is."""
    return round(_flat(line)[0].length * 100)


def strip(line: BaseGeometry, side: str, from_cm: int, to_cm: int, wall_cm: int, depth_cm: int) -> BaseGeometry:
    """The polygon, in degrees: along the side from `from_cm` to `to_cm`, `depth_cm` deep from the wall towards the middle.

    line: the middle of the street in degrees; side: as one walks along it; wall_cm: how far the wall stands from the line.
    depth_cm is at most wall_cm, so that what lies on two sides of a straight street never overlaps. Ends are cut straight
    across: on the inside of a sharp bend the drawn strips of two neighbours may cross, what counts is the piece of the edge.
    """
    if not 0 < depth_cm <= wall_cm:
        raise ValueError("the strip lies between the wall and the middle of the street")
    flat, origin, scale = _flat(line)
    piece = substring(flat, from_cm / 100, to_cm / 100)
    area = _band(piece, side, wall_cm / 100)
    if depth_cm < wall_cm:
        area = shapely.difference(area, _band(piece, side, (wall_cm - depth_cm) / 100), grid_size=GRID_M)
    # Where two rings run along one line, rounding leaves slivers: on a grid of millimetres there are none.
    area = max(shapely.get_parts(shapely.set_precision(area, GRID_M)), key=lambda part: part.area)
    return shapely.transform(area, lambda points: points / scale + origin)


def middle_of(line: BaseGeometry, side: str, from_cm: int, to_cm: int, wall_cm: int) -> tuple[float, float]:
    """The point in degrees at the wall in the middle of the stretch: where its door would be."""
    flat, origin, scale = _flat(line)
    at = (from_cm + to_cm) / 200
    here, on = flat.interpolate(at), flat.interpolate(min(at + 0.5, flat.length))
    if here.equals(on):
        here, on = flat.interpolate(max(at - 0.5, 0)), here
    along = shapely.get_coordinates(on)[0] - shapely.get_coordinates(here)[0]
    along = along / max(float((along**2).sum()) ** 0.5, 1e-9)
    sign = 1 if side == LEFT else -1
    point = shapely.get_coordinates(flat.interpolate(at))[0] + (-along[1] * sign * wall_cm / 100, along[0] * sign * wall_cm / 100)
    lon, lat = point / scale + origin
    return round(float(lon), 7), round(float(lat), 7)


def _band(line: BaseGeometry, side: str, metres: float) -> BaseGeometry:
    """Everything within these metres on one side of the line, cut straight across at its two ends."""
    return line.buffer(metres if side == LEFT else -metres, single_sided=True, join_style="mitre")


def _flat(line: BaseGeometry) -> tuple[BaseGeometry, tuple[float, float], tuple[float, float]]:
    """The line in metres around its own first point, that point, and metres per degree there."""
    west, south, _east, north = line.bounds
    scale = metres_per_degree((south + north) / 2)
    origin = (west, south)
    return shapely.transform(line, lambda points: (points - origin) * scale), origin, scale
