"""Roads, water and places for the made-up map. Pure; drawn in degrees, measured in kilometres.

Every name is put together from auspicious syllables (no persons, no real places meant).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

from .partition import KM_PER_DEGREE, Partition, to_degrees, to_km

FIRST = "兴康安宁和泰丰富华景翠德福永长新"
SECOND = "业盛乐平顺达源祥荣朗辉裕桥园湾岗"
STREET_KINDS = ("路", "街", "巷")
COMMUNITY_PLACES = ("综合市场", "花园", "小学", "街心公园", "卫生站", "便民服务站", "商业街", "公交总站")
TOWN_PLACES = ("文化广场", "综合公园")
KM2 = KM_PER_DEGREE[0] * KM_PER_DEGREE[1]


@dataclass(frozen=True)
class DrawnRoad:
    name: str
    is_main: bool
    town: str
    line: BaseGeometry


@dataclass(frozen=True)
class DrawnPlace:
    name: str
    kind: str
    road: str
    number: int
    longitude: float
    latitude: float
    town: str


def road_names(rng: Generator) -> Iterator[str]:
    """Endless names without kind (「兴业」「康盛」), each pair once before any comes again."""
    pairs = [a + b for a in FIRST for b in SECOND]
    while True:
        yield from (pairs[i] for i in rng.permutation(len(pairs)))


def draw_main_roads(partition: Partition, rng: Generator) -> list[DrawnRoad]:
    """One winding road between the middles of every two neighbouring towns."""
    codes = list(partition.towns)
    middles = {code: _middle(partition.towns[code]) for code in codes}
    tree = shapely.STRtree([partition.towns[code] for code in codes])
    pairs = tree.query([partition.towns[code] for code in codes], predicate="touches").T
    names = road_names(rng)
    return [
        DrawnRoad(f"{next(names)}大道", True, codes[a], _winding(middles[codes[a]], middles[codes[b]], rng))
        for a, b in pairs
        if a < b
    ]


def draw_streets(
    partition: Partition, town: str, communities: Sequence[str], rng: Generator
) -> dict[str, list[DrawnRoad]]:
    """A town's streets by community: a tree of roads that joins the communities, and a few short streets in each."""
    names = road_names(rng)
    middles = np.array([_middle(partition.communities[code]) for code in communities])
    streets: dict[str, list[DrawnRoad]] = {code: [] for code in communities}
    for a, b in _joining(middles):
        street = DrawnRoad(f"{next(names)}路", False, town, _winding(middles[a], middles[b], rng))
        streets[communities[b]].append(street)
    for code, middle in zip(communities, middles, strict=True):
        lines = _block(partition.communities[code], middle, rng)
        streets[code] += [
            DrawnRoad(next(names) + STREET_KINDS[i % 3], False, town, line) for i, line in enumerate(lines)
        ]
    return streets


def draw_water(partition: Partition, rng: Generator) -> list[tuple[str, BaseGeometry]]:
    """One river from the north-west to the south-east, creeks that run into it, and three lakes."""
    west, south, east, north = to_km(np.array(partition.city.bounds).reshape(2, 2)).ravel()
    river = _course((west, north), (east, south), 0.09, rng)
    water = [("安澜河", _ribbon(river, 0.16))]
    for name, at in (("东丰涌", 0.3), ("平沙涌", 0.45), ("长堤涌", 0.6), ("福隆涌", 0.72)):
        mouth = np.array(river.interpolate(at, normalized=True).coords[0])
        source = mouth + rng.uniform(8, 16) * np.array([np.cos(angle := rng.uniform(0, 2 * pi)), np.sin(angle)])
        water.append((name, _ribbon(_course(source, mouth, 0.06, rng), 0.04)))
    for name, code in zip(("翠湖", "映月湖", "金钟湖"), rng.permutation(list(partition.communities))[:3], strict=True):
        lake = shapely.Point(to_km(np.array([_middle(partition.communities[code])]))[0] + 0.4)
        water.append((name, _in_degrees(lake.buffer(0.28))))
    clipped = [(name, shape.intersection(partition.city)) for name, shape in water]
    return [(name, shape) for name, shape in clipped if not shape.is_empty]


def draw_places(
    partition: Partition,
    short_names: Mapping[str, str],
    town: str,
    streets: Mapping[str, list[DrawnRoad]],
    rng: Generator,
) -> list[DrawnPlace]:
    """Two named places in each community and two for the whole town, each at a number on one of the streets."""
    places = []
    for code, own in streets.items():
        for kind in rng.choice(COMMUNITY_PLACES, size=2, replace=False):
            places.append(_place(f"{short_names[code]}{kind}", str(kind), own, partition.communities[code], rng))
    first = next(iter(streets))
    for kind in TOWN_PLACES:
        places.append(_place(f"{short_names[town]}{kind}", kind, streets[first], partition.communities[first], rng))
    return places


def _place(name: str, kind: str, streets: Sequence[DrawnRoad], within: BaseGeometry, rng: Generator) -> DrawnPlace:
    """Numbers count every five metres from the street's beginning, odd on one side and even on the other."""
    for _ in range(20):
        street = streets[int(rng.integers(len(streets)))]
        share = rng.uniform(0.1, 0.9)
        point = street.line.interpolate(share, normalized=True)
        if within.covers(point):
            break
    metres = share * street.line.length * sqrt(KM2) * 1000
    number = int(metres / 10) * 2 + int(rng.integers(1, 3))
    return DrawnPlace(name, kind, street.name, number, round(point.x, 7), round(point.y, 7), street.town)


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    point = shape.centroid if shape.covers(shape.centroid) else shape.representative_point()
    return point.x, point.y


def _joining(points: np.ndarray) -> list[tuple[int, int]]:
    """The shortest tree that joins all points (Prim): pairs (already joined, newly joined)."""
    plane = to_km(points)
    distance = ((plane[:, None, :] - plane[None, :, :]) ** 2).sum(axis=2)
    joined, pairs = [0], []
    while len(joined) < len(points):
        rest = np.setdiff1d(np.arange(len(points)), joined)
        near = np.unravel_index(np.argmin(distance[np.ix_(np.array(joined), rest)]), (len(joined), len(rest)))
        pairs.append((joined[int(near[0])], int(rest[near[1]])))
        joined.append(int(rest[near[1]]))
    return pairs


def _winding(start: Sequence[float], end: Sequence[float], rng: Generator) -> BaseGeometry:
    plane = to_km(np.array([start, end]))
    return _in_degrees(_course(plane[0], plane[1], 0.05, rng))


def _course(start: Any, end: Any, sway: float, rng: Generator) -> BaseGeometry:
    """A line on the plane that wanders to both sides by about `sway` of its length and meets both ends."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    t = np.linspace(0, 1, 25)
    waves = sum(rng.normal(0, sway / k) * np.sin(pi * k * t) for k in (1, 2, 3, 5))
    across = (b - a)[::-1] * (-1, 1)
    return shapely.LineString(a + t[:, None] * (b - a) + np.asarray(waves)[:, None] * across)


def _block(shape: BaseGeometry, middle: np.ndarray, rng: Generator) -> list[BaseGeometry]:
    """Two streets one way and two across, around a community's middle, cut at its border."""
    half = min(0.45, 0.28 * sqrt(shape.area * KM2))
    angle = rng.uniform(0, pi / 2)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    centre = to_km(np.array([middle]))[0]
    lines = []
    for one, other in ((along, across), (across, along)):
        for side in (-0.4, 0.45):
            offset = centre + other * half * (side + rng.uniform(-0.1, 0.1))
            line = _in_degrees(shapely.LineString([offset - one * half, offset + one * half])).intersection(shape)
            parts = [part for part in shapely.get_parts(line) if part.geom_type == "LineString"]
            lines += [max(parts, key=lambda part: part.length)] if parts else []
    return lines


def _ribbon(line: BaseGeometry, half_width_km: float) -> BaseGeometry:
    return _in_degrees(line.buffer(half_width_km, cap_style="flat", quad_segs=3))


def _in_degrees(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, to_degrees)
