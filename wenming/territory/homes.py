"""Which units a point lies in: one tree of cells per process, rebuilt when a newer layer is published."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from shapely.geometry import Point

from wenming.engine.asking import Question

from .models import Area, GridKind, GridLayer, Level
from .rules.geometry import distance_m, metres_per_degree

# Outside a transaction a process may follow a new layer this much later; the placement says which layer it used.
LOOK_AGAIN_AFTER_SECONDS = 1.0
Version = UUID | tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The grid part of a home, without its shape: as many of these are kept as the city has grids."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Home:
    """The units that a point belongs to (归属). The areas are shared between threads: read them, never save them."""

    town: Area
    community: Area | None
    grid: Cell | None
    layer_id: int | None


class HomeIndex:
    """An immutable tree of cells. Cells stand in the order of their codes, so the lowest code wins on a shared edge.

    since: from when on these cells answer; None where there were never others.
    """

    def __init__(self, version: Version, shapes: Sequence[Any], homes: list[Home], since: datetime | None = None) -> None:
        self.version, self.since = version, since
        self.homes = homes
        self.tree = shapely.STRtree(shapely.from_wkb(np.asarray([bytes(shape) for shape in shapes], dtype=object)))
        # Bound once: this is asked for every position that is stored or looked at.
        self._query = self.tree.query
        self.home_of(0.0, 0.0)  # the tree is built by its first query, which must not be two threads' at once

    def home_of(self, longitude: float, latitude: float) -> Home | None:
        # Made by the library's own function, which asks less about a pair of numbers than the class does.
        hits = self._query(shapely.points((longitude, latitude)), "intersects")
        if hits.size == 1:
            return self.homes[hits[0]]
        return self.homes[hits.min()] if hits.size else None

    def homes_of(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[Home | None]:
        points, cells = self.tree.query(shapely.points(longitudes, latitudes), "intersects")
        lowest = np.full(len(longitudes), len(self.homes))
        np.minimum.at(lowest, points, cells)
        return [self.homes[cell] if cell < len(self.homes) else None for cell in lowest]

    def homes_around(self, longitude: float, latitude: float, metres: float) -> list[tuple[Home, float]]:
        """Every cell within `metres` of a point with the metres to it, the point's own cell (0 metres) among them."""
        point, (east, _north) = Point(longitude, latitude), metres_per_degree(latitude)
        # A degree of longitude is the shorter one: as many of them reach at least as far in every direction.
        hits = sorted(self.tree.query(point, "dwithin", distance=metres / east))
        lines = shapely.shortest_line(point, self.tree.geometries.take(hits)) if hits else []
        away = [distance_m(*shapely.get_coordinates(line).tolist()) for line in lines]
        return [(self.homes[cell], far) for cell, far in zip(hits, away, strict=True) if far <= metres]

    def home_within(self, longitude: float, latitude: float, degrees: float) -> Home | None:
        """The home of a point that fell just outside: the nearest cell, no farther than `degrees`."""
        hits = self.tree.query_nearest(Point(longitude, latitude), max_distance=degrees)
        return self.homes[hits.min()] if len(hits) else None


_PUBLISHED = GridLayer.objects.filter(kind=GridKind.BLOCK, published_at__isnull=False).order_by("-version")
# Asked for every position that is stored.
_NEWEST = Question(lambda: _PUBLISHED.all()[:1])
_building = threading.Lock()
_index: HomeIndex | None = None
_fresh_until = 0.0


class _Here(threading.local):
    """This thread's connection, found once: looked for anew it is a tenth of what a point's whole answer costs."""

    def __init__(self) -> None:
        self.connection = connections[DEFAULT_DB_ALIAS]


_here = _Here()


def current_index() -> HomeIndex:
    """The tree of the newest published base layer, or of the areas themselves while there is none."""
    global _index, _fresh_until
    index = _index
    # Inside a transaction somebody stores the answer: then the layer is always asked for. A read may be a second late.
    if monotonic() < _fresh_until and index is not None and not _here.connection.in_atomic_block:
        return index
    version = _version()
    if index is None or index.version != version:
        with _building:
            index = _index
            if index is None or index.version != version:
                index = _index = _build(version)
    _fresh_until = monotonic() + LOOK_AGAIN_AFTER_SECONDS
    return index


@contextmanager
def instead(index: HomeIndex) -> Iterator[None]:
    """This index in place of the city's own, for whoever measures what a larger city would cost."""
    global _index, _fresh_until
    kept, _index, _fresh_until = (_index, _fresh_until), index, float("inf")
    try:
        yield
    finally:
        _index, _fresh_until = kept


def base_layer() -> GridLayer | None:
    """The newest published layer of block grids: the one that covers the city once (底图层)."""
    return _PUBLISHED.first()


def _version() -> Version:
    layer = _NEWEST.first()
    token = layer.token if layer else None
    return token or tuple(_drawn_areas().aggregate(Count("pk"), Max("pk")).values())


def _build(version: Version) -> HomeIndex:
    layer = base_layer()
    if layer is None:
        return _build_of_areas(version)
    areas = Area.objects.defer("wkb").in_bulk()
    rows = layer.grids.order_by("code").values_list("pk", "code", "name", "community_id", "wkb")
    homes, shapes = [], []
    for pk, code, name, community_id, wkb in rows:
        community = areas[community_id]
        assert community.parent_id is not None
        homes.append(Home(areas[community.parent_id], community, Cell(pk, code, name), layer.pk))
        shapes.append(wkb)
    return HomeIndex(version, shapes, homes, layer.published_at)


def _build_of_areas(version: Version) -> HomeIndex:
    """A city that has drawn its communities or towns but no grids yet is served as far as it has come."""
    drawn = list(_drawn_areas().order_by("code"))
    communities = [area for area in drawn if area.level == Level.COMMUNITY]
    areas = Area.objects.defer("wkb").in_bulk()
    if communities:
        homes = [Home(areas[cell.parent_id or 0], areas[cell.pk], None, None) for cell in communities]
        return HomeIndex(version, [cell.wkb for cell in communities], homes)
    drawn_towns = [area for area in drawn if area.level == Level.TOWN]
    homes = [Home(areas[cell.pk], None, None, None) for cell in drawn_towns]
    return HomeIndex(version, [cell.wkb for cell in drawn_towns], homes)


def _drawn_areas() -> QuerySet[Area]:
    today = timezone.localdate()
    return Area.objects.filter(valid_to=None, valid_from__lte=today, wkb__isnull=False)
