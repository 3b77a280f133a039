import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.territory.rules.coordinates import (
    Datum,
    from_cgcs2000,
    gcj02_to_bd09,
    is_outside_china,
    to_cgcs2000,
    wgs84_to_gcj02,
)

IN_CHINA = st.tuples(st.floats(74, 135), st.floats(4, 53))
EVERYWHERE = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        pytest.param((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), id="Shanghai"),
        pytest.param((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), id="Shenzhen"),
        pytest.param((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), id="Beijing"),
    ],
)
def test_the_published_reference_points_come_out(wgs84, gcj02):
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-9)
    assert to_cgcs2000(*gcj02, Datum.GCJ02) == pytest.approx(wgs84, abs=1e-8)


def test_bd09_is_gcj02_offset_once_more():
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@given(IN_CHINA, st.sampled_from(Datum))
def test_there_and_back_is_the_same_place_to_a_tenth_of_a_metre(point, datum):
    there = from_cgcs2000(*point, datum)
    assert to_cgcs2000(*there, datum) == pytest.approx(point, abs=1e-6)


@given(EVERYWHERE.filter(lambda point: is_outside_china(*point)))
def test_outside_china_gcj02_changes_nothing(point):
    assert wgs84_to_gcj02(*point) == point
    assert to_cgcs2000(*point, Datum.GCJ02) == point


@given(EVERYWHERE, st.sampled_from(Datum))
def test_every_place_on_earth_gives_finite_numbers(point, datum):
    assert all(map(math.isfinite, to_cgcs2000(*point, datum)))


def test_wgs84_and_cgcs2000_are_taken_as_equal():
    assert to_cgcs2000(113.38, 22.52, Datum.WGS84) == to_cgcs2000(113.38, 22.52, Datum.CGCS2000) == (113.38, 22.52)


@pytest.mark.parametrize(
    "point", [(181, 0), (0, 91), (math.nan, 22), (113, math.inf)], ids=["too far east", "too far north", "nan", "inf"]
)
def test_numbers_that_are_no_place_are_refused(point):
    with pytest.raises(ValueError, match="degrees"):
        to_cgcs2000(*point, Datum.WGS84)
