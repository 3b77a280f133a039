"""导入公共场所: a file, what each row means, which rows may be one place twice, and then the register. Policy: 2.1."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.observations import place_imports as services
from wenming.observations.models import ImportBatch
from wenming.observations.selectors import place_batches_visible_to
from wenming.refusals import Refusal
from wenming.territory.rules.coordinates import Datum

from ..component_imports_page import STATES, datum_label
from ..imports import annotated_file, batch_shown
from ..place_imports_page import SAME, PlaceColumnsForm, PlaceDecisionForm, PlaceUploadForm, shown

office_desk = desk("import")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("places.manage")
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier batches, and the first step of a new one."""
    form = PlaceUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            batch = services.preview(
                given["file"].read(), given["file"].name, datum=Datum(given["datum"]), by=whoever(request), now=timezone.now()
            )
            return redirect("office:place_import", pk=batch.pk)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    page = Paginator(place_batches_visible_to(whoever(request)), 20).get_page(request.GET.get("page"))
    return render(request, "office/place_imports.html", {"form": form, "page": page}, status=422 if form.is_bound else 200)


@require_safe
@office_desk("places.manage")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The second step before it is confirmed, the result afterwards."""
    return _batch_page(request, _found(request, pk))


@require_POST
@office_desk("places.manage")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Another choice of columns: every row is judged again."""
    found = _found(request, pk)
    form = PlaceColumnsForm(request.POST, batch=found)
    if not form.is_valid():
        return _batch_page(request, found, form)
    services.judge_again(found, form.columns(), by=whoever(request), now=timezone.now())
    toasts.say(request, _("已按新的对应重新检查"))
    return redirect("office:place_import", pk=pk)


@require_POST
@office_desk("places.manage")
def decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows that asked come in, stay out, or tell of the place beside them."""
    found, by, now = _found(request, pk), whoever(request), timezone.now()
    form = PlaceDecisionForm(request.POST, batch=found)
    if not form.is_valid():
        toasts.say(request, _("有的行已经定过了，没有改动。请看最新情况。"))
        return redirect("office:place_import", pk=pk)
    answer = form.cleaned_data["answer"]
    if answer == SAME:
        count = services.same(found, rows=form.positions or [], by=by, now=now)
        words = _("%(count)d 行认定是同一个")
    else:
        count = services.decide(found, accept=answer == "accept", rows=form.positions, by=by, now=now)
        words = _("已接受 %(count)d 行") if answer == "accept" else _("%(count)d 行不导入")
    toasts.say(request, words % {"count": count} if count else _("还没有选行。请先在左边勾选。"))
    return redirect("office:place_import", pk=pk)


@require_POST
@office_desk("places.manage")
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """From here on the worker brings the rows in."""
    services.confirm(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("开始导入，可以离开这一页"))
    return redirect("office:place_import", pk=pk)


@require_POST
@office_desk("places.manage")
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销整批."""
    services.undo(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("正在撤销，之后有人改过的场所会留下"))
    return redirect("office:place_import", pk=pk)


@require_safe
@office_desk("places.manage")
def annotated(request: HttpRequest, pk: int) -> HttpResponse:
    """The file again as a workbook, with a verdict and its reasons on each row."""
    return annotated_file(_found(request, pk), "places-import")


def _found(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(place_batches_visible_to(whoever(request)), pk=pk)


def _batch_page(request: HttpRequest, found: ImportBatch, form: Any = None) -> HttpResponse:
    shown_batch = batch_shown(request, found, route="place_import", related="place", states=STATES, shown=shown)
    context = {**shown_batch, "form": form or PlaceColumnsForm(batch=found), "datum": datum_label(found)}
    return render(request, "office/place_import.html", context, status=422 if form is not None else 200)
