"""Logging in with a name and a password, and finding the account behind a session at every request."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from wenming.engine.asking import Given, Question

from .models import Account

_BY_KEY = Question(lambda: Account.objects.select_related("unit").filter(pk=Given("pk")))


class Accounts(ModelBackend):
    """Django's own rules for passwords; the account comes with its unit, which every desk asks for."""

    def get_user(self, user_id: int) -> Account | None:
        account = _BY_KEY.first(pk=user_id)
        return account if account is not None and self.user_can_authenticate(account) else None
