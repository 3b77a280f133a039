"""What the responsible unit does: sign for it, answer, ask for time. That it is another's: `disputes.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.responsibilities import duties
from wenming.responsibilities.models import DutyExtension
from wenming.responsibilities.rules.clock import Limit

from ..models import Case
from .moving import attach_photos, begin, command_centre, move, next_stage
from .supports import refuse_while_others_work


@transaction.atomic
def acknowledge(case: Case, *, by: Account, now: datetime) -> Case:
    """签收. A second one changes nothing and writes nothing."""
    case = begin(case, "acknowledge", by=by)
    assert case.handling_id is not None
    if duties.acknowledge(case.handling_id, now=now):
        move(case, "acknowledge", by=by, now=now, unit=case.unit)
    return case


@transaction.atomic
def answer(
    case: Case, *, text: str, photos: Sequence[Prepared] = (), done: Sequence[str] = (), despite: str = "",
    by: Account, now: datetime, seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """回复: what was done, with photographs after. The clock stands until somebody else has verified.

    done: short words chosen from a list (清理、修复…). A photograph is asked for but never forced (减负); without one
    the verifier has to go and look. despite: why the lead does not wait for those who still do a part of it (协办).
    """
    case = begin(case, "answer", by=by, seen_moves=seen_moves)
    if not (text.strip() or done or photos):
        raise BadInput(_("还没有写怎么处理的。请选一项“做了什么”，或写一句话，或拍一张处理后的照片。"))
    despite = refuse_while_others_work(case, despite)
    assert case.handling_id is not None
    attach_photos(photos, role=Role.AFTER, subject=Subject("case", case.number), by=by, now=now)
    case.handling = duties.answer(case.handling_id, now=now)
    case.photos += len(photos)
    next_stage(case, "case.verify-after", owner=command_centre(), now=now)
    text = "；".join(words for words in (text.strip(), despite) if words)[:1000]
    move(case, "answer", by=by, now=now, reason=text, unit=case.unit, done=list(done), photos=len(photos),
         on_time=case.handling.answered_on_time)  # fmt: skip
    return case


@transaction.atomic
def ask_extension(case: Case, *, limit: Limit, reason: str, by: Account, now: datetime) -> DutyExtension:
    """申请延期: before the deadline, with a reason; the command centre decides."""
    case = begin(case, "ask_extension", by=by, reason=reason)
    assert case.handling_id is not None
    extension = duties.ask_extension(case.handling_id, limit=limit, reason=reason.strip(), by=by, now=now)
    move(
        case, "ask_extension", by=by, now=now, reason=reason, unit=case.unit, amount=limit.amount, limit=str(limit.unit)
    )
    return extension
