"""Who may use a route: stated once, where the route's view is defined; without a statement nothing is served (law 5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from wenming.journal.services import acting_from
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import PERMISSIONS
from wenming.refusals import NotAllowed

View = Callable[..., HttpResponseBase]
PUBLIC = "public"
"""The statement of a route that needs no account."""


def desk(name: str) -> Callable[[str], Callable[[View], View]]:
    """The decorator of one desk: `office_desk = desk("office")`, then `@office_desk("cases.dispatch")` on each view.

    Asks for a log-in where there is none, refuses with a page where the role does not hold the permission, and lets
    the journal know from which desk the act came.
    """

    def needs(permission: str) -> Callable[[View], View]:
        assert permission in PERMISSIONS, f"{permission} is not in organisations/rules/permissions.py"

        def guard(view: View) -> View:
            @wraps(view)
            def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                if not isinstance(request.user, Account):
                    return redirect_to_login(request.get_full_path())
                if not request.user.may(permission):
                    raise NotAllowed(_("这个页面是给别的岗位用的，您的账号不能打开。需要时请联系本单位管理员。"))
                with acting_from(name):
                    return view(request, *args, **kwargs)

            guarded.permission = permission  # type: ignore[attr-defined]
            return guarded

        return guard

    return needs


def public(view: View) -> View:
    """States that everybody may use this view, with or without an account."""

    @wraps(view)
    def open_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with acting_from("public"):
            return view(request, *args, **kwargs)

    open_view.permission = PUBLIC  # type: ignore[attr-defined]
    return open_view


def whoever(request: HttpRequest) -> Account:
    """The account behind a guarded view, for services that take `by`."""
    assert isinstance(request.user, Account)
    return request.user
