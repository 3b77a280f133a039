"""人口户数: what grids are divided by, from a table or by hand; numbers, never persons."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.territory.grids.counts import Counted, enter_counts
from wenming.territory.models import CountEdition
from wenming.territory.rules.coordinates import Datum

from ..counts_page import CountForm, CountsFileForm, counts_of_table, editions

office_desk = desk("office")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("grids.draw")
def counts(request: HttpRequest) -> HttpResponse:
    """The editions, and a table with another."""
    form = CountsFileForm(request.POST or None, request.FILES or None, auto_id="file_%s")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            rows = counts_of_table(given["file"].read(), given["file"].name, Datum(given["datum"] or Datum.CGCS2000))
            return _entered(request, rows, given["file"].name, given["counted_on"])
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    return _page(request, form, CountForm(auto_id="one_%s"), 422 if request.method == "POST" else 200)


@require_POST
@office_desk("grids.draw")
def one_count(request: HttpRequest) -> HttpResponse:
    """One community by hand."""
    form = CountForm(request.POST, auto_id="one_%s")
    if form.is_valid():
        given = form.cleaned_data
        row = Counted(given["community"].code, given["people"], given["dwellings"])
        try:
            return _entered(request, [row], _("手工填写：%(community)s") % {"community": given["community"]}, given["counted_on"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return _page(request, CountsFileForm(auto_id="file_%s"), form, 422)


def _entered(request: HttpRequest, rows: list[Counted], name: str, counted_on: Any) -> HttpResponse:
    made: CountEdition = enter_counts(rows, name=name, counted_on=counted_on, by=whoever(request), now=timezone.now())
    say(request, _("已存 %(count)d 行数字（%(name)s）") % {"count": len(rows), "name": made.name})
    return redirect("office:grid_counts")


def _page(request: HttpRequest, form: CountsFileForm, one: CountForm, status: int) -> HttpResponse:
    context = {"form": form, "one": one, "editions": editions(), "may_draw": True}
    return render(request, "office/grid_counts.html", context, status=status)
