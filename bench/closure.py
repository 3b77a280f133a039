"""The closure proof of a whole city, in seconds of the processor."""

from __future__ import annotations

import time

import numpy as np
import shapely
from django.utils import timezone

from wenming.responsibilities import closure
from wenming.responsibilities.rules.matrix import answering
from wenming.responsibilities.selectors import matrix_on, role_holders_on
from wenming.territory.grounds import city_map

from .figures import Goal, duration, tell, tell_value
from .inside import Effort

ASKED_ONE_BY_ONE = 2_000


def measure(effort: Effort) -> None:
    _proof()


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


def _timed(run):  # type: ignore[no-untyped-def]
    began = time.process_time()
    return run(), time.process_time() - began
