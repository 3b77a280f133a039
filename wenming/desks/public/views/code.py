"""/q/<code>/: what a plate on the spot leads to. Policy: 2.4, 2.5."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.territory.rules.place_numbers import tidy_code

from ..codes import answer_of
from ..visitors import citizen, knock_at


@require_safe
@citizen
def code(request: HttpRequest, code: str) -> HttpResponse:
    """The page of whatever bears this code; one typed by hand is forgiven and led to its own address."""
    knock_at("look-up", request, timezone.now())
    tidy = tidy_code(code)
    found = answer_of(request, tidy)
    if found is None:
        return render(request, "public/code_unknown.html", {"code": tidy}, status=404)
    return found if tidy == code else redirect("public:code", code=tidy)
