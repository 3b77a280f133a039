"""GeoReport v2: any client of the standard reads what can be reported, reports it, and asks what became of it. 4.2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import sent_out
from wenming.journal.models import Entry
from wenming.observations.models import Channel, Report
from wenming.organisations.models import Account

from .conftest import INSIDE, OUTSIDE

BASE = "/open311/v2"
BIN = {"service_code": "TEST:E0192", "lat": str(INSIDE[1]), "long": str(INSIDE[0]), "description": "桶满了两天没人收"}
File = Callable[..., HttpResponse]


@pytest.fixture
def file(client: Client) -> File:
    """`file(phone="…")`: a service request, form-encoded."""
    return lambda form="json", **changed: client.post(f"{BASE}/requests.{form}", {**BIN, **changed})


@pytest.fixture
def solved(city: SimpleNamespace, report: Callable[..., Any]) -> Case:
    """A case that was closed two days ago: everybody may see it."""
    then = datetime.now(UTC) - timedelta(days=2)
    case = cases.collect(report(now=then).report, now=then)
    case = sent_out(case, city, now=then)
    case = cases.answer(case, text="清了", done=[], by=city.handler, now=then)
    case = cases.pass_verification(case, by=city.supervisor, now=then)
    return cases.close(case, by=city.dispatcher, now=then)


def test_a_client_finds_the_interface(city: SimpleNamespace, client: Client) -> None:
    found = client.get(f"{BASE}/discovery.json").json()

    assert found["endpoints"][0]["url"] == "http://testserver/open311/v2"
    assert (
        ElementTree.fromstring(client.get(f"{BASE}/discovery.xml").content).find("endpoints/endpoint/formats/format")
        is not None
    )


def test_the_citizens_words_and_the_types_with_their_conditions_are_services(
    city: SimpleNamespace, client: Client
) -> None:
    services = {each["service_code"]: each for each in client.get(f"{BASE}/services.json").json()}

    assert services["rubbish"]["metadata"] is False
    assert services["TEST:E0192"]["metadata"] is True
    assert all(each["type"] == "realtime" and each["service_name"] for each in services.values())
    definition = client.get(f"{BASE}/services/TEST:E0192.json").json()
    assert [each["description"] for each in definition["attributes"]] == ["收集设施满溢"]
    assert not any(each["variable"] for each in definition["attributes"]), "conditions are read, not filled in"


def test_a_filed_request_is_a_report_that_its_sender_can_follow(
    city: SimpleNamespace, file: File, client: Client, work: Callable[[], object]
) -> None:
    answer = file()

    assert answer.status_code == 200, answer.content
    number = answer.json()[0]["service_request_id"]
    assert Report.objects.get(receipt=number).channel == Channel.OPEN311
    assert Entry.objects.get(action="report.received").origin == "open311"
    assert client.get(f"{BASE}/requests/{number}.json").json()[0]["status_notes"] == "已收到"
    work()
    (shown,) = client.get(f"{BASE}/requests/{number}.json").json()
    assert (shown["status"], shown["service_code"], shown["service_request_id"]) == ("open", "TEST:E0192", number)
    assert client.get(f"{BASE}/tokens/{number}.json").json()[0]["service_request_id"] == number


def test_xml_says_the_same_and_survives_what_people_paste(city: SimpleNamespace, file: File, client: Client) -> None:
    document = ElementTree.fromstring(file("xml", description="<b>&\x0b]]> 🗑 =1+1").content)

    number = document.findtext("request/service_request_id")
    shown = ElementTree.fromstring(client.get(f"{BASE}/requests/{number}.xml").content)
    assert shown.tag == "service_requests"
    assert shown.findtext("request/status") == "open"


def test_a_service_definition_in_xml_has_the_names_of_the_standard(city: SimpleNamespace, client: Client) -> None:
    document = ElementTree.fromstring(client.get(f"{BASE}/services/TEST:E0192.xml").content)

    assert document.findtext("attributes/attribute/datatype_description")
    assert document.findtext("attributes/attribute/variable") == "false"


def test_a_lost_answer_is_given_again(city: SimpleNamespace, client: Client) -> None:
    sendings = [client.post(f"{BASE}/requests.json", BIN, headers={"Idempotency-Key": "phone-0001"}) for _ in range(2)]

    assert len({sending.json()[0]["service_request_id"] for sending in sendings}) == 1


def test_how_to_reach_the_reporter_goes_into_the_vault_and_nowhere_else(city: SimpleNamespace, file: File) -> None:
    file(first_name="小明", last_name="李", phone="13800138000", device_id="d-1")

    report = Report.objects.select_related("identity").get()
    assert report.identity is not None
    assert b"13800138000" not in bytes(report.identity.sealed)
    assert "13800138000" not in str(list(Entry.objects.values()))


def test_a_picture_elsewhere_is_never_fetched_and_the_sender_is_told(city: SimpleNamespace, file: File) -> None:
    answer = file(media_url="http://169.254.169.254/latest/meta-data")

    assert "media" in answer.json()[0]["service_notice"]
    assert Report.objects.get().photo_count == 0


def test_a_picture_in_the_form_is_taken(city: SimpleNamespace, file: File, photo: Callable[..., Any]) -> None:
    assert file(media=photo()).status_code == 200
    assert Report.objects.get().photo_count == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"service_code": "NONE"}, 400, id="an unknown service"),
        pytest.param({"lat": "", "long": ""}, 400, id="no place at all"),
        pytest.param({"lat": str(OUTSIDE[1]), "long": str(OUTSIDE[0])}, 400, id="a place outside the city"),
        pytest.param({"lat": "nan"}, 400, id="no number"),
        pytest.param({"lat": "1e400"}, 400, id="a number without end"),
        pytest.param({"colour": "red"}, 400, id="an unknown parameter"),
        pytest.param({"status": "closed"}, 400, id="a parameter of the list"),
        pytest.param({"attribute[size]": "9"}, 400, id="an attribute that nobody asked for"),
        pytest.param({"description": "长" * 5001}, 400, id="too long"),
        pytest.param({"api_key": "wm_wrong"}, 403, id="a key that opens nothing"),
        pytest.param({"media": SimpleUploadedFile("a.jpg", b"<svg/>")}, 400, id="a picture that is none"),
    ],
)
def test_a_refusal_says_why_in_the_standards_words(
    city: SimpleNamespace, file: File, changed: dict[str, Any], status: int
) -> None:
    answer = file(**changed)

    assert (answer.status_code, answer.json()[0]["code"]) == (status, status)
    assert answer.json()[0]["description"]
    assert not Report.objects.exists()
    assert ElementTree.fromstring(file("xml", **changed).content).tag == "errors"


def test_everybody_sees_solved_cases_by_their_own_number_placed_only_by_town(
    solved: Case, file: File, client: Client, work: Callable[[], object]
) -> None:
    file()
    work()

    (shown,) = client.get(f"{BASE}/requests.json").json()

    assert (shown["service_request_id"], shown["status"]) == (solved.number, "closed")
    assert (shown["lat"], shown["long"], shown["description"], shown["media_url"]) == (None, None, None, None)
    receipt = Report.objects.get(channel=Channel.WEB).receipt
    assert receipt not in client.get(f"{BASE}/requests.xml").content.decode()


def test_an_open_case_does_not_exist_for_who_only_knows_its_number(
    city: SimpleNamespace, file: File, client: Client, work: Callable[[], object]
) -> None:
    file()
    work()

    assert client.get(f"{BASE}/requests/{Case.objects.get().number}.json").status_code == 404


def test_a_key_sees_its_accounts_cases_whole(
    solved: Case, file: File, client: Client, work: Callable[[], object], city: SimpleNamespace,
    key_for: Callable[[Account], str],
) -> None:  # fmt: skip
    file()
    work()
    key = key_for(city.dispatcher)

    shown = client.get(f"{BASE}/requests.json", {"api_key": key}).json()

    assert [each["status"] for each in shown] == ["open", "closed"]
    assert (shown[0]["lat"], shown[0]["description"]) == (INSIDE[1], "桶满了两天没人收")
    of_the_keeper = client.get(f"{BASE}/requests.json", {"api_key": key_for(city.keeper)}).json()
    assert len(of_the_keeper) == 1, "a role that sees no cases reads what everybody reads"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"status": "open"}, 0, id="open"),
        pytest.param({"status": "open,closed"}, 1, id="both"),
        pytest.param({"service_code": "TEST:E0192,rubbish"}, 1, id="of these services"),
        pytest.param({"service_code": "TEST:C0101"}, 0, id="of another service"),
        pytest.param(
            {"start_date": "2020-01-01T00:00:00Z", "end_date": "2020-02-01T00:00:00Z"}, 0, id="in another year"
        ),
        pytest.param({"start_date": "2020-01-01T00:00:00Z"}, 0, id="ninety days from then"),
        pytest.param({"page": "2", "page_size": "1"}, 0, id="the second page of one"),
        pytest.param({"updated_after": "2099-01-01T00:00:00Z"}, 0, id="changed after"),
    ],
)
def test_the_filters_of_the_standard(solved: Case, client: Client, asked: dict[str, str], found: int) -> None:
    assert len(client.get(f"{BASE}/requests.json", asked).json()) == found


def test_numbers_override_every_other_filter(solved: Case, client: Client) -> None:
    asked = {"service_request_id": f"{solved.number},26-0101-9999", "status": "open"}

    assert [each["service_request_id"] for each in client.get(f"{BASE}/requests.json", asked).json()] == [solved.number]


@pytest.mark.parametrize(
    "asked",
    ["status=late", "page=0", "page=99999999999", "page_size=1001", "start_date=yesterday", "end_date=0001-01-01",
     "start_date=9999-12-31T23:59:59Z", "colour=red", "phone=1", "status=%00"],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused(city: SimpleNamespace, client: Client, asked: str) -> None:
    assert client.get(f"{BASE}/requests.json?{asked}").status_code == 400


def test_addresses_that_the_standard_does_not_have_are_not_found(city: SimpleNamespace, client: Client) -> None:
    paths = ("services/none.json", "requests/none.json", "tokens/none.xml", "requests.yaml", "")

    assert {client.get(f"{BASE}/{path}").status_code for path in paths[:4]} == {404}
    assert client.post(f"{BASE}/services.json").status_code == 405
