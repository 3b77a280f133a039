"""Vector tiles, read back by a decoder of its own, written from the standard, and by GDAL."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.territory.rules.mvt import BUFFER, EXTENT, Feature, TileLayer, cut, encode, tile_bounds, tile_of, to_tile

Read = dict[str, list[dict[str, Any]]]


# --- a reader, independent of the writer -------------------------------------------------------------------------------


def varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        result |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return result, at


def fields(data: bytes) -> list[tuple[int, Any]]:
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            length, at = varint(data, at)
            value: Any = data[at : at + length]
            at += length
        elif tag & 7 == 1:
            value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
        else:
            value, at = varint(data, at)
        found.append((tag >> 3, value))
    return found


def numbers(data: bytes) -> list[int]:
    at, found = 0, []
    while at < len(data):
        value, at = varint(data, at)
        found.append(value)
    return found


def signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def rings_of(commands: list[int]) -> list[list[tuple[int, int]]]:
    x = y = i = 0
    found: list[list[tuple[int, int]]] = []
    while i < len(commands):
        command, count = commands[i] & 7, commands[i] >> 3
        i += 1
        if command == 7:
            assert count == 1
            found[-1].append(found[-1][0])
            continue
        for _ in range(count):
            x, y, i = x + signed(commands[i]), y + signed(commands[i + 1]), i + 2
            if command == 1:
                found.append([])
            found[-1].append((x, y))
    return found


def shape_of(kind: int, commands: list[int]) -> Any:
    parts = rings_of(commands)
    if kind == 1:
        return shapely.MultiPoint([part[0] for part in parts])
    if kind == 2:
        return shapely.MultiLineString(parts)
    polygons: list[tuple[Any, list[Any]]] = []
    for ring in parts:
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2
        assert area != 0
        if area > 0:
            polygons.append((ring, []))
        else:
            polygons[-1][1].append(ring)
    return shapely.MultiPolygon([shapely.Polygon(outer, holes) for outer, holes in polygons])


def value_of(data: bytes) -> Any:
    ((tag, value),) = fields(data)
    return {1: lambda v: v.decode(), 3: float, 6: signed, 7: bool}[tag](value)


def read(tile: bytes) -> Read:
    found: Read = {}
    for tag, layer in fields(tile):
        assert tag == 3
        parts = fields(layer)
        assert (15, 2) in parts and (5, EXTENT) in parts
        name = next(value.decode() for tag, value in parts if tag == 1)
        keys = [value.decode() for tag, value in parts if tag == 3]
        values = [value_of(value) for tag, value in parts if tag == 4]
        assert len(set(keys)) == len(keys)
        found[name] = []
        for feature in (dict(fields(value)) for tag, value in parts if tag == 2):
            tags = numbers(feature.get(2, b""))
            properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
            found[name].append({
                "id": feature.get(1, 0), "shape": shape_of(feature[3], numbers(feature[4])), "properties": properties,
            })  # fmt: skip
    return found


# --- what goes in comes out --------------------------------------------------------------------------------------------

units = st.integers(-BUFFER, EXTENT + BUFFER)
points = st.tuples(units, units)
lines = st.lists(points, min_size=2, max_size=12, unique=True).map(shapely.LineString)
multipoints = st.lists(points, min_size=1, max_size=6, unique=True).map(shapely.MultiPoint)
rectangles = st.tuples(points, st.integers(1, 800), st.integers(1, 800)).map(
    lambda one: shapely.box(*one[0], one[0][0] + one[1], one[0][1] + one[2])
)
areas = st.lists(rectangles, min_size=1, max_size=5).map(
    lambda parts: shapely.set_precision(shapely.union_all(parts[:-1] or parts).symmetric_difference(parts[-1]), 1.0)
).filter(lambda shape: shape.area > 0 and shape.geom_type in {"Polygon", "MultiPolygon"})  # fmt: skip
said = st.dictionaries(
    st.text(max_size=8),
    st.text(max_size=12)
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False),
    max_size=4,
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(multipoints | lines | areas, said, st.integers(0, 2**60)), min_size=1, max_size=6))
def test_what_is_written_is_read_back(given_: list[tuple[Any, dict[str, Any], int]]) -> None:
    tile = encode([TileLayer("层", [Feature(*one) for one in given_])])
    told = read(tile)["层"]
    assert len(told) == len(given_)
    for (shape, properties, number), one in zip(given_, told, strict=True):
        assert one["properties"] == properties and one["id"] == number
        assert {key: type(value) for key, value in one["properties"].items()} == {
            k: type(v) for k, v in properties.items()
        }
        assert one["shape"].equals(shape)


def test_true_and_one_are_two_values() -> None:
    tile = encode([TileLayer("a", [Feature(shapely.Point(1, 1), {"x": True, "y": 1, "z": 1.0})])])
    assert [repr(value) for value in read(tile)["a"][0]["properties"].values()] == ["True", "1", "1.0"]


def test_a_layer_of_nothing_is_left_out() -> None:
    assert encode([TileLayer("a", []), TileLayer("b", [Feature(shapely.Point())])]) == b""


coordinates = st.tuples(st.floats(113.0, 113.8), st.floats(22.1, 22.9))


@settings(max_examples=100, deadline=None)
@given(coordinates, st.integers(0, 18))
def test_a_tile_s_bounds_hold_its_points_and_projecting_puts_them_inside(at: tuple[float, float], z: int) -> None:
    x, y = tile_of(*at, z)
    west, south, east, north = tile_bounds(z, x, y, buffer=0)
    assert west <= at[0] <= east and south - 1e-9 <= at[1] <= north + 1e-9
    moved = to_tile(np.array([shapely.Point(*at)], dtype=object), z, x, y)[0]
    assert -1e-6 <= moved.x <= EXTENT + 1e-6 and -1e-6 <= moved.y <= EXTENT + 1e-6


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000)), min_size=3, max_size=9, unique=True))
def test_what_is_cut_is_valid_on_whole_numbers_and_within_the_margin(corners: list[tuple[float, float]]) -> None:
    shape = shapely.convex_hull(shapely.MultiPoint(corners))
    (found,) = cut(np.array([shape], dtype=object))
    assert found.is_valid
    xy = shapely.get_coordinates(found)
    assert np.array_equal(xy, np.round(xy))
    assert ((xy >= -BUFFER) & (xy <= EXTENT + BUFFER)).all()


def test_gdal_reads_the_tile(tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    if "MVT" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no MVT driver")
    square = shapely.box(100, 100, 900, 900) - shapely.box(300, 300, 500, 500)
    folder = tmp_path / "0" / "0"
    folder.mkdir(parents=True)
    (folder / "0.pbf").write_bytes(
        encode(
            [
                TileLayer(
                    "grids",
                    [
                        Feature(square, {"code": "442000001001001", "n": 3}),
                        Feature(shapely.box(0, 0, 9, 9), {"code": "x"}),
                    ],
                )
            ]
        )
    )
    meta, _fids, shapes, values = pyogrio.raw.read(folder / "0.pbf", layer="grids")
    assert list(meta["fields"][:2]) == ["code", "n"] or set(meta["fields"]) >= {"code", "n"}
    told = dict(zip(meta["fields"], values, strict=True))
    assert list(told["code"]) == ["442000001001001", "x"]
    found = shapely.from_wkb(shapes[0])
    assert len(found.geoms[0].interiors if found.geom_type == "MultiPolygon" else found.interiors) == 1
