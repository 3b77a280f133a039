"""Words to points and points to words, from the city's own list of places: no map service is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import shapely
from django.db.models import F, Model, Q, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from .models import Area, Landmark, Road
from .rules.geometry import box_around, distance_m, metres_per_degree

M = TypeVar("M", bound=Model)
NEAR_ENOUGH_M = 60.0
_NUMBER = re.compile(r"(\d{1,5})\s*号")


@dataclass(frozen=True)
class Candidate:
    """A place that a text may mean; `score` from 0 to 1, `kind` says how far it was understood."""

    text: str
    longitude: float
    latitude: float
    town: Area | None
    kind: str  # place, number, road, area
    score: float


def address_candidates(text: str, limit: int = 8) -> list[Candidate]:
    """Places that a typed or dictated address may mean, the most likely first; empty when nothing is known.

    Understands a place's name, a road with or without a number, and a town or community, in one text. The number found
    is the nearest known on that road.
    """
    text = re.sub(r"\s+", "", text)[:100]
    if len(text) < 2:
        return []
    areas = list(_named_in(Area.objects.filter(valid_to=None).defer("wkb"), "short_name", text)[:50])
    towns = {area.pk for area in areas} | {area.parent_id for area in areas}
    found = [*_places(text, towns), *_roads(text, towns), *_areas(areas)]
    best: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda one: (-one.score, one.text)):
        best.setdefault(candidate.text, candidate)
    return list(best.values())[:limit]


def nearest_address(longitude: float, latitude: float) -> str:
    """What to call a point: 「石岐街道宁和路 18 号附近」, the road alone, or the nearest known place within 1 km."""
    here = (longitude, latitude)
    places = sorted((distance_m(here, (p.longitude, p.latitude)), p.pk, p) for p in _places_around(here, 1000))
    if places and places[0][0] <= NEAR_ENOUGH_M:
        return _("%(address)s附近") % {"address": f"{places[0][2].address}（{places[0][2].name}）"}
    if road := _road_at(here):
        return _("%(address)s附近") % {"address": f"{road.town.short_name if road.town else ''}{road.name}"}
    if places:
        metres, _pk, place = places[0]
        return _("%(place)s附近，约 %(metres)d 米") % {"place": place.name, "metres": round(metres, -1)}
    return ""


def _named_in(queryset: QuerySet[M], field: str, text: str) -> QuerySet[M]:
    """Rows whose name occurs in the text, or that begin with the text."""
    whole: QuerySet[M] = queryset.annotate(  # type: ignore[assignment]
        asked=Value(text, output_field=TextField())
    )
    return whole.filter(Q(asked__contains=F(field)) | Q(**{f"{field}__startswith": text})).exclude(**{field: ""})


def _places(text: str, towns: set[int | None]) -> Iterator[Candidate]:
    for place in _named_in(Landmark.objects.select_related("town"), "name", text)[:100]:
        score = 0.9 + 0.05 * (place.town_id in towns) if place.name in text else 0.6
        yield _candidate(place, f"{place.name}（{place.address}）", "place", score)
    asked = _NUMBER.search(text)
    for place in _named_in(Landmark.objects.select_related("town").filter(number__isnull=False), "road", text)[:200]:
        here = 0.1 if place.town_id in towns else 0.0
        if asked:
            away = abs(int(asked.group(1)) - (place.number or 0))
            yield _candidate(place, f"{place.address}（{place.name}）", "number", 0.5 + here + 0.35 / (1 + away / 4))
        else:
            yield _candidate(place, f"{place.address}（{place.name}）", "number", 0.4 + here)


def _roads(text: str, towns: set[int | None]) -> Iterator[Candidate]:
    for road in _named_in(Road.objects.select_related("town").filter(wkb__isnull=False), "name", text)[:100]:
        assert road.geometry is not None
        middle = road.geometry.interpolate(0.5, normalized=True)
        town = road.town.short_name if road.town else ""
        score = 0.45 + 0.1 * (road.town_id in towns)
        yield Candidate(f"{town}{road.name}", round(middle.x, 7), round(middle.y, 7), road.town, "road", score)


def _areas(areas: list[Area]) -> Iterator[Candidate]:
    for area in areas:
        if area.label_lon is not None and area.label_lat is not None and area.level != "city":
            town = area if area.level == "town" else area.parent
            name = area.short_name if area is town or town is None else f"{town.short_name}{area.short_name}"
            yield Candidate(name, area.label_lon, area.label_lat, town, "area", 0.35 if area is town else 0.38)


def _candidate(place: Landmark, text: str, kind: str, score: float) -> Candidate:
    return Candidate(text, place.longitude, place.latitude, place.town, kind, round(score, 3))


def _places_around(here: tuple[float, float], metres: float) -> list[Landmark]:
    west, south, east, north = box_around(*here, metres)
    box = Landmark.objects.filter(latitude__range=(south, north), longitude__range=(west, east))
    return list(box.select_related("town"))


def _road_at(here: tuple[float, float]) -> Road | None:
    west, south, east, north = box_around(*here, NEAR_ENOUGH_M)
    around = Road.objects.filter(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    per_lon, per_lat = metres_per_degree(here[1])
    on_plane = shapely.Point(here[0] * per_lon, here[1] * per_lat)
    found = []
    for road in around.select_related("town"):
        line = shapely.transform(road.geometry, lambda points: points * (per_lon, per_lat))
        found.append((line.distance(on_plane), road.pk, road))
    nearest = min(found, default=None)
    return nearest[2] if nearest and nearest[0] <= NEAR_ENOUGH_M else None
