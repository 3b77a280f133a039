"""Where a patrol should look: black spots, places with past cases, overdue looks, what could not be seen last time.

Points that lie within one street corner of each other are one stop with several reasons. The stops are in the order of
urgency; the way through them is `observations.rules.route`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.observations.models import PatrolPlan, PatrolPoint
from wenming.observations.models.patrols import Seen
from wenming.observations.patrols.areas import area_called, lies_in
from wenming.observations.patrols.services import Stop
from wenming.standards.models import FocusEdition
from wenming.territory import services as territory
from wenming.territory.models import Placement, Source
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.geometry import distance_m
from wenming.territory.services import NotAPlace, OutsideCity
from wenming.words import gettext_noop

from ..models import BlackSpot, Case, Recheck
from ..rules.lifecycle import State
from ..rules.spot_life import ON_THE_REGISTER
from .reach import Reach, reach_of

MOST_STOPS = 16
MOST_PAST = 2000
ONE_CORNER_M = 50.0
LATELY = timedelta(days=90)
SPOT, PAST, LATE, AGAIN, UNSEEN, AREA = "spot", "cases", "late", "recheck", "unseen", "area"
# What one reason of each kind weighs; a place with five past cases stands beside an overdue look.
WEIGHTS = {SPOT: 20.0, LATE: 5.0, AGAIN: 5.0, UNSEEN: 3.0, PAST: 1.0, AREA: 0.0}
GROUNDS = {
    SPOT: gettext_noop("黑点 %(what)s"),
    PAST: gettext_noop("近 90 天 %(what)s 件"),
    LATE: gettext_noop("%(what)s 该核查，已逾期"),
    AGAIN: gettext_noop("本单位有一件盲复核已逾期"),
    UNSEEN: gettext_noop("上次（%(what)s）没看到"),
    AREA: gettext_noop("没有突出的地方，到片区走一走"),
}


@dataclass
class Corner:
    """A stop while it is gathered: what is known of it, by ground."""

    placement: Placement
    grounds: dict[str, list[str]] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        return sum(WEIGHTS[ground] * len(named) for ground, named in self.grounds.items())

    @property
    def why(self) -> list[tuple[str, str]]:
        """Past cases as their number, the others by name, the weightier first."""
        told = [
            (ground, str(len(named)) if ground == PAST else "、".join(dict.fromkeys(named)))
            for ground, named in self.grounds.items()
        ]
        return sorted(told, key=lambda one: -WEIGHTS[one[0]])


def why_words(why: list[list[str]]) -> list[str]:
    """The reasons of a point as sentences."""
    return [_(GROUNDS[ground]) % {"what": what} for ground, what in why if ground in GROUNDS]


def stops_of(plan: PatrolPlan, edition: FocusEdition, now: datetime) -> tuple[list[Stop], int]:
    """(the stops of the plan's next walk, how many more there would have been). There is always one."""
    corners = _gathered(_reasons(plan, edition, now))
    corners.sort(key=lambda corner: (-corner.weight, corner.placement.pk))
    stops = [Stop(corner.placement, corner.why) for corner in corners[:MOST_STOPS]]
    return stops or [Stop(_middle_of(plan, now), [(AREA, "")])], max(0, len(corners) - MOST_STOPS)


def _gathered(reasons: Iterator[tuple[Placement, str, str]]) -> list[Corner]:
    corners: list[Corner] = []
    for placement, ground, name in reasons:
        here = placement.point
        if here is None:
            continue
        near = (one for one in corners if one.placement.point and distance_m(one.placement.point, here) <= ONE_CORNER_M)
        corner = next(near, None)
        if corner is None:
            corner = Corner(placement)
            corners.append(corner)
        corner.grounds.setdefault(ground, []).append(name)
    return corners


def _reasons(plan: PatrolPlan, edition: FocusEdition, now: datetime) -> Iterator[tuple[Placement, str, str]]:
    """(place, ground, its name), the weightiest kind first, so that a stop stands where its weightiest reason does."""
    here, reach = lies_in(plan.area_kind, plan.area_code), reach_of(edition)
    yield from _spots(reach, here)
    cases = reach.cases().filter(here, placement__longitude__isnull=False).select_related("placement")
    yield from _overdue(cases.filter(state=State.ANSWERED, due_at__lt=now).order_by("due_at")[:MOST_STOPS])
    yield from _rechecks(plan, reach, here, now)
    yield from _unseen(plan)
    for case in cases.filter(opened_at__gte=now - LATELY, opened_at__lte=now).order_by("-opened_at", "-pk")[:MOST_PAST]:
        yield case.placement, PAST, case.number


def _spots(reach: Reach, here: Q) -> Iterator[tuple[Placement, str, str]]:
    spots = BlackSpot.objects.filter(here, reach.near(), problem_type__in=reach.types, state__in=ON_THE_REGISTER)
    for spot in spots.select_related("placement").order_by("-expected", "number"):
        yield spot.placement, SPOT, spot.number


def _overdue(cases: object) -> Iterator[tuple[Placement, str, str]]:
    for case in cases:  # type: ignore[attr-defined]
        yield case.placement, LATE, case.number


def _rechecks(plan: PatrolPlan, reach: Reach, here: Q, now: datetime) -> Iterator[tuple[Placement, str, str]]:
    """Only those that fell to the same unit, and without a number: which cases were drawn is nobody else's to know."""
    within = Case.objects.filter(here, pk__in=reach.cases().values("pk"))
    late = Recheck.objects.filter(unit=plan.unit, finding=None, duty__due_at__lt=now, case__in=within.values("pk"))
    for one in late.select_related("case__placement").order_by("pk")[:MOST_STOPS]:
        yield one.case.placement, AGAIN, ""


def _unseen(plan: PatrolPlan) -> Iterator[tuple[Placement, str, str]]:
    """What nobody could see on the last walk, or nobody looked at."""
    last = plan.patrols.order_by("-turn_on").first()
    if last is None:
        return
    day = f"{timezone.localdate(last.raised_at):%m-%d}"
    seen = PatrolPoint.objects.filter(patrol=last, looks__seen__in=[Seen.FINE, Seen.FOUND]).values("pk")
    for point in last.points.exclude(pk__in=seen).select_related("placement").order_by("position"):
        if [AREA, ""] not in point.why:
            yield point.placement, UNSEEN, day


def _middle_of(plan: PatrolPlan, now: datetime) -> Placement:
    area = area_called(plan.area_kind, plan.area_code)
    if area and area.middle:
        try:
            return territory.place(
                longitude=area.middle[0], latitude=area.middle[1], datum=Datum.CGCS2000, source=Source.MAP, now=now,
                address=plan.area_name,
            )  # fmt: skip
        except (OutsideCity, NotAPlace):
            pass
    return territory.place_unlocated(address=plan.area_name, now=now)
