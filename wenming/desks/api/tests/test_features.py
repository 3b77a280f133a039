"""OGC API – Features, Part 1: what QGIS and GDAL rely on, read as the standard writes it; and what nobody may find out.

The client below knows only the links of the landing page, as a client of the standard does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED_AT, MONDAY
from wenming.desks.api.features import layers
from wenming.observations import door
from wenming.observations.door import Limits
from wenming.observations.services import Where, receive_report
from wenming.organisations.services import issue_api_key
from wenming.territory.components.services import Drawn, Facts, register_component, retire_component
from wenming.territory.models import Landmark, Premises, PremisesKind
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.services import NewCell, publish_layer

ROOT = "/api/features"
HERE = (113.3853, 22.5253)
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"


class Reader:
    """A client of the standard: it follows links and reads GeoJSON."""

    def __init__(self, key: str = "") -> None:
        self.client, self.headers = Client(), {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, address: str, **asked: object) -> dict[str, Any]:
        answer = self.client.get(address.removeprefix("http://testserver"), asked, headers=self.headers)
        assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.content.decode()[:300]}"
        return dict(answer.json())

    def status(self, address: str, **asked: object) -> int:
        return int(self.client.get(f"{ROOT}{address}", asked, headers=self.headers).status_code)

    def link(self, shown: dict[str, Any], rel: str) -> str:
        (href,) = [each["href"] for each in shown["links"] if each["rel"] == rel]
        return str(href)

    def collections(self) -> dict[str, dict[str, Any]]:
        found = self.get(self.link(self.get(ROOT), "data"))["collections"]
        return {each["id"]: each for each in found}

    def features(self, name: str, **asked: object) -> list[dict[str, Any]]:
        return [feature for page in self.pages(name, **asked) for feature in page["features"]]

    def pages(self, name: str, **asked: object) -> Iterator[dict[str, Any]]:
        page = self.get(self.link(self.collections()[name], "items"), **asked)
        while True:
            yield page
            onwards = [each["href"] for each in page["links"] if each["rel"] == "next"]
            if not onwards:
                return
            page = self.get(onwards[0])


@pytest.fixture
def anybody() -> Reader:
    return Reader()


@pytest.fixture
def partner(city: SimpleNamespace) -> Reader:
    """A system with a key."""
    return Reader(issue_api_key(city.api, name="QGIS", by=None, now=FOUNDED_AT))


@pytest.fixture
def closed(city: SimpleNamespace) -> Callable[..., Case]:
    """`closed(HERE)`: a case at that point, closed two days ago unless said otherwise; five addresses are around."""
    for number in range(5):
        Landmark.objects.create(
            name=f"门 {number}", road="民权路", number=number, longitude=HERE[0], latitude=HERE[1], town=city.east_area
        )

    def close(point: tuple[float, float] | None, ago: timedelta = timedelta(days=2), **facts: object) -> Case:
        where = Where(*point) if point else Where(address="说不清")
        text = f"门口的桶满了，我家电话 13800000000，{point}"
        handed_in = receive_report(channel="web", client_id=f"{point}{ago}", where=where, now=MONDAY, text=text, problem_type=city.overflow)
        case = cases.collect(handed_in.report, now=MONDAY)
        at = timezone.now() - ago
        is_now = {"state": "closed", "closed_at": at, "opened_at": at - timedelta(days=1), **facts}
        Case.objects.filter(pk=case.pk).update(**is_now)
        return Case.objects.get(pk=case.pk)

    return close


@pytest.fixture
def pole(city: SimpleNamespace) -> Callable[..., Any]:
    def put(serial: int, east: float = 0.0) -> Any:
        where = Drawn(shapely.Point(HERE[0] + east, HERE[1]), address="民权路")
        facts = Facts("TEST:C0101", owner=city.sanitation)
        return register_component(f"4420000101{serial:06d}", facts, where, on=date(2026, 3, 1), by=city.officer, now=timezone.now())

    return put


def test_the_links_lead_from_the_landing_page_to_everything(city: SimpleNamespace, anybody: Reader) -> None:
    landing = anybody.get(ROOT)
    assert {each["rel"] for each in landing["links"]} >= {"self", "service-desc", "conformance", "data"}
    assert CORE in anybody.get(anybody.link(landing, "conformance"))["conformsTo"]
    assert anybody.get(f"{ROOT}/")["links"] == landing["links"], "with a slash at the end too"

    definition = anybody.get(anybody.link(landing, "service-desc"))
    assert definition["openapi"].startswith("3.0")
    collections = anybody.collections()
    for name, shown in collections.items():
        assert f"/collections/{name}/items" in definition["paths"]
        assert {"id", "title", "links", "itemType", "crs", "extent"} <= shown.keys()
        assert len(shown["extent"]["spatial"]["bbox"][0]) == 4
        assert anybody.get(anybody.link(shown, "self"))["id"] == name


def test_a_feature_collection_has_what_clients_read(city: SimpleNamespace, anybody: Reader) -> None:
    answer = anybody.client.get(f"{ROOT}/collections/towns/items")
    assert answer.headers["Content-Type"] == "application/geo+json"
    shown = answer.json()
    assert shown["type"] == "FeatureCollection" and shown["numberReturned"] == len(shown["features"]) == 2
    first = shown["features"][0]
    assert first["type"] == "Feature" and first["id"] == "442000002" and first["properties"]["short_name"] == "东区"
    assert shapely.geometry.shape(first["geometry"]).equals(city.east_area.geometry)
    one = anybody.get(f"{ROOT}/collections/towns/items/442000002")
    assert one["id"] == first["id"] and one["geometry"] == first["geometry"]
    assert anybody.link(one, "collection").endswith("/collections/towns")
    assert anybody.status("/collections/towns/items/999") == 404


def test_grids_are_those_in_force(city: SimpleNamespace, anybody: Reader) -> None:
    assert anybody.features("grids") == []
    community = type(city.east_area)(code="442000002001", level="community", name="甲社区", short_name="甲社区", kind="社区")
    community.parent, community.valid_from = city.east_area, date(2020, 1, 1)
    community.set_geometry(shapely.box(113.38, 22.52, 113.40, 22.53))
    community.save()
    cell = NewCell("442000002001001", "第 1 网格", community, community.geometry)
    publish_layer(kind="block", cells=[cell], by=None, now=MONDAY)

    (grid,) = anybody.features("grids")
    assert grid["id"] == "442000002001001" and grid["properties"]["community"] == "甲社区"
    assert [each["id"] for each in anybody.features("communities", bbox="113.39,22.5,113.6,22.6")] == ["442000002001"]


def test_pages_follow_one_another_until_the_last_without_doubles(
    partner: Reader, pole: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "PORTION", 3)
    for serial in range(1, 8):
        pole(serial, east=serial / 10_000)
    pages = list(partner.pages("components", limit=2))

    assert [page["numberReturned"] for page in pages] == [2, 2, 2, 1]
    ids = [feature["id"] for page in pages for feature in page["features"]]
    assert ids == [f"4420000101{serial:06d}" for serial in range(1, 8)]
    box = f"{HERE[0] + 0.00035},{HERE[1] - 0.001},{HERE[0] + 0.00055},{HERE[1] + 0.001}"
    assert [each["id"][-1] for page in partner.pages("components", limit=1, bbox=box) for each in page["features"]] == ["4", "5"]


def test_components_are_for_those_with_a_key(anybody: Reader, partner: Reader, pole: Callable[..., Any], city: SimpleNamespace) -> None:
    kept, gone = pole(1), pole(2, east=0.001)
    retire_component(gone, reason="拆了", on=timezone.localdate(), by=city.officer, now=timezone.now())
    assert "components" not in anybody.collections()
    assert anybody.status("/collections/components/items") == 401
    assert anybody.status("/collections/components") == anybody.status(f"/collections/components/items/{kept.code}") == 401
    unit = Reader(issue_api_key(city.handler, name="unit", by=None, now=FOUNDED_AT))
    assert unit.status("/collections/components/items") == 403

    (feature,) = partner.features("components")
    assert feature["properties"]["owner"] == "环卫处" and feature["properties"]["kind"] == "上水井盖"
    assert partner.features("components", datetime="../2026-02-01") == []
    assert len(partner.features("components", datetime="2026-05-01T00:00:00Z")) == 1


def test_cases_are_what_the_public_map_shows_and_nothing_finer(
    anybody: Reader, closed: Callable[..., Case], city: SimpleNamespace
) -> None:
    shown = closed(HERE)
    closed((HERE[0] + 0.0001, HERE[1]), timedelta(hours=3))
    closed((HERE[0] + 0.0002, HERE[1]), public_when_closed=False)
    closed((HERE[0] + 0.0003, HERE[1]), state="dispatched", unit=city.sanitation)
    (feature,) = anybody.features("cases")

    assert feature["id"] == shown.number and feature["properties"]["town"] == "东区"
    assert feature["geometry"]["coordinates"] != list(HERE)
    whole = str(feature)
    assert "民权路" not in whole and "13800000000" not in whole and "电话" not in whole
    assert anybody.status(f"/collections/cases/items/{Case.objects.filter(state='dispatched').get().number}") == 404


def test_smaller_and_smaller_boxes_find_nothing_finer(anybody: Reader, closed: Callable[..., Case]) -> None:
    """The box is laid on the middle of the cell, never on the true point: around that one there is nothing."""
    closed(HERE)
    (feature,) = anybody.features("cases")
    lon, lat = feature["geometry"]["coordinates"]
    tiny = 1e-6
    assert len(anybody.features("cases", bbox=f"{lon - tiny},{lat - tiny},{lon + tiny},{lat + tiny}")) == 1
    assert anybody.features("cases", bbox=f"{HERE[0] - tiny},{HERE[1] - tiny},{HERE[0] + tiny},{HERE[1] + tiny}") == []


def test_a_case_whose_place_would_give_it_away_has_none(anybody: Reader, closed: Callable[..., Case]) -> None:
    closed(HERE)
    Landmark.objects.all().delete()
    (feature,) = anybody.features("cases")

    assert feature["geometry"] is None
    assert anybody.features("cases", bbox="113,22,114,23") == [], "what has no place lies in no box"


def test_cases_of_a_time(anybody: Reader, closed: Callable[..., Case]) -> None:
    closed(HERE, timedelta(days=2))
    closed((HERE[0] + 0.0001, HERE[1]), timedelta(days=40))
    day = (timezone.now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert len(anybody.features("cases", datetime=f"{day}/..")) == 1
    assert len(anybody.features("cases", datetime=f"../{day}")) == 1
    assert len(anybody.features("cases", datetime=day)) == 0
    assert len(anybody.features("cases", datetime="2000-01-01/2100-01-01")) == 2


def test_a_day_alone_is_the_whole_day_of_the_city(anybody: Reader, closed: Callable[..., Case]) -> None:
    case = closed(HERE, timedelta(days=40))
    opened = timezone.localdate(case.opened_at)
    assert len(anybody.features("cases", datetime=opened.isoformat())) == 1
    assert len(anybody.features("cases", datetime=f"2000-01-01/{opened}")) == 1, "to its last moment"
    assert len(anybody.features("cases", datetime=f"../{opened - timedelta(days=1)}")) == 0
    assert len(anybody.features("cases", datetime="0001-01-01T00:00:00+14:00/9999-12-31")) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"bbox": "113,22,114,23"}, 200, id="a box"),
        pytest.param({"bbox": "113,22,0,114,23,100"}, 200, id="a box with heights"),
        pytest.param({"bbox": "170,22,-170,23"}, 200, id="a box across the date line"),
        pytest.param({"bbox": "113,22,114"}, 400, id="three numbers"),
        pytest.param({"bbox": "113,24,114,23"}, 400, id="south above north"),
        pytest.param({"bbox": "nan,22,114,23"}, 400, id="no number"),
        pytest.param({"datetime": "gestern"}, 400, id="no time"),
        pytest.param({"datetime": ".."}, 400, id="no end at all"),
        pytest.param({"datetime": "2027-01-01/2026-01-01"}, 400, id="backwards"),
        pytest.param({"limit": "0"}, 400, id="none"),
        pytest.param({"limit": "-1"}, 400, id="fewer than none"),
        pytest.param({"limit": "1000000"}, 200, id="more than we give: as many as we give"),
        pytest.param({"limit": "１"}, 400, id="another alphabet's digit"),
        pytest.param({"after": "x"}, 400, id="a made-up page"),
        pytest.param({"colour": "red"}, 400, id="a parameter that nobody knows"),
        pytest.param({"crs": "http://www.opengis.net/def/crs/EPSG/0/3857"}, 400, id="another reference system"),
        pytest.param({"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}, 200, id="ours, by its name"),
        pytest.param({"f": "json"}, 200, id="the form by name"),
        pytest.param({"f": "html"}, 400, id="a form we do not speak"),
        pytest.param({"bbox": "113\x00,22,114,23"}, 400, id="a NUL"),
    ],
)
def test_questions_are_understood_or_refused_by_name(asked: dict[str, str], status: int, anybody: Reader, city: SimpleNamespace) -> None:
    assert anybody.status("/collections/towns/items", **asked) == status


def test_it_is_read_only_and_strangers_of_the_standard_get_a_sentence(anybody: Reader, city: SimpleNamespace) -> None:
    assert anybody.client.post(f"{ROOT}/collections/towns/items").status_code == 405
    missing = anybody.client.get(f"{ROOT}/collections/people/items")
    assert missing.status_code == 404 and missing.json()["code"] == "not-found"
    assert anybody.client.get(ROOT, headers={"Authorization": "Bearer wm_nothing"}).status_code == 401


def test_who_reads_everything_without_a_key_is_slowed_down(
    anybody: Reader, partner: Reader, city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.LIMITS, "map", Limits(calm=1, ceiling=2))
    answers = [anybody.status("/collections/towns/items") for _each in range(4)]
    assert answers[0] == 200 and answers[-1] == 429
    assert partner.status("/collections/towns/items") == 200, "who calls with a key is known"


# --- the registers of the street ---------------------------------------------------------------------------------------


def test_places_streets_and_edges_are_layers_and_of_households_nothing_is_told(street_city: SimpleNamespace) -> None:
    """Anybody reads places and streets; whose metres are whose is for those with a key, households by their number alone."""
    city = street_city
    where = PlaceWhere(Drawn(shapely.Point(113.385, 22.525)))
    place = register_place(PlaceTelling("market", "东坊市场", responsible_name="某人"), where, on=FOUNDED_AT.date(), by=city.officer, now=MONDAY)
    home = city.bikes
    Premises.objects.filter(pk=home.pk).update(kind=PremisesKind.HOUSEHOLD)
    anybody, partner = Reader(), Reader(issue_api_key(city.api, name="QGIS", by=None, now=FOUNDED_AT))
    assert not {"premises", "street_edges"} & set(anybody.collections())
    (told,) = anybody.features("places")
    assert (told["id"], told["properties"]["name"], told["properties"]["grid"]) == (place.number, "东坊市场", "442000002001001")
    assert "某人" not in str(told)
    (street,) = anybody.features("streets", bbox="113.38,22.52,113.39,22.53")
    assert street["geometry"]["type"] == "LineString"
    assert anybody.features("streets", bbox="110,20,110.1,20.1") == []
    assert {one["properties"]["name"] for one in partner.features("premises")} == {"清和茶铺", "阿婆面馆"}
    edges = partner.features("street_edges", bbox="113.38,22.52,113.39,22.53")
    assert {one["geometry"]["type"] for one in edges} == {"Polygon"}
    assert {one["properties"]["holder"] for one in edges} == {"清和茶铺", "阿婆面馆", None}
    assert home.name not in str(edges)
    assert partner.status(f"/collections/street_edges/items/{edges[0]['id']}") == 200
    assert partner.status("/collections/street_edges/items/none") == 404
    assert anybody.status("/collections/street_edges/items") == 401
