"""Does a layer of grids cover its territory exactly once? (无缝不叠) Policy: 7.1, 7.5.

The proof counts borders, not areas. Every cell is walked around with its inside on one hand; every piece of border is
written down with the direction it was walked in. Two neighbours walk their common border in opposite directions and
cancel it. When nothing is left but the outline of the territory, every point inside lies in exactly one cell - no
tolerance, no sample, no rounding: the sum of the cells has the same boundary as the territory, so it is the territory.
What is left over lies around the faults; there, and only there, areas are computed.

Pure; coordinates in degrees, areas in m² flattened at the latitude of their middle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .geometry import METRES_PER_DEGREE, area_m2, metres_per_degree, sound, what_is_wrong
from .precedence import is_grid_code

THIN_M = 2.0
"""A gap or overlap narrower than this on average is called a sliver: nobody draws one on purpose."""
UNMATCHED_M = 0.02
"""Narrower than this the borders are meant to be the same and do not meet point by point (coordinates keep 1 cm)."""
NEXT_TO_M = 0.05
ROUNDING_M = 1e-6
"""A point put on the city's border by computation lies beside it by less than this: no ground, and no neighbour."""


class Fault(StrEnum):
    """What can be wrong with a layer."""

    INVALID = "invalid"  # a ring that crosses itself, an empty shape
    BAD_CODE = "bad_code"  # not 15 digits that begin with the community's code
    CODE_CLASH = "code_clash"  # one code, several grids
    OVERLAP = "overlap"  # ground in two grids of one kind
    GAP = "gap"  # ground between grids that is in none
    HOLE = "hole"  # ground inside one grid that is in none
    UNOWNED = "unowned"  # ground along the city's border that is in none
    SLIVER = "sliver"  # a gap or an overlap too narrow to be meant
    OUTSIDE = "outside"  # a grid reaching beyond the city
    STRAY = "stray"  # a grid reaching beyond its community
    UNMATCHED = "unmatched"  # borders that do not meet point by point


@dataclass(frozen=True)
class Cell:
    """A grid to be audited. community: the code of the community it belongs to."""

    code: str
    geometry: BaseGeometry
    community: str = ""


@dataclass(frozen=True)
class Finding:
    """One fault: which, where (degrees), how large (m²), whose. of: of a sliver, whether it is a gap or an overlap."""

    fault: Fault
    longitude: float
    latitude: float
    area_m2: float
    codes: tuple[str, ...]
    of: str = ""
    geometry: BaseGeometry | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Tells the same fault again in a later audit, as long as it lies where it lay."""
        return f"{self.fault}:{'+'.join(self.codes)}:{self.longitude:.5f},{self.latitude:.5f}:{self.area_m2:.1f}"


@dataclass(frozen=True)
class Audit:
    """Everything that is wrong with a layer, the worst first, and what was looked at."""

    findings: tuple[Finding, ...]
    cells: int
    area_m2: float

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def total_m2(self, *faults: Fault) -> float:
        return sum(one.area_m2 for one in self.findings if one.fault in faults)


def audit_partition(
    cells: Sequence[Cell], territory: BaseGeometry | None, communities: dict[str, BaseGeometry] | None = None,
    beside: Collection[str] = (),
) -> Audit:  # fmt: skip
    """Every fault of a layer that must cover the territory exactly once (块状).

    territory: None means whatever the cells cover together, so that only gaps enclosed by them are seen. communities:
    where given, no cell may reach beyond its own. beside: codes that grids of other kinds have.
    """
    shapes, broken = _usable(cells)
    codes = [cell.code for cell in cells]
    faces = _among(shapes, codes, _surrounded(shapes) if territory is None else territory)
    if territory is None:  # what they surround was computed from them: its outline need not meet theirs point by point
        faces = [one for one in faces if one.area_m2]
    strays = _strays(cells, shapes, communities) if communities else []
    return _audit(cells, [*broken, *_codes_that_clash(cells, beside), *faces, *strays], shapes)


def audit_overlays(
    cells: Sequence[Cell], territory: BaseGeometry | None = None, communities: dict[str, BaseGeometry] | None = None,
    beside: Collection[str] = (),
) -> Audit:  # fmt: skip
    """Every fault of a layer that lies over the blocks (条形、单位型): it need not cover anything, but never overlaps itself."""
    shapes, broken = _usable(cells)
    found = [*broken, *_codes_that_clash(cells, beside), *_overlaps(shapes, [cell.code for cell in cells])]
    if territory is not None:
        found += _beyond(shapes, [cell.code for cell in cells], territory)
    found += _strays(cells, shapes, communities) if communities else []
    return _audit(cells, found, shapes)


def codes_in_several_layers(layers: Iterable[Iterable[str]]) -> set[str]:
    """Codes used in more than one of the layers in force: a code must name one grid."""
    seen: set[str] = set()
    twice: set[str] = set()
    for layer in layers:
        own = set(layer)
        twice |= seen & own
        seen |= own
    return twice


# --- the count of borders --------------------------------------------------------------------------------------------


def _among(shapes: np.ndarray, codes: Sequence[str], territory: BaseGeometry) -> list[Finding]:
    """What lies between the pieces of border that the cells and, walked the other way round, the territory do not cancel."""
    own, _cell = _walked(shapes)
    around, _outline = _walked(np.asarray([territory], dtype=object))
    pieces = np.vstack([own, around[:, [2, 3, 0, 1]]])
    left = pieces[_uncancelled(pieces)]
    return _faces(left, shapes, codes, territory) if len(left) else []


def _surrounded(shapes: np.ndarray) -> BaseGeometry:
    """What the cells surround, holes and all, where nobody drew the territory."""
    parts = shapely.get_parts(shapely.union_all(shapes))
    return shapely.union_all([shapely.Polygon(part.exterior) for part in parts if part.geom_type == "Polygon"])


def _walked(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every piece of border as (x1, y1, x2, y2), walked with the inside on the left; and the number of its shape."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.empty((0, 4)), np.empty(0, dtype=int)
    first = np.r_[True, of_ring[1:] != of_ring[:-1]]  # a polygon's outer ring comes before its holes
    turn = shapely.is_ccw(rings) != first
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    points = points + 0.0  # no negative zeros
    begins = of_point[1:] == of_point[:-1]
    pieces = np.column_stack([points[:-1], points[1:]])[begins]
    ring = of_point[:-1][begins]
    moved = (pieces[:, :2] != pieces[:, 2:]).any(axis=1)
    pieces, ring = pieces[moved], ring[moved]
    backwards = turn[ring]
    pieces[backwards] = pieces[backwards][:, [2, 3, 0, 1]]
    return pieces, of_part[of_ring[ring]]


def _uncancelled(pieces: np.ndarray, group: np.ndarray | None = None) -> np.ndarray:
    """Which pieces are walked more often one way than the other (within their group); one of each such piece and way."""
    if not len(pieces):
        return np.empty(0, dtype=int)
    ids = _point_numbers(pieces)
    a, b = ids[: len(pieces)], ids[len(pieces) :]
    low, high = np.minimum(a, b), np.maximum(a, b)
    many = np.int64(ids.max()) + 1
    key = low * many + high
    order = np.argsort(key, kind="stable") if group is None else np.lexsort((key, group))
    sorted_key = key[order]
    new = np.r_[True, sorted_key[1:] != sorted_key[:-1]]
    if group is not None:
        sorted_group = group[order]
        new |= np.r_[True, sorted_group[1:] != sorted_group[:-1]]
    starts = np.flatnonzero(new)
    way = np.where(a < b, 1, -1)[order]
    sums = np.add.reduceat(way, starts)
    kept: np.ndarray = order[starts[sums != 0]]
    return kept


def _point_numbers(pieces: np.ndarray) -> np.ndarray:
    """The same number for the same point: of all beginnings, then of all ends."""
    points = np.concatenate([pieces[:, 0] + 1j * pieces[:, 1], pieces[:, 2] + 1j * pieces[:, 3]])
    return np.unique(points, return_inverse=True)[1].astype(np.int64)


# --- what lies between what is left over -----------------------------------------------------------------------------


def _faces(left: np.ndarray, shapes: np.ndarray, codes: Sequence[str], territory: BaseGeometry) -> list[Finding]:
    """The areas among the left-over borders, each judged by how many cells hold it and whether it is in the city."""
    lines = shapely.union_all(shapely.linestrings(left.reshape(-1, 2, 2)))
    areas = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = shapely.STRtree(shapes)
    judged: dict[tuple[str, tuple[int, ...]], list[BaseGeometry]] = {}
    for area, surplus in zip(areas, _surplus(areas, tree, territory), strict=True):
        # Too few hold it all over, or too many; of too many, who they are differs from part to part.
        for part, holding in _by_holders(area, tree, territory) if surplus > 0 else [(area, ())] if surplus < 0 else []:
            what = "gap" if surplus < 0 else "overlap" if len(holding) > 1 else "outside"
            judged.setdefault((what, holding), []).append(part)
    found = [
        _finding(what, part, [codes[number] for number in holding], tree, codes, territory)
        for (what, holding), ones in judged.items()
        for part in shapely.get_parts(shapely.union_all(ones))
        if not _is_rounding(part, territory)
    ]
    return [*found, *_unmatched(lines, [area for ones in judged.values() for area in ones], tree, codes)]


def _surplus(areas: np.ndarray, tree: shapely.STRtree, territory: BaseGeometry) -> list[int]:
    """How many cells too many hold each area (-1: one too few). Nothing left over crosses an area, so one point tells it."""
    points = shapely.point_on_surface(areas)
    shapely.prepare(territory)
    held, touched = _counts(points, tree, "within"), _counts(points, tree, "intersects")
    inside, near = shapely.contains(territory, points), shapely.intersects(territory, points)
    told = (held - inside).tolist()
    # Borders that cancelled may cross the area, and the point may lie on one: then the area itself is weighed.
    for number in np.flatnonzero((held != touched) | (inside != near)):
        area = areas[number]
        cells = tree.geometries.take(tree.query(area, "intersects"))
        much = shapely.area(shapely.intersection(cells, area)).sum() - territory.intersection(area).area
        told[number] = round(much / area.area) if area.area else 0
    return told


def _counts(points: np.ndarray, tree: shapely.STRtree, how: str) -> np.ndarray:
    return np.bincount(tree.query(points, how)[0], minlength=len(points))


def _by_holders(area: BaseGeometry, tree: shapely.STRtree, territory: BaseGeometry) -> list[tuple[BaseGeometry, tuple[int, ...]]]:
    """An area that too many hold, cut along the cells and the city's border in it: the parts with their cells."""
    cells = tree.geometries.take(tree.query(area, "intersects"))
    borders = shapely.intersection(shapely.boundary([*cells, territory]), area)
    lines = shapely.union_all([area.boundary, *borders])
    parts = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(parts)
    within, inside = shapely.contains(area, points), shapely.contains(territory, points)
    holders: list[list[int]] = [[] for _part in parts.tolist()]
    for part, cell in zip(*tree.query(points, "within"), strict=True):
        holders[part].append(int(cell))
    return [
        (part, tuple(sorted(own)))
        for part, own, is_in, counts in zip(parts, holders, within, inside, strict=True)
        if is_in and len(own) > int(counts)
    ]


def _finding(
    what: str, area: BaseGeometry, holders: Sequence[str], tree: shapely.STRtree, codes: Sequence[str], territory: BaseGeometry
) -> Finding:
    near = holders or _codes_beside(area, tree, codes)
    wide = mean_width_m(area)
    if wide < UNMATCHED_M:
        return _at(area, Fault.UNMATCHED, near, what)
    if what == "outside":
        return _at(area, Fault.OUTSIDE, near)
    if wide < THIN_M:
        return _at(area, Fault.SLIVER, near, what)
    if what == "overlap":
        return _at(area, Fault.OVERLAP, near)
    if area.distance(territory.boundary) * METRES_PER_DEGREE < NEXT_TO_M:
        return _at(area, Fault.UNOWNED, near)
    return _at(area, Fault.HOLE if len(near) == 1 else Fault.GAP, near)


def _is_rounding(area: BaseGeometry, territory: BaseGeometry) -> bool:
    return mean_width_m(area) < ROUNDING_M and area.distance(territory.boundary) * METRES_PER_DEGREE < ROUNDING_M


def _codes_beside(area: BaseGeometry, tree: shapely.STRtree, codes: Sequence[str]) -> list[str]:
    return [codes[number] for number in sorted(tree.query(area, "dwithin", distance=NEXT_TO_M / METRES_PER_DEGREE))]


def _unmatched(
    lines: BaseGeometry, faulty: Sequence[BaseGeometry], tree: shapely.STRtree, codes: Sequence[str]
) -> list[Finding]:
    """Borders of two cells that do not meet point by point, with no ground between them.

    Those beside a fault come right with it; along the city's border nobody is on the other side.
    """
    pieces = shapely.get_parts(lines)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    beside = tree.query(middles, "dwithin", distance=NEXT_TO_M / METRES_PER_DEGREE)[0]
    between = pieces[np.bincount(beside, minlength=len(pieces)) > 1]
    if not len(between):
        return []
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(between)))
    if faulty:
        touching = shapely.STRtree(parts).query(np.asarray(faulty), "dwithin", distance=NEXT_TO_M / METRES_PER_DEGREE)[1]
        parts = np.delete(parts, np.unique(touching))
    return [_at(line, Fault.UNMATCHED, _codes_beside(line, tree, codes)) for line in parts]


def mean_width_m(area: BaseGeometry) -> float:
    """How wide an area is on average: twice its size by its border's length, which is right for anything long."""
    east, north = metres_per_degree((area.bounds[1] + area.bounds[3]) / 2)
    flat = shapely.transform(area, lambda points: points * (east, north))
    return 2 * flat.area / flat.length if flat.length else 0.0


# --- shapes, codes, communities --------------------------------------------------------------------------------------


def _usable(cells: Sequence[Cell]) -> tuple[np.ndarray, list[Finding]]:
    """The cells' shapes, and a finding for each that is none. What can be read of a broken one is looked at all the same."""
    shapes = np.asarray([cell.geometry for cell in cells], dtype=object)
    kinds = shapely.get_type_id(shapes)
    good = shapely.is_valid(shapes) & np.isin(kinds, (3, 6)) & ~shapely.is_empty(shapes)
    broken = []
    for number in np.flatnonzero(~good).tolist():
        cell = cells[number]
        broken.append(_at(cell.geometry, Fault.INVALID, [cell.code], what_is_wrong(cell.geometry)))
        shapes[number] = sound(cell.geometry)
    return shapes, broken


def _codes_that_clash(cells: Sequence[Cell], beside: Collection[str]) -> list[Finding]:
    found: list[Finding] = []
    first: dict[str, Cell] = {}
    for cell in cells:
        if cell.community and not is_grid_code(cell.code, cell.community):
            found.append(_at(cell.geometry, Fault.BAD_CODE, [cell.code]))
        if cell.code in first or cell.code in beside:
            found.append(_at(cell.geometry, Fault.CODE_CLASH, [cell.code]))
        first.setdefault(cell.code, cell)
    return found


def _overlaps(shapes: np.ndarray, codes: Sequence[str]) -> list[Finding]:
    tree = shapely.STRtree(shapes)
    found = []
    for a, b in tree.query(shapes, "intersects").T.tolist():
        if a >= b:
            continue
        for part in shapely.get_parts(shapely.intersection(shapes[a], shapes[b])):
            if part.geom_type == "Polygon" and (wide := mean_width_m(part)) >= UNMATCHED_M:
                found.append(_at(part, Fault.SLIVER if wide < THIN_M else Fault.OVERLAP, sorted({codes[a], codes[b]}), "overlap"))
    return found


def _beyond(shapes: np.ndarray, codes: Sequence[str], territory: BaseGeometry) -> list[Finding]:
    shapely.prepare(territory)
    out: list[int] = np.flatnonzero(~shapely.covers(territory, shapes)).tolist()
    return [
        _at(part, Fault.OUTSIDE, [codes[number]])
        for number in out
        for part in shapely.get_parts(shapely.difference(shapes[number], territory))
        if part.geom_type == "Polygon" and mean_width_m(part) >= UNMATCHED_M
    ]


def _strays(cells: Sequence[Cell], shapes: np.ndarray, communities: dict[str, BaseGeometry]) -> list[Finding]:
    """Cells that reach beyond their community; looked for only where the borders of a community's cells are not its own."""
    found = []
    for number in _suspects(cells, shapes, communities):
        cell, own = cells[number], communities.get(cells[number].community)
        if own is None:
            continue
        for part in shapely.get_parts(shapely.difference(shapes[number], own)):
            if part.geom_type == "Polygon" and mean_width_m(part) >= UNMATCHED_M:
                found.append(_at(part, Fault.STRAY, [cell.code]))
    return found


def _suspects(cells: Sequence[Cell], shapes: np.ndarray, communities: dict[str, BaseGeometry]) -> list[int]:
    numbers = {code: number for number, code in enumerate(communities)}
    known = len(communities)
    of_cell = np.asarray([numbers.get(cell.community, known) for cell in cells])
    own, cell = _walked(shapes)
    around, which = _walked(np.asarray(list(communities.values()), dtype=object))
    pieces = np.vstack([own, around[:, [2, 3, 0, 1]]])
    group = np.concatenate([of_cell[cell], which]) if len(cell) else which
    odd = set(group[_uncancelled(pieces, group)].tolist())
    return [number for number, home in enumerate(of_cell) if int(home) in odd]


def _at(shape: BaseGeometry, fault: Fault, codes: Sequence[str], of: str = "") -> Finding:
    where = shape.representative_point() if not shape.is_empty and shape.is_valid else shapely.centroid(shapely.envelope(shape))
    lon, lat = (round(where.x, 7), round(where.y, 7)) if not where.is_empty else (0.0, 0.0)
    size = 0.0 if shape.geom_type not in {"Polygon", "MultiPolygon"} else area_m2(shape)
    return Finding(fault, lon, lat, size, tuple(codes), of, shape)


_ORDER = {fault: number for number, fault in enumerate(Fault)}


def _audit(cells: Sequence[Cell], findings: Sequence[Finding], shapes: np.ndarray) -> Audit:
    ordered = sorted(findings, key=lambda one: (_ORDER[one.fault], -one.area_m2, one.codes))
    if not len(shapes):
        return Audit(tuple(ordered), 0, 0.0)
    bounds = shapely.total_bounds(shapes)
    east, north = metres_per_degree((bounds[1] + bounds[3]) / 2) if np.isfinite(bounds).all() else (0.0, 0.0)
    return Audit(tuple(ordered), len(cells), float(shapely.area(shapes).sum()) * east * north)
