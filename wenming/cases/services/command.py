"""What the command centre decides: accept or not, whose it is, more time or not, merged or not, done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput
from wenming.responsibilities import duties
from wenming.responsibilities.models import DutyExtension
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.models import EstablishRule, ProblemType

from ..models import Case
from ..places import supervisor_at
from .intake import title_of
from .moving import (
    StepRefused,
    begin,
    command_centre,
    end_handling,
    end_stage,
    hold,
    lock,
    may_begin,
    move,
    next_stage,
    show_clock,
)
from .supports import close_supports, go_on_with_supports, stop_supports, withdraw_supports


@transaction.atomic
def ask_verification(
    case: Case, *, unit: Unit, by: Account, now: datetime, reason: str = "", seen_moves: int | None = None
) -> Case:
    """Ask a unit to look on the spot before establishing (立案前核实)."""
    case = begin(case, "ask_verification", by=by, seen_moves=seen_moves)
    next_stage(case, "case.verify-before", owner=unit, now=now)
    move(case, "ask_verification", by=by, now=now, reason=reason, unit=unit)
    return case


@transaction.atomic
def recall_verification(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """撤回核实: nobody need go any more; the clock of acceptance starts anew."""
    case = begin(case, "recall_verification", by=by, seen_moves=seen_moves)
    next_stage(case, "case.accept", owner=command_centre(), now=now)
    move(case, "recall_verification", by=by, now=now)
    return case


@transaction.atomic
def change_type(
    case: Case,
    *,
    to: ProblemType,
    rule: EstablishRule | None,
    by: Account,
    now: datetime,
    seen_moves: int | None = None,
) -> Case:
    """改类: say what kind of problem it is, and which condition to establish it meets."""
    case = begin(case, "change_type", by=by, seen_moves=seen_moves)
    before = case.problem_type.full_code if case.problem_type else ""
    condition = case.establish_rule.position if case.establish_rule else None
    _set_type(case, to, rule)
    move(case, "change_type", by=by, now=now, was=before, was_condition=condition, type=to.full_code)
    return case


@transaction.atomic
def take_back_type(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """Undo 改类 as long as nothing has been done since: another change, back to what it was, or to no type at all."""
    case = begin(case, "change_type", by=by, seen_moves=seen_moves)
    last = case.moves.get(position=case.moves_count)
    if last.act != "change_type" or "was_condition" not in last.facts:
        raise StepRefused(_("改类之后已经办过别的，不能撤销。需要时请再改一次小类。"))
    assert case.problem_type is not None
    now_is, was = case.problem_type.full_code, last.facts["was"]
    types = ProblemType.objects.select_related("scheme").filter(code=was[-4:]) if was else ()
    before = next((one for one in types if one.full_code == was), None)
    if before is None:
        case.problem_type = case.establish_rule = None
        case.title, case.urgent = (
            title_of(case.case_reports.select_related("report").earliest("added_at").report),
            False,
        )
    else:
        _set_type(case, before, before.rules.filter(position=last.facts["was_condition"]).first())
    move(case, "change_type", by=by, now=now, was=now_is, type=was)
    return case


@transaction.atomic
def establish(
    case: Case, *, problem_type: ProblemType, rule: EstablishRule | None, by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """立案: it exists, it is of this kind, the city will deal with it. Raises BadInput for a rule of another type."""
    case = begin(case, "establish", by=by, seen_moves=seen_moves)
    _set_type(case, problem_type, rule)
    next_stage(case, "case.dispatch", owner=command_centre(), now=now)
    move(case, "establish", by=by, now=now, type=problem_type.full_code)
    return case


@transaction.atomic
def refuse(case: Case, *, reason: str, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """不予受理: not the city's to solve, or not there. The reporters read the reason."""
    case = begin(case, "refuse", by=by, reason=reason, seen_moves=seen_moves)
    end_stage(case, now=now)
    move(case, "refuse", by=by, now=now, reason=reason)
    return case


@transaction.atomic
def take_back_refusal(case: Case, *, reason: str, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """Undo a refusal; the clock of acceptance starts anew."""
    case = begin(case, "take_back_refusal", by=by, reason=reason, seen_moves=seen_moves)
    next_stage(case, "case.accept", owner=command_centre(), now=now)
    move(case, "take_back_refusal", by=by, now=now, reason=reason)
    return case


@transaction.atomic
def merge(case: Case, *, into: Case, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """并案: the same problem is already a case. Every reporter stays a reporter, and is told what becomes of it."""
    if case.pk == into.pk:
        raise BadInput(_("不能并到它自己。请选另一件案件。"))
    # Both are locked in one order, so that two merges towards each other wait instead of blocking for ever.
    now_locked = {pk: lock(pk) for pk in sorted([case.pk, into.pk])}
    case, into = may_begin(now_locked[case.pk], "merge", by=by, seen_moves=seen_moves), now_locked[into.pk]
    if into.ended:
        raise StepRefused(_("%(number)s 已经办完了，不能再并进去。请选一件还在办的案件。") % {"number": into.number})
    end_stage(case, now=now)
    case.merged_into = into
    move(case, "merge", by=by, now=now, into=into.number)
    Case.objects.filter(pk=into.pk).update(reporters=F("reporters") + case.reporters, photos=F("photos") + case.photos)
    return case


@transaction.atomic
def separate(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """Undo a merge: the case stands on its own again, before acceptance."""
    case = begin(case, "separate", by=by, seen_moves=seen_moves)
    target, case.merged_into = case.merged_into, None
    counted_by = target
    while counted_by is not None:
        # What it was merged into may have been merged on since: every case up to the last one counted its reporters.
        Case.objects.filter(pk=counted_by.pk).update(
            reporters=F("reporters") - case.reporters, photos=F("photos") - case.photos
        )
        counted_by = counted_by.merged_into
    next_stage(case, "case.accept", owner=command_centre(), now=now)
    move(case, "separate", by=by, now=now, out_of=target.number)  # type: ignore[union-attr]
    return case


@transaction.atomic
def dispatch(
    case: Case, *, to: Unit, by: Account, now: datetime, why: str = "", limit: Limit | None = None,
    supporting: tuple[str, ...] = (), seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """派遣: the unit owes the solution from now on, within the limit of the condition established. Policy: 4.3.

    why: what the dispatcher was shown as the ground (the matrix rule), kept with the move. limit: only where another
    rule than the type's applies (an imported hotline order, a leader's order).
    """
    case = begin(case, "dispatch", by=by, seen_moves=seen_moves)
    if not to.handles_cases or to.valid_to is not None:
        raise BadInput(_("%(unit)s不办理案件。请派给部门、镇街、村居或承包单位。") % {"unit": to.name})
    hold(case, to)
    end_stage(case, now=now)
    seeing_to_it = supervisor_at(case, to, timezone.localdate(now))
    case.handling = next_stage(
        case, "case.handle", owner=to, now=now, limit=limit or handling_limit(case), supervisor=seeing_to_it
    )
    move(
        case,
        "dispatch",
        by=by,
        now=now,
        unit=to,
        why=why,
        supporting=list(supporting),
        due=case.handling.due_at.isoformat(),
    )
    return case


@transaction.atomic
def recall(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """撤回派遣: undo a dispatch as long as the unit has not signed for it."""
    case = begin(case, "recall", by=by, seen_moves=seen_moves)
    assert case.handling_id is not None
    if duties.lock(case.handling_id).acknowledged_at:
        raise StepRefused(_("%(unit)s已经签收，不能撤回。需要改派时请联系该单位退回。") % {"unit": case.unit})
    unit = case.unit
    leave_unit(case, now=now)
    move(case, "recall", by=by, now=now, unit=unit)
    return case


@transaction.atomic
def decide_extension(
    case: Case, extension: DutyExtension, *, granted: bool, note: str, by: Account, now: datetime
) -> Case:
    """审批延期."""
    case = begin(case, "decide_extension", by=by)
    duty = duties.decide_extension(extension, granted=granted, note=note.strip(), by=by, now=now)
    show_clock(case, duty)
    move(
        case,
        "decide_extension",
        by=by,
        now=now,
        reason=note,
        unit=case.unit,
        granted=granted,
        due=duty.due_at.isoformat(),
    )
    return case


@transaction.atomic
def suspend(case: Case, *, reason: str, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """挂账: it cannot be solved now, through nobody's fault; the clock stands."""
    case = begin(case, "suspend", by=by, reason=reason, seen_moves=seen_moves)
    assert case.handling_id is not None
    show_clock(case, duties.suspend(case.handling_id, reason=reason, by=by, now=now))
    stop_supports(case, reason=reason, by=by, now=now)
    move(case, "suspend", by=by, now=now, reason=reason, unit=case.unit)
    return case


@transaction.atomic
def resume(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """恢复办理: the clock goes on."""
    case = begin(case, "resume", by=by, seen_moves=seen_moves)
    assert case.handling_id is not None
    show_clock(case, duties.resume(case.handling_id, by=by, now=now))
    go_on_with_supports(case, by=by, now=now)
    move(case, "resume", by=by, now=now, unit=case.unit)
    return case


@transaction.atomic
def close(case: Case, *, by: Account, now: datetime, seen_moves: int | None = None) -> Case:
    """结案: verified by somebody else; the reporters are asked what they think of it."""
    case = begin(case, "close", by=by, seen_moves=seen_moves)
    close_supports(case, now=now)
    end_stage(case, now=now)
    case.closed_at = now
    move(case, "close", by=by, now=now, unit=case.unit)
    return case


def leave_unit(case: Case, *, now: datetime) -> None:
    """The case goes back to the command centre, which owes a new dispatch."""
    withdraw_supports(case, now=now)
    end_handling(case, duties.withdraw, now=now)
    hold(case, None)
    next_stage(case, "case.dispatch", owner=command_centre(), now=now)


def _set_type(case: Case, problem_type: ProblemType, rule: EstablishRule | None) -> None:
    if rule is not None and rule.problem_type_id != problem_type.pk:
        raise BadInput(_("立案条件不是这一小类的。请重新选小类和立案条件。"))
    case.problem_type, case.establish_rule, case.title = problem_type, rule, problem_type.name
    case.urgent = rule is not None and rule.urgent


def handling_limit(case: Case) -> Limit | None:
    """What the condition established allows; None where it says nothing, and the stage's own limit applies."""
    rule = case.establish_rule
    return Limit(rule.limit_amount, LimitUnit(rule.limit_unit)) if rule else None
