"""Where it is, on a form of the desk: looked up by name, typed in any datum, or pointed at; with scripts and without."""

from __future__ import annotations

import json
import re
from html import unescape
from types import SimpleNamespace

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from wenming.cases.tests.story import FOUNDED
from wenming.desks.common.tests.sitting import Sit
from wenming.territory.components.services import Drawn
from wenming.territory.models import Place, PlaceKind
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.coordinates import Datum, from_cgcs2000
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares

LON, LAT = middle_of(0, 0)


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace, layer: object) -> Client:  # noqa: F811
    return sit_down(small_city.officer)


@pytest.fixture
def market(small_city: SimpleNamespace, desk: Client) -> Place:
    return register_place(
        PlaceTelling(PlaceKind.MARKET, "河边市场"), PlaceWhere(Drawn(shapely.Point(LON, LAT), address="河边路 3 号")), on=FOUNDED,
        by=small_city.officer, now=timezone.now(),
    )  # fmt: skip


def drawn(desk: Client, **asked: object) -> tuple[str, list[object], str]:
    """(where the point lies, what the words may mean, the drawing)."""
    answer = desk.get("/office/who/map/", asked)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/svg+xml"
    page = answer.content.decode()
    here, meant = (re.search(rf' data-{name}="([^"]*)"', page) for name in ("here", "meant"))
    return here.group(1) if here else "", json.loads(unescape(meant.group(1))) if meant else [], page


def test_a_name_is_found_and_says_what_it_was_taken_for(desk: Client, market: Place) -> None:
    here, meant, page = drawn(desk, address="河边市场")

    assert here == f"{LON:.6f},{LAT:.6f}"
    assert meant == [[f"河边市场 {market.number}", pytest.approx(LON), pytest.approx(LAT)]]
    assert "data-bounds=" in page and "map-pin" in page


@pytest.mark.parametrize("asked", [{}, {"address": "没有这个地方"}, {"longitude": "x", "latitude": ""}, {"longitude": "nan", "latitude": "22"},
                                   {"longitude": "400", "latitude": "22"}, {"longitude": "113", "latitude": "22", "datum": "moon"}],
                         ids=["nothing", "unknown", "no numbers", "not a number", "no longitude", "no datum"])  # fmt: skip
def test_what_is_no_place_shows_the_city(asked: dict[str, str], desk: Client) -> None:
    here, meant, page = drawn(desk, **asked)

    assert (here, meant) == ("", []) and page.startswith("<svg")


@pytest.mark.parametrize("datum", list(Datum))
def test_numbers_stand_where_their_datum_means(datum: Datum, desk: Client) -> None:
    longitude, latitude = from_cgcs2000(LON, LAT, datum)

    here, _meant, _page = drawn(desk, longitude=longitude, latitude=latitude, datum=datum.value)

    assert [float(one) for one in here.split(",")] == pytest.approx([LON, LAT], abs=2e-6)


def test_the_map_comes_closer_but_not_without_end(desk: Client) -> None:
    def zoom(wanted: str) -> str:
        page = drawn(desk, longitude=LON, latitude=LAT, zoom=wanted)[2]
        return re.findall(r' data-zoom="([^"]*)"', page)[0]

    assert [zoom(wanted) for wanted in ("14", "99", "-5", "inf", "nah")] == ["14", "18", "10", "16", "16"]


@pytest.mark.parametrize(("page", "words"), [("places", "address"), ("components", "address"), ("shops", "door")])
def test_without_scripts_a_form_comes_back_with_the_map_and_the_numbers(page: str, words: str, desk: Client, market: Place) -> None:
    answer = desk.post(f"/office/{page}/new/", {"look_up": "1", words: "河边市场", "name": "新的一处", "datum": "gcj02"})
    shown = answer.content.decode()

    assert answer.status_code == 200 and "data-here=" in shown
    assert f'value="{LON:.6f}"' in shown and f'value="{LAT:.6f}"' in shown, "the numbers are there to be handed in"
    assert 'value="新的一处"' in shown, "nothing typed is lost"
    assert '<option value="cgcs2000" selected>' in shown, "what the map gives is in the house's datum"
    assert "field-error" not in shown, "asking for the map refuses nothing"


def test_all_that_is_to_be_mended_about_a_position_is_said_at_once(desk: Client) -> None:
    shown = desk.post("/office/places/new/", {"longitude": "113.38", "datum": "cgcs2000", "on": "2026-03-01"}).content.decode()

    assert "经度和纬度要一起填" in shown and "这一项要填" in shown
