"""主办、协办: one unit leads a case, others are asked to do a part of it, each on a clock of its own. Policy: 7.6."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.engine.writing import insert, update
from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit

from ..models import Case, Support
from ..rules.supports import MOVABLE, SupportState, limit_until, runs_too_long
from .moving import NotYours, attach_photos, begin, command_centre, move

KIND = "case.support"


class SupportEnded(Refusal):
    """The sub-task was answered, returned or withdrawn in the meantime."""

    code = "case.support-ended"


class SupportsOpen(BadInput):
    """The lead wants to answer while others have not, and has not said why."""

    code = "case.supports-open"


@transaction.atomic
def ask_support(
    case: Case, *, unit: Unit, asks: str, by: Account, now: datetime, limit: Limit | None = None,
    seen_moves: int | None = None,
) -> Support:  # fmt: skip
    """请协办: another unit does a part of the case; the lead stays the lead and answers for the whole.

    limit: no longer than the case's; without one the part falls due with the case.
    """
    case = begin(case, "ask_support", by=by, seen_moves=seen_moves)
    support = _ask(case, unit=unit, asks=asks, limit=limit, by=by, now=now)
    move(case, "ask_support", by=by, now=now, reason=asks, unit=unit, support=support.pk, due=_due(support))
    return support


@transaction.atomic
def reassign_support(
    case: Case, support: Support, *, unit: Unit, by: Account, now: datetime, seen_moves: int | None = None
) -> Support:
    """改派协办: the same part, asked of another unit, whether the first has returned it or not."""
    case = begin(case, "reassign_support", by=by, seen_moves=seen_moves)
    before = _lock(case, support, MOVABLE)
    if before.unit_id == unit.pk:
        raise BadInput(_("协办单位没有变。请选另一个单位。"))
    if Support.objects.filter(replaces=before).exists():
        raise SupportEnded(_("这项协办已经改派过了，刷新页面就能看到结果。"))
    if before.state == SupportState.OPEN:
        _end(before, SupportState.WITHDRAWN, now=now)
    after = _ask(case, unit=unit, asks=before.asks, by=by, now=now, replaces=before)
    move(
        case,
        "reassign_support",
        by=by,
        now=now,
        reason=before.asks,
        unit=unit,
        support=after.pk,
        was=before.unit.code,
        due=_due(after),
    )
    return after


@transaction.atomic
def withdraw_support(
    case: Case, support: Support, *, reason: str = "", by: Account, now: datetime, seen_moves: int | None = None
) -> Support:
    """撤回协办: the part is not needed any more; it counts in nobody's figures."""
    case = begin(case, "withdraw_support", by=by, seen_moves=seen_moves)
    support = _end(_lock(case, support, {SupportState.OPEN}), SupportState.WITHDRAWN, now=now)
    move(case, "withdraw_support", by=by, now=now, reason=reason, unit=support.unit, support=support.pk)
    return support


@transaction.atomic
def answer_support(
    case: Case, support: Support, *, text: str, photos: Sequence[Prepared] = (), by: Account, now: datetime
) -> Support:
    """协办回复: what this unit did of its part. Whether the whole is solved is looked at with the lead's answer.

    Nobody is asked how many moves they had seen: what others did on the case does not touch this part.
    """
    case = begin(case, "answer_support", by=by)
    support = _ours(_lock(case, support, {SupportState.OPEN}), by)
    if not (text.strip() or photos):
        raise BadInput(_("还没有写怎么办的。请写一句话，或拍一张照片。"))
    attach_photos(photos, role=Role.AFTER, subject=Subject("support", support.key), by=by, now=now)
    case.photos += len(photos)
    support = _end(support, SupportState.ANSWERED, now=now, said=text)
    move(case, "answer_support", by=by, now=now, reason=text, unit=case.unit, support=support.pk, photos=len(photos),
         on_time=support.duty.answered_on_time)  # fmt: skip
    return support


@transaction.atomic
def hand_back_support(case: Case, support: Support, *, reason: str, by: Account, now: datetime) -> Support:
    """退回协办: this part is not ours, and why. The command centre asks somebody else, or takes it back."""
    case = begin(case, "hand_back_support", by=by, reason=reason)
    support = _ours(_lock(case, support, {SupportState.OPEN}), by)
    support = _end(support, SupportState.RETURNED, now=now, said=reason)
    move(case, "hand_back_support", by=by, now=now, reason=reason, support=support.pk)
    return support


def refuse_while_others_work(case: Case, why: str) -> str:
    """The lead's answer waits for the others, unless it says why not; what of that is kept with the answer."""
    if not case.supports_count:
        return ""
    still = [str(one.unit) for one in _still_open(case)]
    if still and not why.strip():
        words = {"units": "、".join(still)}
        raise SupportsOpen(_("%(units)s的协办还没有回复。请等回复；要先回复的，写明为什么不等。") % words)
    return _("没有等%(units)s协办回复：%(why)s") % {"units": "、".join(still), "why": why.strip()} if still else ""


def stop_supports(case: Case, *, reason: str, by: Account, now: datetime) -> None:
    """挂账: while the case stands, so do its parts."""
    for support in _still_open(case):
        duties.suspend(support.duty_id, reason=reason, by=by, now=now)


def go_on_with_supports(case: Case, *, by: Account, now: datetime) -> None:
    """恢复办理: the parts go on where they stood."""
    for support in _still_open(case):
        duties.resume(support.duty_id, by=by, now=now)


def withdraw_supports(case: Case, *, now: datetime) -> None:
    """The case leaves its lead: whoever leads next may need other help."""
    for support in _still_open(case):
        _end(support, SupportState.WITHDRAWN, now=now)


def close_supports(case: Case, *, now: datetime) -> None:
    """结案 with parts unanswered: who was late with one stays late, who still had time owes nothing any more."""
    for support in _still_open(case):
        _end(support, SupportState.UNANSWERED, now=now)


def _ask(
    case: Case, *, unit: Unit, asks: str, by: Account, now: datetime, limit: Limit | None = None,
    replaces: Support | None = None,
) -> Support:  # fmt: skip
    if not asks.strip():
        raise BadInput(_("请写一句要这个单位做什么。"))
    if not unit.handles_cases or unit.valid_to is not None:
        raise BadInput(_("%(unit)s不办理案件。请派给部门、镇街、村居或承包单位。") % {"unit": unit.name})
    if unit.pk == case.unit_id:
        raise BadInput(_("%(unit)s是这件的主办单位，不用再请它协办。") % {"unit": unit.name})
    if any(unit.pk == other.unit_id for other in _still_open(case)):
        raise BadInput(_("%(unit)s已经在协办这件。") % {"unit": unit.name})
    assert case.handling is not None
    due_at = case.handling.due_at
    duty = duties.impose(
        kind=KIND, subject=case.key, title=_("协办：%(title)s") % {"title": case.title}, owner=unit,
        limit=limit or limit_until(due_at, now), now=now, owed_to=case.unit, supervisor=command_centre(),
    )  # fmt: skip
    if runs_too_long(duty.due_at, due_at, now):
        raise BadInput(_("协办的时限比案件的还晚。请改短些，或者不填，与案件一起到期。"))
    support = Support(case=case, unit=unit, asks=asks.strip(), duty=duty, asked_at=now, asked_by=by, replaces=replaces)
    insert(support)
    case.supports_count += 1
    return support


def _lock(case: Case, support: Support, wanted: frozenset[SupportState] | set[SupportState]) -> Support:
    """The sub-task as it is now: the case's lock, which every act on it takes first, holds it too."""
    found = Support.objects.select_related("unit", "duty").filter(case=case, pk=support.pk).first()
    if found is None or SupportState(found.state) not in wanted:
        raise SupportEnded(_("这项协办已经回复、退回或撤回了，刷新页面就能看到结果。"))
    return found


def _ours(support: Support, by: Account) -> Support:
    if not support.unit.path.startswith(by.unit.path):
        raise NotYours(_("这项由%(unit)s协办，您只能查看。") % {"unit": support.unit})
    return support


def _end(support: Support, state: SupportState, *, now: datetime, said: str = "") -> Support:
    support.duty = _end_duty(support.duty, state, now)
    support.state, support.ended_at, support.said = state, now, said.strip()
    update(support, "state", "ended_at", "said")
    return support


def _end_duty(duty: Duty, state: SupportState, now: datetime) -> Duty:
    late = state == SupportState.UNANSWERED and now > duty.due_at and duty.paused_at is None
    done = state == SupportState.ANSWERED or late
    return (duties.discharge if done else duties.withdraw)(duty, now=now)


def _still_open(case: Case) -> list[Support]:
    """Asked only where the case ever had a part: one unit alone costs no question."""
    if not case.supports_count:
        return []
    return list(case.supports.filter(ended_at=None).select_related("unit", "duty"))


def _due(support: Support) -> str:
    return support.duty.due_at.isoformat()
