"""大家的上报: a map, a list, before and after."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wenming.desks.common.access import public
from wenming.territory.maps import Pin, around, svg_map

from ..everybody import PublicCase, shown_to_everybody, without_traces
from ..forms import EverybodyForm

ON_A_PAGE = 20
ROOM = 0.016


@require_safe
@public
def everybody(request: HttpRequest) -> HttpResponse:
    """The public cases, filtered by town and kind, twenty to a page; the map shows the page's."""
    form = EverybodyForm(request.GET)
    chosen = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    page = Paginator(shown_to_everybody(timezone.now(), **chosen), ON_A_PAGE).get_page(request.GET.get("page"))
    cases = without_traces(list(page.object_list))
    return render(request, "public/everybody.html", {"form": form, "page": page, "cases": cases, "map": _map(cases)})


def _map(cases: list[PublicCase]) -> str:
    pins = [Pin(*case.point, "done", f"{case.title}（{case.town}）") for case in cases if case.point]
    if not pins:
        return ""
    return svg_map(bbox=around(pins, ROOM), pins=pins, width=480, height=320, title=_("办好的上报在哪里"))
