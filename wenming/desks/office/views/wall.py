"""大屏 of the command centre: what waits, where, and what is most urgent; nobody's name, nothing to press, no motion."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wenming.cases.rules.lifecycle import UNDER_WAY, State
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import desk, whoever
from wenming.territory.maps import Pin, svg_map

from ..desk_filter import OPEN, DeskFilter
from ..dispatching import desk_rows, lines_of, located

office_desk = desk("office")
REFRESH_SECONDS = "60"
MOST_URGENT = 7


@require_safe
@office_desk("cases.dispatch")
def wall(request: HttpRequest) -> HttpResponse:
    """Dark, read from the other end of the room; the browser asks again every minute (a header, so no script is needed)."""
    now, cases = timezone.now(), cases_visible_to(whoever(request))
    under_way = DeskFilter({"state": OPEN}).narrow(cases, now)
    pins = [Pin(line.longitude or 0.0, line.latitude or 0.0, line.status) for line in located(lines_of(under_way, now))]
    late = Q(due_at__lt=now, paused_at=None)
    counts = (
        cases.filter(state__in=UNDER_WAY)
        .order_by()
        .aggregate(
            collected=Count("pk", filter=Q(state=State.COLLECTED)),
            established=Count("pk", filter=Q(state=State.ESTABLISHED)),
            late=Count("pk", filter=late),
            soon=Count("pk", filter=Q(warn_at__lte=now, due_at__gte=now, paused_at=None)),
        )
    )
    figures = [
        (_("待受理"), counts["collected"]), (_("待派遣"), counts["established"]),
        (_("全市已逾期"), counts["late"]), (_("全市临期"), counts["soon"]),
    ]  # fmt: skip
    context = {
        "theme": "dark", "mode": "standard", "size": "normal", "now": now, "figures": figures,
        "rows": desk_rows(DeskFilter({}).narrow(cases, now)[:MOST_URGENT], now),
        "map": svg_map(width=900, height=760, pins=pins, title=_("全部在办案件的位置")),
    }  # fmt: skip
    response = render(request, "office/wall.html", context)
    response.headers["Refresh"] = REFRESH_SECONDS
    return response
