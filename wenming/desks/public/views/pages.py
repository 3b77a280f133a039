"""The front page, and what the city says about this desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import public

from ..everybody import shown_to_everybody, without_traces
from ..forms import TrackForm

LATELY = 3
# So many of the newest are looked through for pairs of photographs: a picture tells more than “用时 2 天”.
LOOKED_THROUGH = 12


@require_safe
@public
def home(request: HttpRequest) -> HttpResponse:
    """首页: the camera first."""
    newest = without_traces(list(shown_to_everybody(timezone.now())[:LOOKED_THROUGH]))
    lately = sorted(newest, key=lambda case: not case.has_pair)[:LATELY]
    return render(request, "public/home.html", {"form": TrackForm(), "lately": lately})


@require_safe
@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """无障碍说明."""
    return render(request, "public/accessibility.html")


@require_safe
@public
def privacy(request: HttpRequest) -> HttpResponse:
    """隐私说明: what is kept, for what, and for how long."""
    return render(request, "public/privacy.html")


@require_safe
@public
def feedback(request: HttpRequest) -> HttpResponse:
    """意见反馈."""
    return render(request, "public/feedback.html")
