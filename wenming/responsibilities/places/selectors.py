"""What is promised and owed at public places, and where that is missing (2.4)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from wenming.organisations.models import Unit, UnitKind
from wenming.territory.models import Place

from ..models import Duty, PlaceEducation, PlaceGuide, PlacePact
from ..rules.matrix import COMMUNITY_ROLE, TOWN_ROLE

VERIFY = "place.verify"
# Education once a year is the least; a city says more in its own plan.
EDUCATION_HOLDS = timedelta(days=365)


def subject_of(place: Place) -> str:
    """How duties and the journal name the place."""
    return f"place:{place.number}"


def no_pact() -> Q:
    return ~Q(Exists(PlacePact.objects.filter(place=OuterRef("pk"))))


def no_guides(on: date) -> Q:
    """Nobody on the roster today or later."""
    return ~Q(Exists(PlaceGuide.objects.filter(place=OuterRef("pk"), since__lte=on).filter(Q(until=None) | Q(until__gte=on))))


def no_body() -> Q:
    """Nobody manages it, as far as the register knows."""
    return Q(manager=None, manager_name="")


def no_education(on: date) -> Q:
    return ~Q(Exists(PlaceEducation.objects.filter(place=OuterRef("pk"), held_on__gt=on - EDUCATION_HOLDS)))


def pact_of(place: Place) -> PlacePact | None:
    """What is promised there today."""
    return place.pacts.order_by("-version").first()


def guides_of(place: Place, on: date) -> QuerySet[PlaceGuide]:
    """Who is on the roster on that day or later."""
    return place.guides.filter(Q(until=None) | Q(until__gte=on))


def verification_owed(place: Place) -> Duty | None:
    """The re-verification that is owed of the place now."""
    return Duty.objects.filter(subject=subject_of(place), kind=VERIFY, ended_at=None).select_related("owner", "supervisor").first()


def town_unit_of(place: Place, on: date) -> Unit | None:
    """The government of the town in which the place lies: who supervises its managing body."""
    town = place.placement.town
    return government_of(town.code, on) if town else None


def government_of(area_code: str, on: date) -> Unit | None:
    """The unit that is the government of a town (9 digits) or community (12) on a day: by the role it holds, else by its code."""
    role, kind = (COMMUNITY_ROLE, UnitKind.COMMUNITY) if len(area_code) == 12 else (TOWN_ROLE, UnitKind.TOWN)
    held = Unit.objects.filter(role_holdings__role=role, role_holdings__town_code=area_code, role_holdings__valid_from__lte=on)
    held = held.filter(Q(role_holdings__valid_to=None) | Q(role_holdings__valid_to__gt=on))
    return held.first() or Unit.objects.filter(kind=kind, area_code=area_code, valid_to=None).first()
