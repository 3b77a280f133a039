"""Tiles of what there are very many of: nothing vanishes without a word, whatever the zoom (7.6)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenming.territory import point_tiles, tiles
from wenming.territory.models import Component, Place, Placement, Source
from wenming.territory.point_tiles import Things, component_tile, tile_of_things
from wenming.territory.public_places.selectors import public_places
from wenming.territory.rules.counted import CELLS, counted
from wenming.territory.rules.mvt import EXTENT, tile_bounds, tile_of
from wenming.territory.tests.test_rules_mvt import read
from wenming.territory.tiles import Kept

LON, LAT = 113.38, 22.52
FEW = 30


@pytest.fixture
def crowded(db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    """150 places and as many components around one spot, and one of each far out; more than thirty to a tile are counted."""
    monkeypatch.setattr(point_tiles, "MOST_POINTS", FEW)
    rng, now, day = np.random.default_rng(3), timezone.now(), date(2026, 3, 1)
    points = [*rng.normal((LON, LAT), 0.004, (150, 2)).tolist(), [LON + 0.2, LAT + 0.1]]
    placed = [Placement.objects.create(longitude=lon, latitude=lat, source=Source.MAP, created_at=now) for lon, lat in points]
    for n, one in enumerate(placed):
        Place.objects.create(
            number=f"11-{n:06d}", short_code=f"code{n}", kind="market", name=f"第{n}市场", placement=one, valid_from=day, changed_at=now
        )
        Component.objects.create(
            code=f"4420000101{n:06d}", kind_code="TEST:C0101", placement=one, valid_from=day, changed_at=now,
            min_lon=one.longitude, max_lon=one.longitude, min_lat=one.latitude, max_lat=one.latitude,
        )  # fmt: skip
    return len(placed)


def places(z: int, x: int, y: int) -> bytes:
    return tile_of_things(Things("places", public_places(), ("number", "name")), z, x, y)


def components(z: int, x: int, y: int) -> bytes:
    return component_tile(z, x, y).content


def around(z: int) -> list[tuple[int, int]]:
    """The tiles of a zoom in which any of them lie."""
    west, north = tile_of(LON - 0.05, LAT + 0.15, z)
    east, south = tile_of(LON + 0.25, LAT - 0.05, z)
    return [(x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


def _in_its_tile(shape: Any) -> bool:
    """Not on the margin, where a thing is drawn that lies in the next tile."""
    at = shape.centroid
    return bool(0 <= at.x < EXTENT and 0 <= at.y < EXTENT)


@pytest.mark.parametrize(("layer", "made", "key"), [("places", places, "number"), ("components", components, "code")])
@pytest.mark.parametrize("z", [6, 9, 11, 12, 13])
def test_the_numbers_and_the_things_of_a_zoom_are_all_there_are(crowded: int, layer: str, made: Any, key: str, z: int) -> None:
    told = [one for x, y in around(z) for one in read(made(z, x, y)).get(layer, []) if _in_its_tile(one["shape"])]
    many = sum(one["properties"].get("many", 0) for one in told)
    assert many + sum(key in one["properties"] for one in told) == crowded
    assert many > FEW


def test_near_by_every_thing_is_there_by_its_number(crowded: int) -> None:
    found = {one["properties"]["number"] for x, y in around(17) for one in read(places(17, x, y)).get("places", [])}
    assert len(found) == crowded


def test_what_stands_alone_is_shown_as_itself_among_numbers(crowded: int) -> None:
    told = read(places(8, *tile_of(LON, LAT, 8)))["places"]
    assert [one["properties"].get("number") for one in told if "many" not in one["properties"]] == ["11-000150"]
    assert sum(one["properties"].get("many", 0) for one in told) == 150


def test_the_same_things_give_the_same_bytes(crowded: int) -> None:
    at = tile_of(LON, LAT, 10)
    assert places(10, *at) == places(10, *at)


def test_a_number_stands_where_its_things_lie(crowded: int) -> None:
    z = 8
    x, y = tile_of(LON, LAT, z)
    west, _south, east, _north = tile_bounds(z, x, y, buffer=0)
    told = [one for one in read(places(z, x, y))["places"] if "many" in one["properties"]]
    assert told and all(abs(one["shape"].centroid.x / EXTENT * (east - west) + west - LON) < 0.012 for one in told)


def test_areas_too_many_to_be_told_apart_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_AREAS", 5)
    squares = [(n, shapely.to_wkb(shapely.box(LON + n / 1000, LAT, LON + (n + 1) / 1000, LAT + 0.001)), {"name": str(n)}) for n in range(40)]
    at = tile_of(LON, LAT, 9)
    told = read(Kept("", squares).tile("block", 9, *at))["block"]
    assert sum(one["properties"]["many"] for one in told) == 40
    monkeypatch.setattr(tiles, "MOST_AREAS", 5_000)
    assert len(read(Kept("", squares).tile("block", 9, *at))["block"]) == 40


def test_lines_are_drawn_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_AREAS", 5)
    roads = [(n + 1, shapely.to_wkb(shapely.LineString([(LON, LAT + n / 1000), (LON + 0.2, LAT + n / 1000)])), {"name": str(n)}) for n in range(20)]
    assert len(read(Kept("", roads).tile("roads", 9, *tile_of(LON, LAT, 9)))["roads"]) == 20


degrees = st.tuples(st.floats(112.5, 113.9), st.floats(22.0, 23.0))


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(degrees, min_size=1, max_size=60))
def test_every_point_is_in_one_cell_of_one_tile(points: list[tuple[float, float]]) -> None:
    z = 10
    lon, lat = np.array(points).T
    west, north = tile_of(112.5, 23.0, z)
    east, south = tile_of(113.9, 22.0, z)
    cells = [counted(lon, lat, z, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
    assert sum(int(one.many.sum()) for one in cells) == len(points)
    assert all(len(one.many) <= CELLS**2 for one in cells)
    alone = Counter(int(first) for one in cells for first, many in zip(one.first, one.many, strict=True) if many == 1)
    assert set(alone.values()) <= {1}
