"""谁负责: the answer for a point, a moment and a matter (1.6, 7.5)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import desk, whoever

from ..who_page import page_of

office_desk = desk("office")


@require_safe
@office_desk("who.ask")
def who(request: HttpRequest) -> HttpResponse:
    """Ask, and read who answers and by which line; an answer has an address of its own."""
    context = page_of(request.GET, whoever(request), timezone.now())
    return render(request, "office/who.html", context, status=422 if context["form"].errors else 200)
