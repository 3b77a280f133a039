"""Editing shared borders: whatever is done to a clean layer leaves it clean, or is refused."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.territory.rules.coverage import Cell, audit_partition
from wenming.territory.rules.geometry import area_m2
from wenming.territory.rules.topology import CannotDraw, knit, merge, move_point, propose_repair, reshape, split

from .test_coverage import BOX, METRE, partition, square


def whole_of(cells):
    return {cell.code: cell.geometry for cell in cells}


def after(cells, changes):
    left = {**cells, **changes}
    return {code: shape for code, shape in left.items() if shape is not None}


def is_clean(cells, territory):
    return audit_partition([Cell(code, shape) for code, shape in cells.items()], territory).is_clean


FOUR = {str(n): square(n % 2, n // 2) for n in range(4)}
TERRITORY = shapely.coverage_union_all(list(FOUR.values()))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 30), data=st.data())
def test_any_split_leaves_a_clean_layer_or_is_refused(seed, many, data):
    listed, territory = partition(seed, many)
    cells = whole_of(listed)
    code = data.draw(st.sampled_from(sorted(cells)))
    middle, turn = cells[code].centroid, data.draw(st.floats(0, 3.14))
    reach = np.array([np.cos(turn), np.sin(turn)]) * data.draw(st.floats(0.001, 0.05))
    line = shapely.LineString([(middle.x - reach[0], middle.y - reach[1]), (middle.x + reach[0], middle.y + reach[1])])
    try:
        changes = split(cells, code, line, "new")
    except CannotDraw:
        return
    now = after(cells, changes)
    assert is_clean(now, territory)
    assert now[code].area + now["new"].area == pytest.approx(cells[code].area, rel=1e-9)
    assert len(now) == len(cells) + 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 30), wide=st.floats(0.0005, 0.01), data=st.data())
def test_any_reshape_leaves_a_clean_layer_or_is_refused(seed, many, wide, data):
    listed, territory = partition(seed, many)
    cells = whole_of(listed)
    code = data.draw(st.sampled_from(sorted(cells)))
    bump = shapely.Point(*shapely.get_coordinates(cells[code].exterior)[0]).buffer(wide, quad_segs=2)
    wanted = data.draw(st.sampled_from([cells[code].union(bump), cells[code].difference(bump)]))
    try:
        changes = reshape(cells, code, wanted, territory)
    except CannotDraw:
        return
    now = after(cells, changes)
    assert is_clean(now, territory)
    assert now[code].symmetric_difference(wanted.intersection(territory)).area < 1e-12
    assert set(now) == set(cells)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 30), data=st.data())
def test_moving_a_corner_moves_it_for_every_neighbour(seed, many, data):
    listed, territory = partition(seed, many)
    cells = whole_of(listed)
    inner = sorted({tuple(p) for shape in cells.values() for p in shapely.get_coordinates(shape).tolist()})
    inner = [p for p in inner if territory.boundary.distance(shapely.Point(p)) > METRE]
    if not inner:
        return
    at = data.draw(st.sampled_from(inner))
    to = (at[0] + data.draw(st.floats(-2, 2)) * METRE, at[1] + data.draw(st.floats(-2, 2)) * METRE)
    try:
        changes = move_point(cells, at, to)
    except CannotDraw:
        return
    now = after(cells, changes)
    if all(not a.overlaps(b) for a in changes.values() for b in changes.values() if a is not b):
        assert is_clean(now, territory)


def test_merging_neighbours_keeps_the_first_code_and_a_clean_layer():
    now = after(FOUR, merge(FOUR, "0", ["1"]))
    assert set(now) == {"0", "2", "3"}
    assert is_clean(now, TERRITORY)
    with pytest.raises(CannotDraw, match="没有挨在一起"):
        merge(FOUR, "0", ["3"])


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(lambda: split(FOUR, "0", shapely.LineString([(113, 22.1), (113.1, 22.1)]), "9"), "正好分成两块", id="a line past it"),
        pytest.param(lambda: reshape(FOUR, "0", square(0, 0, 2, 1)), "一点地方也不剩", id="swallowing a neighbour"),
        pytest.param(lambda: reshape(FOUR, "0", square(0, 0, 1.5, 1).union(square(1, 0.4, 1, 0.2))), "切成几块", id="tearing one apart"),
        pytest.param(lambda: reshape(FOUR, "0", shapely.LineString([(0, 0), (1, 1)])), "要一个面", id="no area"),
        pytest.param(lambda: move_point(FOUR, (113.005, 22.005), (113, 22)), "没有界点", id="no corner there"),
        pytest.param(lambda: move_point(FOUR, (113.01, 22.01), (113.03, 22.012)), "自己", id="a knot"),
    ],
)  # fmt: skip
def test_what_makes_no_grids_is_refused_in_words(act, words):
    with pytest.raises(CannotDraw, match=words):
        act()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(3, 25), data=st.data())
def test_a_repair_of_metre_wide_faults_is_clean_and_tells_what_it_changes(seed, many, data):
    listed, territory = partition(seed, many)
    cells = whole_of(listed)
    code = data.draw(st.sampled_from([c for c, s in sorted(cells.items()) if not s.buffer(-METRE * 30).is_empty] or sorted(cells)))
    torn = {**cells, code: cells[code].buffer(data.draw(st.sampled_from([-METRE, METRE])), join_style="mitre")}
    if torn[code].is_empty:
        return
    repair = propose_repair(torn, territory)
    assert is_clean(repair.cells, territory)
    assert {one for one, _before, _after in repair.changes} != set()
    before, total = shapely.box(*BOX), sum(map(area_m2, repair.cells.values()))
    assert total == pytest.approx(area_m2(territory), rel=1e-4) and before.is_valid


def test_a_wide_gap_is_not_given_away():
    three = {code: shape for code, shape in FOUR.items() if code != "3"}
    assert propose_repair(three, TERRITORY).changes == ()


def test_what_comes_from_elsewhere_is_knit_to_what_is_beside_it_and_nothing_is_repaired():
    west, south = FOUR["0"].bounds[:2]
    halves = {"a": shapely.box(west, south, 113.01, 22.0043), "b": shapely.box(west, 22.0043, 113.01, 22.01)}
    mixed = {code: shape for code, shape in FOUR.items() if code != "0"} | halves
    assert not is_clean(mixed, TERRITORY), "a point on one side of the border only"
    assert is_clean(after(mixed, knit(mixed, ["a", "b"])), TERRITORY)
    apart = {**mixed, "b": shapely.box(west, 22.0044, 113.01, 22.01)}
    left = after(apart, knit(apart, ["a", "b"]))
    assert left["a"].symmetric_difference(apart["a"]).area < 1e-15, "a gap of ten metres stays a gap"
    assert not is_clean(left, TERRITORY)
