"""In bends too every metre has ground of its own: pieces never overlap, and leave out nothing beside the street."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wenming.territory.rules.bends import Bands

WALL = 9.0
ACROSS_M2 = 0.02


def bent(*turns: float, length: float = 30.0) -> shapely.LineString:
    """A line that turns by these degrees, to the left where they are positive, after every so many metres."""
    points, heading = [(0.0, 0.0)], 0.0
    for turn in (0.0, *turns):
        heading += math.radians(turn)
        x, y = points[-1]
        points.append((x + length * math.cos(heading), y + length * math.sin(heading)))
    return shapely.LineString(points)


def pieces(line: shapely.LineString, side: int, cuts: list[float], near: float = 0.0) -> list[shapely.Geometry]:
    bands = Bands(line, WALL)
    return [bands.between(side, since, to, near) for since, to in itertools.pairwise(cuts)]


def overlap(shapes: list[shapely.Geometry]) -> float:
    return sum(one.area for one in shapes) - shapely.union_all(shapes).area


lines = st.builds(
    lambda turns, length: bent(*turns, length=length),
    st.lists(st.floats(-150, 150), min_size=1, max_size=5), st.floats(2, 40),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(lines, st.sampled_from([1, -1]), st.lists(st.floats(0, 1), max_size=8), st.sampled_from([0.0, 6.0]))
def test_no_two_metres_share_ground(line: shapely.LineString, side: int, shares: list[float], near: float) -> None:
    assume(line.is_simple)
    cuts = sorted({0.0, line.length, *(round(share * line.length, 2) for share in shares)})
    assert overlap(pieces(line, side, cuts, near)) < ACROSS_M2


@settings(max_examples=60, deadline=None)
@given(lines)
def test_the_two_sides_share_no_ground(line: shapely.LineString) -> None:
    assume(line.is_simple)
    bands = Bands(line, WALL)
    left, right = (bands.between(side, 0.0, line.length, 0.0) for side in (1, -1))
    assert left.intersection(right).area < ACROSS_M2


@settings(max_examples=60, deadline=None)
@given(lines, st.lists(st.tuples(st.floats(0, 1), st.floats(0.3, 0.95)), min_size=4, max_size=12))
def test_whatever_lies_beside_the_street_is_somebodys(line: shapely.LineString, spots: list[tuple[float, float]]) -> None:
    assume(line.is_simple)
    cuts = list(np.linspace(0, line.length, 7))
    ground = shapely.union_all([*pieces(line, 1, cuts), *pieces(line, -1, cuts)])
    segments = [shapely.LineString(pair) for pair in itertools.pairwise(line.coords)]
    for share, off in spots:
        one = segments[int(share * len(segments)) % len(segments)]
        point = one.offset_curve(off * WALL).interpolate(0.5, normalized=True)
        assert ground.distance(point) < 0.01


@pytest.mark.parametrize("turn", [30, 90, 135, 150])
def test_in_a_bend_the_border_of_two_metres_is_the_bisector(turn: float) -> None:
    line = bent(turn, length=60)
    before, after = pieces(line, 1, [0.0, 60.0, 120.0])
    assert before.area == pytest.approx(after.area, abs=0.05), "on the inside both give way alike"
    corner = shapely.Point(60, 0)
    towards = math.radians(90 + turn / 2)
    on_the_bisector = shapely.Point(60 + 3 * math.cos(towards), 3 * math.sin(towards))
    assert before.distance(on_the_bisector) < 0.01 and after.distance(on_the_bisector) < 0.01
    assert before.distance(corner) < 0.01
    outside = pieces(line, -1, [0.0, 60.0, 120.0])
    assert outside[0].area == pytest.approx(outside[1].area, abs=0.05), "on the outside each has half of the wedge"


def test_a_straight_street_is_cut_straight_across() -> None:
    shapes = pieces(bent(), 1, [0.0, 10.0, 30.0], near=6.0)
    assert [shape.area for shape in shapes] == [pytest.approx(30.0), pytest.approx(60.0)]


def test_metres_that_have_no_wall_before_them_have_no_ground() -> None:
    """Inside a right angle the wall stands nine metres before the corner: what is measured beyond has none."""
    line = bent(90, length=60)
    assert Bands(line, WALL).between(1, 55.0, 60.0, 6.0).is_empty
    assert not Bands(line, WALL).between(1, 45.0, 60.0, 6.0).is_empty
