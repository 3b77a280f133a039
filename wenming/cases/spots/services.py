"""What people do with a black spot. Finding is the machine's, every decision is a person's. Policy: 4.5."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.services import impose_duty

from ..models import BlackSpot, SpotMove
from ..rules.spot_life import SPOT_STATES_ZH, SPOT_STEPS, SpotState, SpotStepOutOfPlace, Verdict, step_spot
from .finding import told
from .selectors import usual_before, watch_of

TREAT = "spot.treat"
PERMISSION = "spots.manage"


class SpotStepRefused(Refusal):
    """The spot is not where this act begins, or not yet quiet enough."""

    code = "spot.step-refused"


@transaction.atomic
def register_spot(spot: BlackSpot, *, by: Account, now: datetime) -> BlackSpot:
    """登记: the office takes it on."""
    return _move(_begin(spot, "register", by), "register", by=by, now=now)


@transaction.atomic
def dismiss_spot(spot: BlackSpot, *, reason: str, by: Account, now: datetime) -> BlackSpot:
    """不列入: not a black spot, with the reason; for half a year the square is not put forward again."""
    spot = _begin(spot, "dismiss", by)
    if not reason.strip():
        raise BadInput(_("不列入要写明原因。请补上后再提交。"))
    return _move(spot, "dismiss", by=by, now=now, reason=reason)


@transaction.atomic
def treat_spot(spot: BlackSpot, *, to: Unit, limit: Limit, measure: str, by: Account, now: datetime) -> BlackSpot:
    """交办整治: a unit owes the treatment of the place, on the same clock as any other duty. Also after a relapse."""
    spot = _begin(spot, "treat", by)
    if not measure.strip():
        raise BadInput(_("交办整治要写明怎么治。请补上后再提交。"))
    if not to.handles_cases or to.valid_to is not None:
        raise BadInput(_("%(unit)s不承办事项。请选部门、镇街、村居或承包单位。") % {"unit": to.name})
    title = _("整治黑点 %(number)s %(type)s %(place)s") % {
        "number": spot.number, "type": spot.problem_type.name, "place": spot.placement,
    }  # fmt: skip
    spot.duty = impose_duty(
        kind=TREAT,
        subject=spot.key,
        title=title[:160],
        owner=to,
        limit=limit,
        by=by,
        now=now,
        owed_to=by.unit,
        supervisor=by.unit,
    )
    spot.unit, spot.watched_since = to, None
    spot.usual = spot.usual if spot.usual is not None else usual_before(spot)
    return _move(spot, "treat", by=by, now=now, unit=to, reason=measure)


@transaction.atomic
def watch_spot(spot: BlackSpot, *, by: Account, now: datetime) -> BlackSpot:
    """转入观察: the unit has answered and the office accepts it; from now on the place itself must say so."""
    spot = _begin(spot, "watch", by)
    assert spot.duty is not None
    if spot.duty.state != DutyState.ANSWERED:
        raise SpotStepRefused(_("%(unit)s还没有回复整治结果。请等回复后再转入观察。") % {"unit": spot.unit})
    duties.discharge(spot.duty, now=now)
    spot.watched_since = now
    return _move(spot, "watch", by=by, now=now, unit=spot.unit)


@transaction.atomic
def delist_spot(spot: BlackSpot, *, by: Account, now: datetime) -> BlackSpot:
    """销号: only when the rule of delisting holds; the counts that it rests on are kept with the act."""
    spot = _begin(spot, "delist", by)
    watch = watch_of(spot, now)
    if watch.verdict != Verdict.QUIET:
        raise SpotStepRefused(_("还不能销号：%(why)s") % {"why": watch.words})
    return _move(spot, "delist", by=by, now=now, days=watch.days, cases=watch.cases, usual=round(watch.usual, 2))


def _begin(spot: BlackSpot, act: str, by: Account) -> BlackSpot:
    if not by.may(PERMISSION):
        raise NotAllowed()
    # Two officers may press the button together: the second waits here and is refused.
    spot = BlackSpot.objects.select_for_update().get(pk=spot.pk)
    try:
        step_spot(SpotState(spot.state), act)
    except SpotStepOutOfPlace as wrong:
        words = {"state": _(SPOT_STATES_ZH[SpotState(spot.state)]), "act": _(SPOT_STEPS[act].zh)}
        raise SpotStepRefused(_("这个黑点现在是“%(state)s”，不能%(act)s。请刷新页面看最新情况。") % words) from wrong
    return spot


def _move(
    spot: BlackSpot,
    act: str,
    *,
    by: Account,
    now: datetime,
    reason: str = "",
    unit: Unit | None = None,
    **facts: object,
) -> BlackSpot:
    """Write what _begin allowed: the state, the record and the journal entry."""
    before, spot.state = spot.state, step_spot(SpotState(spot.state), act)
    spot.moves_count += 1
    spot.moved_at = now
    spot.save()
    kept = {**told(spot), **facts}
    SpotMove.objects.create(
        spot=spot, position=spot.moves_count, act=act, from_state=before, to_state=spot.state, at=now, by=by, unit=unit,
        reason=reason.strip()[:500], facts=kept,
    )  # fmt: skip
    journal.record(
        JOURNAL_ACTIONS[act], by=by, about=spot, now=now, before=before, after=spot.state,
        unit=unit.code if unit else "", reason=reason.strip()[:500], **kept,
    )  # fmt: skip
    return spot


JOURNAL_ACTIONS = {
    "register": "spot.registered", "dismiss": "spot.dismissed", "treat": "spot.treated", "watch": "spot.watched",
    "delist": "spot.delisted",
}  # fmt: skip
