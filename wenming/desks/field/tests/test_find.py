"""拍问题: received once, a case at once, a receipt."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from wenming.cases.components import link_of
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import photos_of
from wenming.journal.worker import run_waiting
from wenming.observations.models import Channel, Report
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.models import Area, Component, Level

from .conftest import photo


def test_a_find_becomes_a_case_at_once(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.post("/field/find/", {"client_id": str(uuid.uuid4()), "category": "rubbish", "photos": [photo()]}, follow=True)

    report, case = Report.objects.get(), Case.objects.get()
    assert (report.channel, report.entered_by, report.photo_count) == (Channel.FIELD, small_city.supervisor, 1)
    assert case.state == State.COLLECTED
    page = answer.content.decode()
    assert report.receipt in page and case.number in page and "决定是否受理" in page
    assert case.number in desk.get("/field/").content.decode()
    run_waiting()
    assert Case.objects.count() == 1, "the worker finds it there"


def test_sent_twice_it_is_received_once(desk: Client) -> None:
    find = {"client_id": str(uuid.uuid4()), "category": "rubbish", "text": "桶满了"}
    json = {"HTTP_ACCEPT": "application/json"}

    first, again = desk.post("/field/find/", find, **json), desk.post("/field/find/", find, **json)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() and Case.objects.count() == 1


def test_a_photo_sent_ahead_goes_with_the_find(desk: Client, small_city: SimpleNamespace) -> None:
    token = desk.post("/field/photos/", {"photo": photo()}).json()["id"]

    desk.post("/field/find/", {"photos_ids": [token]})

    assert Report.objects.get().photo_count == 1


def test_a_find_of_a_town_lies_in_the_town(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    patrol = sit_down(small_city.east_patrol)

    patrol.post("/field/find/", {"text": "桶满了", "address": "起湾道"})

    assert Report.objects.get().placement.address == "起湾道"
    assert Case.objects.get().number in patrol.get("/field/").content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({}, "拍一张照片，或者选一类", id="nothing at all"),
        pytest.param({"text": "桶满了", "longitude": "2.35", "latitude": "48.85", "accuracy_m": "10"}, "在哪里", id="far away"),
    ],
)
def test_what_is_to_be_mended_is_said(fields: dict, says: str, desk: Client) -> None:
    answer = desk.post("/field/find/", fields)

    assert answer.status_code == 422 and says in answer.content.decode()
    assert not Report.objects.exists()


def test_a_receipt_opens_for_its_finder_alone(desk: Client, sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    desk.post("/field/find/", {"text": "桶满了"})
    address = f"/field/find/{Report.objects.get().receipt}/"

    assert desk.get(address).status_code == 200
    assert sit_down(small_city.east_patrol).get(address).status_code == 404


def test_only_who_finds_may_find(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    assert sit_down(small_city.handler).get("/field/find/").status_code == 403
    assert sit_down(small_city.officer).get("/field/find/").status_code == 403
    assert sit_down(small_city.officer).get("/field/").status_code == 200
    assert Client().post("/field/find/", {"text": "桶满了"}).status_code == 302


def test_the_map_names_no_place_outside_the_city(desk: Client) -> None:
    assert desk.get("/field/find/map/?longitude=2.35&latitude=48.85").status_code == 404
    assert desk.get("/field/find/map/?longitude=nan&latitude=x").status_code == 404


# --- 当场改好 ---


def test_put_right_on_the_spot_it_is_closed_with_before_and_after(desk: Client, small_city: SimpleNamespace) -> None:
    find = {"client_id": str(uuid.uuid4()), "category": "rubbish", "photos": [photo()], "after": [photo(2)], "settled": "yes"}
    answer = desk.post("/field/find/", find, follow=True)

    case = Case.objects.get()
    assert case.state == State.CLOSED and [move.act for move in case.moves.all()] == ["collect", "settle"]
    assert "不再派给单位" in answer.content.decode()
    photos = photos_of(case)
    assert (len(photos.before), len(photos.after)) == (1, 1)
    run_waiting()
    case.refresh_from_db()
    assert case.state == State.CLOSED, "the worker leaves it so"


def test_a_picture_is_asked_for_and_a_reason_will_do(desk: Client) -> None:
    find = {"client_id": str(uuid.uuid4()), "category": "rubbish", "text": "纸箱挡道", "settled": "yes"}

    refused = desk.post("/field/find/", find)
    assert refused.status_code == 422 and "请拍一张改好后的照片" in refused.content.decode()
    assert not Case.objects.exists(), "nothing is left half done"

    assert desk.post("/field/find/", {**find, "why_no_photo": "两手占着，没法拍"}).status_code == 302
    assert Case.objects.get().moves.get(act="settle").reason == "两手占着，没法拍"


def test_the_other_button_settles_nothing(desk: Client) -> None:
    desk.post("/field/find/", {"client_id": str(uuid.uuid4()), "text": "桶满了", "why_no_photo": "天黑看不清"})

    assert Case.objects.get().state == State.COLLECTED


def test_it_is_few_taps(desk: Client) -> None:
    """Kind, photo, 当场改好了, photo after, the button: five, the system's camera apart (bar F1: at most seven)."""
    page = desk.get("/field/find/").content.decode()

    assert page.index("当场改好了</summary>") < page.index('name="after"') < page.index('name="settled" value="yes"')
    assert "required" not in page.split("当场改好了</summary>")[1].split("</details>")[0], "nothing there is compulsory"


def test_photos_for_the_other_button_are_not_lost(desk: Client) -> None:
    desk.post("/field/find/", {"category": "rubbish", "photos": [photo()], "after": [photo(2)]})

    assert Report.objects.get().photo_count == 2


def test_a_find_at_a_component_takes_it_along_if_it_is_tapped_and_only_then(
    desk: Client, small_city: SimpleNamespace
) -> None:
    near = _cover(small_city)
    here = {"longitude": "113.385", "latitude": "22.525", "accuracy_m": "8"}
    told = desk.get("/field/find/components/", here).json()
    assert told == {"near": [{"code": near.code, "kind": "上水井盖", "name": "", "owner": "环卫处", "metres": 6}]}

    desk.post("/field/find/", {**here, "client_id": str(uuid.uuid4()), "text": "裂了", "component": near.code})
    desk.post("/field/find/", {**here, "client_id": str(uuid.uuid4()), "text": "没点"})
    desk.post("/field/find/", {**here, "client_id": str(uuid.uuid4()), "text": "乱码", "component": "9" * 16})
    tapped, left_alone, unknown = Case.objects.order_by("pk")
    link = link_of(tapped)
    assert link and link.component == near and link.how == "field" and link.by == small_city.supervisor
    assert link_of(left_alone) is None and link_of(unknown) is None, "a find is never refused for its component"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="no position"),
        pytest.param({"longitude": "nan", "latitude": "22.5"}, id="no number"),
        pytest.param({"longitude": "x", "latitude": "22.5"}, id="words"),
        pytest.param({"longitude": "113.385", "latitude": "91"}, id="no place on earth"),
        pytest.param({"longitude": "113.385", "latitude": "22.53"}, id="nothing near"),
    ],
)
def test_where_nothing_stands_nothing_is_asked(asked: dict[str, str], desk: Client, small_city: SimpleNamespace) -> None:
    _cover(small_city)

    assert desk.get("/field/find/components/", asked).json() == {"near": []}


def _cover(city: SimpleNamespace) -> Component:
    """A manhole cover six metres north of 113.385, 22.525."""
    for code, level in (("442000", Level.CITY), ("442000002", Level.TOWN)):
        area = Area(code=code, level=level, name=code, short_name=code, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(shapely.box(113.3, 22.4, 113.5, 22.6))
        area.save()
    where = Drawn(shapely.Point(113.385, 22.525 + 6 / 111_320))
    told = Facts("TEST:C0101", owner=city.sanitation)
    return register_component("4420000101000001", told, where, on=date(2026, 3, 1), by=city.officer, now=timezone.now())
