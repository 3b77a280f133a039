"""The strip in front of a door: as long and as deep as it is told, beside its neighbour's and never over it."""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import cos, sin

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from wenming.territory.rules.geometry import area_m2, metres_per_degree
from wenming.territory.rules.strips import LEFT, RIGHT, line_length_cm, middle_of, strip

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


@pytest.mark.parametrize("depth", [0, -1, 901])
def test_nobodys_strip_crosses_the_middle_of_the_street(depth: int) -> None:
    with pytest.raises(ValueError, match="between the wall and the middle"):
        strip(street((0, 0), (100, 0)), LEFT, 0, 1_000, 900, depth)
