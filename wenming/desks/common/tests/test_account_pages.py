"""The log-in pages are ours: our words, our look, no door that leads nowhere."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.django_db


def test_log_in_says_who_needs_it_and_who_does_not(client):
    page = client.get("/account/login/").content.decode()

    assert "市民上报、查进度不用登录" in page
    assert "/account/password/reset/" not in page
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=|<style|<script(?![^>]*\ssrc=)", page)


def test_a_wrong_password_is_said_on_top_and_names_no_account(client):
    page = client.post("/account/login/", {"login": "nobody", "password": "wrong-password-1"}).content.decode()

    assert 'id="error-summary"' in page


def test_one_click_roles_exist_only_in_a_demo_city(client, settings):
    settings.DEMO = False

    assert "演示：选一个岗位进去" not in client.get("/account/login/").content.decode()
