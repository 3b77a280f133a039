"""Photos in pieces over bad networks: tus 1.0 with creation, expiration, checksum and termination.

What is here and what it becomes is evidence's business; here are only the headers. Any tus client may use it; ours is
`static/js/field-tus.js`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from wenming.desks.common.access import whoever
from wenming.evidence import resumable
from wenming.evidence.refusals import OffsetMismatch, UploadGone
from wenming.evidence.resumable import Standing
from wenming.evidence.rules import tus
from wenming.evidence.rules.limits import MAX_BYTES
from wenming.refusals import BadInput, Refusal

from ..access import VERIFY, field_desk

PIECE = "application/offset+octet-stream"
View = Callable[..., HttpResponse]


class NotTus(BadInput):
    """The headers are not what the protocol asks for."""

    code = "upload.headers"
    status = 400


class OtherVersion(NotTus):
    code = "upload.version"
    status = 412


class NotAPiece(NotTus):
    code = "upload.not-a-piece"
    status = 415


def _tus(view: View) -> View:
    """Method, version and refusals as the protocol has them; every answer names the version."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        # For clients behind machines that know only GET and POST. Only a POST: no other has passed the CSRF check.
        if request.method == "POST" and (meant := request.headers.get("X-HTTP-Method-Override")):
            request.method = meant.upper()
        try:
            if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != tus.VERSION:
                raise OtherVersion("Tus-Resumable must be 1.0.0")
            response = view(request, *args, **kwargs)
        except tus.HeaderUnread as unread:
            response = _refused(NotTus(str(unread)))
        except Refusal as refusal:
            response = _refused(refusal)
        response["Tus-Resumable"] = response["Tus-Version"] = tus.VERSION
        response["Cache-Control"] = "no-store"
        return response

    return answered


@field_desk(VERIFY)
@_tus
def uploads(request: HttpRequest) -> HttpResponse:
    """Begin an upload (POST), or learn what this server can do (OPTIONS)."""
    if request.method == "OPTIONS":
        return _abilities()
    if request.method != "POST":
        return HttpResponseNotAllowed(["OPTIONS", "POST"])
    told, now = tus.metadata(request.headers.get("Upload-Metadata")), timezone.now()
    begun = resumable.begin(
        length=tus.number(request.headers.get("Upload-Length")), owner=_owner(request), now=now,
        key=told.get("key", "")[:64], sha256=told.get("sha256", "")[:64].lower(),
    )  # fmt: skip
    response = _standing(begun, 201)
    response["Location"] = reverse("field:upload", args=[begun.token])
    return response


@field_desk(VERIFY)
@_tus
def upload(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """How much is here (HEAD), another piece (PATCH), or no more of it (DELETE)."""
    now = timezone.now()
    if request.method == "HEAD":
        return _with_length(resumable.standing(token, owner=_owner(request), now=now))
    if request.method == "PATCH":
        return _standing(_add(request, token, now), 204)
    if request.method == "DELETE":
        resumable.let_go(token, owner=_owner(request), now=now)
        return HttpResponse(status=204)
    return HttpResponseNotAllowed(["HEAD", "PATCH", "DELETE"])


def _add(request: HttpRequest, token: uuid.UUID, now: datetime) -> Standing:
    if request.content_type != PIECE:
        raise NotAPiece(f"Content-Type must be {PIECE}")
    return resumable.add(
        token, request, offset=tus.number(request.headers.get("Upload-Offset")), owner=_owner(request), now=now,
        checksum=tus.checksum(request.headers.get("Upload-Checksum")),
    )  # fmt: skip


def _owner(request: HttpRequest) -> str:
    return whoever(request).username


def _abilities() -> HttpResponse:
    said = {
        "Tus-Extension": tus.EXTENSIONS, "Tus-Max-Size": str(MAX_BYTES["photo"]),
        "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
    }  # fmt: skip
    return HttpResponse(status=204, headers=said)


def _standing(found: Standing, status: int) -> HttpResponse:
    # Upload-Held is ours: the whole photo is safe, and its token may go with the form.
    said = {"Upload-Offset": str(found.offset), "Upload-Expires": http_date(found.expires_at.timestamp())}
    return HttpResponse(status=status, headers={**said, "Upload-Held": "1" if found.held else "0"})


def _with_length(found: Standing) -> HttpResponse:
    response = _standing(found, 200)
    response["Upload-Length"] = str(found.length)
    return response


def _refused(refusal: Refusal) -> HttpResponse:
    status = 404 if isinstance(refusal, UploadGone) else refusal.status
    # 460 is tus's own number, for which no library has a name.
    reason = "Checksum Mismatch" if status == 460 else None
    response = JsonResponse({"code": refusal.code, "message": str(refusal)}, status=status, reason=reason)
    if isinstance(refusal, OffsetMismatch):
        response["Upload-Offset"] = str(refusal.facts["offset"])
    return response
