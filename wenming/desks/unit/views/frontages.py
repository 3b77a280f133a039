"""门前三包 for towns, communities and contractors: what is theirs of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import desk, whoever

from ..frontages_page import page_of

unit_desk = desk("unit")


@require_safe
@unit_desk("frontages.own")
def frontages(request: HttpRequest) -> HttpResponse:
    """Steps with their deadlines, agreements, gaps, contractors and the doors of the unit's own ground."""
    return render(request, "unit/frontages.html", page_of(whoever(request), timezone.now(), request.GET))
