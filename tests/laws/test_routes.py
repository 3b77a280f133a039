"""Law 5: every route states who may use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from wenming.desks.common.access import PUBLIC
from wenming.organisations.rules.permissions import PERMISSIONS

# Log-in, password and second factor are the library's own pages: they serve the account that is logging in.
FOREIGN = "allauth."


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


OURS = [(path, entry) for path, entry in routes() if not entry.callback.__module__.startswith(FOREIGN)]


def test_there_are_routes_to_look_at() -> None:
    assert len(OURS) > 10


@pytest.mark.parametrize(("path", "entry"), [pytest.param(*route, id=route[0] or "/") for route in OURS])
def test_the_route_states_its_permission(path: str, entry: URLPattern) -> None:
    stated = getattr(entry.callback, "permission", None)
    assert stated == PUBLIC or stated in PERMISSIONS, f"{path} does not say who may use it"
