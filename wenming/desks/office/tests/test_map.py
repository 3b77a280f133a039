"""地图: one page with layers, their tiles, and the same as a list (7.6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.desks.common.tests.sitting import Sit
from wenming.desks.office.map_page import LAYERS
from wenming.observations.services import Where
from wenming.territory.components.services import Drawn
from wenming.territory.frontages.services import register_premises
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.mvt import tile_of
from wenming.territory.services import NewCell, publish_layer
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares
from wenming.territory.tests.test_rules_mvt import read
from wenming.territory.tiles import SOURCES

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


def test_a_tile_asked_for_by_its_edition_is_kept_for_good_and_a_redrawn_layer_has_another(
    on_the_map: SimpleNamespace, desk: Client, cells: list[NewCell]  # noqa: F811
) -> None:
    page = desk.get("/office/map/").content.decode()
    (edition,) = re.findall(r"/office/map/block/\{z\}/\{x\}/\{y\}\.mvt\?edition=(\w+)", page)
    held = desk.get(f"{tile('block')}?edition={edition}")
    assert "immutable" in held.headers["Cache-Control"]
    assert "no-cache" in desk.get(f"{tile('block')}?edition=another").headers["Cache-Control"]
    drawn_back = [NewCell(c.code, c.name, c.community, c.geometry) for c in cells]
    publish_layer(kind="block", cells=drawn_back, by=None, now=timezone.now())
    after = desk.get("/office/map/").content.decode()
    assert edition not in after, "its address is another one"
    assert desk.get(tile("block")).headers["ETag"] == held.headers["ETag"], "what was not redrawn is known by its content"
    assert set(re.findall(r"/office/map/(\w+)/\{z\}[^?]*\?edition=", page)) == set(SOURCES)


def test_a_grid_that_lies_in_many_tiles_is_named_in_one(on_the_map: SimpleNamespace, desk: Client) -> None:
    zoom, named = 16, []
    west, south = tile_of(*middle_of(0, 0), zoom)
    for x in range(west - 4, west + 5):
        for y in range(south - 4, south + 5):
            told = read(desk.get(f"/office/map/block/{zoom}/{x}/{y}.mvt").content)
            named += [one["properties"]["name"] for one in told.get("block_names", [])]
    assert named.count("西坊社区第 1 网格") == 1
    drawn = read(desk.get(f"/office/map/block/{zoom}/{west}/{south}.mvt").content)
    assert "block" in drawn
    far = desk.get(tile("block", 12)).content
    assert "block_names" not in read(far), "from afar nothing is written"


def test_places_and_premises_are_points_with_their_numbers(on_the_map: SimpleNamespace, desk: Client, sit_down: Sit) -> None:
    longitude, latitude = middle_of(0, 0)
    where = PlaceWhere(Drawn(shapely.Point(longitude, latitude)))
    place = register_place(PlaceTelling("market", "西坊市场"), where, on=FOUNDED, by=on_the_map.officer, now=MONDAY)
    shop = register_premises("清和茶铺", longitude=longitude, latitude=latitude, on=FOUNDED, by=on_the_map.officer, now=MONDAY)
    office = sit_down(on_the_map.officer)
    (one,) = read(office.get(tile("places")).content)["places"]
    assert (one["properties"]["number"], one["properties"]["name"]) == (place.number, "西坊市场")
    (other,) = read(office.get(tile("premises")).content)["premises"]
    assert other["properties"]["number"] == shop.number
    page = office.get("/office/map/", {"town": "442000001"}).content.decode()
    assert "/office/places/?town=442000001" in page, "the same as a list"
    assert "/office/shops/?town=442000001" in page


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


def test_places_are_points_as_their_list_is_filtered_and_only_those_one_may_see(
    on_the_map: SimpleNamespace, desk: Client, sit_down: Sit
) -> None:
    longitude, latitude = middle_of(0, 0)
    for kind, name, manager in (("park", "河滨公园", None), ("market", "河边农贸市场", on_the_map.sanitation)):
        register_place(
            PlaceTelling(kind, name, manager=manager, condition="worn", responsible_name="不该上图的人"),
            PlaceWhere(Drawn(shapely.Point(longitude, latitude))), on=timezone.localdate(), by=on_the_map.officer, now=timezone.now(),
        )  # fmt: skip
    everything = desk.get(tile("places"))
    assert {one["properties"]["name"] for one in read(everything.content)["places"]} == {"河滨公园", "河边农贸市场"}
    assert "不该上图的人".encode() not in everything.content and "no-store" in everything.headers["Cache-Control"]
    (park,) = read(desk.get(f"{tile('places')}?kind=park").content)["places"]
    assert park["properties"] == {"number": "04-000001", "name": "河滨公园", "condition": "worn"}
    (own,) = read(sit_down(on_the_map.handler).get(tile("places")).content)["places"]
    assert own["properties"]["name"] == "河边农贸市场", "a unit sees what it manages"
    page = desk.get("/office/places/?kind=park").content.decode()
    assert "/office/map/places/{z}/{x}/{y}.mvt?kind=park" in page


def test_the_page_offers_the_layers_one_may_see_and_the_grids_as_a_list(
    on_the_map: SimpleNamespace, desk: Client, sit_down: Sit
) -> None:
    page = desk.get("/office/map/", {"town": "442000001"}).content.decode()
    assert all(str(one.title) in page for one in LAYERS)
    assert "442000001001001" in page and "442000002001001" not in page
    admin = sit_down(on_the_map.admin).get("/office/map/").content.decode()
    assert "/office/map/block/" in admin and "/office/map/cases/" not in admin
