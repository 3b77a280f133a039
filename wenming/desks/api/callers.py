"""Who is calling: another system with a key, or anybody; and how an address states which of the two it serves (law 5).

A browser's session never counts here. So a page that is open elsewhere cannot act through these addresses with the
power of whoever is logged in, and no token against forged requests is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from wenming.desks.common.access import PUBLIC
from wenming.desks.common.network import address_of
from wenming.exchange.keys import SignatureWrong, whose_request
from wenming.exchange.rules.requests import SCHEME as SIGNED
from wenming.exchange.rules.requests import Claim, ClaimUnreadable, claim_in
from wenming.journal.services import acting_from
from wenming.observations.door import Lane, knock
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import PERMISSIONS
from wenming.organisations.selectors import account_for_key
from wenming.refusals import BadInput, NotAllowed, Refusal

View = Callable[..., HttpResponse]
SCHEME = "bearer"
LONGEST_KEY = 200
PROBLEM = "application/problem+json"


class KeyUnknown(Refusal):
    """A key was given, and it opens nothing: mistyped, revoked, or its account was switched off."""

    code = "api.key-unknown"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("这个密钥打不开：可能写错了，也可能已经停用。请向系统管理员核对后重新填写。"))


class KeyMissing(Refusal):
    """Not without a key."""

    code = "api.key-missing"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("这里要带密钥：Authorization: Bearer wm_…。密钥由系统管理员发给对接单位。"))


class ClaimNotUnderstood(Refusal):
    """The header names our way of signing and cannot be read."""

    code = "api.signature-unreadable"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("签名的请求头看不懂。请写成：Authorization: WM1-HMAC-SHA256 key=…, time=…, nonce=…, signature=…"))


class UnreadableAddress(BadInput):
    code = "request.unreadable"
    status = 400


def stated(permission: str, view: View) -> View:
    """The view with its permission stated, served without a session, its journal entries marked `api`."""
    assert permission == PUBLIC or permission in PERMISSIONS, permission

    @csrf_exempt
    @wraps(view)
    def served(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.user = AnonymousUser()
        if _scheme(request) == SIGNED.lower():
            # The bytes as they came are what was signed; read as a form first, they would be gone.
            with suppress(RequestDataTooBig):
                request.body  # noqa: B018
        with acting_from("api"):
            if not _asks_for_english(request):
                return _in_form(view(request, *args, **kwargs), request)
            with translation.override("en"):
                answer = _in_form(view(request, *args, **kwargs), request)
            answer.headers["Content-Language"] = "en"
            return answer

    served.permission = permission  # type: ignore[attr-defined]
    return served


def identify(request: HttpRequest, *, needs: str = PUBLIC, key: str | None = None) -> Account | None:
    """The account behind the key or signature of a request, bound as its user; None where anybody is served and is.

    key: where the protocol carries it elsewhere than in the header. Raises KeyMissing, KeyUnknown, NotAllowed. A wrong
    key is refused even where none is needed: whoever sends one believes to be known.
    """
    account = _who_signed(request) or _whose_key(key or _key_in_header(request))
    if account is None:
        if needs == PUBLIC:
            return None
        raise KeyMissing
    if needs != PUBLIC and not account.may(needs):
        raise NotAllowed(_("这个密钥的账号没有这项权限。需要时请联系系统管理员，用有权限的账号另发一个密钥。"))
    request.user = account
    return account


def caller(request: HttpRequest) -> Account | None:
    """The account that `identify` found."""
    return request.user if isinstance(request.user, Account) else None


def knock_at(door: str, request: HttpRequest, now: datetime) -> Lane:
    """Count the use of an anonymous door; who calls with a key is known and not counted. Raises DoorShut."""
    return Lane.FAST if caller(request) else knock(door, address=address_of(request), now=now)


def refuse_nul(request: HttpRequest) -> None:
    """No database stores the character NUL, and no honest caller sends it. Raises UnreadableAddress."""
    asked = [request.path, *request.GET, *(value for _name, values in request.GET.lists() for value in values)]
    if any("\x00" in text for text in asked):
        raise UnreadableAddress(_("地址里有不能用的字符（NUL）。请去掉后再试。"))


def _whose_key(key: str) -> Account | None:
    """The account of a key that was sent; None where none was. Raises KeyUnknown."""
    if not key:
        return None
    account = account_for_key(key) if len(key) <= LONGEST_KEY else None
    if account is None:
        raise KeyUnknown
    return account


def _who_signed(request: HttpRequest) -> Account | None:
    """The account that signed; None where nothing is signed. Wrong signatures are counted at a door of their own."""
    claim, now = _claim(request), timezone.now()
    if claim is None:
        return None
    try:
        return whose_request(
            claim, method=request.method or "", target=request.get_full_path(), body=request.body, now=now
        )
    except SignatureWrong:
        knock("signature", address=address_of(request), now=now)
        raise


def _claim(request: HttpRequest) -> Claim | None:
    try:
        return claim_in(request.headers.get("Authorization", ""))
    except ClaimUnreadable:
        raise ClaimNotUnderstood from None


def _scheme(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "").partition(" ")[0].lower()


def _asks_for_english(request: HttpRequest) -> bool:
    """A program says so on purpose; a browser's own setting never decides on a page (common/middleware.py)."""
    return request.headers.get("Accept-Language", "").lower().startswith("en")


def _in_form(answer: HttpResponse, request: HttpRequest) -> HttpResponse:
    """A refusal as RFC 9457 for whoever asks for it; the same code and sentence, the same status."""
    if answer.status_code < 400 or PROBLEM not in request.headers.get("Accept", "") or not isinstance(answer, JsonResponse):
        return answer
    said = json.loads(answer.content)
    if not isinstance(said, dict) or "code" not in said:
        return answer
    more = {name: value for name, value in said.items() if name != "message"}
    problem = {"type": f"/api/v1/#{said['code']}", "title": said["code"], "status": answer.status_code}
    answer.content = json.dumps({**problem, "detail": said.get("message", ""), **more}, ensure_ascii=False).encode()
    answer.headers["Content-Type"] = PROBLEM
    return answer


def _key_in_header(request: HttpRequest) -> str:
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == SCHEME else ""
