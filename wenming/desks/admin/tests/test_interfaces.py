"""对接系统: registering, trying, stopping, and sending again."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from wenming.exchange.models import Delivery, Receiver
from wenming.journal.selectors import entries_about
from wenming.organisations import vault
from wenming.organisations.models import ApiKey

ADDRESS = "http://10.9.8.7:8080/hook?token=hidden"
NEW = {"name": "热线平台", "url": ADDRESS, "account": "api", "kinds": ["case.closed", "case.answered"]}


@pytest.fixture
def registered(desk: Client, settings: Any) -> tuple[Receiver, str]:
    settings.EGRESS_HOSTS = "10.9.8.7:8080"
    page = desk.post("/admin/interfaces/receivers/", NEW)
    (secret,) = re.findall(r"whsec_[\w-]+", page.content.decode())
    assert page.headers["Cache-Control"] == "no-store"
    return Receiver.objects.get(), secret


def test_the_secret_is_shown_once_and_kept_sealed(registered: tuple[Receiver, str], desk: Client) -> None:
    receiver, secret = registered

    assert vault.open_sealed(bytes(receiver.sealed_secret), purpose="webhook") == secret
    for address in ("/admin/interfaces/", f"/admin/interfaces/receivers/{receiver.pk}/"):
        assert "whsec_" not in desk.get(address).content.decode()


def test_a_new_secret_replaces_the_old_one(registered: tuple[Receiver, str], desk: Client) -> None:
    receiver, secret = registered
    page = desk.post(f"/admin/interfaces/receivers/{receiver.pk}/secret/")

    receiver.refresh_from_db()
    assert vault.open_sealed(bytes(receiver.sealed_secret), purpose="webhook") in page.content.decode()
    assert secret not in page.content.decode()


def test_an_inner_address_is_refused_at_its_field_with_what_to_do(desk: Client, small_city: SimpleNamespace) -> None:
    page = desk.post("/admin/interfaces/receivers/", NEW)

    assert page.status_code == 422 and "WENMING_EGRESS_HOSTS" in page.content.decode()
    assert ADDRESS.replace("&", "&amp;") in html.unescape(page.content.decode()), "what was typed stays"
    assert not Receiver.objects.exists()


def test_a_test_message_waits_to_be_sent_and_shows(registered: tuple[Receiver, str], desk: Client) -> None:
    receiver, _secret = registered
    address = f"/admin/interfaces/receivers/{receiver.pk}/"
    assert desk.post(f"{address}pings/").status_code == 302

    page = desk.get(address).content.decode()
    assert "测试消息" in page and "等着发" in page and Delivery.objects.get().kind == "ping"


def test_what_was_laid_aside_says_why_and_is_sent_again(registered: tuple[Receiver, str], desk: Client) -> None:
    receiver, _secret = registered
    now = timezone.now()
    aside = Delivery.objects.create(
        receiver=receiver, kind="case.closed", seq=1, about="26-1116-0001", body="{}", written_at=now, due_at=now,
        try_until=now, laid_aside_at=now, attempts=31, last_status=410, last_error="对方答复 410，没有收下。",
    )  # fmt: skip
    page = desk.get(f"/admin/interfaces/receivers/{receiver.pk}/").content.decode()
    assert "410" in page and "已搁置" in page and "26-1116-0001" in page

    assert desk.post(f"/admin/interfaces/deliveries/{aside.key}/attempts/").status_code == 302
    aside.refresh_from_db()
    assert aside.laid_aside_at is None and aside.attempts == 0 and aside.try_until > now


def test_stopping_and_going_on(registered: tuple[Receiver, str], desk: Client) -> None:
    receiver, _secret = registered
    address = f"/admin/interfaces/receivers/{receiver.pk}/"
    desk.post(f"{address}stop/")
    assert "已停用" in desk.get("/admin/interfaces/").content.decode()
    assert desk.post(f"{address}pings/").status_code == 409
    desk.post(f"{address}resumption/")

    assert "在推送" in desk.get("/admin/interfaces/").content.decode()


def test_the_checklist_names_a_receiver_that_was_given_up(registered: tuple[Receiver, str], desk: Client) -> None:
    Receiver.objects.update(stopped_at=timezone.now(), failures=20)

    assert "连续失败，已经停用：热线平台" in desk.get("/admin/").content.decode()


def test_other_news_and_another_address(registered: tuple[Receiver, str], desk: Client, settings: Any) -> None:
    receiver, _secret = registered
    settings.EGRESS_HOSTS = "10.9.8.7"
    address = f"/admin/interfaces/receivers/{receiver.pk}/"
    assert desk.post(address, {"url": "http://10.9.8.7/x", "kinds": ["case.opened"]}).status_code == 302
    assert desk.post(address, {"url": "http://10.9.8.8/x", "kinds": ["case.opened"]}).status_code == 422

    receiver.refresh_from_db()
    assert (receiver.url, receiver.kinds) == ("http://10.9.8.7/x", ["case.opened"])


@pytest.mark.parametrize("signs", ["yes", "no"])
def test_a_key_is_shown_once_and_ended(signs: str, desk: Client, client: Client) -> None:
    page = desk.post("/admin/interfaces/keys/", {"key_name": "数字城管", "key_account": "api", "signs": signs})
    key = ApiKey.objects.get()
    (secret,) = set(re.findall(r"wms?_[\w-]{30,}", page.content.decode()))
    listed = desk.get("/admin/interfaces/").content.decode()

    assert page.headers["Cache-Control"] == "no-store" and secret not in listed and "数字城管" in listed
    assert ("wk_" in listed) == (signs == "yes")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/cases", headers=bearer).status_code == (401 if signs == "yes" else 200)
    assert desk.post(f"/admin/interfaces/keys/{key.pk}/end/").status_code == 302
    assert client.get("/api/v1/cases", headers=bearer).status_code == 401
    assert [entry.action for entry in entries_about(key.account)][-2:] == ["api-key.issued", "api-key.ended"]
