"""门前事项 on one's own ground: a town or community opens one, looks again, and answers what its doors ask. Policy: 3.2, 3.4.

The lawful steps that may follow, from the reminder to the referral, are those of whoever enforces, at the office's desk.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.matters import AnswerForm, EndForm, LookForm, MatterForm
from wenming.desks.common.toasts import say
from wenming.desks.common.uploads import Kept, claim, keep_photos, still_waiting
from wenming.evidence.services import Prepared
from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.responsibilities.frontages import services
from wenming.responsibilities.frontages.ground import ground_of
from wenming.responsibilities.models import FrontageMatter, ShopQuestion
from wenming.territory.models import Premises

from ..doors_page import matter_page, page_of

unit_desk = desk("unit")
Do = Callable[[list[Prepared], Account, datetime], object]


@require_safe
@unit_desk("frontages.own")
def matter(request: HttpRequest, shop: str, matter: str) -> HttpResponse:
    """One matter: where it stands, its papers, its story."""
    return _matter(request, _found(request, shop, matter))


@require_POST
@unit_desk("frontages.own")
def matters(request: HttpRequest, shop: str) -> HttpResponse:
    """立门前事项, with photographs."""
    found, form, kept = _door(request, shop), MatterForm(request.POST), keep_photos(request, timezone.now())

    def do(photos: list[Prepared], by: Account, now: datetime) -> FrontageMatter:
        return services.open_matter(found, **form.cleaned_data, by=by, now=now, photos=photos)

    if _done(request, form, kept, do, _("已立门前事项")):
        return redirect("unit:door", found.number)
    return _door_again(request, found, matter_form=form, tokens=still_waiting(kept.tokens, timezone.now()))


@require_POST
@unit_desk("frontages.own")
def looks(request: HttpRequest, shop: str, matter: str) -> HttpResponse:
    """登记现场查看, with photographs; what is mended ends with it."""
    found, form, kept = _found(request, shop, matter), LookForm(request.POST), keep_photos(request, timezone.now())

    def do(photos: list[Prepared], by: Account, now: datetime) -> object:
        given = form.cleaned_data
        return services.look_again(found, mended=given["mended"] == "yes", text=given["text"], by=by, now=now, photos=photos)

    if _done(request, form, kept, do, _("已登记现场查看")):
        return redirect("unit:matter", shop, found.number)
    return _matter(request, found, 422, look_form=form, tokens=still_waiting(kept.tokens, timezone.now()))


@require_POST
@unit_desk("frontages.own")
def ending(request: HttpRequest, shop: str, matter: str) -> HttpResponse:
    """了结 what was not mended, with the reason."""
    found, form = _found(request, shop, matter), EndForm(request.POST)

    def do(photos: list[Prepared], by: Account, now: datetime) -> object:
        return services.end_matter(found, reason=form.cleaned_data["reason"], by=by, now=now)

    if _done(request, form, Kept([]), do, _("已了结")):
        return redirect("unit:matter", shop, found.number)
    return _matter(request, found, 422, end_form=form)


@require_POST
@unit_desk("frontages.own")
def answers(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """答复 what the door asked from its own page."""
    found = _door(request, shop)
    asked, form = get_object_or_404(ShopQuestion, pk=pk, premises=found), AnswerForm(request.POST)

    def do(photos: list[Prepared], by: Account, now: datetime) -> object:
        return services.answer_question(asked, text=form.cleaned_data["text"], by=by, now=now)

    if _done(request, form, Kept([]), do, _("已答复，门店在自己的页面上能看到")):
        return redirect("unit:door", found.number)
    # Somebody was quicker, and the form is not on the page any more: it is said above.
    return _door_again(request, found, answer_form=form, answering=asked.pk, refusal=" ".join(map(str, form.non_field_errors())))


def _done(request: HttpRequest, form: Any, kept: Kept, do: Do, said: str | Promise) -> bool:
    """Done in one act and said; or False, and what is to be mended stands at the form. Other refusals are pages of their own."""
    if form.is_valid() and not kept.refusals:
        try:
            with transaction.atomic():  # refused, the photographs are there to be sent again
                now = timezone.now()
                do(claim(kept.tokens, now), whoever(request), now)
            say(request, str(said))
            return True
        except BadInput as bad:
            form.add_error(None, str(bad))
    for why in kept.refusals:
        form.add_error(None, str(why))
    return False


def _door_again(request: HttpRequest, found: Premises, **again: Any) -> HttpResponse:
    user = whoever(request)
    return render(request, "unit/door.html", page_of(found, ground_of(user), user, timezone.now(), **again), status=422)


def _matter(request: HttpRequest, found: FrontageMatter, status: int = 200, **again: Any) -> HttpResponse:
    return render(request, "unit/matter.html", matter_page(found, whoever(request), timezone.now(), **again), status=status)


def _door(request: HttpRequest, number: str) -> Premises:
    return get_object_or_404(ground_of(whoever(request)).premises, number=number)


def _found(request: HttpRequest, shop: str, number: str) -> FrontageMatter:
    joined = FrontageMatter.objects.select_related("premises__community__parent")
    return get_object_or_404(joined, premises=_door(request, shop), number=number)
