"""Asking the register of components: who may see it, what is near, what was told on a day."""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import shapely
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet, Value

from wenming.organisations.models import Account

from ..models import Area, Component, ComponentEdition, Level, Standing
from ..rules.component_codes import LONGEST_M
from ..rules.geometry import METRES_PER_DEGREE, box_around, metres_per_degree

LOOK_AGAIN_AFTER_SECONDS = 60.0
TAKEN_ALONG_M = 5000.0
_begun = False
_looked_at = -LOOK_AGAIN_AFTER_SECONDS
_JOINS = ("placement__town", "placement__community", "placement__grid", "owner", "supervisor", "caretaker")


def components_visible_to(user: Account | AnonymousUser) -> QuerySet[Component]:
    """The whole register, for those whose work needs it. What a batch brought and lost again is not in it."""
    if not isinstance(user, Account) or not user.may("components.see"):
        return Component.objects.none()
    return registered().select_related(*_JOINS)


def public_components() -> QuerySet[Component]:
    """What anybody may see: what stands in the street today, where, and whose it is."""
    return Component.objects.filter(standing=Standing.IN_USE).select_related("placement__town", "owner").order_by("code")


def registered() -> QuerySet[Component]:
    """Every component that was ever rightly in the register."""
    return Component.objects.exclude(standing=Standing.WITHDRAWN)


def editions_of(component: Component) -> QuerySet[ComponentEdition]:
    """Its whole history, oldest first."""
    joins = ("owner", "supervisor", "caretaker", "placement__town", "placement__community", "by")
    return component.editions.select_related(*joins).order_by("position")


def edition_on(component: Component, day: date) -> ComponentEdition | None:
    """What held on that day, as it is told today; None before it was registered."""
    return editions_of(component).filter(valid_from__lte=day).order_by("-valid_from", "-position").first()


@dataclass(frozen=True)
class Near:
    """A component, and how far its nearest part is from the point asked about."""

    component: Component
    distance_m: float

    @property
    def metres(self) -> int:
        return round(self.distance_m)


def nearest_components(
    longitude: float, latitude: float, *, within_m: float, kinds: Collection[str] | None = None, at_most: int = 5
) -> list[Near]:
    """Components in use within that distance, the nearest first; one question. kinds: full codes, None for every kind."""
    west, south, east, north = box_around(longitude, latitude, within_m)
    # What is a point begins in the box. What is longer may begin as far below it as the longest reaches.
    reach = LONGEST_M / METRES_PER_DEGREE
    point = Q(min_lat__range=(south, north), outline=None)
    longer = Q(min_lat__range=(south - reach, north), max_lat__gte=south, outline__isnull=False)
    near = Component.objects.filter(point | longer, min_lon__lte=east, max_lon__gte=west, standing=Standing.IN_USE)
    if kinds is not None:
        near = near.filter(kind_code__in=kinds)
    joined = near.select_related("placement", "owner")
    found = [Near(component, distance_to(component, longitude, latitude)) for component in joined]
    within = [one for one in found if one.distance_m <= within_m]
    return sorted(within, key=lambda one: (one.distance_m, one.component.code))[:at_most]


def nearest_in(town: Area | None, longitude: float, latitude: float, *, at_most: int) -> list[Component]:
    """Components in use of a town (None: within some kilometres), those nearest to the point first, by their lower left
    corner; one question. For taking along many at once; what stands at a point is `nearest_components`."""
    found = Component.objects.filter(standing=Standing.IN_USE)
    if town is not None:
        found = found.filter(placement__town=town)
    else:
        west, south, east, north = box_around(longitude, latitude, TAKEN_ALONG_M)
        found = found.filter(min_lat__range=(south, north), min_lon__range=(west, east))
    narrower = math.cos(math.radians(latitude)) ** 2
    x, y = F("min_lon") - Value(longitude), F("min_lat") - Value(latitude)
    return list(found.select_related("owner").order_by(x * x * Value(narrower) + y * y, "code")[:at_most])


def newest_edition() -> int:
    """The key of the newest edition: the register has changed exactly when it has."""
    return ComponentEdition.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def distance_to(component: Component, longitude: float, latitude: float) -> float:
    """Metres from a point to the nearest part of the component."""
    scale = metres_per_degree(latitude)
    flat = shapely.transform(component.geometry, lambda points: (points - (longitude, latitude)) * scale)
    return float(shapely.distance(flat, shapely.Point(0, 0)))


def register_begun() -> bool:
    """Whether there is any component at all. A city without a register is asked once a minute, not for every case."""
    global _begun, _looked_at
    if not _begun and time.monotonic() - _looked_at > LOOK_AGAIN_AFTER_SECONDS:
        _begun, _looked_at = Component.objects.exists(), time.monotonic()
    return _begun


def note_begun() -> None:
    """The register has just been written to, by this process."""
    global _begun
    _begun = True


def free_code(division: str, digits: str) -> str:
    """The next code of a kind that nobody bears: one more than the highest serial number given so far."""
    begun = f"{division}{digits}"
    last = Component.objects.filter(code__startswith=begun).order_by("-code").values_list("code", flat=True).first()
    return f"{begun}{int(last[10:]) + 1 if last else 1:06d}"


def city_division() -> str:
    """The six digits that codes of this city begin with; "" before its areas were imported."""
    city = Area.objects.filter(level=Level.CITY, valid_to=None).order_by("code").values_list("code", flat=True).first()
    return (city or "")[:6]
