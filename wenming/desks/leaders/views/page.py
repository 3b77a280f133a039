"""一页 and the wall: the same figures for a desk, for paper, and for a room."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.accountability.selectors import overview
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import desk, whoever
from wenming.territory.maps import Pin, svg_map

from ..overview_page import city_figures, groups, page_of, units_sentence
from ..wall import late_pins

leaders_desk = desk("leaders")
REFRESH_SECONDS = "60"


@require_safe
@leaders_desk("leaders.read")
def home(request: HttpRequest) -> HttpResponse:
    """一页; with ?order=CODE the 批示 of that unit stands open under its line."""
    context = page_of(whoever(request), timezone.now(), order_to=request.GET.get("order", ""))
    return render(request, "leaders/home.html", context)


@require_safe
@leaders_desk("leaders.read")
def wall(request: HttpRequest) -> HttpResponse:
    """大屏: dark, without anybody's name; the browser asks again every minute (a header, so no script is needed)."""
    now = timezone.now()
    seen = overview(now)
    pins: list[Pin] = late_pins(cases_visible_to(whoever(request)), now)
    context = {
        "theme": "dark", "mode": "standard", "size": "normal", "now": now, "groups": groups(seen.exceptions),
        "city": city_figures(seen.city), "sentence": units_sentence(seen), "late": len(pins),
        "map": svg_map(width=900, height=760, pins=pins),
    }  # fmt: skip
    response = render(request, "leaders/wall.html", context)
    response.headers["Refresh"] = REFRESH_SECONDS
    return response
