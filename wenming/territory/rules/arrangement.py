"""The arrangement of several layers of polygons: the pieces into which all their borders together cut the plane.

Every point lies in exactly one piece, and all points of a piece lie in the same polygons. What holds of one point
of each piece therefore holds of the whole plane: a proof over a city needs no sampling. Policy: 7.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .geometry import METRES_PER_DEGREE

# A tenth of a millimetre. Positions are stored to seven decimals (a centimetre), so no two borders fall together by this.
NODING_DEGREES = 1e-9
# A strip of a tenth of a millimetre along a border of ten kilometres is one square metre; crumbs are far below it.
CRUMB_M2 = 1e-3


@dataclass(frozen=True)
class Piece:
    """One piece, with a point inside it. cells: for each layer the numbers of its polygons that the piece lies in."""

    area_m2: float
    longitude: float
    latitude: float
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Arrangement:
    """All pieces in at least one polygon. crumbs_m2: what rounding left over, too small to be anybody's ground."""

    pieces: tuple[Piece, ...]
    crumbs_m2: float

    @property
    def area_m2(self) -> float:
        return sum(piece.area_m2 for piece in self.pieces)


def arrange(layers: Sequence[Sequence[BaseGeometry]]) -> Arrangement:
    """Cut the plane by the borders of all polygons of all layers. Degrees in, square metres out.

    Borders are noded exactly, to a tenth of a millimetre; whether a piece lies in a polygon is asked at a point inside.
    """
    shapes = [np.asarray(layer, dtype=object) for layer in layers]
    borders = [shapely.get_parts(shapely.boundary(layer)) for layer in shapes if len(layer)]
    if not borders:
        return Arrangement((), 0.0)
    noded = shapely.get_parts(shapely.union_all(np.concatenate(borders), grid_size=NODING_DEGREES))
    faces = shapely.get_parts(shapely.polygonize(noded))
    if not len(faces):
        return Arrangement((), 0.0)
    areas = _areas_m2(faces)
    whole = areas >= CRUMB_M2
    faces, kept = faces[whole], areas[whole]
    inside = shapely.point_on_surface(faces)
    over = [_cells_over(inside, layer) for layer in shapes]
    xs, ys = shapely.get_x(inside), shapely.get_y(inside)
    pieces = tuple(
        Piece(float(kept[i]), float(xs[i]), float(ys[i]), tuple(cells[i] for cells in over))
        for i in range(len(faces))
        if any(cells[i] for cells in over)
    )
    return Arrangement(pieces, float(areas[~whole].sum()))


def _cells_over(points: np.ndarray, layer: np.ndarray) -> list[tuple[int, ...]]:
    """For each point the numbers of the layer's polygons around it, in order."""
    found: list[list[int]] = [[] for _point in points]
    if len(layer):
        for point, cell in zip(*shapely.STRtree(layer).query(points, "intersects"), strict=True):
            found[point].append(int(cell))
    return [tuple(sorted(cells)) for cells in found]


def _areas_m2(faces: np.ndarray) -> np.ndarray:
    """Each flattened at the latitude of its own middle, as everywhere in this house."""
    bounds = shapely.bounds(faces)
    narrower = np.cos(np.radians((bounds[:, 1] + bounds[:, 3]) / 2))
    areas: np.ndarray = shapely.area(faces) * narrower * METRES_PER_DEGREE**2
    return areas
