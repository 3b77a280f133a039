"""大家的上报: nobody is led to whoever reported it (T6), and nothing appears that should not. Policy: 9.4."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wenming.cases.models import Case
from wenming.desks.public.views import pages
from wenming.evidence.services import hold_upload
from wenming.observations.models import Report
from wenming.observations.places import place_in_words
from wenming.observations.services import Receipt, Where
from wenming.territory.coarse import CELL_SIZES, cell_around, coarse_point, coarse_points
from wenming.territory.models import Landmark
from wenming.territory.rules.geometry import distance_m

from .conftest import CANARY, HANDED_IN, INSIDE

Solve = Callable[[Report], Case]
EXACT = Where(*INSIDE, accuracy_m=5, address="起湾道 12 号三楼李家")


@pytest.fixture
def public_case(
    mapped_city: SimpleNamespace,
    report: Callable[..., Receipt],
    solved: Solve,
    photo: Callable[..., SimpleUploadedFile],
) -> Case:
    """A solved case of an exactly known place, closed two days ago."""
    token = str(hold_upload(photo(), now=HANDED_IN).token)
    case = solved(report(now=HANDED_IN, where=EXACT, text="秘密口令", upload_tokens=[token]).report)
    return closed(case, days_ago=2)


def closed(case: Case, days_ago: float) -> Case:
    case.closed_at -= timedelta(days=days_ago)  # type: ignore[operator]
    case.save(update_fields=["closed_at"])
    return case


def test_a_solved_case_appears_with_its_town_and_its_photos(client: Client, public_case: Case) -> None:
    shown = client.get("/map/").content.decode()

    assert "垃圾满溢" in shown
    assert "东区" in shown
    assert shown.count("/photo/") == 2


def test_what_was_settled_on_the_spot_took_no_time_and_says_so(client: Client, public_case: Case) -> None:
    public_case.opened_at = public_case.closed_at
    public_case.save(update_fields=["opened_at"])

    shown = client.get("/map/").content.decode()

    assert "发现时当场改好" in shown
    assert "用时" not in shown


def test_the_first_page_prefers_what_can_be_seen(
    client: Client, public_case: Case, solved: Solve, report: Callable[..., Receipt], small_city: SimpleNamespace
) -> None:
    for number in range(3):
        plain = report(now=HANDED_IN, where=EXACT, text=f"没有照片 {number}", client_id=str(uuid.uuid4()))
        closed(solved(plain.report), days_ago=1.5)

    lines = client.get("/").content.decode().split('class="plain-list done-list"')[1].split("<li")[1:]

    assert ["data-later" in line for line in lines] == [True, False, False], "older, but with photographs"


def test_the_first_page_tells_one_story_in_pictures(
    client: Client, public_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = pages.without_traces
    monkeypatch.setattr(pages, "without_traces", lambda cases: seen(cases) * 3)

    shown = client.get("/").content.decode().split("data-lately")[1]

    assert (shown.count("<b>"), shown.count("data-later")) == (3, 1)


def test_exact_place_words_number_and_large_photos_stay_out(client: Client, public_case: Case) -> None:
    receipt = public_case.case_reports.get().report.receipt
    for address in ("/map/", "/"):
        shown = client.get(address).content.decode()
        for secret in ("李家", "12 号", "秘密口令", receipt, public_case.number, "113.385", "22.525", "/large/"):
            assert secret not in shown, (address, secret)


@pytest.mark.parametrize("why", ["closed an hour ago", "a wish", "still open"])
def test_what_is_not_public_does_not_appear(client: Client, public_case: Case, why: str) -> None:
    changes: dict[str, Any] = {
        "closed an hour ago": {"closed_at": public_case.closed_at + timedelta(days=1, hours=23)},  # type: ignore[operator]
        "a wish": {"public_when_closed": False},
        "still open": {"state": "collected", "closed_at": None},
    }[why]
    Case.objects.filter(pk=public_case.pk).update(**changes)

    assert "垃圾满溢" not in client.get("/map/").content.decode()
    assert "垃圾满溢" not in client.get("/").content.decode()


def test_filters_lead_somewhere_and_back(client: Client, public_case: Case, mapped_city: SimpleNamespace) -> None:
    assert "垃圾满溢" in client.get("/map/", {"town": "442000002", "category": "rubbish"}).content.decode()
    elsewhere = client.get("/map/", {"town": "442000004"}).content.decode()
    assert "没找到" in elsewhere
    assert client.get("/map/", {"town": "nowhere", "page": "x"}).status_code == 200


def test_a_page_costs_the_same_for_one_case_and_for_many(
    client: Client, public_case: Case, report: Callable[..., Receipt], solved: Solve, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30) as counted:
        client.get("/map/")
    for _ in range(3):
        closed(solved(report(now=HANDED_IN, where=EXACT).report), days_ago=2)
    with django_assert_max_num_queries(len(counted)):
        client.get("/map/")


def test_cells_are_never_narrower_than_two_hundred_metres() -> None:
    draw = random.Random(7)
    for _ in range(500):
        point = (draw.uniform(73, 135), draw.uniform(18, 53))
        west, south, east, north = cell_around(point, CELL_SIZES[0])
        assert west <= point[0] < east
        assert south <= point[1] < north
        assert distance_m((west, north), (east, north)) >= 200
        assert distance_m((west, south), (west, north)) >= 200


def test_all_points_of_a_cell_look_alike() -> None:
    draw = random.Random(8)
    west, south, east, north = cell_around(INSIDE, CELL_SIZES[0])
    inside = [(draw.uniform(west, east), draw.uniform(south, north)) for _ in range(50)]

    assert len({coarse_point(point, lambda box: True) for point in inside}) == 1


def test_a_lonely_house_is_only_its_town(mapped_city: SimpleNamespace) -> None:
    with_five = coarse_points([INSIDE])[0]
    Landmark.objects.filter(number__gte=14).delete()

    assert with_five is not None
    assert coarse_points([INSIDE, None]) == [None, None]


def test_words_become_a_point_only_when_a_house_is_named(mapped_city: SimpleNamespace) -> None:
    assert place_in_words("起湾道 12 号", None).longitude is not None
    assert place_in_words("东区菜市场后面", None) == Where(address="东区菜市场后面", town=mapped_city.east_area)
    assert place_in_words("", mapped_city.west_area) == Where(town=mapped_city.west_area)
    assert place_in_words("起湾道 12 号", mapped_city.west_area).longitude is None, "the words contradict the town"


def test_what_the_camera_wrote_leaves_by_no_page_and_no_photo(client: Client, public_case: Case) -> None:
    receipt = public_case.case_reports.get().report.receipt
    seen = b""
    for address in ("/", "/map/", f"/c/{receipt}/", f"/report/done/{receipt}/"):
        seen += client.get(address).content
    for link in set(re.findall(rb"/photo/[^\"' ]+", seen)):
        answer = client.get(link.decode())
        assert answer.status_code == 200
        seen += b"".join(answer) + str(answer.headers).encode()  # type: ignore[arg-type]
    for canary in (CANARY, b"lixiaoming", b"mmexport"):
        assert canary not in seen
