"""The ground in front of a door: a strip along the line of a street, from the wall towards the carriageway. Policy: 3.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from .bends import bands_of
from .geometry import metres_per_degree

LEFT, RIGHT = "left", "right"
Side = Literal["left", "right"]


@dataclass(frozen=True)
class Beside:
    """Where a point lies beside a street: so far along its line, so far off it (on the left is positive)."""

    along_cm: int
    off_cm: int

    @property
    def side(self) -> Side:
        return "left" if self.off_cm >= 0 else "right"


class Along:
    """A street's line, made ready to be asked for many points."""

    def __init__(self, line: BaseGeometry) -> None:
        self._flat, self._origin, self._scale = _flat(line)
        shapely.prepare(self._flat)

    def beside(self, longitude: float, latitude: float) -> Beside:
        x = (longitude - self._origin[0]) * self._scale[0]
        y = (latitude - self._origin[1]) * self._scale[1]
        at = self._flat.project(shapely.Point(x, y))
        (x0, y0), (x1, y1) = (
            shapely.get_coordinates(self._flat.interpolate(max(at + step, 0.0)))[0] for step in (-0.01, 0.01)
        )
        foot = shapely.get_coordinates(self._flat.interpolate(at))[0]
        off = float(((x - foot[0]) ** 2 + (y - foot[1]) ** 2) ** 0.5)
        left = (x1 - x0) * (y - foot[1]) - (y1 - y0) * (x - foot[0]) >= 0
        return Beside(round(at * 100), round(off * 100) * (1 if left else -1))


def line_length_cm(line: BaseGeometry) -> int:
    """Whole centimetres of a line in degrees, flattened where its middle is."""
    return round(_flat(line)[0].length * 100)


def strip(line: BaseGeometry, side: str, from_cm: int, to_cm: int, wall_cm: int, depth_cm: int) -> BaseGeometry:
    """The ground, in degrees: along the side from `from_cm` to `to_cm`, `depth_cm` deep from the wall towards the middle.

    line: the middle of the street in degrees; side: as one walks along it; wall_cm: how far the wall stands from the line.
    depth_cm is at most wall_cm. No two metres share ground, in bends neither: see `bends.py`. On the inside of a sharp bend
    the last metres before it may have no wall in front of them, and so no ground: then what comes back is empty.
    """
    if not 0 < depth_cm <= wall_cm:
        raise ValueError("the strip lies between the wall and the middle of the street")
    flat, origin, scale = _flat(line)
    bands = bands_of(flat.wkb, wall_cm / 100)
    area = bands.between(1 if side == LEFT else -1, from_cm / 100, to_cm / 100, (wall_cm - depth_cm) / 100)
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


def _flat(line: BaseGeometry) -> tuple[BaseGeometry, tuple[float, float], tuple[float, float]]:
    """The line in metres around its own first point, that point, and metres per degree there."""
    west, south, _east, north = line.bounds
    scale = metres_per_degree((south + north) / 2)
    origin = (west, south)
    return shapely.transform(line, lambda points: (points - origin) * scale), origin, scale
