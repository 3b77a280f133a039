"""A code of any year leads to the unit that answers today."""

from datetime import date

import pytest

from wenming.territory.demo.geography import load_areas
from wenming.territory.selectors import communities_of, resolve_code, town_on, towns

IN_2014, TODAY = date(2014, 10, 1), date(2026, 11, 23)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _areas():
    load_areas()


@pytest.mark.parametrize(
    ("code", "on", "name"),
    [
        pytest.param("442000104", TODAY, "小榄镇", id="a merged town leads to the town it joined"),
        pytest.param("442000104", IN_2014, "东升镇", id="in its own time it is itself"),
        pytest.param("442000100", TODAY, "小榄镇", id="a town that got a new code"),
        pytest.param("442000118", TODAY, "小榄镇", id="today's own code"),
        pytest.param("442000102", TODAY, "民众街道", id="a town that became a subdistrict"),
        pytest.param("442000113000", TODAY, "南朗街道", id="the 12-digit form"),
        pytest.param("442000003", IN_2014, "火炬开发区", id="the same code under its old name"),
        pytest.param("442000003", TODAY, "中山港街道", id="the same code under its new name"),
        pytest.param("442000001007", TODAY, "桂园社区", id="a community"),
        pytest.param("442000104201", TODAY, "小榄镇", id="an unknown community leads to its town"),
        pytest.param("442000000000", TODAY, "中山市", id="the city, twelve digits"),
    ],
)
def test_a_code_resolves(code, on, name):
    assert resolve_code(code, on).short_name == name


@pytest.mark.parametrize("code", ["", "442", "999999999", "442000118'--"])
def test_a_code_that_nobody_bore_resolves_to_nothing(code):
    assert resolve_code(code, TODAY) is None


def test_a_community_answers_with_its_town():
    assert town_on("442000001007", TODAY).short_name == "石岐街道"
    assert town_on("442000", TODAY) is None


def test_there_were_24_towns_in_2014_and_are_23_today():
    assert towns(IN_2014).count() == 24
    assert towns(TODAY).count() == towns().count() == 23


def test_every_town_has_its_communities():
    assert sum(communities_of(town).count() for town in towns()) == 287
