"""拍问题: photo, place, kind, send; a case at once, and a receipt that means it is safe. Policy: 2.5, 4.2."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.models.stages import stage_limit
from wenming.cases.selectors import case_of
from wenming.cases.services import collect, settle
from wenming.cases.services.components import attach_found
from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, claim, hold_one, keep_photos, still_waiting
from wenming.desks.common.wording import limit_words
from wenming.observations.handing_in import HandedInReceipt
from wenming.observations.models import Channel, Report
from wenming.observations.services import receive_report
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.territory.services import NotAPlace, OutsideCity

from ..access import FIND, VERIFY, field_desk
from ..forms import FindForm
from ..handing_in import answered, hand_in, received_before, to_be_mended, wants_json
from ..places import components_at, drawn_around, drawn_for


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache  # going back must make a new form: an old one carries the key of a find that was already received
@field_desk(FIND)
def find(request: HttpRequest) -> HttpResponse:
    """The form, and handing it in."""
    if request.method == "POST":
        return _hand_in(request, timezone.now())
    return _form(request, FindForm(initial={"client_id": str(uuid.uuid4())}), Kept([]), Kept([]))


@require_POST
@field_desk(VERIFY)
def photos(request: HttpRequest) -> HttpResponse:
    """Take one photo in while the form is still being filled."""
    return hold_one(request, timezone.now())


@require_safe
@field_desk(FIND)
def place_map(request: HttpRequest) -> HttpResponse:
    """A small drawn map around a position, with the nearest address."""
    drawn = drawn_around(request.GET.get("longitude", ""), request.GET.get("latitude", ""))
    if drawn is None:
        raise Http404
    return HttpResponse(drawn, content_type="image/svg+xml")


@require_safe
@field_desk(FIND)
def components(request: HttpRequest) -> HttpResponse:
    """The registered components at a position, to be tapped; empty where there are none, and where none was asked for."""
    asked = request.GET
    near = components_at(asked.get("longitude", ""), asked.get("latitude", ""), asked.get("accuracy_m", ""))
    return JsonResponse({"near": [one.told() for one in near]})


@require_safe
@field_desk(FIND)
def found(request: HttpRequest, receipt: str) -> HttpResponse:
    """收到了: the numbers, and what happens next. Only one's own."""
    report = get_object_or_404(Report, receipt=receipt, entered_by=whoever(request))
    limit = limit_words(stage_limit("case.accept"))
    return render(request, "field/found.html", {"report": report, "case": case_of(report), "limit": limit})


def _hand_in(request: HttpRequest, now: datetime) -> HttpResponse:
    if known := received_before(request):
        return _thanks(request, known)
    form, kept, after = FindForm(request.POST), keep_photos(request, now), keep_photos(request, now, name="after")
    kept.refusals += after.refusals
    if form.is_valid() and not kept.refusals:
        try:
            receipt = hand_in(
                request, "find", {"photos": kept, "after": after}, lambda: _receive(form, kept, after, whoever(request), now),
                now=now,
            )  # fmt: skip
            return _thanks(request, receipt)
        except (OutsideCity, NotAPlace) as refusal:
            form.add_error("address", str(refusal))
            form.forget_the_pin()
        except Refusal as refusal:
            kept.refusals.append(refusal)
    if wants_json(request):
        return to_be_mended(form, kept.refusals)
    for why in kept.refusals:
        form.add_error(None, str(why))
    kept.tokens, after.tokens = still_waiting(kept.tokens, now), still_waiting(after.tokens, now)
    return _form(request, form, kept, after, kept.refusals[0].status if kept.refusals else 422)


def _thanks(request: HttpRequest, receipt: HandedInReceipt) -> HttpResponse:
    return answered(request, receipt, reverse("field:found", args=[receipt.number]))


@transaction.atomic
def _receive(form: FindForm, kept: Kept, after: Kept, by: Account, now: datetime) -> str:
    """Report and case in one transaction: the worker, woken by the report, finds the case there.

    What was put right on the spot (小案自处) is closed in the same transaction.
    """
    given = form.cleaned_data
    # Taken for the other button, and then this one was pressed: still photographs of the place, and nowhere else any more.
    shown = kept.tokens if given["settled"] else [*kept.tokens, *after.tokens]
    receipt = receive_report(
        channel=Channel.FIELD, client_id=given["client_id"] or str(uuid.uuid4()), where=form.where(by), now=now,
        text=given["text"], category=given["category"], seen_at=form.seen(now), by=by, upload_tokens=shown,
    )  # fmt: skip
    case = collect(receipt.report, now=receipt.received_at)
    if given["component"]:
        attach_found(case, given["component"], by=by, now=receipt.received_at)
    if given["settled"]:
        settle(
            case, photos=claim(after.tokens, now), why_no_photo=given["why_no_photo"], by=by, now=receipt.received_at
        )
    return receipt.number


def _form(request: HttpRequest, form: FindForm, kept: Kept, after: Kept, status: int = 200) -> HttpResponse:
    context = {
        "after_tokens": after.tokens, "most_after": MOST_PHOTOS - len(after.tokens), "settling": "settled" in form.data,
        "form": form, "tokens": kept.tokens, "most": MOST_PHOTOS - len(kept.tokens), "drawn": drawn_for(whoever(request)),
    }  # fmt: skip
    return render(request, "field/find.html", context, status=status)
