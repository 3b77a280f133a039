"""现场发现的场所, in the office: what the street proposes anywhere in the city. Policy: 2.1."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.place_proposals import decide, waiting_for

office_desk = desk("office")


@require_safe
@office_desk("places.manage")
def proposals(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first, each beside what may be the same."""
    return render(request, "office/place_proposals.html", waiting_for(whoever(request)))


@require_POST
@office_desk("places.manage")
def verdicts(request: HttpRequest, proposal: int) -> HttpResponse:
    """登记, 是已有的, or 不登记."""
    decide(request, proposal, by=whoever(request), now=timezone.now())
    return redirect("office:place_proposals")
