"""The closure proof of a whole city, and tiles of its map."""

from __future__ import annotations

import time
from statistics import quantiles

import numpy as np
import shapely
from django.utils import timezone

from wenming.responsibilities import closure
from wenming.responsibilities.rules.matrix import answering
from wenming.responsibilities.selectors import matrix_on, role_holders_on
from wenming.territory.grounds import city_map
from wenming.territory.rules.mvt import tile_of
from wenming.territory.tiles import SOURCES, kept

from .figures import Goal, duration, tell, tell_value
from .inside import Effort

ASKED_ONE_BY_ONE = 2_000
ZOOMS = (11, 12, 14, 16)


def measure(effort: Effort) -> None:
    _proof()
    _tiles(40 if effort.quick else 400)


def _proof() -> None:
    today = timezone.localdate()
    drawn, cutting = _timed(lambda: city_map().cut())
    proof, whole = _timed(lambda: closure.prove(today, city=city_map()))
    _again, bare = _timed(lambda: shapely.union_all(np.concatenate([
        shapely.get_parts(shapely.boundary(np.asarray([cell.shape for cell in cells], dtype=object)))
        for cells in city_map().layers.values() if len(cells)
    ]), grid_size=1e-9))  # fmt: skip
    cut = f"{duration(cutting)}, {len(drawn.pieces):,} pieces"
    tell(
        "city cut by all borders",
        cut,
        f"bare noding {duration(bare)}",
        f"{cutting / bare:.1f}",
        Goal(10),
        cutting / bare,
    )
    found = proof.closure
    tell_value(
        "closure proof of a week", whole, " s", Goal(60), note=f"{found.questions:,} questions, {found.asked:,} asked"
    )
    order = closure.order_between(today, today + closure.WEEK)
    ask = answering(today, matrix_on(today), role_holders_on(today))
    pairs = [(matter, ground.spots[0]) for matter in order.matters for ground in proof.grounds.grounds if ground.spots][
        :ASKED_ONE_BY_ONE
    ]
    _answers, some = _timed(lambda: [ask(*pair) for pair in pairs])
    one_by_one = some / len(pairs) * found.questions
    _closed, grouped = _timed(lambda: closure.close(proof.grounds.grounds, order, today, today + closure.WEEK))
    tell(
        "the matrix over all grounds",
        duration(grouped),
        f"one by one {duration(one_by_one)}",
        f"{grouped / one_by_one:.2f}",
    )
    _would, change = _timed(lambda: closure.closure_with(today, without=order.rules[0].id))
    tell("what ending a line would open", duration(change), "before and after, whole city and week")


def _tiles(how_many: int) -> None:
    rng = np.random.default_rng(7)
    source = SOURCES["block"]
    layer, reading = _timed(lambda: kept(source, source.token()))
    west, south, east, north = shapely.total_bounds(layer.shapes)
    taken, sizes = [], []
    for number in range(how_many):
        z = ZOOMS[number % len(ZOOMS)]
        x, y = tile_of(rng.uniform(west, east), rng.uniform(south, north), z)
        tile, seconds = _timed(lambda z=z, x=x, y=y: layer.tile("block", z, x, y))
        taken.append(seconds)
        sizes.append(len(tile))
    slow = 1000 * quantiles(taken, n=20)[-1]
    tell_value(
        "tile of grids, p95", slow, " ms", Goal(300), note=f"median {duration(sorted(taken)[how_many // 2])}, none kept"
    )
    tell(
        "tile of grids, size p95", f"{quantiles(sizes, n=20)[-1] / 1000:,.1f} kB", f"layer read in {duration(reading)}"
    )


def _timed(run):  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    return run(), time.perf_counter() - began
