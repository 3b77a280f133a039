"""小案自处: what somebody who found a small matter put right on the spot. Nobody is dispatched, nobody's figures move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.organisations.models import Account
from wenming.refusals import BadInput

from ..models import Case
from .moving import attach_photos, begin, end_stage, move


@transaction.atomic
def settle(
    case: Case, *, photos: Sequence[Prepared] = (), why_no_photo: str = "", by: Account, now: datetime,
    seen_moves: int | None = None,
) -> Case:  # fmt: skip
    """当场改好: how it is now, in a picture or with the reason why there is none. Policy: 4.3; practice of 2012.

    A photograph is asked for, never forced (减负): whoever has both hands full says so instead.
    """
    case = begin(case, "settle", by=by, seen_moves=seen_moves)
    if not photos and not why_no_photo.strip():
        raise BadInput(_("请拍一张改好后的照片；不方便拍的，选一个原因就行。"))
    attach_photos(photos, role=Role.AFTER, subject=Subject("case", case.number), by=by, now=now)
    end_stage(case, now=now)
    case.closed_at = now
    case.photos += len(photos)
    move(case, "settle", by=by, now=now, reason=why_no_photo, photos=len(photos))
    return case
