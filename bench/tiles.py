"""Tiles of the map in a city with a hundred thousand places and as many components, beside the bare encoding of the same features.

Seconds are the processor's, whoever else is at work on the machine; what was waited for stands beside them. No tile is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.utils import timezone

from wenming.territory import tiles
from wenming.territory.models import Component, Place, Placement
from wenming.territory.models import Source as From
from wenming.territory.point_tiles import Things, component_tile, tile_of_things
from wenming.territory.public_places.selectors import public_places
from wenming.territory.rules.mvt import encode, tile_of
from wenming.territory.selectors import towns

from .figures import Goal, duration, interval, tell
from .inside import Effort
from .paired import pairs_of, percentile

FAR, NEAR = (8, 9, 10, 11, 12, 13), (14, 15, 16, 17)
# Degrees around a town's middle in which its things lie: thick in the middle, as in a town.
TOWN = 0.012
PLACES = ("number", "name", "condition")
P95_MS = Goal(300, " ms")
Make = Callable[[int, int, int], bytes]


@dataclass(frozen=True)
class Asked:
    """What one tile took: seconds of the processor, of the clock, of encoding alone; its size in bytes."""

    processor: float
    wall: float
    bare: float
    size: int


def measure(effort: Effort) -> None:
    rng = np.random.default_rng(7)
    points = _fill(2_000 if effort.quick else 100_000, rng)
    how_many = 20 if effort.quick else 200
    layer = tiles.kept(tiles.SOURCES["block"], tiles.SOURCES["block"].token())
    grids = shapely.get_coordinates(shapely.centroid(layer.shapes))
    _tell("grids", points=grids, zooms=(11, 12, 14, 16), how_many=how_many, rng=rng, make=lambda z, x, y: layer.tile("block", z, x, y, named=z >= 14))
    for name, zooms in (("from afar", FAR), ("near by", NEAR)):
        _tell(f"places, {name}", points=points, zooms=zooms, how_many=how_many, rng=rng, make=_places)
        _tell(f"components, {name}", points=points, zooms=zooms, how_many=how_many, rng=rng, make=lambda *at: component_tile(*at).content)


def _places(z: int, x: int, y: int) -> bytes:
    return tile_of_things(Things("places", public_places(), PLACES), z, x, y)


def _tell(name: str, *, points: np.ndarray, zooms: tuple[int, ...], how_many: int, rng: Any, make: Make) -> None:
    """Tiles where the things are, each zoom as often."""
    asked = []
    for number, (lon, lat) in enumerate(rng.choice(points, how_many)):
        z = zooms[number % len(zooms)]
        asked.append(_asked(make, z, *tile_of(lon, lat, z)))
    slow = percentile([one.processor for one in asked], 0.95)
    middle, wall = percentile([one.processor for one in asked], 0.5), percentile([one.wall for one in asked], 0.95)
    size = percentile([one.size for one in asked], 0.95)
    beside = pairs_of([one.processor for one in asked], [max(one.bare, 1e-6) for one in asked])
    tell(
        f"tile of {name} (zoom {zooms[0]}–{zooms[-1]}), p95",
        f"{duration(slow)}, waited {duration(wall)}, median {duration(middle)}, size p95 {size / 1000:,.1f} kB",
        f"bare encoding p95 {duration(percentile([one.bare for one in asked], 0.95))}", interval(beside.ratio), P95_MS, 1000 * slow,
    )  # fmt: skip


def _asked(make: Make, z: int, x: int, y: int) -> Asked:
    with _caught() as layers:
        wall, processor = time.perf_counter(), time.process_time()
        content = make(z, x, y)
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
    began = time.process_time()
    encode(layers)
    return Asked(processor, wall, time.process_time() - began, len(content))


@contextmanager
def _caught() -> Iterator[list[Any]]:
    """What a tile gives to be encoded."""
    layers: list[Any] = []

    def listening(given: list[Any]) -> bytes:
        layers.extend(given)
        return encode(given)

    tiles.encode = listening
    try:
        yield layers
    finally:
        tiles.encode = encode


def _fill(many: int, rng: Any) -> np.ndarray:
    """So many places and components over all towns, without their journal: what a tile reads."""
    middles = np.array(list(towns().exclude(label_lon=None).order_by("code").values_list("label_lon", "label_lat")))
    points = middles[rng.integers(0, len(middles), many)] + rng.normal(0, TOWN, (many, 2))
    now, day = timezone.now(), date(2026, 3, 1)
    placed = Placement.objects.bulk_create(
        [Placement(longitude=lon, latitude=lat, source=From.MAP, created_at=now) for lon, lat in points.tolist()], batch_size=5_000
    )
    Place.objects.bulk_create([
        Place(
            number=f"99-{n:06d}", short_code=f"bench{n:06d}", kind="market", name=f"第{n}处", placement=one, valid_from=day, changed_at=now,
            standing="open", condition="good",
        )
        for n, one in enumerate(placed)
    ], batch_size=2_000)  # fmt: skip
    Component.objects.bulk_create([
        Component(
            code=f"9900000101{n:06d}", kind_code="TEST:C0101", placement=one, valid_from=day, changed_at=now,
            min_lon=one.longitude, max_lon=one.longitude, min_lat=one.latitude, max_lat=one.latitude,
        )
        for n, one in enumerate(placed)
    ], batch_size=2_000)  # fmt: skip
    return points
