"""Rules of public places: numbers and codes, what a dossier asks for, when two tellings may be one place."""

from __future__ import annotations

import pytest

from wenming.territory.models import PlaceKind
from wenming.territory.rules.place_facts import PlaceTold, missing
from wenming.territory.rules.place_numbers import (
    KINDS_IN_ORDER,
    is_number,
    place_number,
    serial_of,
    short_code,
    tidy_code,
)
from wenming.territory.rules.same_place import may_be_one, pairs_of, similarity, tidy_name


def test_the_sixteen_kinds_of_the_policy_each_have_their_two_digits() -> None:
    assert len(PlaceKind) == 16
    assert tuple(PlaceKind.values) == KINDS_IN_ORDER, "the order is in every number: it never changes"
    assert place_number("market", 23) == "11-000023" and serial_of("11-000023") == 23
    assert serial_of("老编号7") == 0


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        pytest.param("SQ-2014_07", True, id="a number the city had before"),
        pytest.param("11/23", False, id="no slash: the number is part of an address"),
        pytest.param("A" * 25, False, id="no longer than its column"),
        pytest.param("-1", False, id="does not begin with a dash, as formulas do"),
    ],
)
def test_a_citys_own_numbers(text: str, fits: bool) -> None:
    assert is_number(text) is fits


def test_a_code_typed_from_the_plate_is_forgiven() -> None:
    code = short_code(bytes(range(5)))
    assert len(code) == 8 and code[0] == "P" and tidy_code(code.lower()) == code
    assert tidy_code("p-o1l 0000") == "P0110000"
    assert tidy_code("442000 001007 001") == "G442000001007001", "a grid's digits are printed without their letter"


@pytest.mark.parametrize(
    ("told", "gaps"),
    [
        pytest.param(PlaceTold("park", True, True, True, True, True), (), id="complete"),
        pytest.param(PlaceTold("transport", False, True, True, True, True), (), id="what moves needs a town, not a position"),
        pytest.param(PlaceTold("park", False, True, True, True, True), ("position",), id="a park needs a position"),
        pytest.param(PlaceTold("hotel", True, True, False, False, False), ("manager", "responsible", "condition"), id="nobody's"),
    ],
)
def test_what_a_dossier_still_asks_for(told: PlaceTold, gaps: tuple[str, ...]) -> None:
    assert missing(told) == gaps


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        pytest.param("河边农贸市场", "中山市 河边农贸市场（东区）", 0.6, 1, id="the city before it, the town behind it"),
        pytest.param("兴中广场", "兴 中 广 场", 1, 1, id="spaces"),
        pytest.param("ＡＢＣ影城", "abc影城", 1, 1, id="full width"),
        pytest.param("河边农贸市场", "孙文公园", 0, 0.2, id="another place"),
    ],
)
def test_how_alike_two_names_are(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(pairs_of(tidy_name(one)), pairs_of(tidy_name(other))) <= most


@pytest.mark.parametrize(
    ("kind", "other", "alike", "metres", "asks"),
    [
        pytest.param("market", "market", 0.8, 60.0, True, id="alike, of a kind, near"),
        pytest.param("market", "mall", 0.8, 60.0, True, id="taken for one another"),
        pytest.param("market", "hotel", 1.0, 0.0, False, id="never of such kinds"),
        pytest.param("market", "market", 0.8, 200.0, False, id="too far apart"),
        pytest.param("road", "road", 0.8, 700.0, True, id="a road is drawn from another end"),
        pytest.param("market", "market", 0.1, 10.0, True, id="another name on the same spot"),
        pytest.param("market", "market", 0.1, 40.0, False, id="a neighbour of another name"),
        pytest.param("market", "market", 0.9, None, False, id="without position only the same name speaks"),
        pytest.param("market", "market", 1.0, None, True, id="the same name in the same town"),
    ],
)
def test_when_two_may_be_one(kind: str, other: str, alike: float, metres: float | None, asks: bool) -> None:
    assert may_be_one(kind, other, alike, metres) is asks
    assert may_be_one(other, kind, alike, metres) is asks, "whichever is asked first"


def test_the_same_name_in_another_town_is_another_place() -> None:
    assert not may_be_one("market", "market", 1.0, None, same_town=False)
