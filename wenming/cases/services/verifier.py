"""What somebody else finds on the spot: before establishing, and before closing. Never the unit that handled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.organisations.models import Account
from wenming.responsibilities import duties

from ..models import Case
from .moving import (
    attach_photos,
    begin,
    command_centre,
    end_handling,
    end_stage,
    move,
    next_stage,
    show_clock,
    verification,
)


@transaction.atomic
def verify_before(
    case: Case, *, holds: bool, note: str = "", photos: Sequence[Prepared] = (), by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """核实: is it there? The command centre decides what follows from the answer."""
    case = begin(case, "verify_before", by=by, seen_moves=seen_moves)
    row = verification(case, stage="before", holds=holds, note=note, by=by, now=now)
    attach_photos(photos, role=Role.SCENE, subject=Subject("verification", str(row.pk)), by=by, now=now)
    next_stage(case, "case.accept", owner=command_centre(), now=now)
    move(case, "verify_before", by=by, now=now, reason=note, holds=holds, verification=row.pk)
    return case


@transaction.atomic
def cannot_see(
    case: Case,
    *,
    reason: str,
    photos: Sequence[Prepared] = (),
    by: Account,
    now: datetime,
    seen_moves: int | None = None,
) -> Case:
    """看不到现场: somebody was there and could not see. Neither yes nor no; the verification is still owed.

    An answer of its own, so that nobody who stood before a fence has to guess; the command centre is told why.
    """
    case = begin(case, "cannot_see", by=by, reason=reason, seen_moves=seen_moves)
    attach_photos(photos, role=Role.SCENE, subject=Subject("case", case.number), by=by, now=now)
    move(case, "cannot_see", by=by, now=now, reason=reason, unit=case.unit)
    return case


@transaction.atomic
def pass_verification(
    case: Case, *, note: str = "", photos: Sequence[Prepared] = (), by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """核查通过: it is solved. The unit's duty ends here, with the time at which it answered."""
    case = begin(case, "pass_verification", by=by, seen_moves=seen_moves)
    row = verification(case, stage="after", holds=True, note=note, by=by, now=now)
    attach_photos(photos, role=Role.AFTER, subject=Subject("verification", str(row.pk)), by=by, now=now)
    end_handling(case, duties.discharge, now=now)
    next_stage(case, "case.close", owner=command_centre(), now=now)
    move(case, "pass_verification", by=by, now=now, reason=note, unit=case.unit, verification=row.pk)
    return case


@transaction.atomic
def send_back(
    case: Case,
    *,
    reason: str,
    photos: Sequence[Prepared] = (),
    by: Account,
    now: datetime,
    seen_moves: int | None = None,
) -> Case:
    """返工: it is not solved. The unit's clock goes on where it stood."""
    case = begin(case, "send_back", by=by, reason=reason, seen_moves=seen_moves)
    row = verification(case, stage="after", holds=False, note=reason, by=by, now=now)
    attach_photos(photos, role=Role.SCENE, subject=Subject("verification", str(row.pk)), by=by, now=now)
    assert case.handling_id is not None
    end_stage(case, now=now)
    case.duty = case.handling = duties.send_back(case.handling_id, reason=reason, by=by, now=now)
    show_clock(case, case.duty)
    move(case, "send_back", by=by, now=now, reason=reason, unit=case.unit, verification=row.pk)
    return case
