"""导入部件: a file, what each row means, what it asks, and then the register. Nothing comes in unseen."""

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
from wenming.observations import component_imports as services
from wenming.observations.models import ImportBatch
from wenming.observations.selectors import component_batches_visible_to
from wenming.refusals import Refusal
from wenming.territory.rules.coordinates import Datum

from ..component_imports_page import (
    STATES,
    ComponentColumnsForm,
    ComponentUploadForm,
    DecisionForm,
    datum_label,
    shown,
)
from ..imports import annotated_file, batch_shown

office_desk = desk("import")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("components.manage")
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier batches, and the first step of a new one."""
    form = ComponentUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            batch = services.preview(
                given["file"].read(), given["file"].name, datum=Datum(given["datum"]), scheme=given["scheme"],
                by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            return redirect("office:component_import", pk=batch.pk)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    page = Paginator(component_batches_visible_to(whoever(request)), 20).get_page(request.GET.get("page"))
    return render(
        request, "office/component_imports.html", {"form": form, "page": page}, status=422 if form.is_bound else 200
    )


@require_safe
@office_desk("components.manage")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The second step before it is confirmed, the result afterwards."""
    return _batch_page(request, _found(request, pk))


@require_POST
@office_desk("components.manage")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Another choice of columns: every row is judged again."""
    found = _found(request, pk)
    form = ComponentColumnsForm(request.POST, batch=found)
    if not form.is_valid():
        return _batch_page(request, found, form)
    services.judge_again(found, form.columns(), by=whoever(request), now=timezone.now())
    toasts.say(request, _("已按新的对应重新检查"))
    return redirect("office:component_import", pk=pk)


@require_POST
@office_desk("components.manage")
def decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows that asked are accepted or left out."""
    found = _found(request, pk)
    form = DecisionForm(request.POST, batch=found)
    if not form.is_valid():
        toasts.say(request, _("有的行已经定过了，没有改动。请看最新情况。"))
        return redirect("office:component_import", pk=pk)
    accept = form.cleaned_data["answer"] == "accept"
    count = services.decide(found, accept=accept, rows=form.positions, by=whoever(request), now=timezone.now())
    words = _("已接受 %(count)d 行") if accept else _("%(count)d 行不导入")
    toasts.say(request, words % {"count": count} if count else _("还没有选行。请先在左边勾选。"))
    return redirect("office:component_import", pk=pk)


@require_POST
@office_desk("components.manage")
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """From here on the worker brings the rows in."""
    services.confirm(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("开始导入，可以离开这一页"))
    return redirect("office:component_import", pk=pk)


@require_POST
@office_desk("components.manage")
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销整批."""
    services.undo(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("正在撤销，之后有人改过的部件会留下"))
    return redirect("office:component_import", pk=pk)


@require_safe
@office_desk("components.manage")
def annotated(request: HttpRequest, pk: int) -> HttpResponse:
    """The file again as a workbook, with a verdict and its reasons on each row."""
    return annotated_file(_found(request, pk), "components-import")


def _found(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(component_batches_visible_to(whoever(request)), pk=pk)


def _batch_page(request: HttpRequest, found: ImportBatch, form: Any = None) -> HttpResponse:
    shown_batch = batch_shown(request, found, route="component_import", related="component", states=STATES, shown=shown)
    context = {**shown_batch, "form": form or ComponentColumnsForm(batch=found), "datum": datum_label(found)}
    return render(request, "office/component_import.html", context, status=422 if form is not None else 200)
