"""申诉: a unit contests that a late answer or a rework counts against it, and the office decides. The fact stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from ..models import Appeal, Case, Ruling
from ..selectors import contestable, last_handling
from .moving import begin, move

APPEAL_WITHIN = timedelta(days=15)


class NothingToAppeal(Refusal):
    """Neither late nor reworked, appealed already, or too long ago."""

    code = "case.nothing-to-appeal"


@transaction.atomic
def appeal(case: Case, *, about: str, reason: str, by: Account, now: datetime, seen_moves: int | None = None) -> Appeal:
    """申诉: by the unit that holds the case, once about each of its handlings, within fifteen days of closing.

    about: models.appeals.LATE or REWORK. Nothing about the case or its clock changes.
    """
    case = begin(case, "appeal", by=by, reason=reason, seen_moves=seen_moves)
    handling = last_handling(case)
    if handling is None or about not in contestable(case, handling, now):
        raise NothingToAppeal(_("这件没有可以申诉的：没有超时或返工，或者已经申诉过了。"))
    if case.closed_at and now > case.closed_at + APPEAL_WITHIN:
        raise NothingToAppeal(_("办结已经超过 15 天，不能再申诉。"))
    row = Appeal.objects.create(
        case=case, handling=handling, about=about, reason=reason.strip(), at=now, by=by, by_unit=by.unit
    )
    move(case, "appeal", by=by, now=now, reason=reason, unit=case.unit, contested=about)
    return row


@transaction.atomic
def decide_appeal(
    case: Case, appealed: Appeal | None, *, granted: bool, reason: str, by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Ruling:  # fmt: skip
    """裁定申诉. Granted, the handling no longer counts in the appraised rate; the figure as it happened keeps it."""
    case = begin(case, "decide_appeal", by=by, reason=reason, seen_moves=seen_moves)
    if appealed is None or appealed.case_id != case.pk:
        raise BadInput(_("这件没有等裁定的申诉。"))
    if Ruling.objects.filter(appeal=appealed).exists():
        raise NothingToAppeal(_("这个申诉已经裁定过了，刷新页面就能看到结果。"))
    ruling = Ruling.objects.create(appeal=appealed, granted=granted, reason=reason.strip(), at=now, by=by)
    move(
        case,
        "decide_appeal",
        by=by,
        now=now,
        reason=reason,
        unit=appealed.by_unit,
        contested=appealed.about,
        granted=granted,
    )
    return ruling
