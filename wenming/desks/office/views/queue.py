"""The list of cases (archetype A), and the same list as a file."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.due_groups import by_due, end_of_today
from wenming.desks.common.paging import NEAR_PAGES, CappedPages, known_by_key, rows_on

from ..bulk import BULK_ACTS
from ..exports import MOST_ROWS, case_list_file, has_parquet
from ..filters import CaseFilter
from ..rows import rows_of
from .case import LIST_COOKIE

office_desk = desk("office")
PAGE_ROWS = 50
SHOWN = ("placement__town", "placement__community", "unit", "duty__calendar", "duty__schedule")
COLUMNS = [_("案件"), _("状态"), _("剩余"), _("责任单位"), _("来源"), _("收到")]
KEYS = [("D", _("按建议派遣选中的")), ("M", _("并案"))]


@require_safe
@office_desk("cases.oversee")
def cases(request: HttpRequest) -> HttpResponse:
    """Cases by remaining time; what waits for this person's role unless the filter says otherwise."""
    now, user = timezone.now(), whoever(request)
    chosen = CaseFilter(request.GET, user=user, now=now)
    pages, times = _pages(chosen, request.GET.get("page"))
    page = pages.get_page(request.GET.get("page"))
    rows = rows_of(rows_on(page, Case.objects.select_related(*SHOWN)), now)
    groups = [("", rows)] if chosen.ended_too else by_due(rows, now)
    may_act = user.may("cases.dispatch")
    context = {
        "filter": chosen, "page": page, "groups": groups, "columns": COLUMNS, "now": now,
        "keys": KEYS if may_act else (), "actions": BULK_ACTS if may_act else (), "full": pages.full,
        "times": times, "total": times.get("all", page.paginator.count), "has_parquet": has_parquet(),
    }  # fmt: skip
    response = render(request, "office/cases.html", context)
    response.set_cookie(
        LIST_COOKIE,
        request.get_full_path(),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
        path=reverse("office:home"),
    )
    return response


@require_safe
@office_desk("cases.oversee")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as csv, xlsx, GeoJSON or Parquet; who took it is recorded before the first line leaves."""
    now, user = timezone.now(), whoever(request)
    found = CaseFilter(request.GET, user=user, now=now).narrow(cases_visible_to(user))
    file = case_list_file(found, kind=kind, by=user, now=now)
    rows = min(found.order_by().count(), MOST_ROWS[kind])
    note_export(name="cases", kind=kind, asked=request.GET.dict(), rows=rows, by=user, now=now)
    return file


def _pages(chosen: CaseFilter, asked: str | None) -> tuple[CappedPages, dict[str, int]]:
    """The pages of keys, and how many are due when. Words are asked for once: fewer than 10,000 cases are known by their
    keys from then on."""
    seen = cases_visible_to(chosen.user)
    found = chosen.narrow(seen)
    found, known = known_by_key(found) if chosen.searches else (found, None)
    times = {} if chosen.ended_too else _by_time(found, chosen)
    pages = CappedPages(found.values_list("pk", flat=True), PAGE_ROWS)
    pages.known = times.get("all", known)
    if known is not None and pages.full:
        near = pages.get_page(asked).number <= NEAR_PAGES
        pages.object_list = chosen.narrow(seen, soon=near).values_list("pk", flat=True)
    return pages, times


def _by_time(found: QuerySet[Case], chosen: CaseFilter) -> dict[str, int]:
    """How many of the list are late, due today, due later, standing: the groups counted over all pages."""
    now, running = chosen.now, Q(paused_at=None)
    midnight = end_of_today(now)
    return found.order_by().aggregate(
        all=Count("pk"),
        late=Count("pk", filter=running & Q(due_at__lt=now)),
        today=Count("pk", filter=running & Q(due_at__gte=now, due_at__lt=midnight)),
        later=Count("pk", filter=running & Q(due_at__gte=midnight)),
    )
