"""本单位."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import whoever

from ..about_page import page_of
from ..access import unit_desk


@require_safe
@unit_desk
def about(request: HttpRequest) -> HttpResponse:
    """How punctual the unit is, who stands for it, when it works, what it answers for."""
    return render(request, "unit/about.html", page_of(whoever(request), timezone.now()))
