"""A case and the public place it was reported from: whose it therefore is, and who sees to that. Policy: 2.5.

Whoever scans the plate at a place says where the problem is: it is a matter of the body that manages the place, under the
eyes of its town. The matrix says so in a line of its own (target `place`); where it has none, its other lines hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.places.selectors import town_unit_of
from wenming.responsibilities.rules.matrix import ANY
from wenming.responsibilities.selectors import matrix_on
from wenming.territory.models import Place

from .models import Case, PlaceFinding
from .rules.lifecycle import UNDER_WAY, WITH_UNIT, State

OWN = "places.own"

def place_of(case: Case) -> Place | None:
    """The place it was reported from, with who manages it. Asks nothing for nearly all cases, which have none."""
    if case.place_id is None:
        return None
    return Place.objects.select_related("manager", "placement__town").get(pk=case.place_id)


def places_of(cases: Sequence[Case]) -> dict[int, Place]:
    """{case: its place} in one question, and in none where no case has one."""
    wanted = {case.place_id for case in cases if case.place_id is not None}
    if not wanted:
        return {}
    found = Place.objects.select_related("manager", "placement__town").in_bulk(wanted)
    return {case.pk: found[case.place_id] for case in cases if case.place_id is not None}


def place_words(place: Place) -> str:
    """“公共场所 11-000023 河边农贸市场”: as the matrix's answer names it."""
    named = _("公共场所 %(number)s %(name)s") % {"number": place.number, "name": place.name}
    # A body without a desk here: the answer says why it is not its own.
    return _("%(place)s（由%(body)s管理）") % {"place": named, "body": place.manager_name} if not place.manager and place.manager_name else named


def supervisor_at(case: Case, unit: Unit, on: date) -> Unit | None:
    """The town that sees to it that the managing body does what it owes; None where the centre does as always."""
    place = place_of(case)
    if place is None or place.manager_id != unit.pk:
        return None
    town = town_unit_of(place, on)
    return town if town is not None and town.pk != unit.pk else None


def supervises(case: Case, by: Account) -> bool:
    """Whether this person's unit sees to it that the one that holds the case does what it owes there."""
    handling = case.handling
    return handling is not None and by.may(OWN) and case.place_id is not None and handling.supervisor_id == by.unit_id


def supervised_by(user: Account | AnonymousUser) -> QuerySet[Case]:
    """What the managing bodies of places still owe under the eyes of this person's unit, the most urgent first."""
    if not isinstance(user, Account) or not user.may(OWN):
        return Case.objects.none()
    found = Case.objects.filter(place__isnull=False, state__in=WITH_UNIT, handling__supervisor=user.unit, handling__ended_at=None)
    joined = found.select_related("unit", "place__placement", "problem_type", "handling__calendar", "handling__schedule")
    return joined.order_by(F("handling__paused_at").asc(nulls_first=True), "handling__due_at", "pk")


def body_of(place: Place, on: date) -> Unit | None:
    """Whose the matters of the place are without anybody deciding: its managing body's, else its town's.

    None where no line of the matrix says so of every matter there, or where nobody is known who could answer.
    """
    town = place.placement.town.code if place.placement.town else ""
    # What has no type yet was seen there, and so is an incident; a component has an owner of its own.
    lines = (rule for rule in matrix_on(on) if rule.accountable == "place" and rule.type_pattern == "*" and rule.kind in (None, "incident"))
    if not any(rule.town_code in (ANY, town) for rule in lines):
        return None
    able = (unit for unit in (place.manager, town_unit_of(place, on)) if unit is not None and unit.handles_cases)
    return next((unit for unit in able if unit.valid_to is None or on < unit.valid_to), None)


def findings_under_way(place: Place) -> dict[str, Case]:
    """{item of the checklist: the open case that is about it}."""
    found = PlaceFinding.objects.filter(case__place=place, case__state__in=UNDER_WAY).select_related("case__unit")
    return {one.item: one.case for one in found}


def cases_at(place: Place) -> QuerySet[Case]:
    """Every case reported from the place, the newest first; for `cases_visible_to(user).filter(pk__in=…)`."""
    return Case.objects.filter(place=place).order_by("-opened_at")


def done_lately(place: Place, most: int = 5) -> list[Case]:
    """What was put right there, the newest first: what the place's public page may tell, without anybody's words."""
    closed = cases_at(place).filter(state=State.CLOSED, public_when_closed=True)
    return list(closed.select_related("problem_type", "unit").order_by("-closed_at")[:most])
