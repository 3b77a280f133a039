"""Which road something lies at: the nearest within a street's breadth of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely

from .models import Area, Road
from .rules.geometry import Bounds, metres_per_degree

AT_THE_ROAD_M = 60.0
STROKE = "|"


def road_key(town_code: str, name: str) -> str:
    """How a road is called in addresses and plans: two towns may each have a 民权路."""
    return f"{town_code}{STROKE}{name}"


def road_words(key: str) -> str:
    """「石岐街道民权路」; the name alone where the town is gone."""
    code, _stroke, name = key.partition(STROKE)
    town = Area.objects.filter(code=code, valid_to=None).values_list("short_name", flat=True).first() or ""
    return f"{town}{name}"


class AtRoad(NamedTuple):
    """The road that something lies at: as addresses name it, and as people do."""

    key: str
    words: str


def roads_of(points: Sequence[tuple[float, float]]) -> list[str]:
    """The road's key for each point (longitude, latitude), "" for one that lies at none; one statement for all."""
    return [road.key if road else "" for road in roads_at(points)]


def roads_at(points: Sequence[tuple[float, float]]) -> list[AtRoad | None]:
    """The road for each point (longitude, latitude), None for one that lies at none; one statement for all."""
    if not points:
        return []
    lons, lats = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    east, north = metres_per_degree(float(lats.mean()))
    pad = AT_THE_ROAD_M / min(east, north)
    roads = Road.objects.filter(
        wkb__isnull=False, max_lon__gte=lons.min() - pad, min_lon__lte=lons.max() + pad, max_lat__gte=lats.min() - pad,
        min_lat__lte=lats.max() + pad,
    )  # fmt: skip
    rows = list(roads.order_by("pk").values_list("wkb", "town__code", "town__short_name", "name"))
    found: list[AtRoad | None] = [None] * len(points)
    if not rows:
        return found
    lines = shapely.transform(shapely.from_wkb([bytes(row[0] or b"") for row in rows]), lambda at: at * (east, north))
    near = shapely.STRtree(lines).query_nearest(
        shapely.points(lons * east, lats * north), max_distance=AT_THE_ROAD_M, all_matches=False
    )
    for point, road in near.T:
        _wkb, code, town, name = rows[road]
        found[point] = AtRoad(road_key(code or "", name), f"{town or ''}{name}")
    return found


def bounds_of_road(key: str) -> Bounds | None:
    """The box of degrees in which everything at the road lies; None for a road that is not on the map."""
    code, _stroke, name = key.partition(STROKE)
    rows = Road.objects.filter(name=name, town__code=code, wkb__isnull=False)
    lines = [bytes(wkb) for wkb in rows.values_list("wkb", flat=True) if wkb is not None]
    if not lines:
        return None
    west, south, far_east, far_north = (float(edge) for edge in shapely.total_bounds(shapely.from_wkb(lines)))
    east, north = metres_per_degree((south + far_north) / 2)
    wide, high = AT_THE_ROAD_M / east, AT_THE_ROAD_M / north
    return west - wide, south - high, far_east + wide, far_north + high
