"""谁负责: the answer for a point, a moment and a matter, and the proof that there is one everywhere (1.6, 7.5)."""

from __future__ import annotations

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.services.exporting import note_export
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.refusals import BadInput
from wenming.responsibilities.closure import ask_for_proof, is_intact
from wenming.responsibilities.models import ClosureReport

from ..exports import table_file
from ..point_map import ground_for
from ..proof_page import LISTED, NAMED, ProofForm, Shown, area_words
from ..who_page import page_of

ROWS_PER_PAGE = 50
office_desk = desk("office")


@require_safe
@office_desk("who.ask")
def who(request: HttpRequest) -> HttpResponse:
    """Ask, and read who answers and by which line; an answer has an address of its own."""
    context = page_of(request.GET, whoever(request), timezone.now())
    return render(request, "office/who.html", context, status=422 if context["form"].errors else 200)


@require_safe
@office_desk("who.ask")
def point_map(request: HttpRequest) -> HttpResponse:
    """The streets around a position or a named place, for the pin of a form; the whole city where neither is known."""
    return HttpResponse(ground_for(request.GET, whoever(request)), content_type="image/svg+xml")


@require_safe
@office_desk("who.ask")
def proofs(request: HttpRequest) -> HttpResponse:
    """The reports, the newest first, and the button that asks for another."""
    now = timezone.now()
    page = Paginator(ClosureReport.objects.defer("document").select_related("made_by"), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    form = ProofForm(initial={"since": timezone.localdate(now)})
    context = {"page": page, "form": form, "may_prove": whoever(request).may("closure.prove"), "now": now}
    return render(request, "office/proofs.html", context)


@require_POST
@office_desk("closure.prove")
def asked(request: HttpRequest) -> HttpResponse:
    """Have a week proved; the worker does it within a minute."""
    form = ProofForm(request.POST)
    if not form.is_valid():
        toasts.say(request, _("还没有选从哪天起。请选一天再开始。"))
        return redirect("office:proofs")
    try:
        ask_for_proof(form.cleaned_data["since"], by=whoever(request), now=timezone.now())
    except BadInput as refusal:
        toasts.say(request, str(refusal))
    else:
        toasts.say(request, _("已开始计算，一般一分钟内出结果。可以先做别的，再回来看。"))
    return redirect("office:proofs")


@require_safe
@office_desk("who.ask")
def proof(request: HttpRequest, report: int) -> HttpResponse:
    """One report, with what it rests on."""
    found = get_object_or_404(ClosureReport.objects.select_related("made_by"), number=report)
    shown = Shown(found)
    context = {
        "report": found, "told": shown.told, "lines": shown.lines(), "owned": shown.of_owned(), "rosters": shown.rosters(),
        "places": shown.public_places(), "layers": shown.layers(),
        "listed": LISTED, "named": NAMED, "named_slice": f":{NAMED}", "intact": is_intact(found), "area": area_words(found.area_m2),
        "open_area": area_words(found.open_area_m2), "last_day": found.until - timedelta(days=1),
    }  # fmt: skip
    return render(request, "office/proof.html", context)


@require_safe
@office_desk("who.ask")
def proof_file(request: HttpRequest, report: int, kind: str) -> HttpResponseBase:
    """Everything that is open, a row for each matter and ground; or the signed text itself."""
    found = get_object_or_404(ClosureReport, number=report)
    user, now = whoever(request), timezone.now()
    if kind == "json":
        response = HttpResponse(found.document, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="closure-{found.number}.json"'
        return response
    title = _("闭合证明第 %(number)d 号") % {"number": found.number}
    file = table_file(Shown(found).rows_of_file(), title=title, kind=kind, by=user, now=now)
    note_export(name="closure", kind=kind, asked={"report": str(found.number)}, rows=found.openings, by=user, now=now)
    return file
