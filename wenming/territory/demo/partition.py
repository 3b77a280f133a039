"""A made-up map of the right shape: a city cut into towns, communities and grids without gap or overlap.

Pure: the same inputs and the same random generator give the same map. Drawn in kilometres on a plane and bottom-up:
seeds are placed town by town, one Voronoi diagram of all seeds gives the grids, and their unions give communities,
towns and the outline. Every border is therefore one line that both sides share, vertex for vertex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, radians, sqrt

import numpy as np
import shapely
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

MIDDLE = (113.38, 22.52)
KM_PER_DEGREE = (111.32 * cos(radians(MIDDLE[1])), 111.32)
CITY_AREA_KM2 = 1780.0
GRIDS_PER_COMMUNITY = (4, 10)
SAMPLES_PER_GRID = 40
# How far a straight Voronoi edge may sway, as a share of its length, so that borders look like creeks and lanes.
SWAY = 0.08
DECIMALS = 7


@dataclass(frozen=True)
class TownPlan:
    """What is known of a town before it is drawn: roughly where, roughly how large, and its communities' codes."""

    code: str
    longitude: float
    latitude: float
    area_km2: float
    communities: tuple[str, ...]


@dataclass(frozen=True)
class Partition:
    """The drawn city in degrees. `grids` maps each community's code to its cells in order."""

    grids: dict[str, list[BaseGeometry]]
    communities: dict[str, BaseGeometry]
    towns: dict[str, BaseGeometry]
    city: BaseGeometry


def to_degrees(points: np.ndarray) -> np.ndarray:
    return np.round(points / KM_PER_DEGREE + MIDDLE, DECIMALS)


def to_km(points: np.ndarray) -> np.ndarray:
    return (points - MIDDLE) * KM_PER_DEGREE


def draw_partition(plans: Sequence[TownPlan], rng: Generator) -> Partition:
    """Draw the whole city. Raises ValueError when the cells do not cover it exactly once."""
    outline = _outline(plans)
    seeds, owners = _seeds(plans, outline, rng)
    cells = _cells(seeds, outline, rng)
    if not shapely.coverage_is_valid(cells):
        raise ValueError("the drawn cells leave gaps or overlap")
    return _unite(plans, cells, owners)


def _outline(plans: Sequence[TownPlan]) -> BaseGeometry:
    """A rounded shape of the city's area: discs around the towns' centres, grown until large enough."""
    centres = shapely.points(to_km(np.array([(plan.longitude, plan.latitude) for plan in plans])))
    radii = np.sqrt(np.array([plan.area_km2 for plan in plans]) / pi)
    smaller, larger = 0.5, 3.0
    for _ in range(20):
        factor = (smaller + larger) / 2
        discs = shapely.union_all(shapely.buffer(centres, radii * factor))
        shape = shapely.Polygon(discs.buffer(4).buffer(-6).buffer(2).exterior)
        smaller, larger = (factor, larger) if shape.area < CITY_AREA_KM2 else (smaller, factor)
    return shape


def _seeds(plans: Sequence[TownPlan], outline: BaseGeometry, rng: Generator) -> tuple[np.ndarray, list[str]]:
    """One point for each grid to be, and the code of its community."""
    centres = to_km(np.array([(plan.longitude, plan.latitude) for plan in plans]))
    weights = _weights(plans, centres, _points_in(outline, 25_000, rng))
    seeds: list[np.ndarray] = []
    owners: list[str] = []
    for number, plan in enumerate(plans):
        counts = rng.integers(*GRIDS_PER_COMMUNITY, size=len(plan.communities), endpoint=True)
        wanted = int(counts.sum()) * SAMPLES_PER_GRID
        points = _points_of_town(number, centres, weights, outline, wanted, rng)
        communities = _cluster(points, len(counts), rng)
        for code, count, community in zip(plan.communities, counts, range(len(counts)), strict=True):
            own = points[communities == community]
            labels = _cluster(own, int(count), rng)
            seeds += [own[labels == label].mean(axis=0) for label in range(count)]
            owners += [code] * int(count)
    return np.array(seeds), owners


def _points_in(shape: BaseGeometry, count: int, rng: Generator) -> np.ndarray:
    west, south, east, north = shape.bounds
    points = rng.uniform((west, south), (east, north), size=(count * 2, 2))
    return points[shapely.contains_xy(shape, points[:, 0], points[:, 1])][:count]


def _weights(plans: Sequence[TownPlan], centres: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Weights of a power diagram that give every town about its share of the city's area."""
    target = np.array([plan.area_km2 for plan in plans])
    target *= CITY_AREA_KM2 / target.sum()
    squared = ((samples[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    weights = np.zeros(len(plans))
    for _ in range(60):
        owners = np.argmin(squared - weights, axis=1)
        have = np.bincount(owners, minlength=len(plans)) * (CITY_AREA_KM2 / len(samples))
        weights += 0.12 * (target - have)
    return weights


def _points_of_town(
    number: int, centres: np.ndarray, weights: np.ndarray, outline: BaseGeometry, wanted: int, rng: Generator
) -> np.ndarray:
    """Points inside one town, denser towards its centre, where communities are smaller."""
    found: list[np.ndarray] = []
    reach = 1.9 * sqrt(CITY_AREA_KM2 / len(centres))
    while sum(map(len, found)) < wanted:
        points = centres[number] + rng.uniform(-reach, reach, size=(wanted * 4, 2)) * rng.uniform(
            0.35, 1, (wanted * 4, 1)
        )
        squared = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        own = np.argmin(squared - weights, axis=1) == number
        found.append(points[own & shapely.contains_xy(outline, points[:, 0], points[:, 1])])
    return np.concatenate(found)[:wanted]


def _cluster(points: np.ndarray, count: int, rng: Generator) -> np.ndarray:
    """k-means: to which of `count` compact groups each point belongs; no group stays empty."""
    middles = points[_spread(points, count, rng)]
    for _ in range(6):
        labels = np.argmin(((points[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2), axis=1)
        middles = np.array(
            [points[labels == k].mean(axis=0) if (labels == k).any() else middles[k] for k in range(count)]
        )
    labels = np.argmin(((points[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2), axis=1)
    for empty in np.setdiff1d(np.arange(count), labels):
        labels[np.argmin(((points - middles[empty]) ** 2).sum(axis=1))] = empty
    return labels


def _spread(points: np.ndarray, count: int, rng: Generator) -> list[int]:
    """Numbers of `count` points far from one another: each the farthest from those before it."""
    chosen = [int(rng.integers(len(points)))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(np.argmax(nearest * rng.uniform(0.2, 1.0, len(points)))))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _cells(seeds: np.ndarray, outline: BaseGeometry, rng: Generator) -> np.ndarray:
    """The seeds' Voronoi cells in degrees. A ring of seeds outside, dropped afterwards, closes the border cells."""
    around = _points_in(outline.buffer(6), 12_000, rng)
    outside = around[~shapely.contains_xy(outline.buffer(0.4), around[:, 0], around[:, 1])]
    outside = outside[_cluster_heads(outside, 0.9)]
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(np.vstack([seeds, outside])), ordered=True)
    straight = shapely.get_parts(diagram)[: len(seeds)]
    for sway in (SWAY, SWAY / 2, SWAY / 4, 0.0):
        cells = _naturalise(straight, sway, rng)
        if shapely.is_valid(cells).all() and shapely.coverage_is_valid(cells):
            break
    return cells


def _cluster_heads(points: np.ndarray, spacing: float) -> np.ndarray:
    """Thin points out to one per square of a lattice, so that cells at the border have one size."""
    squares = np.floor(points / spacing).astype(int)
    return np.unique(squares, axis=0, return_index=True)[1]


def _naturalise(polygons: np.ndarray, sway: float, rng: Generator) -> np.ndarray:
    """Replace each edge by a gently swaying line, the same one for the polygons on its two sides."""
    rings = [np.round(shapely.get_coordinates(polygon), 6) for polygon in polygons]
    edges = {_edge(a, b) for ring in rings for a, b in pairwise(ring)}
    ordered = np.array(sorted(edges))
    lines = dict(zip(map(_key, ordered), _swaying(ordered, sway, rng), strict=True))
    return np.array([_follow(ring, lines) for ring in rings], dtype=object)


def _edge(a: np.ndarray, b: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    first, second = sorted((tuple(a.tolist()), tuple(b.tolist())))
    return first, second


def _key(edge: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(edge[0].tolist()), tuple(edge[1].tolist())


def _swaying(edges: np.ndarray, sway: float, rng: Generator) -> np.ndarray:
    """Five points for each edge: start, three swaying ones, end."""
    start, along = edges[:, 0], edges[:, 1] - edges[:, 0]
    across = along[:, ::-1] * (-1, 1)
    middle = rng.uniform(-sway, sway, len(edges))
    quarters = middle[:, None] / 2 + rng.uniform(-sway / 2, sway / 2, (len(edges), 2))
    steps = ((0.0, np.zeros(len(edges))), (0.25, quarters[:, 0]), (0.5, middle), (0.75, quarters[:, 1]))
    points = [start + t * along + offset[:, None] * across for t, offset in steps]
    return np.stack([*points, edges[:, 1]], axis=1)


def _follow(ring: np.ndarray, lines: dict[tuple[tuple[float, ...], ...], np.ndarray]) -> BaseGeometry:
    parts = []
    for a, b in pairwise(ring):
        edge = _edge(a, b)
        if edge[0] == edge[1]:
            continue
        line = lines[edge]
        parts.append((line if edge[0] == tuple(a.tolist()) else line[::-1])[:-1])
    return shapely.Polygon(to_degrees(np.concatenate(parts)))


def _unite(plans: Sequence[TownPlan], cells: np.ndarray, owners: list[str]) -> Partition:
    grids: dict[str, list[BaseGeometry]] = {}
    for owner, cell in zip(owners, cells, strict=True):
        grids.setdefault(owner, []).append(cell)
    communities = {code: shapely.coverage_union_all(parts) for code, parts in grids.items()}
    towns = {plan.code: shapely.coverage_union_all([communities[code] for code in plan.communities]) for plan in plans}
    return Partition(grids, communities, towns, shapely.coverage_union_all(list(towns.values())))
