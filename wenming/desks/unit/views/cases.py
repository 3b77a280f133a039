"""案件: the unit's own cases, history included, and the page of one."""

from __future__ import annotations

from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wenming.cases.boundary import boundary_distance, cases_beside
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.access import whoever
from wenming.desks.common.due_groups import by_due
from wenming.desks.common.paging import NEAR_PAGES, CappedPages, known_by_key, rows_on
from wenming.organisations.models import Account

from ..access import unit_desk
from ..case_page import page_of
from ..filters import CaseFilter
from ..rows import CaseRow, case_rows, with_clocks

PAGE_ROWS = 50
SHOWN = ("placement__town", "unit")
COLUMNS = [_("案件"), _("状态"), _("剩余"), _("单位"), _("来源")]


@require_safe
@unit_desk
def cases(request: HttpRequest) -> HttpResponse:
    """Open cases by remaining time unless the filter asks for others."""
    now, user = timezone.now(), whoever(request)
    chosen = CaseFilter(request.GET, user=user, now=now)
    page = _page(chosen, request.GET.get("page"))
    rows = case_rows(with_clocks(rows_on(page, Case.objects.select_related(*SHOWN))), now)
    groups = [("", rows)] if chosen.ended_too else _grouped(rows, now)
    context = {"filter": chosen, "page": page, "groups": groups, "columns": COLUMNS, "now": now}
    return render(request, "unit/cases.html", context)


@require_safe
@unit_desk
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: what is asked of the unit now comes before what happened."""
    user = whoever(request)
    found = cases_of(user).filter(number=number).first()
    if found is None:
        # Others owe it, and it lies beside our border: we may know of it.
        found = get_object_or_404(with_its_page(Case.objects.filter(neighbours__in=cases_beside(user))), number=number)
    return render(request, "unit/case.html", page_of(found, user=user, now=timezone.now()))


@require_safe
@unit_desk
def beside(request: HttpRequest) -> HttpResponse:
    """边界案件: what happens just beyond our border; to know, not to do."""
    known = Paginator(cases_beside(whoever(request)), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "unit/beside.html", {"page": known, "metres": boundary_distance(), "now": timezone.now()})


def cases_of(user: Account) -> QuerySet[Case]:
    """What this person may open."""
    return with_its_page(cases_visible_to(user))


def with_its_page(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With all that the page of one case needs."""
    return cases.select_related(
        "problem_type", "establish_rule", "placement__town", "unit", "merged_into",
        "handling__calendar", "handling__schedule", "handling__owner",
    )  # fmt: skip


def _page(chosen: CaseFilter, asked: str | None) -> Page:
    """The keys of one page. Words are asked for once: fewer than 10,000 cases are known by their keys from then on."""
    found = _found(chosen, one_by_one=not chosen.ended_too)
    found, known = known_by_key(found) if chosen.searches else (found, None)
    pages = CappedPages(found.values_list("pk", flat=True), PAGE_ROWS)
    pages.known = known
    if pages.full:
        near = pages.get_page(asked).number <= NEAR_PAGES
        pages.object_list = _found(chosen, one_by_one=True, soon=near).values_list("pk", flat=True)
    return pages.get_page(asked)


def _found(chosen: CaseFilter, *, one_by_one: bool, soon: bool = False) -> QuerySet[Case]:
    return chosen.narrow(cases_visible_to(chosen.user, one_by_one=one_by_one), soon=soon)


def _grouped(rows: list[CaseRow], now: datetime) -> list[tuple[str | Promise, list[CaseRow]]]:
    """What waits for the unit by its deadline, and last what waits for somebody else."""
    ours = [row for row in rows if row.duty is not None]
    others = [row for row in rows if row.duty is None]
    return [*by_due(ours, now), *([(_("等别的单位办"), others)] if others else [])]
