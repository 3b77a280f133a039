"""登记新场所 on the spot, with or without network: a proposal, which the office registers or says which place it is. Policy: 2.1."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.uploads import MOST_PHOTOS, Kept, keep_photos, still_waiting
from wenming.observations.handing_in import HandedInReceipt
from wenming.observations.place_proposals import propose_place
from wenming.refusals import Refusal
from wenming.territory.services import NotAPlace, OutsideCity

from ..access import PLACES, field_desk
from ..forms import NewPlaceForm
from ..handing_in import answered, hand_in, received_before, to_be_mended, wants_json
from ..places import drawn_for


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@field_desk(PLACES)
def new_place(request: HttpRequest) -> HttpResponse:
    """The form, and handing it in, once however often it is sent."""
    if request.method != "POST":
        return _form(request, NewPlaceForm(initial={"client_id": str(uuid.uuid4())}), Kept([]))
    now = timezone.now()
    if known := received_before(request):
        return _thanks(request, known)
    form, kept = NewPlaceForm(request.POST), keep_photos(request, now)
    if form.is_valid() and not kept.refusals:
        try:
            return _thanks(request, hand_in(request, "place-new", {"photos": kept}, lambda: _propose(request, form, kept, now), now=now))
        except (OutsideCity, NotAPlace) as refusal:
            form.add_error("address", str(refusal))
            form.forget_the_pin()
        except Refusal as refusal:
            kept.refusals.append(refusal)
    if wants_json(request):
        return to_be_mended(form, kept.refusals)
    for why in kept.refusals:
        form.add_error(None, str(why))
    kept.tokens = still_waiting(kept.tokens, now)
    return _form(request, form, kept, kept.refusals[0].status if kept.refusals else 422)


def _propose(request: HttpRequest, form: NewPlaceForm, kept: Kept, now: datetime) -> str:
    by, given = whoever(request), form.cleaned_data
    made = propose_place(
        kind=given["kind"], name=given["name"], where=form.where(by), seen_on=localdate(form.seen(now)), note=given["note"], by=by, now=now,
        upload_tokens=kept.tokens,
    )  # fmt: skip
    return f"N{made.pk}"


def _thanks(request: HttpRequest, receipt: HandedInReceipt) -> HttpResponse:
    if not wants_json(request):
        toasts.say(request, _("%(number)s 已送达，创文办核对后登记。") % {"number": receipt.number})
    return answered(request, receipt, reverse("field:places"))


def _form(request: HttpRequest, form: NewPlaceForm, kept: Kept, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "tokens": kept.tokens, "most": MOST_PHOTOS - len(kept.tokens), "drawn": drawn_for(whoever(request)),
    }  # fmt: skip
    return render(request, "field/place_new.html", context, status=status)
