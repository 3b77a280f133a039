"""沿街门店 of one's own ground: a town or community registers, tells in writing, agrees and notes what was served or signed. Policy: 3.1-3.3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.frontages import (
    NewShopForm,
    PeriodForm,
    ServiceForm,
    SignatureForm,
    WithdrawalForm,
    draw_up,
    give_piece,
)
from wenming.desks.common.toasts import say
from wenming.desks.common.uploads import claim, keep_photos
from wenming.evidence.serving import open_original
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.frontages import services
from wenming.responsibilities.frontages.ground import ground_of
from wenming.responsibilities.frontages.selectors import agreements_of, papers_of
from wenming.territory.frontages.services import register_premises
from wenming.territory.models import Premises
from wenming.territory.rules.coordinates import Datum

from ..doors_page import page_of, piece_form

unit_desk = desk("unit")


@require_http_methods(["GET", "HEAD", "POST"])
@unit_desk("frontages.own")
def door_new(request: HttpRequest) -> HttpResponse:
    """登记一家 on one's own ground; of whoever has none the service takes nothing, as of another town's."""
    user = whoever(request)
    form = NewShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        name, datum = given.pop("name"), Datum(given.pop("datum"))
        try:
            made = register_premises(name, **given, datum=datum, by=user, now=timezone.now())
            say(request, _("已登记 %(name)s，登记号 %(number)s") % {"name": made.name, "number": made.number})
            return redirect("unit:door", made.number)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "unit/door_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@unit_desk("frontages.own")
def door(request: HttpRequest, shop: str) -> HttpResponse:
    """One door."""
    return _page(request, _found(request, shop))


@require_safe
@unit_desk("frontages.own")
def paper(request: HttpRequest, shop: str, pk: int) -> HttpResponseBase:
    """A document's PDF, as it was issued."""
    document = get_object_or_404(papers_of(_found(request, shop)), pk=pk)
    served = open_original(document.paper)
    kept = {name: value for name, value in served.headers.items() if name != "Content-Disposition"}
    name = f"{document.number} {document.title}.pdf"
    return FileResponse(served.file, as_attachment=True, filename=name, content_type="application/pdf", headers=kept)


@require_POST
@unit_desk("frontages.own")
def pieces(request: HttpRequest, shop: str) -> HttpResponse:
    """划定责任段."""
    found, user = _found(request, shop), whoever(request)
    form = piece_form(ground_of(user), found, request.POST)
    return _do(request, found, "piece_form", form, lambda by, now: give_piece(found, form, by, now), _("已划定责任段"))


@require_POST
@unit_desk("frontages.own")
def notices(request: HttpRequest, shop: str) -> HttpResponse:
    """印发书面告知."""
    found, now = _found(request, shop), timezone.now()
    try:
        services.issue_area_notice(found, by=whoever(request), now=now)
    except Refusal as refusal:
        return _page(request, found, refusal.status, refusal=str(refusal))
    say(request, gettext("告知书已印发，送达以后责任才落到这一家"))
    return redirect("unit:door", found.number)


@require_POST
@unit_desk("frontages.own")
def agreements(request: HttpRequest, shop: str) -> HttpResponse:
    """起草责任书."""
    found = _found(request, shop)
    form = PeriodForm(request.POST, thing=found, auto_id="period_%s")
    return _do(request, found, "period_form", form, lambda by, now: draw_up(found, form, by, now), _("责任书已起草，签字后生效"))


@require_POST
@unit_desk("frontages.own")
def signature(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """登记纸质签字, with its scan."""
    found, now = _found(request, shop), timezone.now()
    agreement, form, kept = get_object_or_404(agreements_of(found), pk=pk), SignatureForm(request.POST), keep_photos(request, now, most=1)
    for why in kept.refusals:
        form.add_error(None, str(why))

    def sign(by: Account, now: datetime) -> None:
        scan = next(iter(claim(kept.tokens, now)), None)
        services.sign_agreement(agreement, way="paper", signer=form.cleaned_data["signer"], by=by, now=now, scan=scan)

    return _do(request, found, "signature_form", form, sign, _("责任书已签订"), signing=agreement.pk)


@require_POST
@unit_desk("frontages.own")
def withdrawal(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """作废一份没有签的责任书."""
    found, form = _found(request, shop), WithdrawalForm(request.POST, auto_id="withdrawal_%s")
    agreement = get_object_or_404(agreements_of(found), pk=pk)

    def withdraw(by: Account, now: datetime) -> None:
        services.withdraw_agreement(agreement, reason=form.cleaned_data["reason"], by=by, now=now)

    return _do(request, found, "withdrawal_form", form, withdraw, _("已作废，可以再起草一份"), withdrawing=agreement.pk)


@require_POST
@unit_desk("frontages.own")
def service(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """登记送达."""
    found, form = _found(request, shop), ServiceForm(request.POST)
    document = get_object_or_404(papers_of(found), pk=pk)

    def serve(by: Account, now: datetime) -> None:
        services.record_service(document, **form.cleaned_data, by=by, now=now)

    said = _("已登记送达：%(number)s") % {"number": document.number}
    return _do(request, found, "service_form", form, serve, said, serving=document.pk)


def _do(
    request: HttpRequest, found: Premises, name: str, form: Any, do: Callable[[Account, datetime], object], said: str | Promise,
    **about: Any,
) -> HttpResponse:  # fmt: skip
    """One act on a door: done and said, or the page again with what to mend beside its form.

    What is refused because the thing stands otherwise by now is said above: its form may be gone.
    """
    if form.is_valid():
        try:
            with transaction.atomic():
                do(whoever(request), timezone.now())
            say(request, str(said))
            return redirect("unit:door", found.number)
        except BadInput as bad:
            form.add_error(None, str(bad))
        except Refusal as refusal:
            return _page(request, found, refusal.status, refusal=str(refusal))
    return _page(request, found, 422, **{name: form}, **about)


def _page(request: HttpRequest, found: Premises, status: int = 200, **again: Any) -> HttpResponse:
    user = whoever(request)
    return render(request, "unit/door.html", page_of(found, ground_of(user), user, timezone.now(), **again), status=status)


def _found(request: HttpRequest, number: str) -> Premises:
    return get_object_or_404(ground_of(whoever(request)).premises, number=number)
