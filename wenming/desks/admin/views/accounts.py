"""账号: open, change, switch off, give a new first password. An account is one role in one unit."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.organisations.models import Account, Unit
from wenming.organisations.selectors import accounts_visible_to
from wenming.organisations.services import change_account, open_account, reset_password
from wenming.refusals import Refusal

from ..forms import AccountChangeForm, AccountForm
from .organisations import unit_page

admin_desk = desk("admin")
# Without letters and digits that look alike: it is read from paper and typed once.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
LETTERS = 14


@require_POST
@admin_desk("accounts.manage")
def accounts(request: HttpRequest, code: str) -> HttpResponse:
    """Open an account in the unit; its first password is shown this once."""
    unit, form = get_object_or_404(Unit, code=code), AccountForm(request.POST, auto_id="account_%s")
    if not form.is_valid():
        return unit_page(request, unit, 422, account=form)
    password = first_password()
    opened = open_account(**form.cleaned_data, unit=unit, password=password, by=whoever(request), now=timezone.now())
    return _handed_out(request, opened, password)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_desk("accounts.manage")
def account(request: HttpRequest, username: str) -> HttpResponse:
    """One account: name, role, unit, on or off."""
    found, status = _account(request, username), 200
    kept = {name: getattr(found, name) for name in ("display_name", "role", "is_active")}
    form = AccountChangeForm(request.POST or None, initial={**kept, "unit": found.unit.code})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            changed = {name: value for name, value in form.cleaned_data.items() if value != getattr(found, name)}
            try:
                change_account(found, by=whoever(request), now=timezone.now(), **changed)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                toasts.say(request, _("已保存%(account)s。") % {"account": found.username})
                return redirect("admin:unit", code=form.cleaned_data["unit"].code)
    return render(request, "admin/account.html", {"account": found, "form": form}, status=status)


@require_POST
@admin_desk("accounts.manage")
def password(request: HttpRequest, username: str) -> HttpResponse:
    """A new first password, shown this once; whoever is logged in with the old one is out."""
    found, fresh = _account(request, username), first_password()
    reset_password(found, password=fresh, by=whoever(request), now=timezone.now())
    return _handed_out(request, found, fresh)


def first_password() -> str:
    """Seventy random bits, to be changed at the first log-in."""
    return "".join(secrets.choice(READABLE) for _letter in range(LETTERS))


def _handed_out(request: HttpRequest, found: Account, password: str) -> HttpResponse:
    response = render(request, "admin/first_password.html", {"rows": [(found, password)], "unit": found.unit})
    response.headers["Cache-Control"] = "no-store"
    return response


def _account(request: HttpRequest, username: str) -> Account:
    return get_object_or_404(accounts_visible_to(whoever(request)), username=username)
