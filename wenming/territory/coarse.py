"""Where something is, without leading anybody to whose door: the middle of a cell that holds enough addresses (T6).

A cell is at least 200 m wide, and made wider until it holds five known addresses; where none is wide enough, there is no
point at all. Whatever is shown to everybody or searched by everybody goes by this point and by no finer one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, floor, radians

from django.db.models import Q

from .models import Landmark

Point = tuple[float, float]
Box = tuple[float, float, float, float]
# 0.002° of latitude are 222 m; each size holds four cells of the one before.
CELL_SIZES = (0.002, 0.004, 0.008, 0.016, 0.032)
ENOUGH_ADDRESSES = 5


def coarse_points(points: Sequence[Point | None]) -> list[Point | None]:
    """For each exact point the middle of the smallest cell with enough addresses; None where there is none."""
    known = _addresses_around([point for point in points if point])

    def enough(box: Box) -> bool:
        west, south, east, north = box
        return sum(west <= lon < east and south <= lat < north for lon, lat in known) >= ENOUGH_ADDRESSES

    return [coarse_point(point, enough) if point else None for point in points]


def coarse_point(point: Point, enough: Callable[[Box], bool]) -> Point | None:
    """The middle of the first cell around the point in which there are enough addresses; sizes grow fourfold."""
    for size in CELL_SIZES:
        west, south, east, north = box = cell_around(point, size)
        if enough(box):
            return (west + east) / 2, (south + north) / 2
    return None


def cell_around(point: Point, size: float) -> Box:
    """The cell of a fixed lattice that holds the point (west, south, east, north); `size` in degrees of latitude.

    Degrees of longitude shrink towards the pole: they are divided by the cosine of the cell's row, so that a cell is
    never narrower than high.
    """
    longitude, latitude = point
    south = floor(latitude / size) * size
    wide = size / cos(radians(south + size))
    west = floor(longitude / wide) * wide
    return west, south, west + wide, south + size


def _addresses_around(points: Sequence[Point]) -> list[Point]:
    if not points:
        return []
    anywhere = Q()
    for point in points:
        west, south, east, north = cell_around(point, CELL_SIZES[-1])
        anywhere |= Q(latitude__range=(south, north), longitude__range=(west, east))
    return list(Landmark.objects.filter(anywhere).values_list("longitude", "latitude"))
