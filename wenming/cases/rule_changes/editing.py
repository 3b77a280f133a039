"""Edits of a draft that are not about types: how long a stage may take, lines of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.responsibilities.models import MatrixEntry
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.rules.matrix import MatrixRule
from wenming.standards.drafts.models import DraftEdit, RuleDraft
from wenming.standards.drafts.selectors import DraftState
from wenming.standards.drafts.services import DraftRefused, edit_other, lock_open, undo_edit
from wenming.standards.rules.limits import LONGEST

from ..models.stages import SAMPLE_LIMITS, stage_limit, stage_limits

STAGE, LINE_ADDED, LINE_ENDED = "stage", "matrix-add", "matrix-end"
NEW_LINES_FROM = 1_000_000
"""What a drafted line is called before it has a number of its own."""


@transaction.atomic
def draft_stage_limit(draft: RuleDraft, stage: str, limit: Limit, *, by: Account, now: datetime) -> DraftEdit:
    """Say in the draft how long a stage may take; an earlier edit of the same stage is taken back."""
    if stage not in SAMPLE_LIMITS or not 1 <= limit.amount <= LONGEST:
        raise BadInput(_("没有这个环节，或者时限小于 1。请重新填写。"))
    draft = lock_open(draft, by)
    earlier = draft.edits.filter(act=STAGE, subject=stage, undone_at=None).first()
    if limit == (Limit.parse(earlier.content["limit"]) if earlier else stage_limit(stage)):
        raise DraftRefused(_("和草稿里现在的一样，没有改动。"))
    if earlier is not None:
        undo_edit(draft, earlier.position, by=by, now=now)
        if limit == stage_limit(stage):
            return earlier
    content = {"limit": limit.notation, "before": stage_limit(stage).notation}
    return edit_other(draft, STAGE, stage, content, by=by, now=now)


def draft_line(
    draft: RuleDraft, *, accountable: str, basis: str, by: Account, now: datetime, type_pattern: str = "*", kind: str = "",
    town_code: str = "*", supporting: Sequence[str] = (), order: int = 100,
) -> DraftEdit:  # fmt: skip
    """Add a line of the matrix to the draft; it begins on the day from which the draft will hold."""
    if not basis.strip():
        raise BadInput(_("权责要写明依据，例如文件名和条款。请补上后再保存。"))
    content = {
        "type_pattern": type_pattern, "kind": kind, "town_code": town_code, "accountable": accountable,
        "supporting": list(supporting), "basis": basis.strip(), "order": order,
    }  # fmt: skip
    return edit_other(draft, LINE_ADDED, "", content, by=by, now=now)


@transaction.atomic
def draft_end_of_line(draft: RuleDraft, number: int, *, by: Account, now: datetime) -> DraftEdit:
    """Say in the draft that a line of the matrix ends."""
    if not MatrixEntry.objects.filter(number=number, valid_to=None).exists():
        raise BadInput(_("权责里没有第 %(number)d 条，或者它已经停用。") % {"number": number})
    if draft.edits.filter(act=LINE_ENDED, subject=str(number), undone_at=None).exists():
        raise DraftRefused(_("和草稿里现在的一样，没有改动。"))
    return edit_other(draft, LINE_ENDED, str(number), {}, by=by, now=now)


def stage_limits_in(state: DraftState) -> dict[str, tuple[Limit, Limit]]:
    """{stage: (its limit in force, that of the draft)} of the stages that the draft changes."""
    told = {edit.subject: Limit.parse(edit.content["limit"]) for edit in state.of(STAGE)}
    return {stage: (before, after) for stage, after in told.items() if (before := stage_limit(stage)) != after}


def lines_with(state: DraftState, lines: Sequence[MatrixRule], on: date) -> list[MatrixRule]:
    """The lines of the matrix as the draft has them."""
    ended = {int(edit.subject) for edit in state.of(LINE_ENDED)}
    new = [_line(edit, on) for edit in state.of(LINE_ADDED)]
    return [line for line in lines if line.id not in ended] + new


def mistakes_in(state: DraftState) -> dict[int, str]:
    """{number of the edit: why it no longer fits what is in force}; what the whole draft lacks stands under 0."""
    found = {each.position: _(each.sentence) % each.filled for each in state.result.mistakes}
    ended = state.of(LINE_ENDED)
    lines = {str(number) for number in MatrixEntry.objects.filter(valid_to=None).values_list("number", flat=True)} if ended else set()
    for edit in ended:
        if edit.subject not in lines:
            found[edit.position] = _("权责第 %(number)s 条已经停用") % {"number": edit.subject}
    drafted = list(state.of(STAGE))
    in_force = stage_limits() if drafted else {}
    for edit in drafted:
        if edit.content["before"] != in_force[edit.subject].notation:
            found[edit.position] = _("这个环节的时限在起草以后改过了")
    return found


def _line(edit: DraftEdit, on: date) -> MatrixRule:
    given: dict[str, Any] = edit.content
    return MatrixRule(
        id=NEW_LINES_FROM + edit.position, order=given["order"], type_pattern=given["type_pattern"],
        kind=given["kind"] or None, town_code=given["town_code"], accountable=given["accountable"],
        supporting=tuple(given["supporting"]), basis=given["basis"], valid_from=on,
    )  # fmt: skip
