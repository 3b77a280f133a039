"""A case and the public place it was reported from: whose it therefore is, and who sees to that. Policy: 2.5.

Whoever scans the plate at a place says where the problem is: it is a matter of the body that manages the place, under the
eyes of its town. The matrix says so in a line of its own (target `place`); where it has none, its other lines hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wenming.organisations.models import Unit
from wenming.responsibilities.places.selectors import town_unit_of
from wenming.territory.models import Place

from .models import Case
from .rules.lifecycle import State


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


def cases_at(place: Place) -> QuerySet[Case]:
    """Every case reported from the place, the newest first; for `cases_visible_to(user).filter(pk__in=…)`."""
    return Case.objects.filter(place=place).order_by("-opened_at")


def done_lately(place: Place, most: int = 5) -> list[Case]:
    """What was put right there, the newest first: what the place's public page may tell, without anybody's words."""
    closed = cases_at(place).filter(state=State.CLOSED, public_when_closed=True)
    return list(closed.select_related("problem_type", "unit").order_by("-closed_at")[:most])
