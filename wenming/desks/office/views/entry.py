"""登记: what somebody said on the telephone or at the window becomes a report like any other, and a case at once."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wenming.cases.models import Case
from wenming.cases.services import collect
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.evidence import services as evidence
from wenming.observations.models import Channel
from wenming.observations.services import leave_contact, receive_report
from wenming.refusals import Refusal

from ..entry import EntryForm
from ..kinds import kinds

office_desk = desk("office")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("cases.enter")
def entry(request: HttpRequest) -> HttpResponse:
    """The form, the look-up of its address, and handing it in."""
    if request.method != "POST":
        return _form(request, EntryForm(initial={"client_id": str(uuid.uuid4())}))
    form = EntryForm(request.POST)
    if "look_up" in request.POST or not form.is_valid():
        return _form(request, form, status=200 if "look_up" in request.POST else 422)
    try:
        case = _enter(request, form)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, status=refusal.status)
    toasts.say(request, _("已登记，编号 %(number)s") % {"number": case.number})
    return redirect("office:case", number=case.number)


@require_safe
@office_desk("cases.enter")
def places(request: HttpRequest) -> HttpResponse:
    """What a typed address may mean, as the form's own choices."""
    form = EntryForm(initial={"address": request.GET.get("address", "")})
    form.offer_places(request.GET.get("address", ""))
    return render(request, "office/_entry_places.html", {"form": form})


def _enter(request: HttpRequest, form: EntryForm) -> Case:
    """Decode the photos first, then everything else in one transaction; sent twice, it finds the same case."""
    now, by, given = timezone.now(), whoever(request), form.cleaned_data
    photos = [evidence.prepare(file) for file in request.FILES.getlist("photos")[:4]]
    kind = given["kind"]
    with transaction.atomic():
        receipt = receive_report(
            channel=Channel.STAFF, client_id=given["client_id"], where=form.where(), now=now, text=given["text"],
            problem_type=kind.problem_type if kind else None, photos=photos, by=by,
        )  # fmt: skip
        if given["phone"] and not receipt.repeated:
            leave_contact(receipt.report, name=given["name"], phone=given["phone"], now=now)
        # The worker would open it within seconds; the person at the window wants its number now. Asked twice, it is one.
        return collect(receipt.report, now=now)


def _form(request: HttpRequest, form: EntryForm, status: int = 200) -> HttpResponse:
    if form.is_bound:
        form.offer_places(form.data.get("address", ""))
    if "look_up" in request.POST:
        form.forget_refusals()
    return render(request, "office/entry.html", {"form": form, "kinds": kinds}, status=status)
