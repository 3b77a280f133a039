"""What happens around every request: one log line, the language, the rules of sessions, refusals turned into pages."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import SECOND_FACTOR_NEEDED
from wenming.refusals import BadInput, Refusal

log = logging.getLogger("wenming.requests")
Respond = Callable[[HttpRequest], HttpResponse]
# Where an account that must first change its password or set up its second factor may still go.
OPEN_DOORS = ("/account/", "/static/", "/look/", "/healthz")
# Other systems speak here, with a key; a browser's session counts for nothing (desks/api/callers.py).
WITHOUT_SESSIONS = ("/api/", "/open311/")


class RequestLine:
    """One line per request: method, path without its query, status, milliseconds. No address, no name, no body."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        number = uuid.uuid4().hex[:12]
        response = self.get_response(request)
        took = (time.perf_counter() - began) * 1000
        response.headers["X-Request-Id"] = number
        if not request.path.startswith("/static/"):
            # The route's pattern, not the path: a receipt number in a log would open somebody's report.
            match = request.resolver_match
            log.info(
                "%s %s %s %d %.0fms", number, request.method, match.route if match else "-", response.status_code, took
            )
        return response


class CompressedPages(GZipMiddleware):
    """Pages and answers travel compressed: on 400 kbit/s each 10 KB is a fifth of a second before the first word.

    Photos, exports and static files are left as they are: they are compressed already, and are sent as they are read.
    """

    TEXT = ("text/", "application/json", "image/svg+xml")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(self.TEXT):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class ChosenLanguage:
    """Chinese until somebody chooses otherwise, and then the choice. The browser's own language decides nothing.

    Units, notices and reports are Chinese whatever the frame around them: a page that is half English because of how a
    telephone was sold helps nobody, and two officers at one desk should see the same words.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        # Not an override that ends with the response: a long export is still being written then.
        translation.activate(language)
        response = self.get_response(request)
        patch_vary_headers(response, ("Cookie",))
        response.headers.setdefault("Content-Language", language)
        return response


class SessionRules:
    """Idle sessions end; a first password is changed and a second factor set up before anything else."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(WITHOUT_SESSIONS) and isinstance(request.user, Account):
            if self._idle(request):
                logout(request)
            elif (door := self._first_door(request)) and not request.path.startswith(OPEN_DOORS):
                return redirect(door)
        return self.get_response(request)

    def _idle(self, request: HttpRequest) -> bool:
        now = int(time.time())
        last = request.session.get("seen", now)
        # Written once a minute: a session row per click would be a write per click.
        if now - last >= 60 or "seen" not in request.session:
            request.session["seen"] = now
        return bool(now - last > settings.SESSION_IDLE_MINUTES * 60)

    def _first_door(self, request: HttpRequest) -> str | None:
        account = request.user
        assert isinstance(account, Account)
        if account.must_change_password:
            return reverse("account_change_password")
        if settings.DEMO or account.role not in SECOND_FACTOR_NEEDED or request.session.get("second_factor"):
            return None
        if Authenticator.objects.filter(user_id=account.pk, type="totp").exists():
            request.session["second_factor"] = True
            return None
        return reverse("mfa_activate_totp")


class UnstorableText(BadInput):
    """The character NUL: PostgreSQL stores it nowhere and no keyboard writes it."""

    code = "request.nul"
    status = 400


class RefusalsAsPages:
    """The one place that turns a Refusal into an answer: a page for people, JSON where JSON was asked for.

    What no view may be given is refused here as well. Checked at the door, because a view that reads one hidden field
    without a form is easily written, and would crash on PostgreSQL alone.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: object, _named: object) -> HttpResponse | None:
        # The API reads its own bodies and says which field it was (desks/api/callers.py).
        if request.path.startswith(WITHOUT_SESSIONS) or not any("\x00" in text for text in _told(request)):
            return None
        sentence = _("交来的内容里有不能保存的字符（NUL），所以什么也没有保存。请返回上一页，把这段文字重新输入一遍再提交。")
        return self.process_exception(request, UnstorableText(sentence))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        if request.path.startswith(WITHOUT_SESSIONS):
            return JsonResponse({"code": error.code, "message": str(error)}, status=error.status)
        context = {"sentence": str(error), "code": error.code}
        return render(request, "wm/refusal.html", context, status=error.status)


def _told(request: HttpRequest) -> Iterator[str]:
    """Every word of the address and of the form. Files are not text, and their names are cleaned by the parser."""
    yield request.path
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            yield name
            yield from map(str, values)
