"""Strip and unit grids of the made-up map: some roads, and the markets and schools beside them. Pure; degrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from ..rules.geometry import METRES_PER_DEGREE, area_m2, metres_per_degree
from .partition import DECIMALS

HALF_ROAD_M = 18.0
COMPOUND_M = (130.0, 95.0)
LEAST_M2 = 600.0


def draw_strips(
    roads: Sequence[tuple[str, BaseGeometry]], communities: Sequence[tuple[str, BaseGeometry]]
) -> Iterator[tuple[str, str, BaseGeometry]]:
    """(community, road, shape): each road's ground, community by community; a crossing belongs to the first road."""
    taken = shapely.Polygon()
    tree = shapely.STRtree([shape for _code, shape in communities])
    for name, line in roads:
        ground = line.buffer(HALF_ROAD_M / METRES_PER_DEGREE, quad_segs=2, cap_style="flat").difference(taken)
        taken = taken.union(ground)
        for number in sorted(tree.query(ground)):
            code, community = communities[number]
            for part in _pieces(ground.intersection(community)):
                yield code, name, part


def draw_units(
    places: Sequence[tuple[str, float, float]], communities: Sequence[tuple[str, BaseGeometry]], taken: BaseGeometry
) -> Iterator[tuple[str, str, BaseGeometry]]:
    """(community, place, shape): a compound around each place, clear of the roads' grids and of one another."""
    tree = shapely.STRtree([shape for _code, shape in communities])
    for name, longitude, latitude in places:
        homes = tree.query(shapely.Point(longitude, latitude), "intersects")
        if not len(homes):
            continue
        code, community = communities[homes.min()]
        east, north = metres_per_degree(latitude)
        wide, high = COMPOUND_M[0] / east / 2, COMPOUND_M[1] / north / 2
        box = shapely.box(longitude - wide, latitude - high, longitude + wide, latitude + high)
        largest = max(_pieces(box.intersection(community).difference(taken)), key=area_m2, default=None)
        if largest is not None:
            taken = taken.union(largest)
            yield code, name, largest


def _pieces(shape: BaseGeometry) -> list[BaseGeometry]:
    rounded = shapely.set_precision(shape, 10**-DECIMALS)
    parts = shapely.get_parts(rounded)
    return [part for part in parts if part.geom_type == "Polygon" and area_m2(part) >= LEAST_M2]
