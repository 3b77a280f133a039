"""Systems that keep no session and send no secret: each request is signed, taken once, and only in its time."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases.tests.story import MONDAY
from wenming.exchange.keys import end_key, forget_used_nonces, issue_key
from wenming.exchange.models import SigningKey, UsedNonce
from wenming.observations import door
from wenming.observations.models import Report
from wenming.organisations.models import ApiKey
from wenming.refusals import BadInput, NotAllowed

Call = Callable[..., Any]
BODY = json.dumps({"text": "桶满了", "address": "民权路 33 号"}).encode()


@pytest.fixture
def signed(city: SimpleNamespace, client: Client) -> Call:
    """`signed("POST", "/api/v1/reports", body)`: written from docs/api.md alone. Facts replace what is claimed or sent."""
    key_id, secret = issue_key(city.api, name="热线", signs=True, by=city.admin, now=MONDAY)

    def call(method: str = "POST", target: str = "/api/v1/reports", body: bytes = BODY, **facts: Any) -> Any:
        # Counted from the moment of sending: parameters are made when tests are collected, many minutes earlier.
        at, nonce = int(time.time()) + facts.pop("seconds_off", 0), facts.pop("nonce", uuid.uuid4().hex)
        text = "\n".join(
            ["WM1-HMAC-SHA256", key_id, str(at), nonce, method, target, hashlib.sha256(body).hexdigest()]
        )
        mine = hmac.new(facts.pop("secret", secret).encode(), text.encode(), hashlib.sha256).hexdigest()
        header = f"WM1-HMAC-SHA256 key={key_id}, time={at}, nonce={nonce}, signature={mine}"
        sent = {"headers": {"Authorization": header, **facts.pop("headers", {})}}
        kind = facts.pop("content_type", "application/json")
        return client.generic(method, facts.pop("sent_to", target), facts.pop("sent", body), content_type=kind, **sent)

    call.secret = secret  # type: ignore[attr-defined]
    call.key_id = key_id  # type: ignore[attr-defined]
    return call


def test_a_signed_report_comes_in_as_the_systems_own(signed: Call, city: SimpleNamespace) -> None:
    answer = signed(headers={"Idempotency-Key": "order-0001"})

    assert answer.status_code == 201
    assert Report.objects.get().entered_by == city.api


def test_the_same_order_signed_anew_gives_the_same_receipt(signed: Call) -> None:
    first, again = (signed(headers={"Idempotency-Key": "order-0001"}) for _time in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"] and Report.objects.count() == 1


def test_reading_is_signed_with_its_parameters(signed: Call) -> None:
    assert signed("GET", "/api/v1/cases?state=closed&limit=5", b"").status_code == 200
    assert signed("GET", "/api/v1/cases?limit=5", b"", sent_to="/api/v1/cases?limit=50").status_code == 401


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({"sent": BODY.replace(b"33", b"34")}, "api.signature-wrong", id="another body"),
        pytest.param({"sent_to": "/api/v1/photos"}, "api.signature-wrong", id="another address"),
        pytest.param({"secret": "wms_guessed"}, "api.signature-wrong", id="another secret"),
        pytest.param({"seconds_off": -400}, "api.signature-out-of-time", id="too old"),
        pytest.param({"seconds_off": 700}, "api.signature-out-of-time", id="from the future"),
        pytest.param({"nonce": "short"}, "api.signature-unreadable", id="a nonce that could repeat"),
    ],
)
def test_it_refuses(signed: Call, facts: dict[str, Any], code: str) -> None:
    answer = signed(**facts)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not Report.objects.exists() and not UsedNonce.objects.exists()


def test_a_request_that_somebody_recorded_comes_in_once(signed: Call) -> None:
    nonce = uuid.uuid4().hex

    assert signed(nonce=nonce).status_code == 201
    assert signed(nonce=nonce).json()["code"] == "api.nonce-used"
    assert Report.objects.count() == 1


def test_nonces_are_remembered_longer_than_their_time_can_be_claimed(signed: Call) -> None:
    signed()
    used = UsedNonce.objects.get().used_at

    assert forget_used_nonces(used + timezone.timedelta(seconds=599)) == 0
    assert forget_used_nonces(used + timezone.timedelta(seconds=601)) == 1


def test_the_secret_of_a_signing_key_opens_nothing_when_it_is_sent(signed: Call, client: Client) -> None:
    for sent in (signed.secret, signed.key_id):  # type: ignore[attr-defined]
        answer = client.get("/api/v1/cases", headers={"Authorization": f"Bearer {sent}"})
        assert answer.json()["code"] == "api.key-unknown"
    assert signed.secret.encode() not in bytes(SigningKey.objects.get().sealed_secret)  # type: ignore[attr-defined]


def test_an_ended_key_opens_nothing(signed: Call, city: SimpleNamespace) -> None:
    end_key(ApiKey.objects.get(), by=city.admin, now=MONDAY)

    assert signed().json()["code"] == "api.signature-wrong"


def test_an_account_that_was_switched_off_signs_nothing(signed: Call, city: SimpleNamespace) -> None:
    type(city.api).objects.filter(pk=city.api.pk).update(is_active=False)

    assert signed().status_code == 401


def test_guessing_ends_at_the_door_and_the_right_key_still_opens(
    signed: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.LIMITS, "signature", door.Limits(calm=1, ceiling=3))
    answers = [signed(secret="wms_guessed").status_code for _time in range(5)]

    assert answers == [401, 401, 401, 429, 429]
    assert signed().status_code == 201


def test_photographs_of_a_signed_form_arrive_whole(signed: Call, photo: Callable[..., Any]) -> None:
    """The body is read for the signature first and as a form afterwards."""
    picture = photo().read()
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        + picture + b"\r\n--x--\r\n"
    )  # fmt: skip
    answer = signed("POST", "/api/v1/photos", body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 201 and answer.json()["token"]


def test_open311_takes_a_signature_too(signed: Call) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="service_code"\r\n\r\nrubbish\r\n--x\r\nContent-Disposition: form-data; ' \
        b'name="description"\r\n\r\nfull\r\n--x\r\nContent-Disposition: form-data; name="address_string"\r\n\r\nX 1\r\n--x--\r\n'  # fmt: skip
    kind = "multipart/form-data; boundary=x"

    assert signed("POST", "/open311/v2/requests.json", body, content_type=kind).status_code == 200
    wrong = signed("POST", "/open311/v2/requests.json", body, content_type=kind, secret="wms_guessed")
    assert (wrong.status_code, wrong.json()[0]["reason"]) == (403, "api.signature-wrong")


def test_refusals_come_as_problems_and_in_english_where_they_are_asked_for(signed: Call) -> None:
    wanted = {"Accept": "application/problem+json", "Accept-Language": "en-GB,en;q=0.8"}
    answer = signed(secret="wms_guessed", headers=wanted)
    problem = answer.json()

    assert answer.headers["Content-Type"] == "application/problem+json" and answer.headers["Content-Language"] == "en"
    assert problem["status"] == 401 and problem["code"] == problem["title"] == "api.signature-wrong"
    assert problem["detail"].isascii() and problem["type"].endswith("#api.signature-wrong")
    assert "签名" in signed(secret="wms_guessed", headers={"Accept": "application/problem+json"}).json()["detail"]
    assert "签名" in signed(secret="wms_guessed").json()["message"], "who asks for nothing gets what there always was"


def test_keys_are_given_to_systems_by_the_administrator_only(city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        issue_key(city.handler, name="x", signs=True, by=city.admin, now=MONDAY)
    with pytest.raises(NotAllowed):
        issue_key(city.api, name="x", signs=True, by=city.dispatcher, now=MONDAY)
