"""Cases and frontages: in front of whose door, reported by whom, and how well a contractor's area is kept. Policy: 3.1, 3.3, 3.4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

import shapely
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from wenming.observations.models import FrontageReport
from wenming.organisations.models import Account
from wenming.responsibilities.models import Duty, ServiceArea, ServiceContract
from wenming.responsibilities.selectors import OnTime, on_time
from wenming.standards.models import ProblemType
from wenming.territory.frontages.selectors import NearFrontage, frontages_near
from wenming.territory.models import Premises
from wenming.territory.rules.strips import strip

from .models import Case, CaseFrontage
from .selectors import cases_visible_to

CHOOSE_WITHIN_M = 40.0
# 向外倾倒自己的垃圾: what lies before a door, by both schemes of problem types.
DUMPING = frozenset({"GB30428:E0110", "GB30428:E0111", "CJT214:E0102", "CJT214:E0103"})


def is_dumping(kind: ProblemType | None) -> bool:
    """Whether this kind of case asks in front of whose door it is (3.3)."""
    return kind is not None and kind.full_code in DUMPING


def frontage_of(case: Case) -> CaseFrontage | None:
    """What a person said last; None where nobody has, or the last word was none."""
    found = CaseFrontage.objects.select_related("premises", "by").filter(case=case).order_by("-position").first()
    return found if found is not None and found.premises_id else None


def choices_for(case: Case) -> list[NearFrontage]:
    """The frontages around a case, the nearest first; nothing is tied by the machine."""
    point = case.placement.point
    near = frontages_near(*point, within_m=CHOOSE_WITHIN_M, at_most=12) if point else []
    return [one for one in near if one.stretch.premises is not None]


def cases_before(premises: Premises, user: Account) -> QuerySet[Case]:
    """The cases in front of this door that this person may see."""
    later = CaseFrontage.objects.filter(case=OuterRef("case"), position__gt=OuterRef("position"))
    links = CaseFrontage.objects.filter(~Exists(later), premises=premises)
    return cases_visible_to(user).filter(pk__in=links.values("case")).order_by("-opened_at")


def reported_by(premises: Premises) -> QuerySet[FrontageReport]:
    """What these premises reported of others, the newest first: it is credited to them (3.4)."""
    return premises.reports.select_related("report__placement").order_by("-report__received_at", "-pk")


@dataclass(frozen=True)
class Performance:
    """How well a contractor keeps what its contract promises: the cases of its area since the contract began."""

    cases: int
    figure: OnTime
    promised_percent: int
    numbers: tuple[str, ...]

    @property
    def kept(self) -> bool | None:
        share = self.figure.share_percent
        return None if share is None else share >= self.promised_percent


def performance_of(contract: ServiceContract, user: Account) -> Performance:
    """Cases whose point lies in the strips of the contract's area, and what share of their handling was in time.

    Figure: S6 (responsibilities.selectors.on_time) over the handling duties of those cases.
    """
    now = timezone.now()
    prefetch_related_objects([contract], "areas__street")
    shapes = [ground_served(area) for area in contract.areas.all()]
    if not shapes:
        return Performance(0, OnTime(0, 0, 0), contract.promised_on_time_percent, ())
    ground = shapely.union_all([shape.buffer(0) for shape in shapes])
    west, south, east, north = ground.bounds
    since, until = (timezone.make_aware(datetime.combine(day, time())) for day in (contract.term_from, contract.term_to))
    near = cases_visible_to(user).filter(
        placement__longitude__range=(west, east), placement__latitude__range=(south, north), opened_at__gte=since, opened_at__lt=until
    )
    rows = list(near.values_list("pk", "number", "handling_id", "placement__longitude", "placement__latitude"))
    inside = [row for row in rows if ground.covers(shapely.Point(row[3], row[4]))]
    duties = Duty.objects.filter(pk__in=[row[2] for row in inside if row[2]])
    return Performance(len(inside), on_time(duties, now=now), contract.promised_on_time_percent, tuple(sorted(row[1] for row in inside)))


def ground_served(area: ServiceArea) -> BaseGeometry:
    """From the wall to the middle of the street: what happens on the pavement and at the kerb is the contractor's."""
    street, wall = area.street, area.street.wall_cm(area.side)
    return strip(street.line, area.side, area.from_cm, min(area.to_cm, street.length_cm), wall, wall)
