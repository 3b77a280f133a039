"""From the metres of a map projection to CGCS2000 degrees, by the projection that the file declares. Policy: 7.1.

Offices draw in CGCS2000 Gauss–Krüger zones (three and six degrees wide, with the zone's number in front of the easting or
without), in UTM or in web Mercator. The transverse Mercator is undone by Krüger's series to the fourth order in the third
flattening (Karney 2011, eqs. 11, 15, 35 and 36): inside a zone exact to a hundredth of a millimetre. Older Chinese systems
(Beijing 1954, Xi'an 1980) need parameters that only the surveyors hold: they are refused, not approximated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import pi

import numpy as np

FLATTENING = 1 / 298.257222101  # CGCS2000's; WGS 84's differs by a tenth of a millimetre on the ground
EQUATOR_M = 6_378_137.0
ZONE_M, FALSE_EASTING_M = 1_000_000.0, 500_000.0
# So far from its central meridian nobody draws in a zone; what lands farther away was read by the wrong one.
WIDEST_DEGREES = 6.0


@dataclass(frozen=True)
class Projection:
    """One way to write a place in metres. meridian: the central one, None for web Mercator; number: of the zone, or its meridian.

    form: `zone3`, `meridian3`, `zone6`, `meridian6`, `utm`, `mercator`, or `told` with the file's own name for it.
    """

    name: str
    form: str
    number: str = ""
    meridian: float | None = None
    scale: float = 1.0
    false_easting: float = FALSE_EASTING_M
    false_northing: float = 0.0

    def to_degrees(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) eastings and northings in metres to longitudes and latitudes. What is no place becomes NaN."""
        with np.errstate(all="ignore"):
            if self.meridian is None:
                turned: np.ndarray = np.degrees(points / EQUATOR_M)
                north = np.degrees(2 * np.arctan(np.exp(points[:, 1] / EQUATOR_M)) - pi / 2)
                return np.column_stack([turned[:, 0], north])
            return self._out_of_zone(points, self.meridian)

    def _out_of_zone(self, points: np.ndarray, meridian: float) -> np.ndarray:
        n = FLATTENING / (2 - FLATTENING)
        radius = EQUATOR_M / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
        xi = (points[:, 1] - self.false_northing) / (self.scale * radius)
        eta = (points[:, 0] - self.false_easting) / (self.scale * radius)
        xi_, eta_ = xi.copy(), eta.copy()
        for k, beta in enumerate(_betas(n), start=1):
            xi_ -= beta * np.sin(2 * k * xi) * np.cosh(2 * k * eta)
            eta_ -= beta * np.cos(2 * k * xi) * np.sinh(2 * k * eta)
        conformal = np.sin(xi_) / np.hypot(np.sinh(eta_), np.cos(xi_))
        longitude = meridian + np.degrees(np.arctan2(np.sinh(eta_), np.cos(xi_)))
        found = np.column_stack([longitude, np.degrees(np.arctan(_latitude_tangent(conformal)))])
        far = ~(np.abs(longitude - meridian) <= WIDEST_DEGREES)
        found[far] = np.nan
        return found


def _betas(n: float) -> tuple[float, ...]:
    return (
        n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96 - n**4 / 360, n**2 / 48 + n**3 / 15 - 437 * n**4 / 1440,
        17 * n**3 / 480 - 37 * n**4 / 840, 4397 * n**4 / 161_280,
    )  # fmt: skip


def _latitude_tangent(conformal: np.ndarray) -> np.ndarray:
    """The tangent of the latitude from that of the conformal latitude: Newton's steps, three are enough on this earth."""
    e2 = FLATTENING * (2 - FLATTENING)
    e, tangent = np.sqrt(e2), conformal / (1 - e2)
    for _step in range(4):
        sigma = np.sinh(e * np.arctanh(e * tangent / np.hypot(1, tangent)))
        reached = tangent * np.hypot(1, sigma) - sigma * np.hypot(1, tangent)
        slope = (1 + (1 - e2) * tangent**2) / ((1 - e2) * np.hypot(1, tangent))
        tangent = tangent + (conformal - reached) / np.hypot(1, reached) * slope
    return np.asarray(tangent)


def _zones() -> Iterator[Projection]:
    for zone in range(25, 46):
        yield Projection(f"EPSG:{4513 + zone - 25}", "zone3", str(zone), zone * 3.0, false_easting=zone * ZONE_M + FALSE_EASTING_M)
        yield Projection(f"EPSG:{4534 + zone - 25}", "meridian3", str(zone * 3), zone * 3.0)
    for zone in range(13, 24):
        middle = 6.0 * zone - 3
        yield Projection(f"EPSG:{4491 + zone - 13}", "zone6", str(zone), middle, false_easting=zone * ZONE_M + FALSE_EASTING_M)
        yield Projection(f"EPSG:{4502 + zone - 13}", "meridian6", f"{middle:g}", middle)
    for zone in range(43, 54):
        yield Projection(f"EPSG:{32600 + zone}", "utm", f"{zone}N", 6.0 * zone - 183, scale=0.9996)


WEB_MERCATOR = Projection("EPSG:3857", "mercator", "", None, false_easting=0.0)
PROJECTIONS = {one.name: one for one in (*_zones(), WEB_MERCATOR)}
DEGREES = {"EPSG:4490": "cgcs2000", "EPSG:4326": "wgs84", "OGC:CRS84": "wgs84", "EPSG:4480": "cgcs2000", "EPSG:4979": "wgs84"}
"""Declared systems of degrees and the datum that each is."""

_TODAYS = re.compile(r"china[_ ]?2000|cgcs[_ ]?2000|china geodetic coordinate system 2000|wgs[_ ]?(19)?84|world geodetic system 1984", re.I)
_NUMBER = r"[^\d\-]{1,4}(-?\d+(?:\.\d+)?)"
_PARAMETERS = {
    "meridian": re.compile(r"(?:central_meridian|longitude of natural origin)\"" + _NUMBER, re.I),
    "scale": re.compile(r"(?:scale_factor|scale factor at natural origin)\"" + _NUMBER, re.I),
    "false_easting": re.compile(r"false[_ ]easting\"" + _NUMBER, re.I),
    "false_northing": re.compile(r"false[_ ]northing\"" + _NUMBER, re.I),
    "origin": re.compile(r"(?:latitude_of_origin|latitude of natural origin)\"" + _NUMBER, re.I),
}


def declared(text: str) -> Projection | str | None:
    """What a file's own words about its coordinates mean: a projection, the name of a datum of degrees, or None.

    text: `EPSG:4547`, or well-known text as drawing programmes write it where no code fits. None: a system that is not
    known here, or an older one.
    """
    if text in PROJECTIONS:
        return PROJECTIONS[text]
    if text in DEGREES:
        return DEGREES[text]
    if not _TODAYS.search(text):
        return None
    if not re.search(r"transverse[_ ]mercator|gauss[_ ]kr[uü]ger", text, re.I):
        projected = re.search(r"PROJ(?:CS|CRS)\[", text)
        return None if projected else "wgs84" if re.search(r"wgs", text, re.I) else "cgcs2000"
    told = {name: float(found[1]) for name, pattern in _PARAMETERS.items() if (found := pattern.search(text))}
    if "meridian" not in told or told.pop("origin", 0.0) != 0.0:
        return None
    name = re.search(r'"([^"]+)"', text)
    return Projection(text, "told", name[1] if name else text[:40], **told)


def plausible(easting: float, northing: float, near: tuple[float, float]) -> list[tuple[Projection, float, float]]:
    """(projection, longitude, latitude) of every one that brings the point within two degrees of a city, the nearest first."""
    found = []
    for one in PROJECTIONS.values():
        lon, lat = one.to_degrees(np.array([[easting, northing]]))[0].tolist()
        if max(abs(lon - near[0]), abs(lat - near[1])) <= 2:
            found.append((one, lon, lat))
    return sorted(found, key=lambda each: (each[1] - near[0]) ** 2 + (each[2] - near[1]) ** 2)
