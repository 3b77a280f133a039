"""The demo city's territory: real names and codes, made-up borders, roads and places (演示数据)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from django.db import transaction
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

from ..models import Area, GridKind, Landmark, Level, Road, Shape, Succession, Water
from ..rules.geometry import label_point
from ..rules.precedence import next_code
from ..services import NewCell, publish_layer
from .overlays import draw_strips, draw_units
from .partition import Partition, TownPlan, draw_partition
from .streets import DrawnPlace, DrawnRoad, draw_main_roads, draw_places, draw_streets, draw_water

HERE = Path(__file__).parent
NOTE = "演示数据：边界、道路和地点都是合成的，不是测绘成果"
S = TypeVar("S", bound=Shape)
TOWNS_WITH_OVERLAYS = ("442000001", "442000002")
COMPOUNDS = ("综合市场", "小学")
CODE_CHANGE = "统计用区划代码变更"
LEVELS = {6: Level.CITY, 9: Level.TOWN, 12: Level.COMMUNITY}


def build_geography(seed: int, now: datetime) -> None:
    """Fill an empty territory with the demo city; the same seed draws the same map.

    Names and codes are facts of the statistical lists (see the CSV's README); everything with coordinates is drawn.
    """
    if Area.objects.exists():
        raise RuntimeError("the territory is not empty")
    rng = np.random.default_rng(seed)
    with transaction.atomic():
        current = load_areas()
        partition = draw_partition(_plans(current), rng)
        _draw_areas(current, partition)
        _draw_base_map(current, partition, rng)
    cells = list(_grids(current, partition))
    publish_layer(kind=GridKind.BLOCK, cells=cells, by=None, now=now, note=NOTE, synthetic=True)
    _publish_overlays(current, partition, now)


def load_areas() -> dict[str, Area]:
    """Write every area of the list, past and present, and the ways between them; returns today's by code."""
    rows = _rows("zhongshan_areas.csv")
    current: dict[str, Area] = {}
    for level in (Level.CITY, Level.TOWN, Level.COMMUNITY):
        own = [row for row in rows if LEVELS[len(row["code"])] == level]
        areas = Area.objects.bulk_create([_area(row, current.get(row["parent"])) for row in own])
        current |= {area.code: area for area in areas if area.valid_to is None}
        Succession.objects.bulk_create(
            Succession(
                from_area=area, to_area=current[row["succeeded_by"]], on=area.valid_to, note="统计用区划代码变更"
            )
            for row, area in zip(own, areas, strict=True)
            if row["succeeded_by"] and area.valid_to
        )
    return current


def short_name(name: str) -> str:
    """「桂园社区居民委员会」→「桂园社区」；「龙石村民委员会」→「龙石村」；「石岐区街道办事处」→「石岐区」。"""
    for ending in ("居民委员会", "街道办事处"):
        name = name.removesuffix(ending)
    return name.removesuffix("民委员会") if name.endswith("村民委员会") else name


def _kind(name: str) -> str:
    endings = {"市": "市", "街道": "街道", "街道办事处": "街道", "镇": "镇", "居民委员会": "社区", "村民委员会": "村"}
    return next(kind for ending, kind in endings.items() if name.endswith(ending))


def _area(row: dict[str, str], parent: Area | None) -> Area:
    return Area(
        code=row["code"],
        level=LEVELS[len(row["code"])],
        name=row["name"],
        short_name=short_name(row["name"]),
        kind=_kind(row["name"]),
        parent=parent,
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )


def _plans(current: dict[str, Area]) -> list[TownPlan]:
    communities: dict[str, list[str]] = {}
    for area in current.values():
        if area.level == Level.COMMUNITY:
            communities.setdefault(area.code[:9], []).append(area.code)
    return [
        TownPlan(
            row["code"],
            float(row["longitude"]),
            float(row["latitude"]),
            float(row["area_km2"]),
            tuple(communities[row["code"]]),
        )
        for row in _rows("town_places.csv")
    ]


def _draw_areas(current: dict[str, Area], partition: Partition) -> None:
    shapes = {**partition.communities, **partition.towns}
    for code, area in current.items():
        shape = shapes.get(code, partition.city)
        area.set_geometry(shape)
        area.label_lon, area.label_lat = label_point(shape)
    fields = ["wkb", "min_lon", "min_lat", "max_lon", "max_lat", "label_lon", "label_lat"]
    Area.objects.bulk_update(current.values(), fields, batch_size=100)


def _draw_base_map(current: dict[str, Area], partition: Partition, rng: Generator) -> None:
    roads = draw_main_roads(partition, rng)
    places: list[DrawnPlace] = []
    short_names = {code: area.short_name for code, area in current.items()}
    for town in partition.towns:
        streets = draw_streets(partition, town, [code for code in partition.communities if code[:9] == town], rng)
        places += draw_places(partition, short_names, town, streets, rng)
        roads += [street for own in streets.values() for street in own]
    Road.objects.bulk_create(_road(road, current) for road in roads)
    Water.objects.bulk_create(_shaped(Water(name=name), shape) for name, shape in draw_water(partition, rng))
    Landmark.objects.bulk_create(_landmark(place, current) for place in places)


def _road(road: DrawnRoad, current: dict[str, Area]) -> Road:
    rank = Road.Rank.MAIN if road.is_main else Road.Rank.STREET
    return _shaped(Road(name=road.name, rank=rank, town=current[road.town]), road.line)


def _landmark(place: DrawnPlace, current: dict[str, Area]) -> Landmark:
    return Landmark(
        name=place.name,
        kind=place.kind,
        road=place.road,
        number=place.number,
        longitude=place.longitude,
        latitude=place.latitude,
        town=current[place.town],
    )


def _shaped(thing: S, shape: BaseGeometry) -> S:
    thing.set_geometry(shape)
    return thing


def _grids(current: dict[str, Area], partition: Partition) -> Iterable[NewCell]:
    for code, cells in partition.grids.items():
        community = current[code]
        for serial, cell in enumerate(cells, start=1):
            yield NewCell(f"{code}{serial:03d}", f"{community.short_name}第 {serial} 网格", community, cell)


def _publish_overlays(current: dict[str, Area], partition: Partition, now: datetime) -> None:
    """Strips along the main roads of two towns, units around markets and schools there (条形、单位型)."""
    wanted = [code for code in partition.communities if code[:9] in TOWNS_WITH_OVERLAYS]
    communities = [(code, partition.communities[code]) for code in wanted]
    main = Road.objects.filter(rank=Road.Rank.MAIN, town__code__in=TOWNS_WITH_OVERLAYS).order_by("pk")
    roads = [(road.name, road.geometry) for road in main if road.geometry is not None]
    strips = list(_numbered(current, draw_strips(roads, communities), GridKind.STRIP))
    publish_layer(kind=GridKind.STRIP, cells=strips, by=None, now=now, note=NOTE, synthetic=True)
    places = Landmark.objects.filter(town__code__in=TOWNS_WITH_OVERLAYS, kind__in=COMPOUNDS).order_by("pk")
    at = places.values_list("name", "longitude", "latitude")
    taken = shapely.union_all([cell.geometry for cell in strips])
    units = list(_numbered(current, draw_units(list(at), communities, taken), GridKind.UNIT))
    publish_layer(kind=GridKind.UNIT, cells=units, by=None, now=now, note=NOTE, synthetic=True)


def _numbered(
    current: dict[str, Area], drawn: Iterable[tuple[str, str, BaseGeometry]], kind: str
) -> Iterable[NewCell]:
    taken: set[str] = set()
    for community, name, shape in drawn:
        code = next_code(community, kind, taken)
        taken.add(code)
        title = f"{name}{current[community].short_name}段" if kind == GridKind.STRIP else name
        yield NewCell(code, title, current[community], shape)


def _rows(name: str) -> list[dict[str, Any]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
