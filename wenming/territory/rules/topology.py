"""Editing grids that share their borders: whatever moves a border moves it for both neighbours. Policy: 7.1.

Every verb takes all cells by code and gives back those that changed (None: gone). All borders concerned are laid over one
another once, cut where they cross, and every face goes to one cell; so neighbours keep one border, point for point.
Pure; coordinates in degrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .coverage import mean_width_m
from .geometry import area_m2, sound, what_is_wrong

Cells = Mapping[str, BaseGeometry]
Changes = dict[str, BaseGeometry | None]
SAME_POINT = 1e-9
MILLIMETRE = 0.001
NARROW_M = 20.0
"""A gap narrower than this on average may be proposed to a neighbour; a wider one is land somebody forgot to draw."""


class CannotDraw(ValueError):
    """The edit makes no grids; the sentence is for the person who drew it."""


def split(cells: Cells, code: str, line: BaseGeometry, new_code: str) -> Changes:
    """切分: the line cuts one grid in two; the larger part keeps the code. Raises CannotDraw for no cut or several."""
    near = _touching(cells, [cells[code], line])
    faces = _faces_of([*near.values()], [line])
    pieces = [face for face in faces if _holds(cells[code], face)]
    if len(pieces) != 2:
        raise CannotDraw("这条线要从网格的一边画到另一边，正好分成两块。请重新画。")
    larger, smaller = sorted(pieces, key=area_m2, reverse=True)
    rest = _rebuilt({other: shape for other, shape in near.items() if other != code}, faces)
    return _changed(cells, {**rest, code: larger, new_code: smaller})


def merge(cells: Cells, keep: str, others: Sequence[str]) -> Changes:
    """合并: grids beside one another become one, under the first code. Raises CannotDraw where they do not touch."""
    whole = shapely.coverage_union_all([cells[code] for code in (keep, *others)])
    if whole.geom_type != "Polygon":
        raise CannotDraw("这几个网格没有挨在一起，合不成一块。请选相邻的网格。")
    return {keep: whole, **dict.fromkeys(others)}


def reshape(cells: Cells, code: str, wanted: BaseGeometry, territory: BaseGeometry | None = None) -> Changes:
    """改形: the grid gets this shape; what it takes its neighbours lose, what it leaves goes to who borders it longest.

    Ground beyond the territory (None: beyond all cells) is left out. Raises CannotDraw when the shape is none, or when a
    neighbour would be swallowed or torn apart.
    """
    if wrong := what_is_wrong(wanted):
        raise CannotDraw(wrong)
    near = _touching(cells, [cells[code], wanted])
    faces = _faces_of([*near.values()], [wanted.boundary, *([territory.boundary] if territory else [])])
    given: dict[str, list[BaseGeometry]] = {other: [] for other in near}
    others = {other: shape for other, shape in near.items() if other != code}
    for face in faces:
        holder = next((other for other, shape in near.items() if _holds(shape, face)), None)
        if _holds(wanted, face):
            if holder is not None or (territory is not None and _holds(territory, face)):
                given[code].append(face)
        elif holder == code:
            given[_longest_border(face, others)].append(face)
        elif holder is not None:
            given[holder].append(face)
    return _changed(cells, {other: _one_piece(own, other, cells[other]) for other, own in given.items()})


def move_point(cells: Cells, at: tuple[float, float], to: tuple[float, float]) -> Changes:
    """移动界点: a corner of the borders moves for every grid that has it. Raises CannotDraw when nobody has, or it ties a knot."""
    moved: Changes = {}
    for code, shape in cells.items():
        west, south, east, north = shape.bounds
        if west - SAME_POINT <= at[0] <= east + SAME_POINT and south - SAME_POINT <= at[1] <= north + SAME_POINT:
            after = shapely.transform(shape, lambda points: _with_moved(points, at, to))
            if not shapely.equals_exact(after, shape):
                if wrong := what_is_wrong(after):
                    raise CannotDraw(f"网格 {code}：{wrong}")
                moved[code] = after
    if not moved:
        raise CannotDraw("这个位置没有界点。请点在边线的转角上。")
    return moved


def knit(cells: Cells, codes: Sequence[str]) -> Changes:
    """Give grids that came in from elsewhere and those beside them the same points along their common borders.

    Nothing is repaired: only what is narrower than a millimetre, which is how computed points differ, changes hands.
    """
    sound = {code: shape for code, shape in cells.items() if shape.is_valid and not shape.is_empty}
    new = [sound[code] for code in codes if code in sound]
    near = _touching(sound, new) if new else {}
    named, tree = list(near), shapely.STRtree(list(near.values()))
    given: dict[str, list[BaseGeometry]] = {code: [] for code in near}
    for face in _faces_of([*near.values()], []):
        beside = [named[number] for number in sorted(tree.query(face, "intersects"))]
        holding = [code for code in beside if _holds(near[code], face)]
        if len(holding) != 1 and beside and mean_width_m(face) < MILLIMETRE:
            holding = [_longest_border(face, {code: near[code] for code in holding or beside})]
        for code in holding:
            given[code].append(face)
    return _changed(near, {code: shapely.coverage_union_all(own) for code, own in given.items() if own})


@dataclass(frozen=True)
class Repair:
    """What a repair would make of a layer: every cell afterwards, and for each one that changes its m² before and after."""

    cells: dict[str, BaseGeometry]
    changes: tuple[tuple[str, float, float], ...]


def propose_repair(cells: Cells, territory: BaseGeometry | None) -> Repair:
    """修补建议: the same grids with borders that meet, never applied unseen.

    Overlapping ground goes to the larger grid there, narrow gaps to who borders them longest, what lies beyond the territory
    is cut off. Wide gaps stay as they are: they are land that somebody has to draw.
    """
    usable = {code: sound(shape) for code, shape in cells.items()}
    usable = {code: shape for code, shape in usable.items() if not shape.is_empty}
    faces = _faces_of([*usable.values()], [territory.boundary] if territory is not None else [])
    codes, tree = list(usable), shapely.STRtree(list(usable.values()))
    given: dict[str, list[BaseGeometry]] = {code: [] for code in usable}
    unheld = []
    for face, holding in zip(faces, _holders(faces, usable, tree), strict=True):
        if territory is not None and not _holds(territory, face):
            continue
        if holding:
            given[max(sorted(holding), key=lambda code: usable[code].area)].append(face)
        else:
            unheld.append(face)
    for gap in shapely.get_parts(shapely.union_all(unheld)) if unheld else []:
        beside = {codes[number]: usable[codes[number]] for number in tree.query(gap, "dwithin", distance=1e-7)}
        if beside and mean_width_m(gap) < NARROW_M:
            given[_longest_border(gap, beside)] += [face for face in unheld if _holds(gap, face)]
    after = {code: shapely.coverage_union_all(own) if own else shapely.Polygon() for code, own in given.items()}
    told = [(code, area_m2(cells[code]), area_m2(shape)) for code, shape in after.items() if not _same(cells[code], shape)]
    gone = [(code, area_m2(cells[code]), 0.0) for code in cells if code not in after]
    return Repair(after, tuple(sorted([*told, *gone], key=lambda one: -abs(one[1] - one[2]))))


def _holders(faces: Sequence[BaseGeometry], usable: Cells, tree: shapely.STRtree) -> list[list[str]]:
    """Whose each face is, as drawn: by a point of it, and where that lies on a border, by the face itself."""
    codes = list(usable)
    points = shapely.point_on_surface(np.asarray(faces, dtype=object)) if faces else np.empty(0, dtype=object)
    holders: list[list[str]] = [[] for _face in faces]
    for face, cell in zip(*tree.query(points, "within"), strict=True):
        holders[face].append(codes[cell])
    for number, face in enumerate(faces):
        if not holders[number]:
            near = tree.query(face, "intersects")
            holders[number] = [codes[cell] for cell in near if _holds(usable[codes[cell]], face)]
    return holders


# --- faces -----------------------------------------------------------------------------------------------------------


def _touching(cells: Cells, shapes: Sequence[BaseGeometry]) -> dict[str, BaseGeometry]:
    """The cells that the shapes touch, and those beside them."""
    codes = list(cells)
    tree = shapely.STRtree([cells[code] for code in codes])
    near = sorted(set(tree.query(np.asarray(shapes, dtype=object), "intersects")[1].tolist()))
    return {codes[number]: cells[codes[number]] for number in near}


def _faces_of(shapes: Sequence[BaseGeometry], lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    laid = shapely.union_all([*(shape.boundary for shape in shapes), *lines])
    return list(shapely.get_parts(shapely.polygonize(shapely.get_parts(laid))))


def _holds(shape: BaseGeometry, face: BaseGeometry) -> bool:
    """Whether the face lies in the shape; it lies in it or outside, for the shape's border is among what cut the faces."""
    point = face.representative_point()
    if face.contains(point) and not shape.boundary.intersects(point):
        return bool(shape.contains(point))
    # A face with a spike thinner than numbers can tell: no point of it is safely inside.
    return bool(shape.intersection(face).area > face.area / 2)


def _rebuilt(near: Cells, faces: Sequence[BaseGeometry]) -> dict[str, BaseGeometry]:
    return {
        code: shapely.coverage_union_all([face for face in faces if _holds(shape, face)]) for code, shape in near.items()
    }


def _one_piece(faces: Sequence[BaseGeometry], code: str, before: BaseGeometry) -> BaseGeometry:
    if not faces:
        raise CannotDraw(f"网格 {code} 会一点地方也不剩。要并掉它请用“合并”。")
    whole = shapely.coverage_union_all(list(faces))
    if whole.geom_type != "Polygon" and before.geom_type == "Polygon":
        raise CannotDraw(f"网格 {code} 会被切成几块。请换一种画法，或者先切分它。")
    return whole


def _longest_border(face: BaseGeometry, beside: Cells) -> str:
    """Whose border with the face is longest; the lowest code of several."""
    if not beside:
        raise CannotDraw("让出来的地方没有相邻的网格可以接。请换一种画法。")
    line = face.boundary
    return min(sorted(beside), key=lambda code: -round(line.intersection(beside[code].buffer(1e-8)).length, 10))


def _changed(cells: Cells, after: Mapping[str, BaseGeometry | None]) -> Changes:
    return {code: shape for code, shape in after.items() if code not in cells or shape is None or not _same(cells[code], shape)}


def _same(before: BaseGeometry, after: BaseGeometry) -> bool:
    """Point for point the same, wherever the rings begin."""
    return bool(shapely.equals_exact(shapely.normalize(before), shapely.normalize(after)))


def _with_moved(points: np.ndarray, at: tuple[float, float], to: tuple[float, float]) -> np.ndarray:
    points = points.copy()
    points[np.abs(points - at).max(axis=1) <= SAME_POINT] = to
    return points
