"""今天: what waits to be looked at, and what was found. No clocking-in: who was where follows from what they did (7.4)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.cases.rechecks import rechecks_to_do
from wenming.desks.common.access import whoever
from wenming.observations.patrols.selectors import patrols_to_do

from ..access import VERIFY, field_desk
from ..patrols import WalkRow
from ..rechecks import RecheckRow
from ..tasks import beside, finds_of, task_rows, tasks_for

PAGE_ROWS = 50
FINDS = 20
MOST_BESIDE = 30


@require_safe
@field_desk(VERIFY)
def home(request: HttpRequest) -> HttpResponse:
    """Tasks by remaining time; the phone itself can put the near ones first, and tells nobody where it is."""
    now, user = timezone.now(), whoever(request)
    page = Paginator(tasks_for(user), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page, "rows": task_rows(list(page.object_list), now), "finds": list(finds_of(user, now)[:FINDS]),
        "rechecks": [RecheckRow(one, now) for one in rechecks_to_do(user)[:PAGE_ROWS]],
        "walks": [WalkRow(one, now) for one in patrols_to_do(user)[:PAGE_ROWS]],
        "beside": Paginator(beside(user), MOST_BESIDE).get_page(1), "now": now, "may_find": user.may("cases.find"),
    }  # fmt: skip
    return render(request, "field/today.html", context)
