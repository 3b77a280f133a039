"""工作台: what to do today, what the unit was told, and the few figures worth a look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.responsibilities.selectors import unread_notices
from wenming.responsibilities.services import mark_read

from ..to_do import case_number, figures, tasks

office_desk = desk("office")
NOTICES = 12


@require_safe
@office_desk("cases.decide")
def home(request: HttpRequest) -> HttpResponse:
    """What waits for this desk."""
    now, user = timezone.now(), whoever(request)
    unread = unread_notices(user.unit)
    notices = [(notice, case_number(notice.subject)) for notice in unread[:NOTICES]]
    context = {
        "now": now,
        "tasks": tasks(user, now),
        "figures": figures(now),
        "notices": notices,
        "unread": unread.count(),
    }
    return render(request, "office/home.html", context)


@require_POST
@office_desk("cases.decide")
def readings(request: HttpRequest) -> HttpResponse:
    """The unit has read its inbox."""
    mark_read(whoever(request).unit, now=timezone.now())
    return redirect("office:home")
