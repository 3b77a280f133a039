"""退回 and 裁定: whose a case is, when the unit says that it is not its own. Policy: 1.6."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.services import propose_matrix_entry

from ..disputes import binding_ruling, earlier_handling, open_dispute, returns_of
from ..models import Arbitration, Case, Dispute
from ..rules.disputes import ClockEffect, ground_of_dispute
from ..selectors import Suggestion, suggestion
from .command import handling_limit, leave_unit
from .moving import begin, command_centre, end_stage, hold, move, next_stage, show_clock


class BoundByRuling(Refusal):
    """The office has ruled that the case is this unit's."""

    code = "case.bound-by-ruling"


@transaction.atomic
def hand_back(
    case: Case, *, reason: str, owner: Unit, by: Account, now: datetime, seen_moves: int | None = None
) -> Case:
    """退回: not ours, and whose it is. A unit must be named, so that a case is never handed back into nowhere.

    A second return, or one that the matrix contradicts, waits for the office's ruling; any other goes to the dispatcher.
    """
    case = begin(case, "hand_back", by=by, reason=reason, seen_moves=seen_moves)
    if owner.pk == case.unit_id:
        raise BadInput(_("退回时写的责任单位还是本单位。请选真正该办的单位。"))
    if ruling := binding_ruling(case):
        raise BoundByRuling(
            _("%(at)s 已经裁定由%(unit)s办理，不能再退回。来不及的可以申请延期。")
            % {"at": timezone.localtime(ruling.at).strftime("%Y-%m-%d"), "unit": ruling.unit}
        )
    answered = suggestion(case, now)
    ground = ground_of_dispute(
        named=owner.code,
        accountable=answered.answer.accountable if answered else None,
        returned_before=returns_of(case).count(),
    )
    if ground is None:
        leave_unit(case, now=now)
        move(case, "hand_back", by=by, now=now, reason=reason, unit=owner)
        return case
    return _contest(case, ground, answered, reason=reason, owner=owner, by=by, now=now)


def _contest(
    case: Case, ground: str, answered: Suggestion | None, *, reason: str, owner: Unit, by: Account, now: datetime
) -> Case:
    held_by = case.unit
    assert held_by is not None, "only a case out with a unit is returned"
    leave_unit(case, now=now)
    next_stage(case, "case.arbitrate", owner=_office(), now=now)
    Dispute.objects.create(
        case=case, ground=ground, by_unit=held_by, named=owner, reason=reason.strip(), at=now,
        matrix_unit=answered.unit if answered else None, matrix_why=answered.answer.why if answered else "",
    )  # fmt: skip
    rule = answered.answer.rule if answered else None
    move(case, "contest", by=by, now=now, reason=reason, unit=owner, ground=str(ground), rule=rule.id if rule else None)
    return case


@transaction.atomic
def arbitrate(
    case: Case, *, to: Unit, reason: str, clock: str = ClockEffect.ANEW, propose: str = "", by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """裁定: whose it is. The unit owes the solution from now on and cannot return it again.

    clock: ClockEffect.ANEW, or CONTINUES for a unit that had it and should not have returned it: its own clock goes on
    where it stood, the time of the dispute left out. propose: the basis of a line that the matrix ought to have; it is
    put before those who may change the matrix, and changes nothing until they decide.
    """
    case = begin(case, "arbitrate", by=by, reason=reason, seen_moves=seen_moves)
    if not to.handles_cases or to.valid_to is not None:
        raise BadInput(_("%(unit)s不办理案件。请派给部门、镇街、村居或承包单位。") % {"unit": to.name})
    dispute = open_dispute(case)
    assert dispute is not None, "a case in dispute has one"
    earlier = earlier_handling(case, to)
    if clock == ClockEffect.CONTINUES and earlier is None:
        raise BadInput(_("%(unit)s没有办过这件，时限只能从裁定起重新算。") % {"unit": to})
    hold(case, to)
    if clock == ClockEffect.CONTINUES and earlier is not None:
        end_stage(case, now=now)
        case.duty = duties.reinstate(earlier, reason=reason.strip(), by=by, now=now)
        show_clock(case, case.duty)
    else:
        next_stage(case, "case.handle", owner=to, now=now, limit=handling_limit(case))
    case.handling = case.duty
    Arbitration.objects.create(dispute=dispute, unit=to, clock=clock, reason=reason.strip(), at=now, by=by)
    assert case.duty is not None
    move(case, "arbitrate", by=by, now=now, reason=reason, unit=to, clock=str(clock), due=case.duty.due_at.isoformat())
    if propose.strip():
        _propose(case, to, propose, reason, by, now)
    return case


def _propose(case: Case, to: Unit, basis: str, reason: str, by: Account, now: datetime) -> None:
    if case.problem_type is None:
        raise BadInput(_("还没有定小类，不能提议改权责。"))
    propose_matrix_entry(
        problem_type=case.problem_type, town_code=case.town_code, unit=to, basis=basis, because=reason, about=case.key,
        by=by, now=now,
    )  # fmt: skip


def _office() -> Unit:
    """Who rules: the civility office, and the command centre in a city that has none."""
    return Unit.objects.filter(kind=UnitKind.OFFICE, valid_to=None).order_by("path").first() or command_centre()
