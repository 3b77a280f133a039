"""Every grid over a point, by precedence: strips and units from a tree of their own, the block from the city's."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from shapely.geometry import Point

from ..homes import LOOK_AGAIN_AFTER_SECONDS, Home, current_index
from ..models import GridKind, GridLayer
from ..rules.precedence import by_precedence

OVERLAYS = (GridKind.UNIT, GridKind.STRIP)


@dataclass(frozen=True, slots=True)
class GridHere:
    """A grid over a point: its key, kind, code and name, the codes of its community and town, its layer."""

    id: int
    kind: str
    code: str
    name: str
    community_code: str
    layer_id: int

    @property
    def town_code(self) -> str:
        return self.community_code[:9]


class OverlayIndex:
    """An immutable tree of all strip and unit grids in force."""

    def __init__(self, version: tuple[UUID, ...], shapes: Sequence[Any], grids: list[GridHere]) -> None:
        self.version, self.grids = version, grids
        self.tree = shapely.STRtree(shapely.from_wkb(np.asarray([bytes(shape) for shape in shapes], dtype=object)))
        self.over(0.0, 0.0)  # the tree is built by its first query, which must not be two threads' at once

    def over(self, longitude: float, latitude: float) -> list[GridHere]:
        return [self.grids[hit] for hit in self.tree.query(Point(longitude, latitude), "intersects")]

    def over_many(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[list[GridHere]]:
        found: list[list[GridHere]] = [[] for _each in longitudes]
        for point, hit in zip(*self.tree.query(shapely.points(longitudes, latitudes), "intersects"), strict=True):
            found[point].append(self.grids[hit])
        return found


_building = threading.Lock()
_index: OverlayIndex | None = None
_looked_at = 0.0


def grids_at(longitude: float, latitude: float) -> list[GridHere]:
    """The grids over a point in CGCS2000 degrees, the one that answers first (次序：单位型、条形、块状).

    Empty outside the city; without any block layer there is no block in it. On an edge within a kind the lowest code is first.
    """
    return _joined(overlay_index().over(longitude, latitude), current_index().home_of(longitude, latitude))


def grids_at_many(longitudes: Sequence[float], latitudes: Sequence[float]) -> list[list[GridHere]]:
    """`grids_at` for many points at once, in the same order."""
    over = overlay_index().over_many(longitudes, latitudes)
    homes = current_index().homes_of(longitudes, latitudes)
    return [_joined(*each) for each in zip(over, homes, strict=True)]


def _joined(over: list[GridHere], home: Home | None) -> list[GridHere]:
    if home is None or home.grid is None or home.community is None or home.layer_id is None:
        return by_precedence(over)
    cell = home.grid
    return by_precedence([*over, GridHere(cell.id, "block", cell.code, cell.name, home.community.code, home.layer_id)])


def overlay_index() -> OverlayIndex:
    """The tree of the strip and unit layers in force; as fresh as `homes.current_index`."""
    global _index, _looked_at
    index = _index
    if index and not connection.in_atomic_block and time.monotonic() - _looked_at < LOOK_AGAIN_AFTER_SECONDS:
        return index
    layers = newest_layers()
    version = tuple(layer.token for layer in layers)
    if index is None or index.version != version:
        with _building:
            index = _index
            if index is None or index.version != version:
                index = _index = _build(version, layers)
    _looked_at = time.monotonic()
    return index


def newest_layers(kinds: Sequence[str] = OVERLAYS) -> list[GridLayer]:
    """The layer in force of each kind, where there is one."""
    return list(layers_in_force(kinds))


def layers_in_force(kinds: Sequence[str]) -> QuerySet[GridLayer]:
    """The same as a question, to be asked within another."""
    published = GridLayer.objects.filter(published_at__isnull=False, kind__in=list(kinds))
    later = published.filter(kind=OuterRef("kind"), version__gt=OuterRef("version"))
    return published.filter(~Exists(later)).order_by("kind")


def _build(version: tuple[UUID, ...], layers: Sequence[GridLayer]) -> OverlayIndex:
    shapes, grids = [], []
    for layer in layers:
        for pk, code, name, community, wkb in layer.grids.order_by("code").values_list(
            "pk", "code", "name", "community__code", "wkb"
        ):
            grids.append(GridHere(pk, layer.kind, code, name, community, layer.pk))
            shapes.append(wkb)
    return OverlayIndex(version, shapes, grids)
