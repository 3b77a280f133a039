"""边界案件: finding the neighbours of a case near a border, and asking which cases concern us though others owe them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import Role
from wenming.refusals import BadInput, NotAllowed
from wenming.territory.models import Area
from wenming.territory.selectors import homes_around

from .models import BoundaryCase, BoundaryDistance, Case
from .rules.boundary import FARTHEST_M, SAMPLE_DISTANCE_M, neighbours_to_tell
from .rules.lifecycle import UNDER_WAY

PERMISSION = "matrix.manage"


def boundary_distance() -> int:
    """Within how many metres of a border a case concerns the neighbour too; 0: nobody is told."""
    row = BoundaryDistance.objects.first()
    return row.metres if row else SAMPLE_DISTANCE_M


@transaction.atomic
def set_boundary_distance(metres: int, *, by: Account, now: datetime) -> BoundaryDistance:
    """Set the distance for cases that come in from now on; those that are here stay as they are."""
    if not by.may(PERMISSION):
        raise NotAllowed()
    if not 0 <= metres <= FARTHEST_M:
        raise BadInput(_("距离要在 0 到 %(most)d 米之间。请改好后再保存。") % {"most": FARTHEST_M})
    before = boundary_distance()
    row = BoundaryDistance.objects.create(metres=metres, at=now, by=by)
    journal.record("boundary.distance-set", by=by, about=row, now=now, before=before, after=metres)
    return row


def tell_neighbours(case: Case, now: datetime) -> list[BoundaryCase]:
    """Make a case near a border known to the people of the grids beside it; asked again, it adds nobody.

    The people of a grid are its community's unit, else its town's.
    """
    point, metres = case.placement.point, boundary_distance()
    if point is None or not metres:
        return []
    around = [(home.community or home.town, away) for home, away in homes_around(*point, metres)]
    areas = {area.code: area for area, _away in around}
    home = case.placement.community or case.placement.town
    found = neighbours_to_tell(home.code if home else "", [(area.code, away) for area, away in around])
    units = [(_people_of(areas[code]), away) for code, away in found.items()]
    own = _people_of(home) if home else None
    told = {unit: away for unit, away in reversed(units) if unit is not None and unit != own}
    for unit, away in told.items():
        BoundaryCase.objects.get_or_create(case=case, unit=unit, defaults={"metres": round(away), "at": now})
    return list(BoundaryCase.objects.filter(case=case).select_related("unit"))


def cases_beside(user: Account | AnonymousUser) -> QuerySet[BoundaryCase]:
    """Cases under way that others owe and this person's unit, or one below it, ought to know of; the newest first.

    For those who handle and those who walk the streets there; the command centre sees every case anyhow.
    """
    if not isinstance(user, Account) or not (user.may("cases.answer") or user.role == Role.FIELD):
        return BoundaryCase.objects.none()
    ours = Unit.objects.filter(path__startswith=user.unit.path)
    known = BoundaryCase.objects.filter(unit__in=ours, case__state__in=UNDER_WAY)
    return known.select_related("unit", "case__placement__town", "case__problem_type", "case__unit").order_by("-at", "-pk")


def _people_of(area: Area) -> Unit | None:
    own = Unit.objects.filter(area_code=area.code, valid_to=None).order_by("path").first()
    return own or (_people_of(area.parent) if area.parent_id and area.parent else None)
