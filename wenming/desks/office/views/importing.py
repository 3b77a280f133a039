"""导入: a file, a look at what it means, and then its rows become reports and cases. Nothing comes in unseen."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.observations import imports as services
from wenming.observations.models import ImportBatch
from wenming.observations.models.imports import BatchState
from wenming.observations.selectors import batches_visible_to
from wenming.refusals import Refusal

from ..imports import STATES, ColumnsForm, UploadForm, annotated_file, batch_shown, shown

office_desk = desk("import")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("reports.import")
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier batches, and the first step of a new one."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, by, now = form.cleaned_data["file"], whoever(request), timezone.now()
        try:
            content = file.read()
            mapping = services.fitting_mapping(content, file.name, by=by, now=now)
            batch = services.preview(content, file.name, mapping, by=by, now=now)
            return redirect("office:import", pk=batch.pk)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    page = Paginator(batches_visible_to(whoever(request)), 20).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "states": BatchState}
    return render(request, "office/imports.html", context, status=422 if form.is_bound else 200)


@require_safe
@office_desk("reports.import")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The second step before it is confirmed, the result afterwards."""
    return _batch_page(request, _found(request, pk))


@require_POST
@office_desk("reports.import")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Another choice of columns: the mapping is saved and every row judged again."""
    found, by, now = _found(request, pk), whoever(request), timezone.now()
    form = ColumnsForm(request.POST, batch=found)
    if not form.is_valid():
        return _batch_page(request, found, form, status=422)
    given = form.cleaned_data
    mapping = services.save_mapping(
        name=given["name"], source=given["source"], columns=form.columns(), options=form.options(), by=by, now=now
    )
    services.judge_again(found, mapping, now=now)
    toasts.say(request, _("已按新的对应重新检查"))
    return redirect("office:import", pk=pk)


@require_POST
@office_desk("reports.import")
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """From here on the worker brings the rows in."""
    services.confirm(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("开始导入，可以离开这一页"))
    return redirect("office:import", pk=pk)


@require_POST
@office_desk("reports.import")
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销整批."""
    services.undo(_found(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("正在撤销，有人办理过的案件会留下"))
    return redirect("office:import", pk=pk)


@require_safe
@office_desk("reports.import")
def annotated(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file again, with a verdict on each row."""
    return annotated_file(_found(request, pk), "import")


def _found(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(batches_visible_to(whoever(request)), pk=pk)


def _batch_page(
    request: HttpRequest, found: ImportBatch, form: ColumnsForm | None = None, status: int = 200
) -> HttpResponse:
    shown_batch = batch_shown(
        request, found, route="import", related="report__case_report__case", states=STATES, shown=shown
    )
    context = {**shown_batch, "form": form or ColumnsForm(batch=found)}
    return render(request, "office/import.html", context, status=status)
