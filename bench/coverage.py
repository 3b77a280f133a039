"""The coverage audit of a layer of grids, beside what bare Shapely needs to say only whether it is valid and what it covers."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import shapely

from wenming.territory.rules.coverage import Cell, audit_partition
from wenming.territory.rules.geometry import METRES_PER_DEGREE

from .figures import Goal, tell_ratio, tell_value
from .inside import Effort
from .paired import paired

BOX = (113.15, 22.19, 113.58, 22.78)
SIZES = ((5_000, 10.0), (200_000, 60.0))


def measure(effort: Effort) -> None:
    for many, seconds in SIZES[:1] if effort.quick else SIZES:
        shapes, territory = _partition(many)
        cells = [Cell(f"{number:015d}", shape) for number, shape in enumerate(shapes)]

        def bare(shapes: np.ndarray = shapes, territory: shapely.Geometry = territory) -> None:
            shapely.is_valid(shapes)
            shapely.coverage_is_valid(shapes)
            territory.difference(shapely.coverage_union_all(shapes))

        def ours(cells: list[Cell] = cells, territory: shapely.Geometry = territory) -> None:
            assert audit_partition(cells, territory).is_clean

        pairs = paired(_once(ours), _once(bare), pairs=min(effort.pairs, 5))
        tell_ratio(f"audit of {many:,} grids", pairs, against="bare Shapely: valid, coverage, union, difference", goal=Goal(2))
        tell_value(f"audit of {many:,} grids, seconds", pairs.ours.median, " s", Goal(seconds, " s"))
        middle = many // 2
        torn = [*cells[:middle], Cell(cells[middle].code, shapes[middle].buffer(-1 / METRES_PER_DEGREE)), *cells[middle + 1 :]]
        began = time.perf_counter()
        found = audit_partition(torn, territory).findings
        assert found, "a metre drawn back was not found"
        tell_value(f"the same with one border a metre back, {len(found)} found", time.perf_counter() - began, " s")


def _partition(many: int) -> tuple[np.ndarray, shapely.Geometry]:
    rng = np.random.default_rng(7)
    seeds = shapely.MultiPoint(rng.uniform(BOX[:2], BOX[2:], (many, 2)))
    shapes = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=shapely.box(*BOX)))
    return shapes, shapely.coverage_union_all(shapes)


def _once(act: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    return timed
