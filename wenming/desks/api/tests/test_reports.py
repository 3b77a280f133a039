"""Another system hands a report in: once, as itself, and it can ask what became of it. Policy: 4.2."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from wenming.cases.models import Case
from wenming.journal.models import Entry
from wenming.observations import door
from wenming.observations.door import Limits
from wenming.observations.models import Channel, Report

from .conftest import INSIDE, REPORTS

Send = Callable[..., HttpResponse]
BIN = {"text": "桶满了两天没人收", "category": "rubbish", "longitude": INSIDE[0], "latitude": INSIDE[1]}


def test_a_report_becomes_a_case_that_says_where_it_came_from(
    city: SimpleNamespace, send: Send, work: Callable[[], object], client: Client
) -> None:
    answer = send(BIN)

    assert answer.status_code == 201, answer.content
    receipt = answer.json()["receipt"]
    assert Report.objects.get(receipt=receipt).channel == Channel.API
    assert Entry.objects.get(action="report.received").origin == "api"
    work()
    assert Case.objects.get().town_code == city.east_area.code
    asked = client.get(answer.json()["status_url"]).json()
    assert (asked["status"], asked["state_name"], asked["title"]) == ("open", "待受理", "垃圾脏乱")


def test_a_receipt_lost_on_the_way_is_given_again(city: SimpleNamespace, send: Send) -> None:
    first, second = send(BIN, key="truck-7:000123"), send(BIN, key="truck-7:000123")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["receipt"] == second.json()["receipt"]
    assert second.json()["repeated"] is True
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"text": "别的事"}, id="other words"),
        pytest.param({"longitude": INSIDE[0] + 0.001}, id="another place"),
        pytest.param({"category": ""}, id="another category"),
        pytest.param({"keep_private": True}, id="another wish"),
    ],
)
def test_a_used_key_with_other_content_is_refused(city: SimpleNamespace, send: Send, changed: dict[str, Any]) -> None:
    send(BIN, key="truck-7:000123")

    answer = send({**BIN, **changed}, key="truck-7:000123")

    assert (answer.status_code, answer.json()["code"]) == (409, "report.other-content")
    assert Report.objects.count() == 1


def test_two_systems_that_count_from_one_do_not_meet(
    city: SimpleNamespace, send: Send, key_for: Callable[..., str]
) -> None:
    anonymous = send(BIN, key="00000001")
    known = send(BIN, key="00000001", bearer=key_for(city.api))

    assert (anonymous.status_code, known.status_code) == (201, 201)
    assert set(Report.objects.values_list("entered_by__username", flat=True)) == {None, "api"}


def test_photos_go_ahead_and_are_claimed_by_their_report(
    city: SimpleNamespace, send: Send, client: Client, photo: Callable[..., Any]
) -> None:
    held = client.post("/api/v1/photos", {"photo": photo()})
    assert held.status_code == 201, held.content

    answer = send({**BIN, "photos": [held.json()["token"]]}, key="with-photo-1")
    again = send({**BIN, "photos": [held.json()["token"]]}, key="with-photo-1")
    stolen = send({**BIN, "photos": [held.json()["token"]]}, key="with-photo-2")

    assert (answer.status_code, answer.json()["photo_count"]) == (201, 1)
    assert again.status_code == 200
    assert (stolen.status_code, stolen.json()["code"]) == (410, "evidence.upload-gone")


def test_a_form_with_the_photo_in_it_is_as_good(
    city: SimpleNamespace, client: Client, photo: Callable[..., Any]
) -> None:
    answer = client.post(REPORTS, {"text": "路灯不亮", "address": "民权路", "longitude": "", "photos": photo()})

    assert (answer.status_code, answer.json()["photo_count"]) == (201, 1)


def test_a_file_that_is_no_photo_is_refused_with_advice(city: SimpleNamespace, client: Client) -> None:
    answer = client.post("/api/v1/photos", {"photo": SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")})

    assert (answer.status_code, answer.json()["code"]) == (422, "evidence.not-a-photo")


def test_a_field_that_does_not_exist_is_refused_by_name(city: SimpleNamespace, send: Send) -> None:
    answer = send({**BIN, "state": "closed", "entered_by": 1})

    assert answer.status_code == 422
    assert {field["field"] for field in answer.json()["fields"]} == {"state", "entered_by"}
    assert not Report.objects.exists()


def test_a_parameter_that_does_not_exist_is_refused(city: SimpleNamespace, client: Client) -> None:
    assert client.get("/api/v1/health?debug=1").status_code == 422


def test_an_unknown_receipt_and_an_unknown_address_look_alike(city: SimpleNamespace, client: Client) -> None:
    answers = [client.get(f"/api/v1/{path}") for path in ("reports/26-1116-AAAA-AAAA-AAAA", "reports/x", "nowhere")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not-found")}


def test_above_the_rate_a_report_waits_in_the_slow_lane_and_far_above_is_asked_to_wait(
    city: SimpleNamespace, send: Send, key_for: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.LIMITS, "report", Limits(calm=1, ceiling=2))

    statuses = [send(BIN).status_code for _ in range(3)]

    assert statuses == [201, 201, 429]
    assert list(Report.objects.order_by("pk").values_list("slow_lane", flat=True)) == [False, True]
    assert send(BIN, bearer=key_for(city.api)).status_code == 201, "who is known is not counted"


def test_a_key_that_opens_nothing_is_refused_even_where_none_is_needed(city: SimpleNamespace, send: Send) -> None:
    answer = send(BIN, bearer="wm_mistyped")

    assert (answer.status_code, answer.json()["code"]) == (401, "api.key-unknown")


def test_a_browser_that_is_logged_in_reports_as_nobody(city: SimpleNamespace, send: Send, client: Client) -> None:
    client.force_login(city.handler)

    send(BIN)

    assert Report.objects.get().entered_by is None
