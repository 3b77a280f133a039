"""公共场所 on the spot: the dossier with its checklist, answered with or without network; and which are due. Policy: 2.2, 2.3."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.places import body_of, findings_under_way
from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.desks.common.place_looks import PlaceLookForm
from wenming.desks.common.uploads import MOST_PHOTOS, keep_photos, still_waiting
from wenming.observations.handing_in import HandedInReceipt
from wenming.observations.models import SeenBy
from wenming.observations.public_places import latest_verification, verify_place
from wenming.organisations.rules.permissions import Role
from wenming.refusals import Refusal
from wenming.responsibilities.places.selectors import pact_of, verification_owed
from wenming.standards.places.selectors import checklist_of
from wenming.territory.models import Place, PlaceStanding
from wenming.territory.public_places.selectors import missing_facts, overdue, places_visible_to

from ..access import PLACES, field_desk
from ..handing_in import answered, hand_in, received_before, to_be_mended, wants_json

LISTED = 60


@require_safe
@field_desk(PLACES)
def places(request: HttpRequest) -> HttpResponse:
    """The places that are due, the longest overdue first; a number or a name finds any other."""
    words = request.GET.get("q", "").strip()[:60]
    here = places_visible_to(whoever(request)).filter(standing=PlaceStanding.OPEN)
    found = here.filter(name__contains=words) | here.filter(number__startswith=words) if words else here.filter(overdue(localdate()))
    return render(request, "field/places.html", {"places": list(found.order_by("due_on", "number")[:LISTED]), "words": words, "most": LISTED})


@require_safe
@field_desk(PLACES)
def place(request: HttpRequest, place: str) -> HttpResponse:
    """What is known of it, and its checklist to be answered."""
    found = _find(request, place)
    checklist = checklist_of(found.kind)
    form = None
    if checklist is not None:
        form = PlaceLookForm(
            checklist=checklist, last=latest_verification(found), under_way=_under_way(found), initial={"client_id": str(uuid.uuid4())}
        )
    return _page(request, found, form, [])


@require_POST
@field_desk(PLACES)
def looks(request: HttpRequest, place: str) -> HttpResponse:
    """What was seen there, once however often it is sent."""
    now = timezone.now()
    if known := received_before(request):
        return _thanks(request, known, place)
    found = _find(request, place)
    checklist = checklist_of(found.kind)
    if checklist is None:
        raise Refusal(_("这一类场所还没有核对清单。请先装入或发布清单。"))
    form = PlaceLookForm(request.POST, checklist=checklist, under_way=_under_way(found))
    kept = keep_photos(request, now)
    refusals = list(kept.refusals)
    if form.is_valid() and not refusals:
        by = whoever(request)
        seen_by = SeenBy.FIELD if by.role == Role.FIELD else SeenBy.OFFICE

        def act() -> str:
            made = verify_place(
                found, answers=form.answers(), **form.said(), seen_by=seen_by, by=by, now=now, upload_tokens=kept.tokens
            )
            return f"{found.number}.{made.position}"

        try:
            return _thanks(request, hand_in(request, "place", {"photos": kept}, act, now=now), place)
        except Refusal as refusal:
            refusals.append(refusal)
    if wants_json(request):
        return to_be_mended(form, refusals)
    for why in refusals:
        form.add_error(None, str(why))
    return _page(request, found, form, still_waiting(kept.tokens, now), refusals[0].status if refusals else 422)


def _find(request: HttpRequest, number: str) -> Place:
    return get_object_or_404(places_visible_to(whoever(request)).filter(standing=PlaceStanding.OPEN), number=number)


def _under_way(found: Place) -> dict[str, str]:
    """{item: who is putting it right already, and by when}."""
    return {
        item: _("已有案件 %(number)s：%(unit)s，%(state)s，不用再报。") % {
            "number": case.number, "unit": case.unit.short_name if case.unit else _("指挥中心"), "state": case.get_state_display()
        }
        for item, case in findings_under_way(found).items()
    }  # fmt: skip


def _thanks(request: HttpRequest, receipt: HandedInReceipt, number: str) -> HttpResponse:
    if not wants_json(request):
        toasts.say(request, _("%(number)s 已送达。") % {"number": receipt.number})
    return answered(request, receipt, reverse("field:place", args=[number]))


def _page(request: HttpRequest, found: Place, form: PlaceLookForm | None, tokens: list[str], status: int = 200) -> HttpResponse:
    context = {
        "place": found, "form": form, "tokens": tokens, "most": MOST_PHOTOS - len(tokens), "missing": missing_facts(found),
        "pact": pact_of(found), "last": latest_verification(found), "duty": verification_owed(found), "now": timezone.now(),
        "body": body_of(found, localdate()),
    }  # fmt: skip
    return render(request, "field/place.html", context, status=status)
