"""Cutting the plane by borders: every point in exactly one piece, every piece alike throughout."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from wenming.territory.rules.arrangement import arrange
from wenming.territory.rules.geometry import METRES_PER_DEGREE, area_m2

LON, LAT = 113.38, 22.52
METRE = 1 / METRES_PER_DEGREE


def near(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in metres east and north of one point."""
    return box(LON + west * METRE, LAT + south * METRE, LON + east * METRE, LAT + north * METRE)


def test_a_city_covered_once_is_its_own_arrangement() -> None:
    city, halves = near(0, 0, 200, 100), [near(0, 0, 100, 100), near(100, 0, 200, 100)]
    found = arrange([[city], halves])
    assert sorted(piece.cells for piece in found.pieces) == [((0,), (0,)), ((0,), (1,))]
    assert found.area_m2 == pytest.approx(area_m2(city), rel=1e-6)


def test_a_seam_of_one_metre_is_a_piece_of_its_own() -> None:
    found = arrange([[near(0, 0, 200, 100)], [near(0, 0, 100, 100), near(101, 0, 200, 100)]])
    (seam,) = [piece for piece in found.pieces if piece.cells == ((0,), ())]
    assert seam.area_m2 == pytest.approx(100 * np.cos(np.radians(LAT)), rel=1e-3)
    assert LON + 100 * METRE < seam.longitude < LON + 101 * METRE


def test_an_overlap_of_one_metre_is_a_piece_in_both() -> None:
    found = arrange([[], [near(0, 0, 101, 100), near(100, 0, 200, 100)]])
    assert sorted(piece.cells for piece in found.pieces) == [((), (0,)), ((), (0, 1)), ((), (1,))]


def test_nothing_drawn_has_no_pieces() -> None:
    assert arrange([[], []]).pieces == ()


corners = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 20), st.integers(1, 20))
boxes = st.lists(corners.map(lambda c: near(c[0] * 10, c[1] * 10, (c[0] + c[2]) * 10, (c[1] + c[3]) * 10)), max_size=4)
triangles = st.lists(
    st.tuples(*[st.floats(0, 600)] * 6)
    .map(lambda p: shapely.Polygon([(LON + p[i] * METRE, LAT + p[i + 1] * METRE) for i in (0, 2, 4)]))
    .filter(lambda shape: area_m2(shape) > 100),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(boxes, triangles, st.integers(0, 2**32 - 1))
def test_any_point_lies_where_its_piece_says(
    first: list[shapely.Polygon], second: list[shapely.Polygon], seed: int
) -> None:
    """Random points: the polygons around each are those of exactly one piece, and no ground is lost or counted twice."""
    found = arrange([first, second])
    union = shapely.union_all([*first, *second])
    assert found.area_m2 + found.crumbs_m2 == pytest.approx(area_m2(union), rel=1e-3, abs=1)
    known = {piece.cells for piece in found.pieces}
    places = np.random.default_rng(seed).uniform(0, 600, (50, 2)) * METRE + (LON, LAT)
    for point in shapely.points(places):
        if shapely.distance(point, shapely.union_all([shape.boundary for shape in [*first, *second]])) < METRE / 1000:
            continue
        around = tuple(tuple(i for i, shape in enumerate(layer) if shape.contains(point)) for layer in (first, second))
        assert around in known or not any(around)


@settings(max_examples=30, deadline=None)
@given(boxes, triangles)
def test_each_piece_is_alike_throughout(first: list[shapely.Polygon], second: list[shapely.Polygon]) -> None:
    """The area of all pieces inside one polygon is the polygon's own."""
    found = arrange([first, second])
    for layer, shapes in enumerate((first, second)):
        for number, shape in enumerate(shapes):
            inside = sum(piece.area_m2 for piece in found.pieces if number in piece.cells[layer])
            assert inside == pytest.approx(area_m2(shape), rel=1e-3, abs=1)
