"""Vector tiles of what anybody inside may see of the map: towns, communities, grids, roads, water, components. Policy: 7.6.

Shapes are kept per process under a token that changes with them; the token is the tile's ETag. Points that a register
holds by the hundred thousand are asked for by the tile's box instead.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Max, QuerySet

from .components.selectors import newest_edition, public_components
from .grids.overlays import newest_layers
from .models import Area, Level, Road, Water
from .rules.mvt import EXTENT, Feature, TileLayer, Value, cut, encode, tile_bounds, to_tile

LARGEST_ZOOM = 20
MOST_FEATURES = 5_000
KEPT_TILES = 1_000
# Farther away than this zoom shapes have more points than can be seen.
THINNED_TO, THINNED_UNITS = 14, 4.0
Row = tuple[int, Any, Mapping[str, Value]]


@dataclass(frozen=True)
class Source:
    """One layer that is kept whole. token: changes when anything in it does; rows: (key, WKB, properties)."""

    name: str
    token: Callable[[], str]
    rows: Callable[[], Iterable[Row]]
    from_zoom: int = 0


class Kept:
    """A layer's shapes with a tree over them."""

    def __init__(self, token: str, rows: Sequence[Row]) -> None:
        self.token = token
        self.keys = [key for key, _wkb, _said in rows]
        self.said = [said for _key, _wkb, said in rows]
        self.shapes = np.array([shapely.from_wkb(bytes(wkb)) for _key, wkb, _said in rows], dtype=object)
        self.tree = shapely.STRtree(self.shapes)
        self._thinned: dict[int, np.ndarray] = {}

    def tile(self, name: str, z: int, x: int, y: int) -> bytes:
        hits = np.sort(self.tree.query(shapely.box(*tile_bounds(z, x, y))))[:MOST_FEATURES]
        return encoded(name, self.thinned(z)[hits], [(self.keys[hit], self.said[hit]) for hit in hits], z, x, y)

    def thinned(self, z: int) -> np.ndarray:
        """The shapes with the detail of a zoom, thinned once for all its tiles: a quarter of a pixel is not seen."""
        if z > THINNED_TO:
            return self.shapes
        if z not in self._thinned:
            step = 360 / 2**z / EXTENT * THINNED_UNITS
            self._thinned[z] = shapely.simplify(self.shapes, step, preserve_topology=True)
        return self._thinned[z]


_kept: dict[str, Kept] = {}
_tiles: OrderedDict[tuple[str, str, int, int, int], bytes] = OrderedDict()
_building = threading.Lock()


def tile_of_layer(source: Source, z: int, x: int, y: int) -> tuple[bytes, str]:
    """(the tile, its token)."""
    token = source.token()
    key = (source.name, token, z, x, y)
    if key in _tiles:
        return _tiles[key], token
    made = kept(source, token).tile(source.name, z, x, y) if z >= source.from_zoom else b""
    _tiles[key] = made
    while len(_tiles) > KEPT_TILES:
        _tiles.popitem(last=False)
    return made, token


def kept(source: Source, token: str) -> Kept:
    """The layer's shapes, read anew when its token has changed."""
    held = _kept.get(source.name)
    if held is None or held.token != token:
        with _building:
            held = _kept.get(source.name)
            if held is None or held.token != token:
                held = _kept[source.name] = Kept(token, list(source.rows()))
    return held


def encoded(
    name: str, shapes: np.ndarray, said: Sequence[tuple[int, Mapping[str, Value]]], z: int, x: int, y: int
) -> bytes:
    """A tile of one layer from shapes in degrees."""
    if not len(shapes):
        return b""
    drawn = cut(to_tile(shapes, z, x, y))
    pairs = zip(drawn, said, strict=True)
    return encode([TileLayer(name, [Feature(shape, told, key) for shape, (key, told) in pairs if not shape.is_empty])])


def component_tile(z: int, x: int, y: int) -> tuple[bytes, str]:
    """Components in use by the tile's box. No more than MOST_FEATURES: nearer zooms show the rest."""
    west, south, east, north = tile_bounds(z, x, y)
    near = public_components().filter(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    found = list(near[:MOST_FEATURES])
    shapes = np.array([one.geometry for one in found], dtype=object)
    said: list[tuple[int, Mapping[str, Value]]] = [
        (one.pk, {"code": one.code, "kind": one.kind_code, "condition": str(one.condition)}) for one in found
    ]
    return encoded("components", shapes, said, z, x, y), f"components-{newest_edition()}"


# --- the layers --------------------------------------------------------------------------------------------------------


def _areas(level: Level) -> QuerySet[Area]:
    return Area.objects.filter(level=level, valid_to=None, wkb__isnull=False).order_by("code")


def _area_source(name: str, level: Level, from_zoom: int = 0) -> Source:
    def token() -> str:
        return "-".join(map(str, _areas(level).order_by().aggregate(Count("pk"), Max("pk")).values()))

    def rows() -> Iterable[Row]:
        for pk, code, words, wkb in _areas(level).values_list("pk", "code", "short_name", "wkb"):
            yield pk, wkb, {"code": code, "name": words}

    return Source(name, token, rows, from_zoom)


def _grid_source(name: str, kind: str, from_zoom: int) -> Source:
    def token() -> str:
        return "-".join(str(layer.token) for layer in newest_layers((kind,)))

    def rows() -> Iterable[Row]:
        for layer in newest_layers((kind,)):
            for pk, code, words, wkb in layer.grids.order_by("code").values_list("pk", "code", "name", "wkb"):
                yield pk, wkb, {"code": code, "name": words, "kind": kind}

    return Source(name, token, rows, from_zoom)


def _ground_source(name: str, model: type[Road] | type[Water], from_zoom: int = 0) -> Source:
    rows_of = model._default_manager.filter(wkb__isnull=False)

    def token() -> str:
        return "-".join(map(str, rows_of.aggregate(Count("pk"), Max("pk")).values()))

    def rows() -> Iterable[Row]:
        for pk, words, wkb in rows_of.order_by("pk").values_list("pk", "name", "wkb"):
            yield pk, wkb, {"name": words}

    return Source(name, token, rows, from_zoom)


SOURCES = {
    source.name: source
    for source in (
        _ground_source("water", Water), _ground_source("roads", Road, 11), _area_source("towns", Level.TOWN),
        _area_source("communities", Level.COMMUNITY, 10), _grid_source("block", "block", 11), _grid_source("strip", "strip", 13),
        _grid_source("unit", "unit", 13),
    )
}  # fmt: skip
