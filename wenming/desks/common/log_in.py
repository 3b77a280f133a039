"""Log-in: accounts are opened by an administrator, locked after wrong passwords, and land on their own desk."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role

from .access import desk, public

HOMES: dict[str, str] = {
    Role.FIELD: "field:home",
    Role.HANDLER: "unit:home",
    Role.UNIT_LEAD: "unit:home",
    Role.DISPATCHER: "office:dispatch",
    Role.OFFICE: "office:home",
    Role.LEADER: "leaders:home",
    Role.ADMIN: "admin:home",
    Role.AUDITOR: "admin:health",
    Role.KEEPER: "admin:identities",
    Role.API: "public:home",
}


class ClosedSignup(DefaultAccountAdapter):
    """Nobody opens an account for themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def locked_out(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """The page after too many wrong passwords."""
    sentence = _("密码连续错了几次，这个账号先锁 15 分钟。到时再试，或者请系统管理员重设密码。")
    return render(request, "429.html", {"sentence": sentence, "code": "account.locked"}, status=429)


@desk("account")("account.own")
def home(request: HttpRequest) -> HttpResponse:
    """From log-in to the desk of one's role."""
    assert isinstance(request.user, Account)
    try:
        return redirect(HOMES[request.user.role])
    except NoReverseMatch:
        return redirect(reverse("public:home"))


@require_POST
@public
def demo_log_in(request: HttpRequest) -> HttpResponse:
    """One click into a demo role; exists only where the city's folder is a demo."""
    if not settings.DEMO:
        raise Http404
    account = get_object_or_404(Account, username=request.POST.get("username", ""), is_active=True)
    login(request, account, backend="wenming.organisations.passwords.Accounts")
    with transaction.atomic():
        journal.record("account.demo-log-in", by=account, about=account, now=timezone.now())
    return redirect("home")
