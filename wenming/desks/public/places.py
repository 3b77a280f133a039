"""The small maps of the report form: drawn here, named from the city's own list of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wenming.territory.maps import Pin, svg_map
from wenming.territory.selectors import address_candidates, home_of, nearest_address, towns

WIDTH, HEIGHT = 340, 170
CLOSE, TOWN = 16, 12.5


@dataclass(frozen=True)
class Place:
    """A position worth drawing; `sure` when the pin belongs exactly there, not merely somewhere around."""

    longitude: float
    latitude: float
    address: str
    sure: bool = True


def asked_place(asked: Mapping[str, str]) -> Place | None:
    """The place that ?longitude=&latitude=, ?address= or ?town= asks for; None outside the city or when unknown."""
    if asked.get("longitude"):
        return _at(asked.get("longitude", ""), asked.get("latitude", ""))
    town = towns().filter(code=asked.get("town", "")).first()
    if asked.get("address", "").strip():
        words = (town.short_name if town else "") + asked["address"]
        for found in address_candidates(words, limit=1):
            return Place(found.longitude, found.latitude, "", sure=found.kind in {"place", "number"})
    if town is None or town.label_lon is None or town.label_lat is None:
        return None
    return Place(town.label_lon, town.label_lat, "", sure=False)


def drawn_place(place: Place) -> SafeString:
    """The map around a place as a whole SVG document; its attributes tell the script what it shows."""
    pins = [Pin(place.longitude, place.latitude)] if place.sure else []
    drawn = svg_map(
        center=(place.longitude, place.latitude), zoom=CLOSE if place.sure else TOWN, width=WIDTH, height=HEIGHT,
        pins=pins, title=_("位置"), description=place.address,
    )  # fmt: skip
    pin = f"{place.longitude:.6f},{place.latitude:.6f}" if place.sure else ""
    return format_html('<svg data-address="{}" data-pin="{}" {}', place.address, pin, SafeString(drawn[len("<svg ") :]))


def drawn_city() -> SafeString:
    """The whole city, for those who put the pin by hand; without names of streets, so it weighs little."""
    return svg_map(width=WIDTH, height=HEIGHT, title=_("全市地图"))


def _at(longitude: str, latitude: str) -> Place | None:
    try:
        lon, lat = float(longitude), float(latitude)
    except ValueError:
        return None
    if not (isfinite(lon) and isfinite(lat)) or home_of(lon, lat) is None:
        return None
    return Place(lon, lat, nearest_address(lon, lat))
