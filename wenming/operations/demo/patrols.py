"""Patrols of the last weeks: some focus problems planned in two towns, walked turn by turn; the newest turn is half done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.focus.reach import reach_of
from wenming.cases.focus.selectors import worst_places
from wenming.cases.services import collect
from wenming.observations.models import AreaKind, Channel, Patrol, PatrolPoint, Report
from wenming.observations.models.patrols import Answer, Seen
from wenming.observations.patrols.areas import area_called
from wenming.observations.patrols.services import CHECKED, plan_patrol, see_point
from wenming.observations.services import Where, receive_report
from wenming.responsibilities.services import escalate
from wenming.standards.focus.selectors import focus
from wenming.standards.models import FocusItem
from wenming.standards.selectors import type_by_full_code
from wenming.territory.rules.coordinates import Datum

from .accounts import EAST, SHIQI
from .chance import chance
from .city import DemoCity
from .history import carry_out_reactions
from .units import COMMAND_CENTRE

CYCLE = 7
TURNS_AGO = (3, 2, 1, 0)
NEWEST_BEGAN = timedelta(days=1)
# How a look goes that finds nothing: one tap, or the list; now and then the place cannot be seen.
ONE_TAP, UNSEEN = 0.6, 0.06
WHY_UNSEEN = "有围挡"
MOST_SEEN_TODAY = 3


@dataclass(frozen=True)
class Planned:
    """One plan of the demo: which focus, in which town, by which kind of area; whose people walk it, and whether they have begun."""

    focus: str
    town: str
    kind: str
    unit: str
    begun: bool = False


PLANS = (
    Planned("corners", SHIQI, AreaKind.TOWN, SHIQI, begun=True),
    Planned("roads", SHIQI, AreaKind.ROAD, SHIQI),
    Planned("markets", SHIQI, AreaKind.COMMUNITY, COMMAND_CENTRE),
    Planned("facilities", EAST, AreaKind.TOWN, EAST),
)


@transaction.atomic
def patrols(city: DemoCity) -> None:
    """Four weeks of turns, in the order of time."""
    midnight = timezone.localtime(city.now).replace(hour=0, minute=5, second=0, microsecond=0)
    turns = [midnight - NEWEST_BEGAN - timedelta(days=CYCLE * ago) for ago in TURNS_AGO]
    plans = {_plan(city, each, turns[0]): each for each in PLANS}
    for turn in turns:
        raise_due_patrols(turn)
        for patrol in Patrol.objects.filter(raised_at=turn).select_related("plan__unit", "edition").order_by("pk"):
            newest = turn == turns[-1]
            if not newest or plans[patrol.plan_id].begun:
                _walk(city, patrol, chance(city.seed, f"patrol {patrol.number}"), newest=newest)
    escalate(city.now)
    carry_out_reactions()


def _plan(city: DemoCity, each: Planned, starts: datetime) -> int:
    edition = focus(each.focus)
    assert edition is not None
    code = each.town
    if each.kind != AreaKind.TOWN:
        worst = worst_places(reach_of(edition), since=city.since.date(), until=city.now.date(), most=500)
        own = [place.key.partition(":")[2] for place in worst[each.kind]]
        code = next((one for one in own if one.startswith(each.town)), "")
    area = area_called(each.kind, code) or area_called(AreaKind.TOWN, each.town)
    assert area is not None
    return plan_patrol(
        edition, area=area, unit=city.units[each.unit], cycle_days=CYCLE, starts_on=starts.date(), by=city.officer, now=starts
    ).pk


def _walk(city: DemoCity, patrol: Patrol, rng: Random, *, newest: bool) -> None:
    """Each point a quarter of an hour after the one before; of the newest walk the first few, one of them with a finding."""
    by, points = city.looker(patrol.plan.unit), list(patrol.points.select_related("placement__town").order_by("position"))
    hours = city.work_time(patrol.plan.unit)
    begins = rng.uniform(0.5, 3) if newest else rng.uniform(2, 30)
    for n, point in enumerate(points[:MOST_SEEN_TODAY] if newest else points):
        at = min(hours.after(patrol.raised_at, begins + n / 4), city.now)
        _look(point, patrol, rng, at, by=by, finds=newest and n == 1)


def _look(point: PatrolPoint, patrol: Patrol, rng: Random, at: datetime, *, by: object, finds: bool) -> None:
    items = list(patrol.edition.items.order_by("position"))
    seen, answers, note = CHECKED, dict.fromkeys(items, Answer.PASS), ""
    if finds:
        answers[items[0]] = Answer.FAIL
    elif (drawn := rng.random()) < ONE_TAP:
        seen, answers = Seen.FINE, {}
    elif drawn < ONE_TAP + UNSEEN:
        seen, answers, note = Seen.UNSEEN, {}, WHY_UNSEEN
    elif rng.random() < 0.3:
        answers[items[-1]] = Answer.NONE
    see_point(
        point, seen=seen, answers=answers, note=note, seen_at=at, by=by, now=at,  # type: ignore[arg-type]
        report_of=_report_of(point, patrol, rng, at, by),
    )  # fmt: skip


def _report_of(point: PatrolPoint, patrol: Patrol, rng: Random, at: datetime, by: object) -> Callable[[FocusItem], Report]:
    def make(item: FocusItem) -> Report:
        longitude, latitude = point.placement.point or (None, None)
        where = Where(longitude, latitude, datum=Datum.CGCS2000, source="map", address=point.placement.address)
        report = receive_report(
            channel=Channel.FIELD, client_id=str(uuid.UUID(int=rng.getrandbits(128))), where=where, now=at, by=by,  # type: ignore[arg-type]
            text=f"{patrol.edition.name}巡查，“{item.words}”不合格", problem_type=type_by_full_code(item.type_code),
        ).report  # fmt: skip
        collect(report, now=at)
        return report

    return make
