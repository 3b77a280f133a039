"""Proposing a partition of a community into grids: contiguous, balanced, along roads and rivers. Policy: 7.1.

The community is cut into small pieces along its roads and rivers, and large pieces once more; each piece has a load (counts of
people, dwellings, shops, things, past cases - never persons). Pieces then grow together from spread seeds, the lightest grid
first, and pieces on borders change sides as long as that makes the loads more equal and tears nothing apart. Pure and
repeatable: the same inputs give the same proposal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

PIECES_PER_GRID = 14
ROUNDS = 400
BASE_LOAD = 0.25
"""A piece where nothing was counted still has to be walked: this share of the average load."""
SNAP_SHARE = 1e-6


@dataclass(frozen=True)
class Proposal:
    """Grids proposed for one community. imbalance: the heaviest over the average, minus 1 (0 is perfect).

    along_share: which part of the new inner borders runs along roads or rivers.
    """

    cells: tuple[BaseGeometry, ...]
    loads: tuple[float, ...]
    along_share: float

    @property
    def imbalance(self) -> float:
        return imbalance(self.loads)


def imbalance(loads: Sequence[float]) -> float:
    """The heaviest load over the average, minus one."""
    average = sum(loads) / len(loads) if loads else 0.0
    return max(loads) / average - 1 if average else 0.0


def propose(
    community: BaseGeometry, lines: Sequence[BaseGeometry], points: Sequence[tuple[float, float, float]], many: int
) -> Proposal:
    """Cut a community into `many` grids. lines: roads and rivers; points: (lon, lat, how much is there).

    Raises ValueError for fewer than one grid, or a community that is no polygon.
    """
    if many < 1 or community.geom_type != "Polygon" or not community.is_valid:
        raise ValueError("a proposal needs one polygon and at least one grid")
    inside = [line for line in lines if line.intersects(community)]
    if many == 1:
        return Proposal((community,), (_total(community, points),), 1.0)
    pieces = _pieces(community, inside, many)
    loads = _loads(pieces, points)
    beside, shared = _adjacent(pieces)
    along = _along(pieces, shared, inside)
    owner = _grown(pieces, loads, beside, along, many)
    owner = _balanced(owner, loads, beside, shared, along, many)
    cells = tuple(shapely.coverage_union_all([pieces[n] for n in np.flatnonzero(owner == grid)]) for grid in range(many))
    told = tuple(float(loads[owner == grid].sum()) for grid in range(many))
    return Proposal(cells, told, _along_share(owner, shared, along))


def _total(community: BaseGeometry, points: Sequence[tuple[float, float, float]]) -> float:
    return float(sum(much for lon, lat, much in points if community.intersects(shapely.Point(lon, lat))))


def _pieces(community: BaseGeometry, lines: Sequence[BaseGeometry], many: int) -> list[BaseGeometry]:
    """Faces of the community cut along the lines; faces too large are cut on by a lattice of their own."""
    pieces = _cut(community, lines)
    largest = community.area / (many * PIECES_PER_GRID)
    west, south, east, north = community.bounds
    step = largest**0.5
    columns, rows = np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
    lattice = [shapely.LineString([(x, south - step), (x, north + step)]) for x in columns.tolist()]
    lattice += [shapely.LineString([(west - step, y), (east + step, y)]) for y in rows.tolist()]
    # The lattice only crosses faces that are too large, so that small blocks of houses stay whole.
    large = shapely.union_all([piece for piece in pieces if piece.area > 1.5 * largest])
    fine = [part for line in lattice for part in shapely.get_parts(line.intersection(large)) if part.geom_type == "LineString"]
    return _cut(community, [*lines, *fine]) if fine else pieces


def _cut(community: BaseGeometry, lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    laid = shapely.union_all([community.boundary, *lines])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(laid)))
    inside = shapely.area(shapely.intersection(faces, community)) > shapely.area(faces) / 2
    return _without_crumbs(list(faces[inside]), community.area * SNAP_SHARE)


def _without_crumbs(pieces: list[BaseGeometry], least: float) -> list[BaseGeometry]:
    """Crumbs that noding left between nearly equal lines go to the piece they border."""
    whole, crumbs = [p for p in pieces if p.area >= least], [p for p in pieces if p.area < least]
    if not whole:
        return pieces
    for crumb in crumbs:
        beside = [n for n, piece in enumerate(whole) if piece.touches(crumb) and piece.intersection(crumb).length > 0]
        if beside:
            widest = max(beside, key=lambda n: whole[n].intersection(crumb).length)
            whole[widest] = shapely.coverage_union_all([whole[widest], crumb])
        else:
            whole.append(crumb)
    return whole


def _loads(pieces: Sequence[BaseGeometry], points: Sequence[tuple[float, float, float]]) -> np.ndarray:
    loads = np.zeros(len(pieces))
    if points:
        tree = shapely.STRtree(pieces)
        placed, piece = tree.query(shapely.points([[lon, lat] for lon, lat, _much in points]), "intersects")
        first = np.unique(placed, return_index=True)[1]  # a point on a border counts once
        np.add.at(loads, piece[first], np.asarray([much for _lon, _lat, much in points])[placed[first]])
    areas = shapely.area(pieces)
    total = loads.sum() or 1.0
    return loads + areas / areas.sum() * total * BASE_LOAD if loads.sum() else areas / areas.sum()


def _adjacent(pieces: Sequence[BaseGeometry]) -> tuple[list[list[int]], dict[tuple[int, int], BaseGeometry]]:
    """Which pieces share a border (a corner is none), and that border."""
    tree = shapely.STRtree(pieces)
    beside: list[list[int]] = [[] for _piece in pieces]
    shared: dict[tuple[int, int], BaseGeometry] = {}
    for a, b in tree.query(pieces, "touches").T.tolist():
        if a < b and (border := pieces[a].intersection(pieces[b])).length > 0:
            shared[a, b] = border
            beside[a].append(b)
            beside[b].append(a)
    return [sorted(each) for each in beside], shared


def _along(
    pieces: Sequence[BaseGeometry], shared: dict[tuple[int, int], BaseGeometry], lines: Sequence[BaseGeometry]
) -> dict[tuple[int, int], bool]:
    """Whether a border of two pieces runs along a road or river."""
    ground = shapely.union_all(list(lines)).buffer(1e-7) if lines else shapely.Polygon()
    shapely.prepare(ground)
    return {pair: bool(ground.intersects(border.interpolate(0.5, normalized=True))) for pair, border in shared.items()}


def _grown(
    pieces: Sequence[BaseGeometry], loads: np.ndarray, beside: list[list[int]], along: dict[tuple[int, int], bool], many: int
) -> np.ndarray:
    """Seeds far apart, then always the lightest grid takes the nearest free piece beside it, on its side of the road first."""
    middles = np.array([[p.centroid.x, p.centroid.y] for p in pieces])
    seeds = _seeds(middles, loads, min(many, len(pieces)))
    owner = np.full(len(pieces), -1)
    owner[seeds] = np.arange(len(seeds))
    weights = loads[seeds].astype(float).tolist()
    while (owner < 0).any():
        for grid in np.argsort(weights).tolist():
            free: dict[int, bool] = {}
            for own in np.flatnonzero(owner == grid).tolist():
                for n in beside[own]:
                    if owner[n] < 0:
                        free[n] = free.get(n, True) and along[min(own, n), max(own, n)]
            if free:
                far = ((middles - middles[seeds[grid]]) ** 2).sum(axis=1)
                taken = min(free, key=lambda n: (free[n], far[n], n))
                owner[taken] = grid
                weights[grid] += loads[taken]
                break
        else:  # a piece that touches the rest only at a corner
            lost = int(np.flatnonzero(owner < 0)[0])
            far = ((middles - middles[lost]) ** 2).sum(axis=1)
            owner[lost] = owner[min(np.flatnonzero(owner >= 0).tolist(), key=lambda n: far[n])]
    return owner


def _seeds(middles: np.ndarray, loads: np.ndarray, many: int) -> list[int]:
    chosen = [int(np.argmax(loads))]
    nearest = ((middles - middles[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < many:
        chosen.append(int(np.argmax(nearest * (loads + loads.mean()))))
        nearest = np.minimum(nearest, ((middles - middles[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _balanced(
    owner: np.ndarray, loads: np.ndarray, beside: list[list[int]], shared: dict[tuple[int, int], BaseGeometry],
    along: dict[tuple[int, int], bool], many: int,
) -> np.ndarray:  # fmt: skip
    """Let pieces change sides while that makes the loads more equal, or as equal with more of the border along a road."""
    totals = np.array([loads[owner == grid].sum() for grid in range(many)])
    for _round in range(ROUNDS):
        best: tuple[float, int, int] | None = None
        for a, b in shared:
            for piece, to in ((a, int(owner[b])), (b, int(owner[a]))):
                own = int(owner[piece])
                if own == to:
                    continue
                gain = (totals[own] - totals[to] - loads[piece]) * loads[piece] * 2  # what the sum of squares loses
                gain += _straighter(piece, own, to, owner, beside, shared, along) * totals.mean() ** 2 * 0.004
                if gain > 1e-12 and (best is None or gain > best[0]) and _stays_whole(piece, own, owner, beside):
                    best = (gain, piece, to)
        if best is None:
            break
        _gain, piece, to = best
        totals[owner[piece]] -= loads[piece]
        totals[to] += loads[piece]
        owner[piece] = to
    return owner


def _straighter(
    piece: int, own: int, to: int, owner: np.ndarray, beside: list[list[int]], shared: dict[tuple[int, int], BaseGeometry],
    along: dict[tuple[int, int], bool],
) -> float:  # fmt: skip
    """How many borders off the roads go away, less those that come, when a piece changes sides."""
    change = 0
    for other in beside[piece]:
        if not along[min(piece, other), max(piece, other)]:
            change += int(owner[other] == to) - int(owner[other] == own)
    return float(change)


def _stays_whole(piece: int, own: int, owner: np.ndarray, beside: list[list[int]]) -> bool:
    """Whether a grid is still one piece, and still there, without that piece."""
    rest = set(np.flatnonzero(owner == own).tolist()) - {piece}
    if not rest:
        return False
    seen, waiting = set(), deque([next(iter(sorted(rest)))])
    while waiting:
        one = waiting.popleft()
        if one in seen:
            continue
        seen.add(one)
        waiting.extend(n for n in beside[one] if n in rest and n not in seen)
    return seen == rest


def _along_share(
    owner: np.ndarray, shared: dict[tuple[int, int], BaseGeometry], along: dict[tuple[int, int], bool]
) -> float:
    lengths = {pair: border.length for pair, border in shared.items() if owner[pair[0]] != owner[pair[1]]}
    total = sum(lengths.values())
    return sum(length for pair, length in lengths.items() if along[pair]) / total if total else 1.0
