"""Input that is too large, too deep, broken or malicious: each a clear refusal, nothing stored, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenming.observations import door
from wenming.observations.door import Limits
from wenming.observations.models import Report

from .conftest import INSIDE, OUTSIDE, REPORTS

Send = Callable[..., HttpResponse]
BIN = {"text": "桶满了", "longitude": INSIDE[0], "latitude": INSIDE[1]}
QUIET = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def wide_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in door.LIMITS:
        monkeypatch.setitem(door.LIMITS, name, Limits(calm=10**6, ceiling=10**7))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"{", 400, "request.unreadable", id="cut off"),
        pytest.param(b"", 422, "bad-input", id="empty"),
        pytest.param(b"null", 422, "bad-input", id="null"),
        pytest.param(b"[]", 422, "bad-input", id="a list"),
        pytest.param(b"\xff\xfe\xfa\x00", 400, "request.unreadable", id="invalid UTF-8"),
        pytest.param('{"text": "垃圾"}'.encode("gb18030"), 400, "request.unreadable", id="another encoding"),
        pytest.param(b'{"text": "a\\u0000b"}', 422, "bad-input", id="NUL"),
        pytest.param(b'{"text": "\\ud800"}', 422, "bad-input", id="half a character"),
        pytest.param(b'{"\\ud800": 1}', 422, "bad-input", id="half a character in a name"),
        pytest.param(b"[" * 100_000, 400, "request.unreadable", id="deep"),
        pytest.param(b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "request.unreadable", id="deep and whole"),
        pytest.param(b'{"longitude": ' + b"9" * 5000 + b', "latitude": 1, "text": "a"}', 400, "request.unreadable", id="5000 digits"),
        pytest.param(b'{"longitude": 1e400, "latitude": 1, "text": "a"}', 422, "bad-input", id="infinite"),
        pytest.param(b'{"longitude": NaN, "latitude": 1, "text": "a"}', 422, "bad-input", id="not a number"),
        pytest.param(b'{"text": "' + b"a" * 5001 + b'"}', 422, "bad-input", id="too long"),
        pytest.param(b'{"text": "' + b"a" * (13 << 20) + b'"}', 413, "request.too-big", id="13 MB"),
        pytest.param(b'{"text": "a", "seen_at": "2999-01-01T00:00:00Z"}', 422, "bad-input", id="in the far future"),
        pytest.param(b'{"text": "a", "seen_at": "0001-01-01T00:00:00+14:00"}', 422, "bad-input", id="before all time"),
        pytest.param(b'{"text": "a", "seen_at": 1e30}', 422, "bad-input", id="a moment as a huge number"),
        pytest.param(b'{"text": "a", "seen_at": "%d-12-01T00:00:00Z"}' % (date.today().year + 1), 422, "report.future", id="next year"),
        pytest.param(b'{"text": "a", "longitude": 113.385}', 422, "bad-input", id="half a position"),
        pytest.param(b'{"text": "a", "category": "none"}', 422, "report.code-unknown", id="a category that is none"),
        pytest.param(b'{"text": "a", "problem_type": "TEST:X"}', 422, "report.code-unknown", id="a type that is none"),
        pytest.param(b'{"text": "a", "photos": ["x"]}', 422, "bad-input", id="a token that is none"),
        pytest.param(b'{"text": "   "}', 422, "report.empty", id="nothing said"),
    ],
)  # fmt: skip
def test_a_bad_report_is_refused_and_leaves_nothing(
    city: SimpleNamespace, send: Send, body: bytes, status: int, code: str
) -> None:
    answer = send(body)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content[:500]
    assert answer.json()["message"]
    assert not Report.objects.exists()


def test_a_point_outside_the_city_says_what_to_do(city: SimpleNamespace, send: Send) -> None:
    answer = send({**BIN, "longitude": OUTSIDE[0], "latitude": OUTSIDE[1]})

    assert (answer.status_code, answer.json()["code"]) == (422, "territory.outside-city")


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "键键键键键键键键", "a\tbcdefgh"])
def test_an_idempotency_key_that_is_none_is_refused(city: SimpleNamespace, send: Send, key: str) -> None:
    assert send({**BIN, "client_id": key}).status_code == 422


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "", "multipart/form-data", "application/json; charset=utf-7",
     "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data; boundary=" + "x" * 300],
)  # fmt: skip
def test_a_content_type_that_lies_or_is_not_taken_is_refused(
    city: SimpleNamespace, client: Client, content_type: str
) -> None:
    answer = client.generic("POST", REPORTS, b'{"text": "a"', content_type)

    assert answer.status_code in {400, 415, 422}, answer.content[:300]
    assert {"code", "message"} <= answer.json().keys()


@pytest.mark.parametrize(
    "path", ["reports/%00", "reports/%ff%fe", "health?a=%00", "reports/" + "a" * 5000, "%F0%9F%97%91"]
)
def test_addresses_with_strange_characters_are_answered(city: SimpleNamespace, client: Client, path: str) -> None:
    answer = client.generic("GET", f"/api/v1/{path}")

    assert answer.status_code in {400, 404, 422}
    assert answer.json()["code"]


def test_a_formula_stays_text_and_comes_back_as_it_was(
    city: SimpleNamespace, send: Send, key_for: Callable[..., str], work: Callable[[], object], client: Client
) -> None:
    formula = '=HYPERLINK("http://x","点我")'
    assert send({**BIN, "text": formula}).status_code == 201
    work()
    bearer = {"Authorization": f"Bearer {key_for(city.dispatcher)}"}

    (line,) = client.get("/api/v1/cases", headers=bearer).json()["cases"]

    assert client.get(f"/api/v1/cases/{line['number']}", headers=bearer).json()["texts"] == [formula]


def test_any_json_at_all_is_answered(city: SimpleNamespace, send: Send) -> None:
    @QUIET
    @given(
        body=ANYTHING, name=st.sampled_from(["text", "longitude", "seen_at", "photos", "datum", "keep_private", "town"])
    )
    def answered(body: Any, name: str) -> None:
        for each in (body, {**BIN, name: body}):
            answer = send(json.dumps(each))
            assert answer.status_code < 500
            assert answer.status_code in {200, 201} or answer.json()["message"]

    answered()


def test_any_form_at_all_is_answered_by_open311(city: SimpleNamespace, client: Client) -> None:
    names = st.sampled_from(["service_code", "lat", "long", "address_string", "address_id", "description", "phone", "email",
                             "media_url", "api_key", "attribute[a]", "media", "x"])  # fmt: skip
    values = (
        st.text(max_size=40) | st.floats().map(str) | st.sampled_from(["TEST:E0192", "rubbish", "442000002", "9" * 400])
    )

    @QUIET
    @given(form=st.dictionaries(names, values, max_size=6), ending=st.sampled_from(["json", "xml"]))
    def answered(form: dict[str, str], ending: str) -> None:
        sent = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
        assert client.post(f"/open311/v2/requests.{ending}", sent).status_code < 500

    answered()


def test_any_question_at_all_is_answered_by_open311(city: SimpleNamespace, client: Client) -> None:
    names = st.sampled_from(["service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size",
                             "updated_after", "updated_before", "x"])  # fmt: skip

    @QUIET
    @given(asked=st.dictionaries(names, st.text(max_size=30) | st.datetimes().map(str), max_size=4))
    def answered(asked: dict[str, str]) -> None:
        sent = {name: value.encode("utf-8", "replace").decode() for name, value in asked.items()}
        assert client.get("/open311/v2/requests.json", sent).status_code < 500

    answered()
