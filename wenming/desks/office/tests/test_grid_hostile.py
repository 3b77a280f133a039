"""What nobody types and somebody sends: numbers that are none, years of the bible, shapes without a place. Refused in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases.tests.story import MONDAY
from wenming.territory.grids import drafts
from wenming.territory.models import DraftStep, GridLayer
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares

WEST = "442000001001001"
HERE = dict(zip(("longitude", "latitude"), middle_of(0, 0), strict=True))
SQUARE_WITHOUT_A_PLACE = '{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 2], [3, 1], [NaN, 1]]]}'


@pytest.fixture
def city(small_city: SimpleNamespace, layer: GridLayer) -> SimpleNamespace:  # noqa: F811
    small_city.layer = layer
    return small_city


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "1989-12-31T23:59", "9999-12-31T23:59"])
def test_a_year_outside_a_human_life_is_refused(desk: Client, city: SimpleNamespace, at: str) -> None:
    for more in ({"type": "TEST:E0192"}, {}):
        answer = desk.get("/office/who/", {**HERE, **more, "at": at})
        assert answer.status_code == 422 and "1990 年到 2100 年" in answer.content.decode()


@pytest.mark.parametrize("number", ["²", "٣", "1e5", "99999999999", "-1"])
def test_a_number_that_is_none_is_no_number(desk: Client, city: SimpleNamespace, number: str) -> None:
    for page, name in ((f"/office/grids/versions/{city.layer.pk}/", "with"), ("/office/", "type")):
        assert desk.get(page, {name: number}).status_code == 200


@pytest.mark.parametrize(
    "shape",
    [
        "nan nan, 113.39 22.53", "LINESTRING (nan nan, 1 1)", "1e400 5, 113.39 22.53", "POLYGON EMPTY",
        '{"type": "LineString", "coordinates": []}', '{"type": "LineString", "coordinates": [[1, 2], [3]]}', SQUARE_WITHOUT_A_PLACE,
        '{"geometry": 5}', "[" * 5000,
    ],
)  # fmt: skip
def test_a_shape_without_a_place_is_refused(desk: Client, city: SimpleNamespace, shape: str) -> None:
    draft = drafts.open_draft("block", name="x", by=city.officer, now=MONDAY)
    for noun, more in (
        ("splits", {"code": WEST, "way": "line", "line": shape}), ("shapes", {"code": WEST, "shape": shape}),
        ("additions", {"community": WEST[:12], "name": "新", "shape": shape}),
    ):  # fmt: skip
        assert desk.post(f"/office/grids/drafts/{draft.pk}/{noun}/", {"seen": 0, **more}).status_code == 422
    assert not DraftStep.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "[]", "{}", '{"seen": 0, "shapes": {}}', '{"seen": 0, "shapes": []}', '{"seen": 1e999, "shapes": {}}', "[" * 100_000,
        f'{{"seen": 0, "shapes": {{"{WEST}": {SQUARE_WITHOUT_A_PLACE}}}}}',
        f'{{"seen": 0, "shapes": {{"{WEST}": {{"type": "Polygon", "coordinates": []}}}}}}',
    ],
)  # fmt: skip
def test_what_the_map_never_sends_is_refused(desk: Client, city: SimpleNamespace, body: str) -> None:
    draft = drafts.open_draft("block", name="x", by=city.officer, now=MONDAY)
    answer = desk.post(f"/office/grids/drafts/{draft.pk}/borders/", body, content_type="application/json")
    assert answer.status_code == 422 and answer.json()["sentence"]
    assert not DraftStep.objects.exists()


@pytest.mark.parametrize("box", ["nan,nan,nan,nan", "inf,1,2,3", "1,2", "", "9,9,1,1"])
def test_a_box_that_is_none_shows_grids_or_nothing(desk: Client, city: SimpleNamespace, box: str) -> None:
    draft = drafts.open_draft("block", name="x", by=city.officer, now=MONDAY)
    assert desk.get(f"/office/grids/drafts/{draft.pk}/cells.geojson", {"box": box}).status_code == 200
