"""A browser's session counts for nothing here: it opens nothing, and it sends nobody to a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client


@pytest.mark.parametrize("reason", ["a first password", "a missing second factor"])
def test_a_session_is_answered_as_no_key_at_all(city: SimpleNamespace, reason: str) -> None:
    account = city.dispatcher
    account.must_change_password = reason == "a first password"
    account.save()
    browser = Client()
    browser.force_login(account)
    assert browser.get("/office/").status_code == 302

    answer = browser.get("/api/v1/cases")

    assert answer.status_code == 401
    assert answer.json()["code"] == "api.key-missing"


def test_what_is_open_to_everybody_stays_open_with_a_session(city: SimpleNamespace) -> None:
    browser = Client()
    browser.force_login(city.dispatcher)

    assert browser.get("/open311/v2/services.json").status_code == 200
