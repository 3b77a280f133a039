"""Tiles of what registers and desks hold by the hundred thousand, asked for by the tile's box. Policy: 7.6.

Nothing is left out without a word: while they are few, a tile holds every thing; where they are more than can be told apart,
it says how many lie in each of its cells, and shows the only thing of a cell as itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet

from .components.selectors import public_components
from .models import Premises
from .rules.counted import counted
from .rules.mvt import Value, tile_bounds
from .tiles import MANY, Tile, as_tile, encoded

MOST_POINTS = 2_000
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Things:
    """What a tile shows. found: no row twice; told: the fields that a tile says; longitude, latitude: the fields where a thing lies.

    outline: the field of its shape, where some are more than a point; box: the fields of that shape's west, south, east, north.
    """

    name: str
    found: QuerySet[Any]
    told: tuple[str, ...]
    longitude: str = "placement__longitude"
    latitude: str = "placement__latitude"
    outline: str = ""
    box: tuple[str, str, str, str] | None = None

    def rows(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """(key, longitude, latitude, what is told…, the shape where there are shapes) of each."""
        shape = (self.outline,) if self.outline else ()
        return found.select_related(None).order_by().values_list("pk", self.longitude, self.latitude, *self.told, *shape)

    def reaching_into(self, z: int, x: int, y: int) -> QuerySet[Any]:
        """Those of which something is to be seen on the tile."""
        west, south, east, north = tile_bounds(z, x, y)
        if self.box is None:
            return self.found.filter(**{f"{self.longitude}__range": (west, east), f"{self.latitude}__range": (south, north)})
        from_lon, from_lat, to_lon, to_lat = self.box
        within = {f"{from_lon}__lte": east, f"{to_lon}__gte": west, f"{from_lat}__lte": north, f"{to_lat}__gte": south}
        return self.found.filter(**within)

    def shapes(self, rows: Sequence[Row]) -> np.ndarray:
        shapes: np.ndarray = shapely.points([row[1] for row in rows], [row[2] for row in rows])
        if self.outline and rows:
            drawn = [None if row[-1] is None else bytes(row[-1]) for row in rows]
            shapes = np.where([one is None for one in drawn], shapes, shapely.from_wkb(drawn))
        return shapes

    def said(self, row: Row) -> tuple[int, Mapping[str, Value]]:
        return row[0], {field: str(value) for field, value in zip(self.told, row[3:], strict=False)}


def tile_of_things(things: Things, z: int, x: int, y: int) -> bytes:
    """Every thing on the tile, by its key; or how many lie where."""
    found = things.reaching_into(z, x, y)
    rows = sorted(things.rows(found)[: MOST_POINTS + 1], key=_key)
    if len(rows) > MOST_POINTS:
        return _counted(things, found, z, x, y)
    return encoded(things.name, things.shapes(rows), [things.said(row) for row in rows], z, x, y)


def _counted(things: Things, found: QuerySet[Any], z: int, x: int, y: int) -> bytes:
    lies = found.select_related(None).order_by().values_list("pk", *((things.longitude, things.latitude) if things.box is None else things.box[:2]))
    keys, lon, lat = (np.array(each) for each in zip(*lies.order_by("pk"), strict=True))
    cells = counted(lon, lat, z, x, y)
    alone, more = cells.many == 1, cells.many > 1
    rows = sorted(things.rows(things.found.filter(pk__in=keys[cells.first[alone]].tolist())), key=_key)
    said: list[tuple[int, Mapping[str, Value]]] = [(0, {MANY: int(many)}) for many in cells.many[more]]
    shapes = np.concatenate([shapely.points(cells.longitudes[more], cells.latitudes[more]), things.shapes(rows)])
    return encoded(things.name, shapes, [*said, *map(things.said, rows)], z, x, y)


def _key(row: Row) -> int:
    key: int = row[0]
    return key


def component_tile(z: int, x: int, y: int) -> Tile:
    """Components in use, with their shapes; counted where their boxes begin."""
    box = ("min_lon", "min_lat", "max_lon", "max_lat")
    things = Things("components", public_components(), ("code", "kind_code", "condition"), outline="outline", box=box)
    return as_tile(tile_of_things(things, z, x, y))


def premises_tile(z: int, x: int, y: int) -> Tile:
    """Premises along the managed streets, each at its door."""
    things = Things("premises", Premises.objects.filter(closed_on=None), ("number", "name", "kind"))
    return as_tile(tile_of_things(things, z, x, y))
