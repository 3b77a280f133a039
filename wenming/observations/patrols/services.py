"""What is done with patrols: planning them, letting them fall due, and handing in what was seen. Policy: 4.4."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import Role
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.services import discharge_duty, impose_duty
from wenming.standards.models import FocusEdition, FocusItem
from wenming.territory.models import Placement
from wenming.territory.rules.geometry import distance_m

from ..models import Patrol, PatrolPlan, PatrolPoint, PointAnswer, PointLook, Report
from ..models.patrols import Answer, Seen
from ..rules.route import route
from ..rules.turns import LONGEST_CYCLE, limit_of_turn
from .areas import PatrolArea

WALK = "patrol.walk"
# Handed in with the checklist: whether that is 看了没问题 or 有问题, its answers say.
CHECKED = "checked"
PLAN, LOOK = "patrols.plan", "cases.verify"


class AlreadyPlanned(Refusal):
    """The focus has a plan for that area."""

    code = "patrol.planned-already"


@dataclass(frozen=True)
class Stop:
    """A place that a walk should come by, and why: (ground, number or count) pairs. The more urgent come first."""

    placement: Placement
    why: Sequence[tuple[str, str]]


@dataclass
class Found:
    """What is not in order, as a report waiting to be made: the item, its words, its photographs."""

    item: FocusItem
    note: str = ""
    upload_tokens: Sequence[str] = field(default_factory=list)


@transaction.atomic
def plan_patrol(
    focus: FocusEdition, *, area: PatrolArea, unit: Unit, cycle_days: int, starts_on: date, by: Account, now: datetime
) -> PatrolPlan:
    """From that day on the unit owes a look at the area every so many days."""
    if not by.may(PLAN):
        raise NotAllowed()
    if not 1 <= cycle_days <= LONGEST_CYCLE:
        raise BadInput(_("巡查周期要在 1 到 %(most)d 天之间。请改好后再保存。") % {"most": LONGEST_CYCLE})
    if not Account.objects.filter(unit__path__startswith=unit.path, role=Role.FIELD, is_active=True).exists():
        raise BadInput(_("%(unit)s没有巡查人员，排了也没人能去。请换一个单位，或先开巡查账号。") % {"unit": unit.name})
    # Two officers may plan the same area at once: the second waits here.
    FocusEdition.objects.select_for_update().get(pk=focus.pk)
    if PatrolPlan.objects.filter(
        focus_code=focus.code, area_kind=area.kind, area_code=area.code, ended_at=None
    ).exists():
        raise AlreadyPlanned(_("%(area)s的%(focus)s已经有计划。要改单位或周期，请先停用原来的。") % {"area": area.name, "focus": focus.name})
    plan = PatrolPlan.objects.create(
        focus_code=focus.code, area_kind=area.kind, area_code=area.code, area_name=area.name, unit=unit,
        cycle_days=cycle_days, starts_on=starts_on, made_at=now, made_by=by,
    )  # fmt: skip
    journal.record(
        "patrol.planned", by=by, about=plan, now=now, of=focus.code, name=area.name, unit=unit.code, days=cycle_days,
        on=starts_on.isoformat(),
    )  # fmt: skip
    return plan


@transaction.atomic
def end_plan(plan: PatrolPlan, *, by: Account, now: datetime) -> PatrolPlan:
    """No more walks fall due, and the one that is due is no longer owed. What was seen stays."""
    if not by.may(PLAN):
        raise NotAllowed()
    plan = PatrolPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan.pk)
    if plan.ended_at is not None:
        raise BadInput(_("这个计划已经停用了。"))
    plan.ended_at = now
    plan.save(update_fields=["ended_at"])
    for patrol in Patrol.objects.filter(plan=plan, finished_at=None, duty__ended_at=None):
        duties.withdraw(patrol.duty_id, now=now)
    journal.record("patrol.plan-ended", by=by, about=plan, now=now, of=plan.focus_code, name=plan.area_name)
    return plan


@transaction.atomic
def raise_patrol(
    plan: PatrolPlan, *, edition: FocusEdition, turn_on: date, stops: Sequence[Stop], left_out: int, now: datetime
) -> Patrol | None:
    """A walk falls due: a duty of the unit, with the points in the order proposed. None when this turn has its walk.

    Nor does a second one fall due while the first is open: that one climbs the ladder, and the turns that went by
    without a look are counted as such.
    """
    plan = PatrolPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan.pk)
    walks = Patrol.objects.filter(plan=plan)
    if plan.ended_at or walks.filter(turn_on=turn_on).exists() or walks.filter(duty__ended_at=None).exists():
        return None
    number = _next_number(now)
    title = _("%(focus)s巡查 %(area)s") % {"focus": edition.name, "area": plan.area_name}
    duty = impose_duty(
        kind=WALK, subject=f"patrol:{number}", title=title, owner=plan.unit, limit=limit_of_turn(plan.cycle_days), by=None,
        now=now,
    )  # fmt: skip
    walk = _walk_through(stops)
    patrol = Patrol.objects.create(
        number=number, plan=plan, edition=edition, turn_on=turn_on, duty=duty, raised_at=now, points_count=len(stops),
        left_out=left_out, route_m=round(sum(metres for _stop, metres in walk)), unplanned_m=round(_as_given(stops)),
    )  # fmt: skip
    PatrolPoint.objects.bulk_create(
        PatrolPoint(patrol=patrol, position=n, placement=stop.placement, why=[list(w) for w in stop.why], metres=round(metres))
        for n, (stop, metres) in enumerate(walk, start=1)
    )
    journal.record("patrol.raised", by=None, about=patrol, now=now, unit=plan.unit.code, rows=len(stops))
    return patrol


@transaction.atomic
def see_point(
    point: PatrolPoint, *, seen: str, answers: Mapping[FocusItem, str], note: str = "", seen_at: datetime, by: Account,
    now: datetime, report_of: Callable[[FocusItem], Report],
) -> PointLook:  # fmt: skip
    """Keep what somebody saw at a point; the walk is done with the last of them.

    seen: "checked", "fine" or "unseen". report_of: makes the report of an item that is not in order, by the door that
    every report comes through. Also a second look at a point is taken, and one that comes when the walk is over: what
    was seen was seen.
    """
    patrol = Patrol.objects.select_for_update(of=("self",)).select_related("plan__unit", "duty", "edition").get(pk=point.patrol_id)
    if not by.may(LOOK) or not patrol.plan.unit.path.startswith(by.unit.path):
        raise NotAllowed()
    wrong = [item for item, answer in answers.items() if answer == Answer.FAIL]
    _refuse_what_contradicts_itself(seen, answers, wrong, note)
    look = PointLook.objects.create(
        point=point, position=PointLook.objects.filter(point=point).count() + 1, seen=_verdict(seen, wrong), note=note.strip()[:500],
        seen_at=min(seen_at, now), at=now, by=by,
    )  # fmt: skip
    PointAnswer.objects.bulk_create(
        PointAnswer(look=look, item=item, answer=answer, report=report_of(item) if answer == Answer.FAIL else None)
        for item, answer in answers.items()
    )
    journal.record(
        "patrol.seen", by=by, about=patrol, now=now, position=point.position, found=look.seen, rows=len(answers), cases=len(wrong)
    )
    _finish_if_all_seen(patrol, by, now)
    return look


def _verdict(seen: str, wrong: Sequence[FocusItem]) -> str:
    return Seen.UNSEEN if seen == Seen.UNSEEN else Seen.FOUND if wrong else Seen.FINE


def _refuse_what_contradicts_itself(
    seen: str, answers: Mapping[FocusItem, str], wrong: Sequence[FocusItem], note: str
) -> None:
    if seen not in {CHECKED, Seen.FINE, Seen.UNSEEN}:
        raise BadInput(_("还没有说看到的是哪一种。请在下面选一个。"))
    if seen == Seen.UNSEEN and not note.strip():
        raise BadInput(_("看不到的，请选一个原因。"))
    if seen != CHECKED and wrong:
        words = {"item": wrong[0].words}
        raise BadInput(_("“%(item)s”记了不合格，请按“提交清单”；要是点错了，先改过来。") % words)
    if seen == CHECKED and not answers:
        raise BadInput(_("清单一项都还没有答。没有问题的，按“看了，没问题”就行。"))


def _finish_if_all_seen(patrol: Patrol, by: Account, now: datetime) -> None:
    """Every point was looked at, or could not be: both are an answer. A withdrawn duty stays withdrawn."""
    if patrol.finished_at is not None or patrol.points.filter(looks=None).exists():
        return
    patrol.finished_at = max(now, patrol.raised_at)
    patrol.save(update_fields=["finished_at"])
    if Duty.objects.filter(pk=patrol.duty_id, ended_at=None).exists():
        discharge_duty(patrol.duty, by=by, now=now)


def _walk_through(stops: Sequence[Stop]) -> list[tuple[Stop, float]]:
    """The stops in the order proposed, each with the metres from the one before; those without a position come last."""
    placed = [stop for stop in stops if stop.placement.point]
    found = route([stop.placement.point for stop in placed if stop.placement.point], distance_m)
    walk = [(placed[index], metres) for index, metres in zip(found.order, found.legs, strict=True)]
    return [*walk, *((stop, 0.0) for stop in stops if not stop.placement.point)]


def _as_given(stops: Sequence[Stop]) -> float:
    return route([stop.placement.point for stop in stops if stop.placement.point], distance_m).unplanned_m


def _next_number(now: datetime) -> str:
    """P26-00012: the year, and the count within it."""
    start = f"P{timezone.localdate(now):%y}-"
    last = Patrol.objects.filter(number__startswith=start).order_by("-number").values_list("number", flat=True).first()
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:05d}"
