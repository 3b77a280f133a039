"""Pages that belong to no desk: the choice of look, and the living documentation of the components."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from .access import public
from .context import COOKIES
from .samples import samples

A_YEAR = 365 * 24 * 3600


@require_safe
@public
def look(request: HttpRequest) -> HttpResponse:
    """Remember theme, mode, size or language on this device and go back. Works as a plain link, without script."""
    back = HttpResponseRedirect(_same_site(request, request.GET.get("next", "")))
    for what, (cookie, known) in COOKIES.items():
        if request.GET.get(what) in known:
            _keep(back, cookie, request.GET[what])
    if request.GET.get("language") in dict(settings.LANGUAGES):
        _keep(back, settings.LANGUAGE_COOKIE_NAME, request.GET["language"])
    return back


@require_safe
@public
def design(request: HttpRequest) -> HttpResponse:
    """Every component in all its states, with invented contents."""
    return render(request, "wm/design.html", samples())


def _keep(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.HTTPS)


def _same_site(request: HttpRequest, address: str) -> str:
    """The address when it is a page of ours, else the front page: a link must not send people elsewhere."""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure())
    return address if safe else "/"
