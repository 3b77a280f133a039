"""Photos on their way into a report: sent ahead by the script, or with the form itself. Either way they become tokens,
so that a form shown again has lost none of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _

from wenming.evidence.models import PendingUpload
from wenming.evidence.rules.limits import PENDING_HOURS
from wenming.evidence.services import hold_upload
from wenming.refusals import BadInput, Refusal

from .visitors import knock_at

MOST_PHOTOS = 4


@dataclass
class Kept:
    """Photos that are safe and wait for their report, and why others are not."""

    tokens: list[str]
    refusals: list[Refusal] = field(default_factory=list)


def keep_photos(request: HttpRequest, now: datetime) -> Kept:
    """Hold every photo of a posted form. A refused one does not take the others with it."""
    kept = Kept(tokens=request.POST.getlist("photos_ids")[:MOST_PHOTOS])
    for file in request.FILES.getlist("photos"):
        try:
            _refuse_one_too_many(kept)
            knock_at("photo", request, now)
            kept.tokens.append(str(hold_upload(file, now=now).token))
        except Refusal as refusal:
            kept.refusals.append(refusal)
    return kept


def still_waiting(tokens: list[str], now: datetime) -> list[str]:
    """Those of the tokens that can still be claimed, in their order."""
    wanted = [token for token in tokens if _is_uuid(token)]
    fresh = PendingUpload.objects.filter(token__in=wanted, received_at__gt=now - timedelta(hours=PENDING_HOURS))
    there = {str(token) for token in fresh.values_list("token", flat=True)}
    return [token for token in wanted if token in there]


def _refuse_one_too_many(kept: Kept) -> None:
    if len(kept.tokens) >= MOST_PHOTOS:
        raise BadInput(_("照片最多 %(most)d 张，多出的没有收下，前面的都在。") % {"most": MOST_PHOTOS})


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
