"""From degrees to the pixels of a drawn map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, log2, radians
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from .geometry import Bounds

STREET_CORNER = 17.0


@dataclass(frozen=True)
class View:
    """The window on the city: middle in degrees, zoom as web maps count, size in pixels."""

    longitude: float
    latitude: float
    zoom: float
    width: int
    height: int

    @classmethod
    def fitting(cls, bounds: Bounds, width: int, height: int, margin: float = 0.06, closest: float = STREET_CORNER) -> View:
        """The closest view that shows all of `bounds`, but not closer than a street corner, or than the zoom `closest`."""
        west, south, east, north = bounds
        lon, lat = (west + east) / 2, (south + north) / 2
        wide = max((east - west) * cos(radians(lat)) / width, (north - south) / height, 1e-9) * (1 + 2 * margin)
        return cls(lon, lat, min(log2(360 / 256 / wide * cos(radians(lat))), closest), width, height)

    @property
    def pixels_per_degree(self) -> tuple[float, float]:
        per_lon = 256 * 2**self.zoom / 360
        return per_lon, per_lon / cos(radians(self.latitude))

    @property
    def bounds(self) -> Bounds:
        per_lon, per_lat = self.pixels_per_degree
        half_lon, half_lat = self.width / 2 / per_lon, self.height / 2 / per_lat
        return (
            self.longitude - half_lon,
            self.latitude - half_lat,
            self.longitude + half_lon,
            self.latitude + half_lat,
        )

    def pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        per_lon, per_lat = self.pixels_per_degree
        return (
            round(self.width / 2 + (longitude - self.longitude) * per_lon, 1),
            round(self.height / 2 - (latitude - self.latitude) * per_lat, 1),
        )


def path_data(part: BaseGeometry, view: View) -> str:
    """A line or polygon as the `d` of an SVG path; empty for a shape smaller than a pixel."""
    if part.geom_type == "Polygon":
        return "".join(_line(ring.coords, view) + "Z" for ring in (part.exterior, *part.interiors) if not part.is_empty)
    return _line(part.coords, view) if part.geom_type == "LineString" and not part.is_empty else ""


def _line(coords: Iterable[Any], view: View) -> str:
    """One stroke in whole pixels, written as short steps from point to point."""
    per_lon, per_lat = view.pixels_per_degree
    points = np.asarray(coords)
    middle = (view.longitude, view.latitude)
    pixels = np.rint((points - middle) * (per_lon, -per_lat) + (view.width / 2, view.height / 2)).astype(int)
    steps = np.diff(pixels, axis=0)
    steps = steps[steps.any(axis=1)].tolist()
    if not steps:
        return ""
    return f"M{pixels[0, 0]} {pixels[0, 1]}l" + " ".join(f"{x} {y}" for x, y in steps)
