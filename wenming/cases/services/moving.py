"""What every act on a case has in common: lock, may this person, may this case, write the move, tell the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wenming.engine.asking import Given, Question
from wenming.engine.writing import insert, update
from wenming.evidence import services as evidence
from wenming.evidence.models import Subject
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit

from ..models import Case, CaseMove, Verification
from ..models.stages import stage_limit
from ..places import supervises
from ..rules.lifecycle import STATE_NAMES_ZH, STEPS, Party, State, Step, StepOutOfPlace, advance, may_verify
from ..selectors import handler_paths, supports

_LOCKED = Question(
    lambda: Case.objects.select_for_update(of=("self",)).select_related("unit", "establish_rule").filter(pk=Given("pk"))
)
_CENTRE = Question(lambda: Unit.objects.filter(kind=UnitKind.COMMAND_CENTRE, valid_to=None).order_by("path")[:1])
# Everything that an act may change. The rest (where, from whom, since when) is as the case was opened, except the
# counts of reporters, which a merge changes on another case than its own.
_CHANGING = (
    "state", "title", "problem_type", "establish_rule", "unit", "unit_path", "duty", "handling", "due_at", "warn_at",
    "paused_at", "urgent", "merged_into", "photos", "moved_at", "closed_at", "moves_count",
    "supports_count",
)  # fmt: skip


class StepRefused(Refusal):
    """The case is not where this act begins."""

    code = "case.step-refused"


class CaseChanged(Refusal):
    """Somebody else moved the case after this person had read it."""

    code = "case.changed"


class NotYours(NotAllowed):
    """The person's role may do this, but not on this case."""

    code = "case.not-yours"


class ReasonMissing(BadInput):
    code = "case.reason-missing"


def lock(pk: int) -> Case:
    """The case as it is now with its unit and condition, held until the transaction ends."""
    return _LOCKED.get(pk=pk)


def begin(case: Case, act: str, *, by: Account | None, reason: str = "", seen_moves: int | None = None) -> Case:
    """Lock the case and make sure that this act may start; the case as it is now.

    seen_moves: how many moves the person had seen. Two officers may press a button together: the second waits at the
    lock and is told what the first did, instead of undoing it unknowingly.
    """
    return may_begin(lock(case.pk), act, by=by, reason=reason, seen_moves=seen_moves)


def may_begin(case: Case, act: str, *, by: Account | None, reason: str = "", seen_moves: int | None = None) -> Case:
    """`begin` for a case that is locked already."""
    step = STEPS[act]
    if seen_moves is not None and seen_moves != case.moves_count:
        raise CaseChanged(_("这件案件刚刚被别人办理过，现在是“%(state)s”。请看过最新情况再办。") % _words(case, step))
    try:
        advance(State(case.state), act)
    except StepOutOfPlace as wrong:
        raise StepRefused(
            _("这件现在是“%(state)s”，不能%(act)s。请刷新页面看最新情况。") % _words(case, step)
        ) from wrong
    _refuse_strangers(case, step, by)
    if step.needs_reason and not reason.strip():
        raise ReasonMissing(_("%(act)s要写明原因。请补上后再提交。") % _words(case, step))
    return case


def move(
    case: Case, act: str, *, by: Account | None, now: datetime, reason: str = "", unit: Unit | None = None, **facts: Any
) -> CaseMove:
    """Write what begin() allowed: the move, the case's new state, and the journal entry, last."""
    before, case.state = case.state, advance(State(case.state), act)
    case.moves_count += 1
    case.moved_at = now
    update(case, *_CHANGING)
    return record_move(case, act, before=before, by=by, now=now, reason=reason, unit=unit, **facts)


def record_move(
    case: Case, act: str, *, before: str, by: Account | None, now: datetime, reason: str = "", unit: Unit | None = None,
    **facts: Any,
) -> CaseMove:  # fmt: skip
    """The record of one act, numbered within its case, and its journal entry."""
    row = CaseMove(
        case=case, position=case.moves_count, act=act, from_state=before, to_state=case.state, at=now, by=by,
        by_unit=by.unit if by else None, unit=unit, reason=reason.strip(),
    )  # fmt: skip
    insert(row)
    journal.record(row.action, by=by, about=case, now=now, **row.told(facts))
    return row


def next_stage(case: Case, stage: str, *, owner: Unit, now: datetime, limit: Limit | None = None, supervisor: Unit | None = None) -> Duty:
    """End the duty of the stage that is over and impose that of the one that begins (every stage is a duty).

    supervisor: who sees to it, where that is not the command centre.
    """
    end_stage(case, now=now)
    centre = owner if owner.kind == UnitKind.COMMAND_CENTRE else command_centre()
    case.duty = duties.impose(
        kind=stage, subject=case.key, title=case.title, owner=owner, limit=limit or stage_limit(stage), now=now,
        owed_to=centre, supervisor=supervisor or centre,
    )  # fmt: skip
    show_clock(case, case.duty)
    return case.duty


def end_stage(case: Case, *, now: datetime) -> None:
    """End the current stage's duty, unless it is the handling duty, which outlives its stage until the verdict."""
    if case.duty_id is not None and case.duty_id != case.handling_id:
        duties.discharge(case.duty_id, now=now)
    case.duty = None
    show_clock(case, None)


def end_handling(case: Case, end: Callable[..., Duty], *, now: datetime) -> None:
    """End the unit's own duty with `duties.discharge` (verified) or `duties.withdraw` (the case leaves the unit)."""
    if case.handling_id is not None:
        end(case.handling_id, now=now)
    if case.duty_id == case.handling_id:
        case.duty = None
    case.handling = None


def hold(case: Case, unit: Unit | None) -> None:
    """Say which unit holds the case now (None: the command centre)."""
    case.unit = unit
    case.unit_path = unit.path if unit else ""


def show_clock(case: Case, duty: Duty | None) -> None:
    """Repeat the running duty's clock on the case, for lists."""
    case.due_at = duty.due_at if duty else None
    case.warn_at = duty.warn_at if duty else None
    case.paused_at = duty.paused_at if duty else None


def command_centre() -> Unit:
    """The unit that collects, establishes and dispatches. Raises Unit.DoesNotExist when the city has none yet."""
    return _CENTRE.get()


def attach_photos(
    photos: Sequence[evidence.Prepared], *, role: str, subject: Subject, by: Account | None, now: datetime
) -> None:
    """Add photographs that are already safe on disk."""
    for photo in photos:
        evidence.attach(photo, role=role, subject=subject, by=by, now=now)


def verification(case: Case, *, stage: str, holds: bool, note: str, by: Account, now: datetime) -> Verification:
    """Keep what was found on the spot."""
    row = Verification(case=case, stage=stage, holds=holds, note=note.strip(), at=now, by=by, by_unit=by.unit)
    insert(row)
    return row


def _refuse_strangers(case: Case, step: Step, by: Account | None) -> None:
    if step.party in {Party.CITIZEN, Party.SYSTEM}:
        return
    if by is None or not (by.may(step.permission) or (step.party == Party.VERIFIER and supervises(case, by))):
        raise NotAllowed()
    if step.party == Party.HOLDER and not _holds(case, by):
        raise NotYours(_("这件由%(unit)s办理，您只能查看。") % {"unit": case.unit or _("指挥中心")})
    if step.party == Party.SUPPORTER and not supports(case, by):
        raise NotYours(_("这件没有请您单位协办，您只能查看。"))
    if step.party == Party.VERIFIER and not may_verify(by.unit.path, handler_paths(case)):
        raise NotYours(_("这件是您单位办理的，要由别的单位核查。"))
    if step.party == Party.FINDER and not case.case_reports.filter(report__entered_by=by).exists():
        raise NotYours(_("这件不是您发现的，只有发现的人可以当场改好。"))


def _holds(case: Case, by: Account) -> bool:
    """The unit itself, or a unit above it that answers in its stead."""
    return case.unit is not None and case.unit.path.startswith(by.unit.path)


def _words(case: Case, step: Step) -> dict[str, str]:
    return {"state": _(STATE_NAMES_ZH[State(case.state)]), "act": _(step.zh)}
