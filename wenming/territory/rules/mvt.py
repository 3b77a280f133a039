"""Mapbox Vector Tiles 2.1: our own small encoder, and how a tile is cut from shapes in degrees. Policy: 7.6.

Pure. A tile is a protocol buffer: layers with features; geometry as commands with zigzag steps on a grid of 4096; keys and
values said once per layer. Nothing that is not written here is in a tile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import asinh, atan, degrees, pi, radians, sinh, tan

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

EXTENT = 4096
# So many units beyond its edge a tile shows, lest borders break where tiles meet.
BUFFER = 64
MOVE_TO, LINE_TO, CLOSE = 1, 2, 7
POINT, LINE, POLYGON = 1, 2, 3
Value = str | int | float | bool


@dataclass(frozen=True)
class Feature:
    """A shape in tile units (y down, 0…4096), whole numbers; what is told of it."""

    geometry: BaseGeometry
    properties: Mapping[str, Value] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True)
class TileLayer:
    name: str
    features: Sequence[Feature]


# --- where a tile is ---------------------------------------------------------------------------------------------------


def tile_bounds(z: int, x: int, y: int, buffer: int = BUFFER) -> tuple[float, float, float, float]:
    """west, south, east, north in degrees of a tile with its margin. Web Mercator; CGCS2000 is taken as WGS-84."""
    edge = buffer / EXTENT
    west, east = (_longitude(each, z) for each in (x - edge, x + 1 + edge))
    north, south = (_latitude(each, z) for each in (y - edge, y + 1 + edge))
    return west, south, east, north


def to_tile(shapes: np.ndarray, z: int, x: int, y: int) -> np.ndarray:
    """Shapes in degrees as shapes in the tile's units, not yet rounded."""
    across = 2**z

    def project(points: np.ndarray) -> np.ndarray:
        east = (points[:, 0] + 180) / 360 * across - x
        south = (1 - np.arcsinh(np.tan(np.radians(points[:, 1]))) / pi) / 2 * across - y
        return np.column_stack((east, south)) * EXTENT

    moved: np.ndarray = shapely.transform(shapes, project)
    return moved


def cut(shapes: np.ndarray, simplify: float = 4.0) -> np.ndarray:
    """Shapes in tile units, thinned, cut off at the margin and on whole numbers; empty where nothing is left.

    simplify: in tile units; sixteen are a pixel of a screen. Rounding keeps polygons valid.
    """
    low, high = -BUFFER, EXTENT + BUFFER
    kinds = shapely.get_dimensions(shapes)
    thinned = np.where(kinds > 0, shapely.simplify(shapes, simplify, preserve_topology=True), shapes)
    clipped = shapely.clip_by_rect(thinned, low, low, high, high)
    inside = (shapely.get_x(shapes) >= low) & (shapely.get_x(shapes) <= high) & (shapely.get_y(shapes) >= low)
    points = np.where(inside & (shapely.get_y(shapes) <= high), shapes, shapely.Point())
    rounded: np.ndarray = shapely.set_precision(np.where(kinds > 0, clipped, points), 1.0)
    return rounded


def _longitude(x: float, z: int) -> float:
    return x / 2**z * 360 - 180


def _latitude(y: float, z: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / 2**z))))


def tile_of(longitude: float, latitude: float, z: int) -> tuple[int, int]:
    """The tile that a point in degrees lies in."""
    across = 2**z
    y = (1 - asinh(tan(radians(latitude))) / pi) / 2 * across
    return int((longitude + 180) / 360 * across), int(y)


# --- the tile as bytes -------------------------------------------------------------------------------------------------


def encode(layers: Iterable[TileLayer]) -> bytes:
    """The tile. A layer without a feature is left out, as the standard asks."""
    return b"".join(_message(3, body) for layer in layers if (body := _layer(layer)))


def _layer(layer: TileLayer) -> bytes:
    keys: dict[str, int] = {}
    values: dict[tuple[type, Value], int] = {}
    features = b"".join(
        _message(2, _feature(one, geometry, keys, values))
        for one in layer.features
        if (geometry := _geometry(one.geometry))
    )
    if not features:
        return b""
    named = b"".join(_message(3, key.encode()) for key in keys)
    said = b"".join(_message(4, _value(value)) for _kind, value in values)
    return _number(15, 2) + _message(1, layer.name.encode()) + features + named + said + _number(5, EXTENT)


def _feature(
    one: Feature, geometry: tuple[int, list[int]], keys: dict[str, int], values: dict[tuple[type, Value], int]
) -> bytes:
    tags = []
    for key, value in one.properties.items():
        # True is 1 to a dictionary, and they are different values.
        tags += [keys.setdefault(key, len(keys)), values.setdefault((type(value), value), len(values))]
    kind, commands = geometry
    identity = _number(1, one.id) if one.id else b""
    return identity + _message(2, _packed(tags)) + _number(3, kind) + _message(4, _packed(commands))


def _geometry(shape: BaseGeometry) -> tuple[int, list[int]] | None:
    """(kind, commands) of a shape of one dimension; None for nothing, and for what holds too few points."""
    parts = [part for part in shapely.get_parts(shape) if not part.is_empty]
    if not parts:
        return None
    dimension = max(int(shapely.get_dimensions(part)) for part in parts)
    parts = [part for part in parts if shapely.get_dimensions(part) == dimension]
    pen = _Pen()
    if dimension == 0:
        pen.points([_whole(part)[0] for part in parts])
        return POINT, pen.commands
    if dimension == 1:
        for part in parts:
            pen.path(_whole(part), closed=False)
        return (LINE, pen.commands) if pen.commands else None
    for part in parts:
        pen.polygon(part)
    return (POLYGON, pen.commands) if pen.commands else None


class _Pen:
    """Draws with steps from where it stands."""

    def __init__(self) -> None:
        self.commands: list[int] = []
        self.x = self.y = 0

    def points(self, points: Sequence[tuple[int, int]]) -> None:
        self.commands.append(MOVE_TO | len(points) << 3)
        for point in points:
            self._step(*point)

    def path(self, points: Sequence[tuple[int, int]], *, closed: bool) -> None:
        drawn = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
        if len(drawn) < (3 if closed else 2):
            return
        self.commands.append(MOVE_TO | 1 << 3)
        self._step(*drawn[0])
        self.commands.append(LINE_TO | (len(drawn) - 1) << 3)
        for point in drawn[1:]:
            self._step(*point)
        if closed:
            self.commands.append(CLOSE | 1 << 3)

    def polygon(self, shape: BaseGeometry) -> None:
        # By the standard an outer ring has a positive area in tile units, a hole a negative one.
        turned = shapely.geometry.polygon.orient(shape, sign=1.0)
        for ring in (turned.exterior, *turned.interiors):
            self.path(_whole(ring)[:-1], closed=True)

    def _step(self, x: int, y: int) -> None:
        self.commands += [zigzag(x - self.x), zigzag(y - self.y)]
        self.x, self.y = x, y


def zigzag(number: int) -> int:
    """0, -1, 1, -2 … as 0, 1, 2, 3 …: small numbers of either sign stay short."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def _whole(shape: BaseGeometry) -> list[tuple[int, int]]:
    return [(round(x), round(y)) for x, y in shapely.get_coordinates(shape)]


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return _number(7, int(value))
    if isinstance(value, int):
        return _number(6, zigzag(value))
    if isinstance(value, float):
        return bytes([3 << 3 | 1]) + np.float64(value).tobytes()
    return _message(1, value.encode())


def _message(tag: int, body: bytes) -> bytes:
    return b"".join(_varint(tag << 3 | 2)) + b"".join(_varint(len(body))) + body


def _number(tag: int, value: int) -> bytes:
    return b"".join(_varint(tag << 3)) + b"".join(_varint(value))


def _packed(numbers: Iterable[int]) -> bytes:
    return b"".join(byte for number in numbers for byte in _varint(number))


def _varint(number: int) -> Iterator[bytes]:
    while number > 0x7F:
        yield bytes([number & 0x7F | 0x80])
        number >>= 7
    yield bytes([number])
