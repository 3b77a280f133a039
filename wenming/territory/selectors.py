"""Questions about where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import ExpressionWrapper, F, FloatField, Q, QuerySet

from .addresses import Candidate, address_candidates, nearest_address
from .homes import Cell, Home, base_layer, current_index
from .models import Area, Level, Placement
from .rules.geometry import box_around, metres_per_degree

__all__ = ["Candidate", "Cell", "Home", "address_candidates", "base_layer", "nearest_address"]


def home_of(longitude: float, latitude: float) -> Home | None:
    """Town, community and grid of a point in CGCS2000 degrees; None outside the city.

    A point on a shared edge belongs to the cell with the lowest code.
    """
    return current_index().home_of(longitude, latitude)


def homes_of(longitudes: Sequence[float], latitudes: Sequence[float]) -> list[Home | None]:
    """`home_of` for many points at once, in the same order: several times faster than one by one."""
    return current_index().homes_of(longitudes, latitudes)


def homes_around(longitude: float, latitude: float, metres: float) -> list[tuple[Home, float]]:
    """Every grid (else community, else town) within `metres` of a point with the metres to it; its own is 0 away."""
    return current_index().homes_around(longitude, latitude, metres)


def city_name() -> str:
    """What the city is called on its own map, “中山市”; "" before one was imported."""
    city = Area.objects.filter(level=Level.CITY, valid_to=None).order_by("code")
    return city.values_list("name", flat=True).first() or ""


def areas_on(on: date, level: Level) -> QuerySet[Area]:
    """The areas of one level in use on a day, by code."""
    in_use = Q(valid_to=None) | Q(valid_to__gt=on)
    return Area.objects.filter(in_use, level=level, valid_from__lte=on).order_by("code")


def towns(on: date | None = None) -> QuerySet[Area]:
    """The towns and subdistricts (镇街) of that day, else those not replaced yet; by code."""
    current = Area.objects.filter(level=Level.TOWN, valid_to=None).order_by("code")
    return areas_on(on, Level.TOWN) if on else current


def communities_of(town: Area) -> QuerySet[Area]:
    """The communities and villages (村居) of a town today, by code."""
    return town.children.filter(level=Level.COMMUNITY, valid_to=None).order_by("code")


def resolve_code(code: str, on: date) -> Area | None:
    """The unit that answers on this day for what a code of any year meant; None when nobody ever bore it.

    code: 6, 9 or 12 digits; a town's own code may carry the three zeros of the 12-digit form. A renamed or merged unit
    leads to its successor. An unknown community code leads to its town.
    """
    if not code.isdigit():
        return None
    if len(code) == 12 and code.endswith("000"):
        code = code[:9].removesuffix("000")
    bearers = list(Area.objects.filter(code=code, valid_from__lte=on).order_by("-valid_from"))
    if bearers:
        return _successor(bearers[0], on)
    return resolve_code(code[:9], on) if len(code) == 12 else None


def _successor(area: Area, on: date) -> Area | None:
    seen: set[int] = set()
    while area.valid_to is not None and area.valid_to <= on:
        seen.add(area.pk)
        step = area.successions.filter(on__lte=on).exclude(to_area__in=seen).order_by("on", "to_area__code").first()
        if step is None:
            return None
        area = step.to_area
    return area


def town_on(code: str, on: date) -> Area | None:
    """The town that answers on this day for a town's or community's code of any year."""
    area = resolve_code(code, on)
    if area is None or area.level == Level.CITY:
        return None
    return area if area.level == Level.TOWN else area.parent


def near(longitude: float, latitude: float, metres: float) -> QuerySet[Placement]:
    """Placements within `metres`, nearest first, each with `distance2` (square metres).

    The box is an index range on (latitude, longitude); the circle is cut from what it leaves.
    """
    west, south, east, north = box_around(longitude, latitude, metres)
    per_lon, per_lat = metres_per_degree(latitude)
    dx, dy = (F("longitude") - longitude) * per_lon, (F("latitude") - latitude) * per_lat
    return (
        Placement.objects.filter(latitude__range=(south, north), longitude__range=(west, east))
        .annotate(distance2=ExpressionWrapper(dx * dx + dy * dy, output_field=FloatField()))
        .filter(distance2__lte=metres * metres)
        .order_by("distance2", "pk")
    )
