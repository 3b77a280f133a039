"""From any datum a phone or a web map hands in to the house's own: CGCS2000 degrees.

GCJ-02 is what Chinese web maps and chat programs give (offset by up to about 600 m), BD-09 is GCJ-02 offset once
more. Both are smooth functions of WGS-84 with no closed inverse. CGCS2000 and WGS-84 differ by decimetres at most in
today's China, less than any phone measures, and are taken as equal.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, hypot, isfinite, pi, sin, sqrt

Point = tuple[float, float]  # longitude, latitude in degrees

# The ellipsoid of GCJ-02 is Krassovsky's, not the one of the coordinates it distorts.
SEMI_MAJOR_AXIS_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BD_TURN = pi * 3000.0 / 180.0
INVERSE_TOLERANCE_DEGREES = 1e-9


class Datum(StrEnum):
    """The coordinate systems (坐标系) that a point may be given in."""

    CGCS2000 = "cgcs2000"
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @property
    def label(self) -> str:
        return {"cgcs2000": "CGCS2000", "wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}[self.value]


def to_cgcs2000(longitude: float, latitude: float, datum: Datum) -> Point:
    """The point in CGCS2000 degrees, exact to less than 1e-6° (0.1 m).

    Raises ValueError for a pair of numbers that is no place on earth.
    """
    if not (isfinite(longitude) and isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        raise ValueError(f"({longitude}, {latitude}) is not a longitude and a latitude in degrees")
    match datum:
        case Datum.GCJ02:
            return gcj02_to_wgs84(longitude, latitude)
        case Datum.BD09:
            return gcj02_to_wgs84(*bd09_to_gcj02(longitude, latitude))
        case _:
            return longitude, latitude


def from_cgcs2000(longitude: float, latitude: float, datum: Datum) -> Point:
    """The same point as a map in `datum` shows it."""
    match datum:
        case Datum.GCJ02:
            return wgs84_to_gcj02(longitude, latitude)
        case Datum.BD09:
            return gcj02_to_bd09(*wgs84_to_gcj02(longitude, latitude))
        case _:
            return longitude, latitude


def is_outside_china(longitude: float, latitude: float) -> bool:
    """True where GCJ-02 applies no offset: outside the rectangle that its formula was published with."""
    return not (72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271)


def wgs84_to_gcj02(longitude: float, latitude: float) -> Point:
    if is_outside_china(longitude, latitude):
        return longitude, latitude
    east, north = _offset_m(longitude - 105.0, latitude - 35.0)
    phi = latitude / 180.0 * pi
    root = sqrt(1 - ECCENTRICITY_SQUARED * sin(phi) ** 2)
    meridian_radius = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED) / root**3
    parallel_radius = SEMI_MAJOR_AXIS_M / root * cos(phi)
    return longitude + east * 180.0 / (parallel_radius * pi), latitude + north * 180.0 / (meridian_radius * pi)


def gcj02_to_wgs84(longitude: float, latitude: float) -> Point:
    if is_outside_china(longitude, latitude):
        return longitude, latitude
    return _inverse(wgs84_to_gcj02, (longitude, latitude))


def gcj02_to_bd09(longitude: float, latitude: float) -> Point:
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * BD_TURN)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * BD_TURN)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def bd09_to_gcj02(longitude: float, latitude: float) -> Point:
    return _inverse(gcj02_to_bd09, (longitude, latitude))


def _inverse(forward: Callable[[float, float], Point], target: Point) -> Point:
    """The point that `forward` moves to `target`: fixed-point iteration, which converges because offsets are smooth."""
    longitude, latitude = target
    for _ in range(30):
        seen = forward(longitude, latitude)
        miss_lon, miss_lat = target[0] - seen[0], target[1] - seen[1]
        longitude, latitude = longitude + miss_lon, latitude + miss_lat
        if max(abs(miss_lon), abs(miss_lat)) < INVERSE_TOLERANCE_DEGREES:
            break
    return longitude, latitude


def _offset_m(x: float, y: float) -> Point:
    """The public offset polynomial: metres east and north at x, y degrees from 105°E 35°N."""
    common = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += _waves(x, (20.0, 40.0), (1.0, 3.0)) + _waves(x, (150.0, 300.0), (12.0, 30.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += _waves(y, (20.0, 40.0), (1.0, 3.0)) + _waves(y, (160.0, 320.0), (12.0, 30.0))
    return east, north


def _waves(at: float, heights: Point, lengths: Point) -> float:
    return sum(h * sin(at / length * pi) for h, length in zip(heights, lengths, strict=True)) * 2.0 / 3.0
