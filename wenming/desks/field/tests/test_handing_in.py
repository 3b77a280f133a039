"""What a phone hands in is received once, answered by number, hash and time, and never lost when it comes too late."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import photos_of
from wenming.cases.tests.story import at
from wenming.evidence.models import PartialUpload
from wenming.observations.models import HandedIn, Report
from wenming.organisations.models import Account

from .conftest import photo

Bring = Callable[..., Case]
Sit = Callable[[Account], Client]
JSON = {"HTTP_ACCEPT": "application/json"}
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}


def as_the_phone_hashes(key: str, fields: dict[str, str], photos: list[bytes]) -> str:
    """Written out once more, as field-outbox.js does it: the test of the one is the other."""
    ordered = sorted([name, value] for name, value in fields.items())
    shown = [["photos", [hashlib.sha256(each).hexdigest() for each in photos]]] if photos else []
    text = json.dumps([key, ordered, shown], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def send(browser: Client, case: Case, key: str, photos: tuple[bytes, ...] = (), by: str = "", **fields: str):
    """One answer as the outbox sends it: photographs ahead, in pieces; then the words, with the hash of it all."""
    tokens = [send_in_pieces(browser, each) for each in photos]
    beside = {"client_id": key, "kept_by": by, "content_hash": as_the_phone_hashes(key, fields, list(photos))}
    return browser.post(f"/field/task/{case.number}/verifications/", {**fields, **beside, "photos_ids": tokens}, **JSON)


def send_in_pieces(browser: Client, data: bytes) -> str:
    told = f"sha256 {base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()}"
    begun = browser.post("/field/uploads/", **TUS, HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=told)
    assert begun.status_code == 201, begun.content
    address, cut = begun.headers["Location"], len(data) // 2
    for offset, piece in ((0, data[:cut]), (cut, data[cut:])):
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        answer = browser.patch(
            address, piece, content_type="application/offset+octet-stream", **TUS, HTTP_UPLOAD_OFFSET=str(offset),
            HTTP_UPLOAD_CHECKSUM=f"sha256 {digest}",
        )  # fmt: skip
        assert answer.status_code == 204, answer.content
    assert answer.headers["Upload-Held"] == "1"
    return address.rstrip("/").rpartition("/")[2]


def test_an_answer_with_a_photo_in_pieces_comes_back_with_its_hash(
    desk: Client, answered: Bring, small_city: SimpleNamespace
) -> None:
    case, key, data = answered(), str(uuid.uuid4()), photo().read()

    answer = send(desk, case, key, (data,), by=small_city.supervisor.username, found="yes", seen_moves="4")

    case.refresh_from_db()
    said = answer.json()
    assert answer.status_code == 201 and case.state == State.VERIFIED
    assert said["receipt"] == case.number and said["at"]
    assert said["hash"] == as_the_phone_hashes(key, {"found": "yes", "seen_moves": "4"}, [data])
    assert [shown.original.sha256 for shown in photos_of(case).verified] == [hashlib.sha256(data).hexdigest()]


def test_sent_again_it_gets_the_same_receipt(desk: Client, answered: Bring) -> None:
    case, key = answered(), str(uuid.uuid4())

    first, again = (send(desk, case, key, found="yes", seen_moves="4") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() and HandedIn.objects.count() == 1
    assert case.moves.filter(act="pass_verification").count() == 1


def test_sent_again_after_the_case_went_out_of_sight(
    sit_down: Sit, doubtful: Case, small_city: SimpleNamespace
) -> None:
    town, key = sit_down(small_city.east_patrol), str(uuid.uuid4())
    first = send(town, doubtful, key, found="no")
    Case.objects.filter(pk=doubtful.pk).update(town_code="442000009", unit_path="/elsewhere/")

    assert send(town, doubtful, key, found="no").json() == first.json()


def test_the_same_answer_twice_from_a_page_without_script(desk: Client, answered: Bring) -> None:
    case = answered()
    page = desk.get(f"/field/task/{case.number}/").content.decode()
    key = page.split('name="client_id" value="')[1].split('"')[0]

    answers = [
        desk.post(f"/field/task/{case.number}/verifications/", {"client_id": key, "found": "yes", "seen_moves": 4})
        for _ in range(2)
    ]

    assert [answer.headers.get("Location") for answer in answers] == ["/field/", "/field/"]


def test_what_changed_on_the_way_is_not_received(desk: Client, answered: Bring) -> None:
    case, key = answered(), str(uuid.uuid4())

    answer = desk.post(
        f"/field/task/{case.number}/verifications/",
        {"client_id": key, "content_hash": "0" * 64, "found": "yes"}, **JSON,
    )  # fmt: skip

    case.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (422, "handed-in.changed-on-the-way")
    assert case.state == State.ANSWERED and not HandedIn.objects.exists()


def test_too_late_is_said_with_what_can_be_done(desk: Client, answered: Bring, small_city: SimpleNamespace) -> None:
    case = answered()
    cases.cannot_see(case, reason="有围挡", by=small_city.dispatcher, now=at("11-16 10:30"))

    answer = send(desk, case, str(uuid.uuid4()), found="yes", asked="answered", seen_moves="4")

    said = answer.json()
    assert answer.status_code == 409 and said["code"] == "case.changed" and "刚刚被别人办理过" in said["message"]
    assert said["again"] == 5, "the same question is still open, so the answer may be given once more"
    assert send(desk, case, str(uuid.uuid4()), found="yes", asked="answered", seen_moves="5").status_code == 201


def test_an_answer_to_another_question_is_not_offered_again(
    desk: Client, answered: Bring, small_city: SimpleNamespace
) -> None:
    case = answered()
    cases.pass_verification(case, by=small_city.dispatcher, now=at("11-16 10:30"))

    said = send(desk, case, str(uuid.uuid4()), found="no", why_no="还在原处", asked="answered", seen_moves="4").json()

    assert said["again"] is None and said["state"] == "待结案"


def test_one_person_does_not_send_under_the_name_of_another(
    desk: Client, sit_down: Sit, answered: Bring, small_city: SimpleNamespace
) -> None:
    case, key = answered(), str(uuid.uuid4())

    refused = send(desk, case, key, by="east-patrol", found="yes", seen_moves="4")

    assert (refused.status_code, refused.json()["code"]) == (409, "handed-in.other-person")
    assert send(desk, case, key, by=small_city.supervisor.username, found="yes", seen_moves="4").status_code == 201
    other = sit_down(small_city.dispatcher)
    assert send(other, case, key, found="yes", seen_moves="4").json()["code"] == "handed-in.other-person"


def test_a_photo_that_is_no_longer_held_is_asked_for_again(desk: Client, answered: Bring) -> None:
    answer = desk.post(
        f"/field/task/{answered().number}/verifications/", {"found": "yes", "photos_ids": [str(uuid.uuid4())]}, **JSON
    )

    assert (answer.status_code, answer.json()["code"]) == (410, "evidence.upload-gone")


def test_what_was_shown_of_a_fence_is_kept(desk: Client, answered: Bring) -> None:
    case = answered()

    send(desk, case, str(uuid.uuid4()), (photo().read(),), found="unseen", why_unseen="有围挡", seen_moves="4")

    assert len(photos_of(case).verified) == 1


def test_a_find_is_answered_with_its_hash(desk: Client) -> None:
    key, fields = str(uuid.uuid4()), {"text": "桶满了\n很臭", "category": "", "seen_at": "2026-11-16T01:00:00.000Z"}
    posted = {**fields, "client_id": key, "content_hash": as_the_phone_hashes(key, fields, [])}

    answer = desk.post("/field/find/", posted, **JSON)

    assert answer.json()["hash"] == posted["content_hash"] and answer.json()["receipt"] == Report.objects.get().receipt


def test_receipts_stay(desk: Client, answered: Bring) -> None:
    send(desk, answered(), str(uuid.uuid4()), found="yes", seen_moves="4")

    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        HandedIn.objects.update(number="x")
    assert connection.is_usable()


# --- photographs in pieces, by their headers -----------------------------------------------------------------------


def test_a_client_learns_what_this_server_can_do(desk: Client) -> None:
    answer = desk.options("/field/uploads/")

    assert answer.status_code == 204 and answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,expiration,checksum,termination"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"HTTP_UPLOAD_LENGTH": "10"}, 412, id="no version"),
        pytest.param({**TUS, "HTTP_UPLOAD_LENGTH": "-1"}, 400, id="below nothing"),
        pytest.param({**TUS, "HTTP_UPLOAD_LENGTH": "9" * 30}, 400, id="no number can be so long"),
        pytest.param({**TUS, "HTTP_UPLOAD_LENGTH": "٣"}, 400, id="digits of another script"),
        pytest.param({**TUS, "HTTP_UPLOAD_LENGTH": "99999999999"}, 413, id="more than a photo"),
        pytest.param(TUS, 400, id="no length"),
        pytest.param({**TUS, "HTTP_UPLOAD_LENGTH": "9", "HTTP_UPLOAD_METADATA": "key %%%"}, 400, id="no base64"),
    ],
)
def test_headers_that_say_nothing_begin_nothing(headers: dict[str, str], status: int, desk: Client) -> None:
    answer = desk.post("/field/uploads/", **headers)

    assert answer.status_code == status and answer.headers["Tus-Resumable"] == "1.0.0"
    assert not PartialUpload.objects.exists()


def test_how_much_is_here_is_asked_and_let_go(desk: Client, sit_down: Sit, small_city: SimpleNamespace) -> None:
    address = desk.post("/field/uploads/", **TUS, HTTP_UPLOAD_LENGTH="10").headers["Location"]
    piece = {**TUS, "content_type": "application/offset+octet-stream"}
    desk.patch(address, b"0123", **piece, HTTP_UPLOAD_OFFSET="0")

    asked = desk.head(address, **TUS)
    ahead = desk.patch(address, b"89", **piece, HTTP_UPLOAD_OFFSET="8")
    changed = desk.patch(address, b"4567", **piece, HTTP_UPLOAD_OFFSET="4", HTTP_UPLOAD_CHECKSUM=f"sha1 {'A' * 27}=")
    untyped = desk.patch(address, b"4567", **TUS, HTTP_UPLOAD_OFFSET="4")

    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("4", "10")
    assert asked.headers["Cache-Control"] == "no-store" and asked.headers["Upload-Expires"].endswith("GMT")
    assert [ahead.status_code, changed.status_code, untyped.status_code] == [409, 460, 415]
    assert desk.head(address, **TUS).headers["Upload-Offset"] == "4"
    assert sit_down(small_city.dispatcher).head(address, **TUS).status_code == 404
    assert desk.delete(address, **TUS).status_code == 204 and desk.head(address, **TUS).status_code == 404
