"""What a form of the field desk hands in, by a browser or by the phone's outbox, and how both are answered.

The outbox (`static/js/field-outbox.js`) sends the same fields as the form, with photographs already sent ahead, and
three words beside them: whose phone it is, and the hash of what it sent. It reads JSON where a browser is redirected.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import Kept
from wenming.evidence.selectors import held_hashes
from wenming.observations.handing_in import HandedInReceipt, Handing, known_receipt, receive_once
from wenming.refusals import Refusal

BESIDE = frozenset({"csrfmiddlewaretoken", "client_id", "kept_by", "content_hash"})


def hand_in(
    request: HttpRequest, kind: str, photos: Mapping[str, Kept], act: Callable[[], str], *, now: datetime
) -> HandedInReceipt:
    """Let `act` happen once for what this request carries, however often it is sent; `act` returns its number."""
    posted = request.POST
    return receive_once(
        Handing(
            kind=kind, client_id=posted.get("client_id", "")[:64] or str(uuid.uuid4()), by=whoever(request),
            seen_at=seen_at(request, now), kept_by=posted.get("kept_by", ""),
            fields=[(name, value) for name, values in posted.lists() if _is_content(name) for value in values],
            photos=_hashes(photos), claimed_hash=posted.get("content_hash", ""),
        ), act, now=now,
    )  # fmt: skip


def received_before(request: HttpRequest) -> HandedInReceipt | None:
    """The receipt of an earlier sending of the same, asked first: by now the matter may be closed to this person."""
    return known_receipt(request.POST.get("client_id", "")[:64], whoever(request))


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def answered(request: HttpRequest, receipt: HandedInReceipt, url: str) -> HttpResponse:
    """Number, hash and time for the outbox, the next page for a browser."""
    if not wants_json(request):
        return redirect(url)
    said = {"receipt": receipt.number, "hash": receipt.content_hash, "at": receipt.received_at.isoformat(), "url": url}
    return JsonResponse(said, status=200 if receipt.repeated else 201)


def to_be_mended(form: BaseForm, refusals: list[Refusal], **standing: Any) -> JsonResponse:
    """Why it was not taken, in the words the page would show; standing: what the phone may do about it."""
    words = [str(why) for why in refusals] or [str(one) for errors in form.errors.values() for one in errors]
    code, status = (refusals[0].code, refusals[0].status) if refusals else ("form", 422)
    return JsonResponse({"code": code, "message": " ".join(words), **standing}, status=status)


def _is_content(name: str) -> bool:
    return name not in BESIDE and not name.endswith("_ids")


def _hashes(photos: Mapping[str, Kept]) -> dict[str, list[str]]:
    held = held_hashes(token for kept in photos.values() for token in kept.tokens)
    return {name: [held.get(token, "") for token in kept.tokens] for name, kept in photos.items()}


def seen_at(request: HttpRequest, now: datetime) -> datetime:
    """The phone's own time of the record, where it says one that can be read."""
    try:
        said = parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        said = None
    return now if said is None or is_naive(said) else min(said, now)
