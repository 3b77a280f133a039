"""待传 and 我的: what is in this phone, and how it should look and work for whoever holds it. Both are of the phone alone.

The server knows neither what waits in a phone nor how much room it has: those pages are filled in by their scripts.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wenming.desks.common.access import whoever

from ..access import FIND, VERIFY, field_desk


@require_safe
@field_desk(VERIFY)
def outbox(request: HttpRequest) -> HttpResponse:
    """What has not been received yet, and what was received lately."""
    return render(request, "field/outbox.html", {"may_find": whoever(request).may(FIND)})


@require_safe
@field_desk(VERIFY)
def me(request: HttpRequest) -> HttpResponse:
    """大字、强光、左手、离线包."""
    return render(request, "field/me.html")
