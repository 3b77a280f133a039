"""归属争议: every dispute with both sides, the matrix's answer and practice; and what was ruled lately."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.cases.disputes import both_sides, rulings, waiting_disputes
from wenming.desks.common.access import desk, whoever

from ..rows import CaseRow

office_desk = desk("office")
PAGE = 10
LATELY = 20


@require_safe
@office_desk("cases.oversee")
def disputes(request: HttpRequest) -> HttpResponse:
    """The oldest first; ruling itself is an act on the case's own page, where the photographs are."""
    now, user = timezone.now(), whoever(request)
    page = Paginator(waiting_disputes(user), PAGE).get_page(request.GET.get("page"))
    sides = both_sides(list(page.object_list), now)
    context = {
        "page": page, "waiting": [(one, CaseRow(one.dispute.case, now)) for one in sides], "ruled": rulings(user)[:LATELY],
        "may_rule": user.may("cases.arbitrate"), "now": now,
    }  # fmt: skip
    return render(request, "office/disputes.html", context)
