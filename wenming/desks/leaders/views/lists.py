"""镇街, 部门, and the cases behind every number: read-only, since leaders ask and do not handle."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wenming.accountability.figures import NAMES, cases_behind, late_by_kind
from wenming.accountability.selectors import orders_visible_to, overview
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import desk, whoever
from wenming.organisations.models import UnitKind

from ..case_lines import lines_of, story_of
from ..forms import FigureForm
from ..order_lines import order_lines
from ..overview_page import order_form
from ..unit_page import figure_table, sorted_lines

leaders_desk = desk("leaders")
PAGE_ROWS = 50
CASE_COLUMNS = [_("案件"), _("状态"), _("时限"), _("责任单位"), _("收到")]


@require_safe
@leaders_desk("leaders.read")
def towns(request: HttpRequest) -> HttpResponse:
    """Every town, those out of order first."""
    seen = overview(timezone.now())
    return render(request, "leaders/units.html", {"seen": seen, "lines": sorted_lines(seen.towns), "title": _("镇街")})


@require_safe
@leaders_desk("leaders.read")
def departments(request: HttpRequest) -> HttpResponse:
    """Every department, those out of order first."""
    seen = overview(timezone.now())
    context = {"seen": seen, "lines": sorted_lines(seen.departments), "title": _("部门")}
    return render(request, "leaders/units.html", context)


@require_safe
@leaders_desk("leaders.read")
def town(request: HttpRequest, code: str) -> HttpResponse:
    return _unit(request, code, UnitKind.TOWN)


@require_safe
@leaders_desk("leaders.read")
def department(request: HttpRequest, code: str) -> HttpResponse:
    return _unit(request, code, UnitKind.DEPARTMENT)


@require_safe
@leaders_desk("leaders.read")
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that a number counted."""
    now, asked = timezone.now(), FigureForm(request.GET)
    if not asked.is_valid():
        raise Http404
    figure, unit, kind = (asked.cleaned_data[name] for name in ("figure", "unit", "kind"))
    found = cases_behind(figure, cases_visible_to(whoever(request)), now=now, unit=unit, kind=kind)
    page = Paginator(found.order_by("due_at", "-opened_at"), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "title": NAMES[figure], "unit": unit, "kind": kind, "page": page, "columns": CASE_COLUMNS,
        "groups": [("", lines_of(page.object_list))], "now": now,
    }  # fmt: skip
    return render(request, "leaders/cases.html", context)


@require_safe
@leaders_desk("leaders.read")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case, to read."""
    found = get_object_or_404(cases_visible_to(whoever(request)), number=number)
    return render(request, "leaders/case.html", story_of(found, timezone.now()))


def _unit(request: HttpRequest, code: str, kind: UnitKind) -> HttpResponse:
    now, user = timezone.now(), whoever(request)
    seen = overview(now)
    line = seen.lines.get(code)
    if line is None or line.unit.kind != kind:
        raise Http404
    context = {
        "now": now, "line": line, "table": figure_table(line, seen.city, now), "late": late_by_kind(now).get(code, []),
        "orders": order_lines(orders_visible_to(user).filter(to__path__startswith=line.unit.path)[:10], now),
        "form": order_form(seen, code), "may_order": user.may("leaders.order"),
    }  # fmt: skip
    return render(request, "leaders/unit.html", context)
