"""Whatever is asked about the ground (who answers, places, frontages, grids, tiles), however strange: never a failure of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from wenming.cases.tests.story import FOUNDED_AT
from wenming.desks.api.features.layers import LAYERS
from wenming.desks.common.tests.sitting import Sit, sit_down
from wenming.observations import door
from wenming.observations.door import Limits
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.frontages.services import Edge, Walls, manage_street, register_premises, set_stretch
from wenming.territory.models import Area
from wenming.territory.public_places import services as places
from wenming.territory.rules.precedence import next_code
from wenming.territory.services import NewCell, publish_layer

__all__ = ["sit_down"]
LON, LAT, SINCE = 113.385, 22.525, date(2026, 1, 1)
BOX = "113.38,22.52,113.40,22.53"
# Bad, huge, empty, of another type, in another writing, for another place, and what programs are broken with.
STRANGE = (
    "", " ", "\x00", f"{BOX}\x00", "a\x00b", "-", "-1", "-0", "0", "1.5", "1e400", "-1e308", "nan", "NaN", "Infinity", "-inf", "１２", "٣", "½",
    "9" * 18, "9" * 19, "9" * 400, "9" * 5000, "true", "null", "[]", "{}", "[[[[", "'; DROP TABLE x; --", "../../../etc/passwd", "%00", "%s%n",
    "垃圾" * 300, "\u202e\ufeff", "\U0001f5d1", "\ufffd\ud800".encode("utf-8", "replace").decode(),
)  # fmt: skip
MOMENTS = (
    "0001-01-01T00:00:00+14:00", "0001-01-01", "9999-12-31T23:59:59-14:00", "9999-12-31", "../0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00/..", "2026-02-30", "2026-11-22T25:00:00Z", "2026-11-22T08:00:00+99:99", "/", "../..", "a/b/c",
)  # fmt: skip
BOXES = (
    BOX, "180,-90,-180,90", "-180,-90,180,90", "nan,nan,nan,nan", "1e308,1e308,1e308,1e308", "inf,0,0,inf", "0,0,0", "0,0,0,0,0,0,0", ",,,",
    "113.40,22.53,113.38,22.52", "0,0,9e99,1,1,9e99",
)  # fmt: skip
# Of another city, of another kind of thing, of nothing at all.
KEYS = ("110101001", "442000002", "110101001001001", "1101010101000001", "P000001", "M999999", "DQ-001", "0", "00", "1")


@pytest.fixture(autouse=True)
def wide_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in door.LIMITS:
        monkeypatch.setitem(door.LIMITS, name, Limits(calm=10**6, ceiling=10**7))


@pytest.fixture
def ground(city: SimpleNamespace) -> SimpleNamespace:
    """A grid, a component, a place, and a street with a shop and its piece of the edge: every collection has something."""
    blocks = []
    for town in (city.east_area, city.west_area):
        home = Area(code=f"{town.code}001", name="社区", short_name="社区", level="community", kind="社区", parent=town, valid_from="2022-01-01")
        home.set_geometry(town.geometry)
        home.save()
        blocks.append(NewCell(f"{home.code}001", "一", home, town.geometry))
    publish_layer(kind="block", cells=blocks, by=None, now=FOUNDED_AT)
    strip = NewCell(next_code(blocks[0].community.code, "strip", ()), "一", blocks[0].community, shapely.box(LON, LAT, LON + 0.001, LAT + 0.001))
    publish_layer(kind="strip", cells=[strip], by=None, now=FOUNDED_AT)
    here = shapely.Point(LON, LAT)
    kind = city.manhole.full_code
    register_component("4420000101000001", Facts(kind), Drawn(here), on=SINCE, by=None, now=FOUNDED_AT)
    where = places.PlaceWhere(places.Drawn(here, address="民权路 3 号"))
    places.register_place(places.PlaceTelling("market", "市场"), where, on=SINCE, by=None, now=FOUNDED_AT)
    line = shapely.LineString([(LON, LAT), (LON + 0.003, LAT)])
    street = manage_street("DQ-001", "民权路", line, town=city.east_area, walls=Walls(9, 9), on=SINCE, by=None, now=FOUNDED_AT)
    shop = register_premises("茶店", longitude=LON + 0.001, latitude=LAT, on=SINCE, by=None, now=FOUNDED_AT)
    set_stretch(street, Edge("left", 10, 20, 3, "墙基到路缘石"), holder=shop, on=SINCE, by=None, now=FOUNDED_AT)
    return city


@pytest.fixture
def outside() -> Client:
    """Somebody to whom a failure of ours is an answer like any other."""
    return Client(raise_request_exception=False)


@pytest.fixture
def bearer(ground: SimpleNamespace, key_for: Callable[..., str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key_for(ground.api)}"}


def test_no_question_to_a_collection_breaks_it(outside: Client, bearer: dict[str, str]) -> None:
    values = {"bbox": BOXES, "datetime": MOMENTS, "limit": (), "after": KEYS, "crs": (), "bbox-crs": (), "f": (), "person": KEYS}
    failed = []
    for name in LAYERS:
        address = f"/api/features/collections/{name}/items"
        assert outside.get(address, {"bbox": BOX}, headers=bearer).json()["type"] == "FeatureCollection"
        for parameter, own in values.items():
            # What reads a parameter is the same for all collections; what a collection does with it is its own.
            for value in own if own else STRANGE if name == "cases" else ():
                failed += _broken(outside, address, {parameter: value}, bearer)
    for parameter in values:
        for value in STRANGE:
            failed += _broken(outside, "/api/features/collections/street_edges/items", {parameter: value}, bearer)
    assert failed == []


def test_no_key_of_a_feature_breaks_its_collection(outside: Client, bearer: dict[str, str]) -> None:
    failed = []
    for name in LAYERS:
        for key in (*STRANGE, *KEYS):
            failed += _broken(outside, f"/api/features/collections/{name}/items/{quote(key, safe='')}", {}, bearer)
    for key in (*STRANGE, *KEYS):
        failed += _broken(outside, f"/api/features/collections/{quote(key, safe='')}", {}, bearer)
        failed += _broken(outside, f"/api/features/{quote(key, safe='')}", {}, bearer)
    assert failed == []


def test_no_question_who_answers_breaks(outside: Client, bearer: dict[str, str]) -> None:
    whole = {"problem_type": "TEST:E0192", "longitude": str(LON), "latitude": str(LAT)}
    assert outside.get("/api/v1/who", whole).status_code == 200
    more = {"at": MOMENTS, "component": KEYS, "problem_type": KEYS, "longitude": (), "latitude": (), "datum": ("wgs84", "gcj02", "bd09")}
    failed = []
    for parameter, own in more.items():
        for value in (*STRANGE, *own):
            failed += _broken(outside, "/api/v1/who", {**whole, parameter: value}, {})
    for lon, lat in ((180, 90), (-180, -90), (0, 0), (180, -90), (1e-300, 1e-300), (113.385, 91)):
        failed += _broken(outside, "/api/v1/who", {**whole, "longitude": str(lon), "latitude": str(lat), "datum": "bd09"}, {})
    assert failed == []


def test_no_code_of_a_town_or_a_scheme_breaks(outside: Client, bearer: dict[str, str]) -> None:
    failed = []
    for value in (*STRANGE, *KEYS):
        failed += _broken(outside, f"/api/v1/towns/{quote(value, safe='')}/communities", {}, {})
        failed += _broken(outside, "/api/v1/problem-types", {"scheme": value, "kind": value}, {})
    assert failed == []


def test_no_address_of_a_tile_breaks(ground: SimpleNamespace, sit_down: Sit) -> None:
    outside = sit_down(ground.officer)
    outside.raise_request_exception = False
    routes = sorted(_routes_of_tiles())
    assert len(routes) >= 8
    numbers = ("0", "1", "14", "22", "23", "31", "63", "1000000", str(2**31), str(2**63), "9" * 400, "9" * 5000, "-1", "1.5", "%00", "１", "")
    failed = []
    for route in routes:
        found = outside.get("/" + route.replace("<int:z>", "14").replace("<int:x>", "13350").replace("<int:y>", "7139"))
        assert found.status_code == 200, route
        for value in numbers:
            for z, x, y in ((value, "0", "0"), ("14", value, "0"), ("14", "0", value), (value, value, value)):
                address = "/" + route.replace("<int:z>", z).replace("<int:x>", x).replace("<int:y>", y)
                failed += _broken(outside, address, {}, {})
        for value in STRANGE if "places" in route else ():  # the one that is filtered as its list is
            failed += _broken(outside, "/" + route.replace("<int:z>/<int:x>/<int:y>", "0/0/0"), dict.fromkeys(("kind", "town", "q", "e"), value), {})
    assert failed == []


def _broken(outside: Client, address: str, asked: dict[str, str], headers: dict[str, str]) -> list[str]:
    status = outside.get(address, asked, headers=headers).status_code
    return [f"{status} {address[:80]} {str(asked)[:80]}"] if status >= 500 else []


def _routes_of_tiles() -> Iterator[str]:
    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, before + str(one.pattern))
            elif isinstance(one, URLPattern) and "<int:z>" in str(one.pattern):
                yield before + str(one.pattern)

    return walk(get_resolver().url_patterns, "")
