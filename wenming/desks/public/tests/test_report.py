"""上报 without a script: a plain form, an answer that means it is safe, nothing lost on the way. Policy: 4.2, 9.4."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.evidence.models import PendingUpload
from wenming.observations import door
from wenming.observations.door import Limits
from wenming.observations.models import Report
from wenming.observations.models.reports import DoorCount
from wenming.observations.selectors import photos_of

from .conftest import INSIDE, OUTSIDE

Photo = Callable[..., SimpleUploadedFile]


def hand_in(client: Client, **fields: Any) -> Any:
    return client.post("/report/", fields)


def only_report() -> Report:
    return Report.objects.get()


def test_a_photo_alone_is_a_report(client: Client, mapped_city: SimpleNamespace, photo: Photo) -> None:
    answer = hand_in(client, client_id="a", photos=photo())

    assert answer.status_code == 303
    assert answer["Location"] == f"/report/done/{only_report().receipt}/"
    assert photos_of(only_report()).count() == 1
    assert only_report().receipt in client.get(answer["Location"]).content.decode()


def test_words_alone_or_a_chip_alone_are_one_too(client: Client, mapped_city: SimpleNamespace) -> None:
    assert hand_in(client, client_id="a", text="桶满了").status_code == 303
    assert hand_in(client, client_id="b", category="rubbish").status_code == 303


def test_nothing_at_all_is_asked_for_in_the_same_form(client: Client, mapped_city: SimpleNamespace) -> None:
    answer = hand_in(client, client_id="a", address="起湾道")

    assert answer.status_code == 422
    assert "拍一张照片" in answer.content.decode()
    assert 'value="起湾道"' in answer.content.decode()


def test_the_same_form_sent_twice_is_one_report_with_one_receipt(
    client: Client, mapped_city: SimpleNamespace, photo: Photo
) -> None:
    first = hand_in(client, client_id="same", photos=photo(), text="满了")
    again = hand_in(client, client_id="same", photos=photo(), text="满了")

    assert first["Location"] == again["Location"]
    assert Report.objects.count() == 1


def test_a_receipt_lost_on_the_way_comes_again_to_the_script(
    client: Client, mapped_city: SimpleNamespace, photo: Photo
) -> None:
    token = client.post("/report/photos/", {"photo": photo()}).json()["id"]
    sending = {"client_id": "phone-1", "photos_ids": token, "text": ""}
    lost = client.post("/report/", sending, headers={"Accept": "application/json"})
    # The phone never saw the answer. It sends what it kept: the photo itself, no token.
    again = client.post("/report/", {"client_id": "phone-1", "photos": photo()}, headers={"Accept": "application/json"})

    assert (lost.status_code, again.status_code) == (201, 200)
    assert lost.json() == again.json()
    assert photos_of(only_report()).count() == 1


def test_each_form_has_a_key_of_its_own_and_is_not_kept_by_the_browser(client: Client, mapped_city: Any) -> None:
    pages = [client.get("/report/") for _ in range(2)]
    keys = {re.search(r'name="client_id" value="([^"]+)"', page.content.decode()).group(1) for page in pages}  # type: ignore[union-attr]

    assert len(keys) == 2
    assert "no-store" in pages[0]["Cache-Control"]


def test_a_refused_form_keeps_its_photos(client: Client, mapped_city: SimpleNamespace, photo: Photo) -> None:
    broken = SimpleUploadedFile("x.jpg", b"not a photo at all", "image/jpeg")
    page = hand_in(client, client_id="a", photos=[photo(), broken], text="两张")
    token = re.search(r'name="photos_ids" value="([^"]+)"', page.content.decode()).group(1)  # type: ignore[union-attr]

    assert page.status_code == 422
    assert "不是照片" in page.content.decode()
    assert hand_in(client, client_id="a", photos_ids=token, text="两张").status_code == 303
    assert photos_of(only_report()).count() == 1


def test_a_fifth_photo_is_said_not_dropped(client: Client, mapped_city: SimpleNamespace, photo: Photo) -> None:
    page = hand_in(client, client_id="a", photos=[photo() for _ in range(5)])

    assert page.status_code == 422
    assert "照片最多 4 张" in page.content.decode()
    assert page.content.decode().count('name="photos_ids"') == 4


def test_a_phone_s_position_finds_its_town(client: Client, mapped_city: SimpleNamespace) -> None:
    hand_in(client, client_id="a", text="满了", longitude=INSIDE[0], latitude=INSIDE[1], accuracy_m=18)

    placement = only_report().placement
    assert placement.town == mapped_city.east_area
    assert (placement.source, placement.accuracy_m) == ("gps", 18)


def test_without_a_position_the_words_decide(client: Client, mapped_city: SimpleNamespace) -> None:
    hand_in(client, client_id="a", text="满了", address="起湾道 12 号")
    hand_in(client, client_id="b", text="满了", town="442000004")

    by_words, by_town = Report.objects.order_by("pk")
    assert (by_words.placement.source, by_words.placement.town) == ("address", mapped_city.east_area)
    assert (by_town.placement.source, by_town.placement.town) == ("none", mapped_city.west_area)


def test_a_position_outside_the_city_gives_way_to_words(client: Client, mapped_city: SimpleNamespace) -> None:
    page = hand_in(client, client_id="a", text="满了", longitude=OUTSIDE[0], latitude=OUTSIDE[1], accuracy_m=18)

    assert page.status_code == 422
    assert "不在本市范围内" in page.content.decode()
    assert str(OUTSIDE[0]) not in page.content.decode()
    assert 'name="client_id" value="a"' in page.content.decode()
    assert "data-auto" not in page.content.decode(), "asking the phone again would refuse the same report for ever"


def test_a_phone_whose_clock_runs_ahead_may_report(client: Client, mapped_city: SimpleNamespace) -> None:
    hand_in(client, client_id="a", text="满了", seen_at=(timezone.now() + timedelta(days=2)).isoformat())

    assert only_report().seen_at <= timezone.now()


@pytest.mark.parametrize(
    "nonsense", [{"seen_at": "yesterday"}, {"seen_at": "2026-13-01T00:00:00Z"}, {"longitude": "x"}]
)
def test_what_a_script_wrote_wrongly_is_not_the_reporter_s_to_mend(
    client: Client, mapped_city: SimpleNamespace, nonsense: dict[str, str]
) -> None:
    assert hand_in(client, client_id="a", text="满了", **nonsense).status_code == 303


def test_a_report_that_waited_keeps_the_time_it_was_seen(client: Client, mapped_city: SimpleNamespace) -> None:
    seen = timezone.now() - timedelta(hours=5)
    hand_in(client, client_id="a", text="满了", seen_at=seen.isoformat())

    assert only_report().seen_at == seen


def test_the_wish_to_stay_private_is_kept(client: Client, mapped_city: SimpleNamespace) -> None:
    hand_in(client, client_id="a", text="满了", keep_private="on")

    assert only_report().wish == "never"


def test_too_many_from_one_network_wait_in_the_slow_lane_and_are_received(
    client: Client, mapped_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.LIMITS, "report", Limits(calm=1, ceiling=2))
    for key in "ab":
        assert hand_in(client, client_id=key, text="满了").status_code == 303

    assert [one.slow_lane for one in Report.objects.order_by("pk")] == [False, True]


def test_far_too_many_are_asked_to_wait_with_everything_still_filled_in(
    client: Client, mapped_city: SimpleNamespace, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.LIMITS, "report", Limits(calm=0, ceiling=0))

    page = hand_in(client, client_id="a", text="写了很久的一段话", photos=photo())

    assert page.status_code == 429
    assert "写了很久的一段话" in page.content.decode()
    assert "过 10 分钟再试" in page.content.decode()
    assert not PendingUpload.objects.exists(), "a flood must not fill the disk with photos either"


def test_what_is_refused_counts_at_the_door_all_the_same(client: Client, mapped_city: SimpleNamespace) -> None:
    """One transaction with the report, yet no way to try without end."""
    refused = [hand_in(client, text="满了", longitude=OUTSIDE[0], latitude=OUTSIDE[1]), hand_in(client)]

    assert [answer.status_code for answer in refused] == [422, 422]
    assert not Report.objects.exists()
    assert set(DoorCount.objects.filter(door="report").values_list("count", flat=True)) == {2}


def test_early_uploads_answer_what_is_wrong_with_a_file(client: Client, mapped_city: SimpleNamespace) -> None:
    answer = client.post("/report/photos/", {"photo": SimpleUploadedFile("x.jpg", b"<html>", "image/jpeg")})

    assert answer.status_code == 422
    assert answer.json()["code"] == "evidence.not-a-photo"


def test_no_cookie_and_no_token_are_needed(mapped_city: SimpleNamespace, photo: Photo) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/report/", {"client_id": "a", "photos": photo()}).status_code == 303


def test_the_small_map_names_the_nearest_address(client: Client, mapped_city: SimpleNamespace) -> None:
    answer = client.get("/report/map/", {"longitude": INSIDE[0], "latitude": INSIDE[1]})

    assert answer["Content-Type"] == "image/svg+xml"
    assert "起湾道" in answer.content.decode()
    assert client.get("/report/map/", {"longitude": OUTSIDE[0], "latitude": OUTSIDE[1]}).status_code == 404
    assert client.get("/report/map/", {"longitude": "x", "latitude": "nan"}).status_code == 404
    assert 'data-pin=""' in client.get("/report/map/", {"town": "442000004"}).content.decode()
