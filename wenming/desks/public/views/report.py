"""上报: one form, with or without a script, without an account; a receipt that means it is safe. Policy: 4.2, 9.4."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.models.stages import stage_limit
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, still_waiting
from wenming.desks.common.wording import limit_words
from wenming.evidence.refusals import EmptyFile
from wenming.evidence.services import hold_upload
from wenming.observations.door import DoorShut, Lane
from wenming.observations.models import Channel
from wenming.observations.selectors import report_by_receipt
from wenming.observations.services import Receipt, receive_report
from wenming.refusals import Refusal
from wenming.territory.services import NotAPlace, OutsideCity

from ..forms import ContactForm, ReportForm, TrackForm
from ..places import asked_place, drawn_city, drawn_place
from ..uploads import keep_photos
from ..visitors import citizen, knock_at, wants_json
from .case import unknown

TRY_LATER = 503


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache  # going back must make a new form: an old one carries the key of the report that was already received
@citizen
def report(request: HttpRequest) -> HttpResponse:
    """The form, and handing it in."""
    if request.method == "POST":
        return _hand_in(request, timezone.now())
    fresh = ReportForm(initial={"client_id": str(uuid.uuid4()), "place": request.GET.get("place", "")[:20]})
    if fresh.public_place is not None:
        fresh.initial["address"] = fresh.public_place.name
    return _form(request, fresh, [])


@require_POST
@citizen
def photos(request: HttpRequest) -> HttpResponse:
    """Take one photo in while the form is still being read; the answer names it for the form (C2)."""
    now = timezone.now()
    try:
        knock_at("photo", request, now)
        file = request.FILES.get("photo")
        if not isinstance(file, UploadedFile):
            raise EmptyFile
        held = hold_upload(file, now=now)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal)}, status=refusal.status)
    return JsonResponse({"id": str(held.token)}, status=201)


@require_safe
@citizen
def place_map(request: HttpRequest) -> HttpResponse:
    """A small drawn map around a position, an address or a town, with the nearest address; no map service is asked."""
    knock_at("map", request, timezone.now())
    place = asked_place(request.GET)
    if place is None:
        raise Http404
    return HttpResponse(drawn_place(place), content_type="image/svg+xml")


@require_safe
@never_cache
@citizen
def done(request: HttpRequest, receipt: str) -> HttpResponse:
    """收到了: the number, what happens next and by when; and only now, whether we may call."""
    knock_at("look-up", request, timezone.now())
    found = report_by_receipt(receipt)
    if found is None:
        return unknown(request, TrackForm(initial={"number": receipt}))
    times = {name: limit_words(stage_limit(stage)) for name, stage in _STAGES.items()}
    return render(request, "public/done.html", {"report": found, "times": times, "form": ContactForm()})


_STAGES = {"accept": "case.accept", "dispatch": "case.dispatch", "verify": "case.verify-after"}


def _hand_in(request: HttpRequest, now: datetime) -> HttpResponse:
    form = ReportForm(request.POST)
    form.is_valid()
    # One commit where it can be: the count at the door goes with the report, and only then is there a receipt. Photos
    # are decoded and addresses searched between the two, and nobody else's writing may wait for that.
    slow = request.FILES or form.place_is_in_words()
    with nullcontext() if slow else transaction.atomic():
        taken = _take_in(request, form, now)
    if isinstance(taken, Receipt):
        return _handed_in(request, taken)
    return _again(request, form, taken, now)


def _take_in(request: HttpRequest, form: ReportForm, now: datetime) -> Receipt | Kept:
    """The receipt; or the photos that were kept, and why the report was not. A refusal leaves the door's count."""
    try:
        lane = knock_at("report", request, now)
    except DoorShut as shut:
        return Kept(request.POST.getlist("photos_ids"), [shut])
    kept = keep_photos(request, now)
    if not form.is_valid() or kept.refusals:
        return kept
    try:
        return _receive(form, kept, lane, now)
    except (OutsideCity, NotAPlace) as refusal:
        form.add_error("address", str(refusal))
        form.forget_the_pin()
    except Refusal as refusal:
        kept.refusals.append(refusal)
    return kept


def _receive(form: ReportForm, kept: Kept, lane: Lane, now: datetime) -> Receipt:
    given = form.cleaned_data
    return receive_report(
        channel=Channel.WEB, client_id=given["client_id"] or str(uuid.uuid4()), where=form.where(), now=now,
        text=given["text"], category=given["category"], seen_at=form.seen(now), wish=form.wish(),
        slow_lane=lane == Lane.SLOW, upload_tokens=kept.tokens, public_place=form.public_place,
    )  # fmt: skip


def _handed_in(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    url = reverse("public:report_done", args=[receipt.number])
    if wants_json(request):
        return JsonResponse({"receipt": receipt.number, "url": url}, status=200 if receipt.repeated else 201)
    response = redirect(url)
    response.status_code = 303
    return response


def _again(request: HttpRequest, form: ReportForm, kept: Kept, now: datetime) -> HttpResponse:
    """The form with everything that was filled in, and what to do about it."""
    form.is_valid()
    for refusal in kept.refusals:
        form.add_error(None, str(refusal))
    statuses = [refusal.status for refusal in kept.refusals if refusal.status in {429, TRY_LATER}]
    return _form(request, form, still_waiting(kept.tokens, now), status=statuses[0] if statuses else 422)


def _form(request: HttpRequest, form: ReportForm, tokens: list[str], status: int = 200) -> HttpResponse:
    if wants_json(request):
        tokens = []  # our script still has the photos themselves
    context = {
        "form": form, "fresh": not form.is_bound, "tokens": tokens, "most": MOST_PHOTOS - len(tokens),
        "drawn": drawn_city(), "ask_position": not form.is_bound and form.public_place is None,
    }  # fmt: skip
    return render(request, "public/report.html", context, status=status)
