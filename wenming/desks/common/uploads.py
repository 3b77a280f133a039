"""Photos on their way into a report or an act (上报、回复、核查、巡查发现).

The script sends them ahead while the form is still being read, a browser without it sends them with the form. Either way
they are held under tokens first, so that a form shown again has lost none of them; the act claims them in its own
transaction, and one that is refused leaves them waiting.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from wenming.evidence.models import PendingUpload
from wenming.evidence.rules.limits import PENDING_HOURS
from wenming.evidence.services import Prepared, claim_upload, hold_upload
from wenming.refusals import BadInput, Refusal

from .access import whoever

MOST_PHOTOS = 4


@dataclass
class Kept:
    """Photos that are safe and wait for their report or act, and why others are not."""

    tokens: list[str]
    refusals: list[Refusal] = field(default_factory=list)


def hold_one(request: HttpRequest, now: datetime) -> JsonResponse:
    """Take in the file `photo` ahead of its form; answers {"id": token}, or {"code", "message"} when it is refused."""
    try:
        files = request.FILES.getlist("photo")
        if not files:
            raise BadInput(_("没有收到照片。请重新选一次。"))
        held = hold_upload(files[0], now=now, client_id=whoever(request).username)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal)}, status=refusal.status)
    return JsonResponse({"id": str(held.token)}, status=201)


def keep_photos(
    request: HttpRequest, now: datetime, *, name: str = "photos", most: int = MOST_PHOTOS,
    hold: Callable[[UploadedFile], PendingUpload] | None = None,
) -> Kept:  # fmt: skip
    """Hold every photo that came with a posted form. A refused one does not take the others with it.

    hold: how one is held where nobody is logged in; may refuse it.
    """
    hold = hold or (lambda file: hold_upload(file, now=now, client_id=whoever(request).username))
    kept = Kept(tokens=request.POST.getlist(f"{name}_ids")[:most])
    for file in request.FILES.getlist(name):
        try:
            if len(kept.tokens) >= most:
                raise BadInput(_("照片最多 %(most)d 张，多出的没有收下，前面的都在。") % {"most": most})
            kept.tokens.append(str(hold(file).token))
        except Refusal as refusal:
            kept.refusals.append(refusal)
    return kept


def claim(tokens: Iterable[str], now: datetime) -> list[Prepared]:
    """The photos behind the tokens; inside the transaction of the act that shows them. Raises evidence's UploadGone."""
    return [claim_upload(token, now=now) for token in tokens]


def still_waiting(tokens: Iterable[str], now: datetime) -> list[str]:
    """Those of the tokens that can still be claimed, in their order."""
    wanted = [token for token in tokens if _is_uuid(token)]
    fresh = PendingUpload.objects.filter(token__in=wanted, received_at__gt=now - timedelta(hours=PENDING_HOURS))
    there = {str(token) for token in fresh.values_list("token", flat=True)} if wanted else set()
    return [token for token in wanted if token in there]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
