"""Visitors without an account: where they knock from, and what their browser asked for."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.views.decorators.csrf import csrf_exempt

from wenming.desks.common.access import View, public
from wenming.desks.common.network import address_of
from wenming.observations.door import Lane, knock


def citizen(view: View) -> View:
    """A public view that may be posted to from any page.

    The token against forged requests protects the power of a logged-in person. Here no cookie carries any: the receipt
    number alone does. And a telephone that refuses cookies must be able to report.
    """
    return csrf_exempt(public(view))


def knock_at(door: str, request: HttpRequest, now: datetime) -> Lane:
    """Count this visit at one of `observations.door`. Raises DoorShut when there were far too many."""
    return knock(door, address=address_of(request), now=now)


def wants_json(request: HttpRequest) -> bool:
    """Whether our own script asks; people's browsers ask for HTML."""
    return request.headers.get("Accept", "").startswith("application/json")
