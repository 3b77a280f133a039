"""Somebody at a desk: for every desk's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from wenming.organisations.models import Account

Sit = Callable[[Account], Client]


@pytest.fixture
def sit_down(db: object) -> Sit:
    """`sit_down(city.dispatcher)`: a browser in which that person has logged in with both factors."""

    def log_in(account: Account) -> Client:
        browser = Client()
        browser.force_login(account)
        session = browser.session
        session["second_factor"] = True
        session.save()
        return browser

    return log_in
