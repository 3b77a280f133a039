"""Vector tiles of what anybody inside may see of the map: towns, communities, grids, roads, water, registers. Policy: 7.6.

Shapes are kept per process under a token that changes with them; a tile is known by the hash of its bytes, so that a redrawn layer
sends again only the tiles it changed. Beside its shapes a tile has the points where names are written, each in one tile of a zoom
only: a place that lies in many tiles is named once. Areas that are too many to be told apart
are counted. What a register holds by the hundred thousand is asked for by the tile's box instead: `point_tiles.py`.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Max, QuerySet

from .grids.overlays import newest_layers
from .models import Area, Level, ManagedStreet, Road, Water
from .rules.counted import counted
from .rules.mvt import EXTENT, Feature, TileLayer, Value, cut, encode, tile_bounds, to_tile

LARGEST_ZOOM = 20
MOST_AREAS = 5_000
KEPT_TILES = 2_000
# What a layer of names is called after the layer it names.
NAMES = "_names"
# What is said of a point that stands for so many things.
MANY = "many"
# Farther away than this zoom shapes have more points than can be seen.
THINNED_TO, THINNED_UNITS = 14, 4.0
Row = tuple[int, Any, Mapping[str, Value]]


@dataclass(frozen=True)
class Source:
    """One layer that is kept whole. token: changes when anything in it does; rows: (key, WKB, properties).

    named_from: the zoom from which its names are written; None: never.
    """

    name: str
    token: Callable[[], str]
    rows: Callable[[], Iterable[Row]]
    from_zoom: int = 0
    named_from: int | None = None


@dataclass(frozen=True)
class Tile:
    """A tile and the hash it is known by."""

    content: bytes
    hash: str


class Kept:
    """A layer's shapes with a tree over them."""

    def __init__(self, token: str, rows: Sequence[Row]) -> None:
        self.token = token
        self.keys = [key for key, _wkb, _said in rows]
        self.said = [said for _key, _wkb, said in rows]
        self.shapes = np.array([shapely.from_wkb(bytes(wkb)) for _key, wkb, _said in rows], dtype=object)
        self.tree = shapely.STRtree(self.shapes)
        self._thinned: dict[int, np.ndarray] = {}
        self._labels: np.ndarray | None = None

    def tile(self, name: str, z: int, x: int, y: int, named: bool = False) -> bytes:
        hits = np.sort(self.tree.query(shapely.box(*tile_bounds(z, x, y))))
        # Lines may be as many as there are: a number says nothing of a net of roads.
        if len(hits) > MOST_AREAS and self.areal:
            return self._counted(name, hits, z, x, y)
        drawn = encoded(name, self.thinned(z)[hits], [(self.keys[hit], self.said[hit]) for hit in hits], z, x, y)
        return drawn + self._names(name, hits, z, x, y) if named else drawn

    def _names(self, name: str, hits: np.ndarray, z: int, x: int, y: int) -> bytes:
        """The names whose points lie in this tile: in it or on its western and southern edge, so in no other one too."""
        west, south, east, north = tile_bounds(z, x, y)
        at = self.labels[hits]
        lon, lat = shapely.get_x(at), shapely.get_y(at)
        here = (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
        said = [(self.keys[hit], {"name": self.said[hit].get("name", "")}) for hit in hits[here] if self.said[hit].get("name")]
        named = np.array([bool(self.said[hit].get("name")) for hit in hits[here]], dtype=bool)
        return encoded(f"{name}{NAMES}", at[here][named], said, z, x, y)

    def _counted(self, name: str, hits: np.ndarray, z: int, x: int, y: int) -> bytes:
        """More areas than can be told apart: how many lie where, each counted where its name would be."""
        at = self.labels[hits]
        cells = counted(shapely.get_x(at), shapely.get_y(at), z, x, y)
        said: list[tuple[int, Mapping[str, Value]]] = [(0, {MANY: int(many)}) for many in cells.many]
        return encoded(name, shapely.points(cells.longitudes, cells.latitudes), said, z, x, y)

    @property
    def areal(self) -> bool:
        return bool(np.all(shapely.get_dimensions(self.shapes) == 2))

    @property
    def labels(self) -> np.ndarray:
        """Where each name is written: inside an area, in the middle of a line."""
        if self._labels is None:
            lines = shapely.get_dimensions(self.shapes) == 1
            middle = shapely.line_interpolate_point(np.where(lines, shapely.line_merge(self.shapes), None), 0.5, normalized=True)
            self._labels = np.where(lines & ~shapely.is_missing(middle), middle, shapely.point_on_surface(self.shapes))
        return self._labels

    def thinned(self, z: int) -> np.ndarray:
        """The shapes with the detail of a zoom, thinned once for all its tiles: a quarter of a pixel is not seen."""
        if z > THINNED_TO:
            return self.shapes
        if z not in self._thinned:
            step = 360 / 2**z / EXTENT * THINNED_UNITS
            self._thinned[z] = shapely.simplify(self.shapes, step, preserve_topology=True)
        return self._thinned[z]


_kept: dict[str, Kept] = {}
_tiles: OrderedDict[tuple[str, str, int, int, int], Tile] = OrderedDict()
_building = threading.Lock()


def tile_of_layer(source: Source, z: int, x: int, y: int) -> tuple[Tile, str]:
    """(the tile, which edition of the layer it is of)."""
    token = source.token()
    key = (source.name, token, z, x, y)
    held = _tiles.get(key)  # once: another thread may put it out between two looks
    if held is None:
        named = source.named_from is not None and z >= source.named_from
        made = kept(source, token).tile(source.name, z, x, y, named) if z >= source.from_zoom else b""
        held = _tiles[key] = as_tile(made)
        with _building:
            while len(_tiles) > KEPT_TILES:
                _tiles.popitem(last=False)
    return held, edition_of(token)


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def edition_of(token: str) -> str:
    """A token as it stands in addresses: what is asked for by its edition never changes."""
    return hash_of(token.encode())[:12]


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


def as_tile(content: bytes) -> Tile:
    return Tile(content, hash_of(content))


# --- the layers --------------------------------------------------------------------------------------------------------


def _key(code: str) -> int:
    """A code as the number of a feature; one that was signed for though it is none, by its sum."""
    return int(code) if code.isascii() and code.isdigit() else zlib.crc32(code.encode())


_DRAWN = Area.objects.filter(valid_to=None, wkb__isnull=False)


def _areas(level: Level) -> QuerySet[Area]:
    return _DRAWN.filter(level=level).order_by("code")


def _area_source(name: str, level: Level, from_zoom: int, named_from: int) -> Source:
    def token() -> str:
        return "-".join(map(str, _areas(level).order_by().aggregate(Count("pk"), Max("pk")).values()))

    def rows() -> Iterable[Row]:
        for code, words, wkb in _areas(level).values_list("code", "short_name", "wkb"):
            yield _key(code), wkb, {"code": code, "name": words}

    return Source(name, token, rows, from_zoom, named_from)


def _grid_source(name: str, kind: str, from_zoom: int, named_from: int) -> Source:
    def token() -> str:
        return "-".join(str(layer.token) for layer in newest_layers((kind,)))

    def rows() -> Iterable[Row]:
        for layer in newest_layers((kind,)):
            # By its code, not its row: what a new version leaves as it was is the same tile, byte for byte.
            for code, words, wkb in layer.grids.order_by("code").values_list("code", "name", "wkb"):
                yield _key(code), wkb, {"code": code, "name": words, "kind": kind}

    return Source(name, token, rows, from_zoom, named_from)


def _ground_source(name: str, model: type[Road] | type[Water], from_zoom: int = 0, named_from: int | None = None) -> Source:
    rows_of = model._default_manager.filter(wkb__isnull=False)

    def token() -> str:
        return "-".join(map(str, rows_of.aggregate(Count("pk"), Max("pk")).values()))

    def rows() -> Iterable[Row]:
        for pk, words, wkb in rows_of.order_by("pk").values_list("pk", "name", "wkb"):
            yield pk, wkb, {"name": words}

    return Source(name, token, rows, from_zoom, named_from)


_MANAGED = ManagedStreet.objects.filter(wkb__isnull=False, managed_to=None)


def _street_rows() -> Iterable[Row]:
    for pk, code, words, wkb in _MANAGED.order_by("pk").values_list("pk", "code", "name", "wkb"):
        yield pk, wkb, {"code": code, "name": words}


def _street_token() -> str:
    return "-".join(map(str, _MANAGED.order_by().aggregate(Count("pk"), Max("pk")).values()))


SOURCES = {
    source.name: source
    for source in (
        _ground_source("water", Water), _ground_source("roads", Road, 11, 14), _area_source("towns", Level.TOWN, 0, 8),
        _area_source("communities", Level.COMMUNITY, 10, 12), _grid_source("block", "block", 11, 14), _grid_source("strip", "strip", 13, 15),
        _grid_source("unit", "unit", 13, 15), Source("streets", _street_token, _street_rows, 13, 15),
    )
}  # fmt: skip


def editions(names: Collection[str] = ()) -> dict[str, str]:
    """Which edition of each of these layers is in force, all where none is named, as their tiles' addresses say it.

    Areas of both levels are asked for at once, and so are grids of the three kinds.
    """
    wanted = {name: source for name, source in SOURCES.items() if not names or name in names}
    told: dict[str, str] = {}
    if {"towns", "communities"} & wanted.keys():
        counted = {row["level"]: row for row in _DRAWN.values("level").annotate(many=Count("pk"), newest=Max("pk")).order_by()}
        for name, level in (("towns", Level.TOWN), ("communities", Level.COMMUNITY)):
            row = counted.get(level, {"many": 0, "newest": None})
            told[name] = f"{row['many']}-{row['newest']}"
    if {"block", "strip", "unit"} & wanted.keys():
        drawn = {layer.kind: str(layer.token) for layer in newest_layers(("block", "strip", "unit"))}
        told |= {kind: drawn.get(kind, "") for kind in ("block", "strip", "unit")}
    return {name: edition_of(told[name] if name in told else source.token()) for name, source in wanted.items()}
