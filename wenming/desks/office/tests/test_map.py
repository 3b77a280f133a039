"""地图: one page with layers, their tiles, and the same as a list (7.6)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases.models import Case
from wenming.desks.common.tests.sitting import Sit
from wenming.desks.office.map_page import LAYERS
from wenming.observations.services import Where
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.mvt import tile_of
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares
from wenming.territory.tests.test_rules_mvt import read

ZOOM = 14


@pytest.fixture
def on_the_map(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    """The city of four squares is in force."""
    return small_city


def tile(name: str, zoom: int = ZOOM) -> str:
    x, y = tile_of(*middle_of(0, 0), zoom)
    return f"/office/map/{name}/{zoom}/{x}/{y}.mvt"


def test_a_tile_of_grids_holds_the_grids_with_their_codes(on_the_map: SimpleNamespace, desk: Client) -> None:
    answer = desk.get(tile("block"))
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    told = read(answer.content)["block"]
    assert "442000001001001" in {one["properties"]["code"] for one in told}
    assert all(one["shape"].is_valid for one in told)


def test_a_tile_is_sent_again_only_when_its_layer_was_redrawn(on_the_map: SimpleNamespace, desk: Client) -> None:
    etag = desk.get(tile("block")).headers["ETag"]
    again = desk.get(tile("block"), headers={"If-None-Match": etag})
    assert again.status_code == 304 and again.content == b""
    assert desk.get(tile("block"), headers={"If-None-Match": '"another"'}).status_code == 200


def test_nothing_is_shown_before_its_zoom_and_no_tile_lies_beyond_the_world(
    on_the_map: SimpleNamespace, desk: Client
) -> None:
    assert desk.get(tile("block", 8)).content == b""
    assert desk.get(tile("towns", 12)).content and desk.get("/office/map/towns/0/0/0.mvt").content == b""
    assert desk.get("/office/map/towns/1/2/0.mvt").status_code == 404
    assert desk.get("/office/map/towns/25/0/0.mvt").status_code == 404


def test_cases_are_points_with_a_number_for_those_who_oversee_and_for_nobody_else(
    on_the_map: SimpleNamespace, desk: Client, case_of: Callable[..., Case], sit_down: Sit
) -> None:
    longitude, latitude = middle_of(0, 0)
    case = case_of("dispatch", where=Where(longitude, latitude, datum=Datum.CGCS2000), text="不该上图的话")
    answer = desk.get(tile("cases"))
    (one,) = read(answer.content)["cases"]
    assert one["properties"] == {"number": case.number, "state": case.state}
    assert "不该上图的话".encode() not in answer.content
    assert "no-store" in answer.headers["Cache-Control"]
    assert sit_down(on_the_map.handler).get(tile("cases")).status_code == 403
    assert sit_down(on_the_map.handler).get(tile("block")).status_code == 403


def test_the_page_offers_the_layers_one_may_see_and_the_grids_as_a_list(
    on_the_map: SimpleNamespace, desk: Client, sit_down: Sit
) -> None:
    page = desk.get("/office/map/", {"town": "442000001"}).content.decode()
    assert all(str(one.title) in page for one in LAYERS)
    assert "442000001001001" in page and "442000002001001" not in page
    admin = sit_down(on_the_map.admin).get("/office/map/").content.decode()
    assert "/office/map/block/" in admin and "/office/map/cases/" not in admin
