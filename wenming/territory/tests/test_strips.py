"""The strip in front of a door: as long and as deep as it is told, beside its neighbour's and never over it."""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import cos, sin

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from wenming.territory.rules.geometry import area_m2, metres_per_degree
from wenming.territory.rules.strips import LEFT, RIGHT, Along, line_length_cm, middle_of, strip

LON, LAT = 113.38, 22.51
EAST, NORTH = metres_per_degree(LAT)


def street(*metres: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(LON + x / EAST, LAT + y / NORTH) for x, y in metres])


def in_metres(shape: BaseGeometry) -> BaseGeometry:
    return shapely.set_precision(shapely.transform(shape, lambda points: (points - (LON, LAT)) * (EAST, NORTH)), 0.001)


def test_a_strip_of_ten_by_three_metres_has_thirty() -> None:
    area = strip(street((0, 0), (100, 0)), LEFT, 1_000, 2_000, 900, 300)

    assert area_m2(area) == pytest.approx(30, rel=0.001)
    assert area.bounds[1] == pytest.approx(LAT + 6 / NORTH, abs=1e-8) and area.bounds[3] == pytest.approx(LAT + 9 / NORTH, abs=1e-8)


def test_the_right_side_lies_to_the_right() -> None:
    assert strip(street((0, 0), (100, 0)), RIGHT, 0, 1_000, 900, 300).bounds[3] < LAT
    assert middle_of(street((0, 0), (100, 0)), RIGHT, 0, 1_000, 900)[1] == pytest.approx(LAT - 9 / NORTH, abs=1e-7)


@given(st.lists(st.integers(100, 2_000), min_size=2, max_size=12), st.sampled_from([LEFT, RIGHT]), st.floats(0, 6.28))
def test_neighbours_strips_touch_and_do_not_overlap(lengths: list[int], side: str, turn: float) -> None:
    total = sum(lengths) / 100
    line = street((0, 0), (total * cos(turn), total * sin(turn)))
    edges = [0, *accumulate(lengths)]
    strips = [strip(line, side, a, b, 900, 400) for a, b in pairwise(edges)]

    ground = [in_metres(one) for one in strips]
    assert sum(one.area for one in ground) == pytest.approx(total * 4, rel=0.01)
    assert shapely.union_all(ground, grid_size=0.001).area == pytest.approx(total * 4, rel=0.01)
    across = in_metres(strip(line, RIGHT if side == LEFT else LEFT, 0, edges[-1], 900, 900))
    assert sum(shapely.intersection(across, one, grid_size=0.001).area for one in ground) < 0.1


@given(st.floats(-1, 1), st.integers(100, 900))
def test_a_bend_is_followed(bend: float, depth: int) -> None:
    line = street((0, 0), (50, 50 * bend), (100, 0))
    area = strip(line, LEFT, 0, line_length_cm(line), 900, depth)

    assert in_metres(area).is_valid and not area.is_empty
    assert area_m2(area) == pytest.approx(line_length_cm(line) * depth / 1e4, rel=0.25)


@st.composite
def bent(draw: st.DrawFn) -> tuple[shapely.LineString, list[int], list[int]]:
    """A street of straight pieces that turns by at most 40° from one to the next; where it bends, where its stretches end (cm)."""
    turns, pieces = [0.0, *draw(st.lists(st.floats(-0.7, 0.7), min_size=1, max_size=5))], []
    heading, points = draw(st.floats(0, 6.28)), [(0.0, 0.0)]
    for turn in turns:
        heading, length = heading + turn, draw(st.integers(40, 200))
        pieces.append(length)
        points.append((points[-1][0] + length * cos(heading), points[-1][1] + length * sin(heading)))
    line = street(*points)
    whole = line_length_cm(line)
    cuts = sorted(draw(st.sets(st.integers(300, whole - 300), max_size=12)))
    return line, [100 * at for at in accumulate(pieces)][:-1], [0, *cuts, whole]


@settings(max_examples=60, deadline=None)
@given(bent(), st.sampled_from([LEFT, RIGHT]))
def test_on_a_street_with_bends_strips_cross_only_at_a_bend(
    told: tuple[shapely.LineString, list[int], list[int]], side: str
) -> None:
    """Between bends no two strips share ground; where two cross, the bend is no farther from their cut than the wall."""
    line, bends, edges = told
    wall = 900
    ground = [in_metres(strip(line, side, a, b, wall, 400)) for a, b in pairwise(edges)]
    assert all(one.is_valid and one.area > 0 for one in ground)
    for first, (_begin, end) in enumerate(pairwise(edges)):
        for second in range(first + 1, len(ground)):
            if shapely.intersection(ground[first], ground[second], grid_size=0.001).area > 0.05:
                near = [at for at in bends if end - wall <= at <= edges[second] + wall]
                assert near, f"stretches {first} and {second} share ground far from any bend"


@settings(max_examples=60, deadline=None)
@given(bent(), st.sampled_from([LEFT, RIGHT]), st.data())
def test_a_door_at_the_wall_lies_beside_its_own_stretch(
    told: tuple[shapely.LineString, list[int], list[int]], side: str, data: st.DataObject
) -> None:
    """Away from bends every door is told back to the stretch it stands on, the side and the distance of the wall."""
    line, bends, edges = told
    begin, end = data.draw(st.sampled_from(list(pairwise(edges))))
    middle = (begin + end) // 2
    if any(abs(at - middle) < 1_000 for at in bends) or not 60 < middle < edges[-1] - 60:
        return

    beside = Along(line).beside(*middle_of(line, side, begin, end, 300))

    assert abs(beside.along_cm - middle) <= 5
    assert beside.side == side
    assert abs(abs(beside.off_cm) - 300) <= 5


@pytest.mark.parametrize("depth", [0, -1, 901])
def test_nobodys_strip_crosses_the_middle_of_the_street(depth: int) -> None:
    with pytest.raises(ValueError, match="between the wall and the middle"):
        strip(street((0, 0), (100, 0)), LEFT, 0, 1_000, 900, depth)
