"""Everything in a grid, today and as a trend over twelve weeks; and what lies just beyond its border (7.2, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import shapely
from django.db import models
from django.db.models import Count, F, Min, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from wenming.cases.boundary import boundary_distance
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import UNDER_WAY
from wenming.cases.rules.spot_life import ON_THE_REGISTER
from wenming.cases.selectors import cases_visible_to
from wenming.cases.spots.selectors import spots_visible_to
from wenming.desks.common.paging import first_of
from wenming.observations.models import PointLook
from wenming.organisations.models import Account
from wenming.responsibilities.models import Duty, FrontageMatter
from wenming.responsibilities.selectors import duties_visible_to
from wenming.territory.components.selectors import components_visible_to
from wenming.territory.frontages.selectors import premises_visible_to
from wenming.territory.grids.people import PeopleOverTime, people_over_time
from wenming.territory.grids.selectors import neighbours_of, placements_in
from wenming.territory.models import Component, Grid, Place, Placement, PlaceStanding, Premises, Standing
from wenming.territory.public_places.selectors import places_visible_to
from wenming.territory.rules.geometry import METRES_PER_DEGREE, area_m2

SHOWN, WEEKS = 12, 12
Life = tuple[date, date | None]


@dataclass(frozen=True)
class Line:
    """One figure over the weeks, the oldest first; the last is today's."""

    name: str | Promise
    values: Sequence[int]
    unit: str | Promise = ""

    @property
    def now(self) -> int:
        return self.values[-1]


def everything_in(grid: Grid, user: Account, now: datetime, people: PeopleOverTime | None = None) -> dict[str, Any]:
    """What the page of a grid shows. people: who ever served it, where that has been read already."""
    inside, shape = placements_in(grid), grid.geometry
    cases = cases_visible_to(user).filter(placement__in=inside)
    under_way = cases.filter(state__in=UNDER_WAY).order_by("due_at", "-opened_at")
    components = components_visible_to(user).filter(placement__in=inside).order_by("code")
    places = places_visible_to(user).filter(placement__in=inside).order_by("number")
    premises = premises_visible_to(user).filter(placement__in=inside, closed_on=None).order_by("number")
    spots = spots_visible_to(user).filter(placement__in=inside, state__in=ON_THE_REGISTER)
    late = Window(Count("pk", filter=Q(due_at__lt=now)))
    over_time = people or people_over_time([grid.code])[grid.code]
    duties = _duties(cases, places, spots)
    open_duties = duties_visible_to(user).filter(pk__in=duties.values("pk"), ended_at=None).order_by("due_at")
    metres = boundary_distance()
    beside = _beside(grid, inside, user, metres)
    first_cases, all_under_way, all_late = _first(under_way, late)
    first_places, all_places = first_of(places, SHOWN)
    first_premises, all_premises, matters = _first(premises, _open_matters(premises))
    first_components, all_components = first_of(components, SHOWN)
    first_duties, all_duties = first_of(open_duties, SHOWN)
    return {
        "grid": grid, "area_ha": round(area_m2(shape) / 10_000, 1) if shape is not None else None, "people": over_time.on(localdate(now)),
        "over_time": over_time,
        "cases": first_cases, "under_way": all_under_way, "late": all_late, "places": first_places, "all_places": all_places,
        "premises": first_premises, "all_premises": all_premises, "components": first_components, "all_components": all_components,
        "spots": list(spots.select_related("problem_type")[:SHOWN]), "duties": first_duties, "all_duties": all_duties,
        "matters": matters,
        "neighbours": neighbours_of(grid), "beside": beside[:SHOWN], "all_beside": len(beside), "beside_metres": metres,
        "trend": _trend(inside, cases, duties, over_time, now), "weeks": [f"{day:%m-%d}" for day in _week_ends(now)],
    }  # fmt: skip


def _first(found: QuerySet[Any], special: Window | Subquery) -> tuple[list[Any], int, int]:
    """The first of them, how many there are, and how many of a special kind: one question, the database counts beside."""
    rows, many = first_of(found.annotate(special=special), SHOWN)
    return rows, many, rows[0].special if rows else 0


def _open_matters(premises: QuerySet[Premises]) -> Subquery:
    """How many matters in front of these doors have not ended."""
    matters = FrontageMatter.objects.filter(premises__in=premises.order_by().values("pk"), ended_at=None).order_by()
    return Subquery(matters.values("ended_at").annotate(many=Count("pk")).values("many"))


def _duties(cases: QuerySet[Case], places: QuerySet[Place], spots: QuerySet[Any]) -> QuerySet[Duty]:
    """What is owed for the things of a grid: handling a case, looking at a place again, treating a black spot."""
    subjects = places.order_by().values(subject=Concat(Value("place:"), "number"))
    return Duty.objects.filter(Q(pk__in=cases.values("handling")) | Q(subject__in=subjects) | Q(pk__in=spots.values("duty")))


def _beside(grid: Grid, inside: QuerySet[Placement], user: Account, metres: int) -> list[Case]:
    """Open cases of the neighbours within the distance that the office has set: they are known here, too (边界事项)."""
    shape = grid.geometry
    if not metres or shape is None:
        return []
    reach = metres / METRES_PER_DEGREE
    west, south, east, north = shape.bounds
    wider = (west - 1.2 * reach, east + 1.2 * reach)
    near = cases_visible_to(user).filter(
        state__in=UNDER_WAY, placement__longitude__range=wider, placement__latitude__range=(south - reach, north + reach)
    )
    found = near.exclude(placement__in=inside).select_related("placement__grid").order_by("due_at", "-opened_at")
    return [case for case in found if case.placement.point and shape.dwithin(shapely.Point(*case.placement.point), reach)]


# --- over the weeks ------------------------------------------------------------------------------------------------------


def _week_ends(now: datetime) -> list[date]:
    """The last day of each of the last weeks; the last of them is today."""
    return [localdate(now) - timedelta(weeks=n) for n in reversed(range(WEEKS))]


def _trend(
    inside: QuerySet[Placement], cases: QuerySet[Case], duties: QuerySet[Duty], people: PeopleOverTime, now: datetime
) -> list[Line]:
    ends = _week_ends(now)
    since = timezone.make_aware(datetime.combine(ends[0] - timedelta(days=6), time()))
    moved = list(cases.filter(Q(opened_at__gte=since) | Q(closed_at__gte=since)).values_list("opened_at", "closed_at"))
    looked = PointLook.objects.filter(point__placement__in=inside, at__gte=since).values_list("at", flat=True)
    owed = duties.filter(Q(ended_at=None) | Q(ended_at__gte=since)).values_list("started_at", "ended_at")
    lives = _registers(inside)
    serving, vacant = map(list, zip(*(people.counts(day) for day in ends), strict=True))
    return [
        Line(_("新增案件"), _per_week([opened for opened, _closed in moved], ends, since)),
        Line(_("已结案"), _per_week([closed for _opened, closed in moved], ends, since)),
        Line(_("巡查看过的点"), _per_week(looked, ends, since)),
        Line(_("没办完的责任事项"), _alive([(localdate(a), localdate(b) if b else None) for a, b in owed], ends)),
        Line(_("在册公共场所"), _alive(lives["places"], ends)), Line(_("在册沿街门店"), _alive(lives["premises"], ends)),
        Line(_("在册部件"), _alive(lives["components"], ends)), Line(_("在岗的人"), serving), Line(_("空缺的岗位"), vacant),
    ]  # fmt: skip


def _per_week(moments: Iterable[datetime | None], ends: Sequence[date], since: datetime) -> list[int]:
    counts = [0] * len(ends)
    for moment in moments:
        if moment is not None and moment >= since:
            weeks_ago = (ends[-1] - localdate(moment)).days // 7
            counts[max(0, len(ends) - 1 - weeks_ago)] += 1
    return counts


def _registers(inside: QuerySet[Placement]) -> dict[str, list[Life]]:
    """From when to when each place, shop and component in a grid counted, by register; one question for the three."""
    places = Place.objects.filter(placement__in=inside).exclude(standing=PlaceStanding.WITHDRAWN)
    components = Component.objects.filter(placement__in=inside).exclude(standing=Standing.WITHDRAWN)
    premises = Premises.objects.filter(placement__in=inside).annotate(register=Value("premises"), since=F("opened_on"), until=F("closed_on"))
    told = _edited(places, "places", PlaceStanding.OPEN).union(
        _edited(components, "components", Standing.IN_USE), premises.order_by().values_list("register", "since", "until"), all=True
    )
    lives: dict[str, list[Life]] = {"places": [], "premises": [], "components": []}
    for register, since, until in told:
        lives[register].append((since, until))
    return lives


def _edited(rows: QuerySet[Any], register: str, counts: str) -> QuerySet[Any, Any]:
    """From its first edition to the newest, where that one took it off."""
    until = models.Case(models.When(standing=counts, then=None), default=F("valid_from"), output_field=models.DateField())
    first = Coalesce(Min("editions__valid_from"), "valid_from")
    return rows.order_by().annotate(register=Value(register), since=first, until=until).values_list("register", "since", "until")


def _alive(lives: Sequence[Life], ends: Sequence[date]) -> list[int]:
    return [sum(since <= day and (until is None or until > day) for since, until in lives) for day in ends]
