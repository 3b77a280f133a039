"""What the pages call the city."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from wenming.desks.common.context import city_name
from wenming.territory.models import Area, Level


@pytest.fixture(autouse=True)
def nothing_said_and_nothing_remembered(settings):
    settings.CITY_NAME = ""
    cache.delete("city-name")
    yield
    cache.delete("city-name")


@pytest.fixture
def on_the_map(db):
    return Area.objects.create(
        code="442000", name="中山市", short_name="中山市", level=Level.CITY, valid_from=date(2020, 1, 1)
    )


def test_a_city_without_a_map_is_this_city(db):
    assert city_name() == "本市"


def test_the_map_knows_the_name(on_the_map):
    assert city_name() == "中山市"


def test_the_settings_know_better(on_the_map, settings):
    settings.CITY_NAME = "中山"
    assert city_name() == "中山"


def test_pages_do_not_ask_the_database_each_time(on_the_map, django_assert_num_queries):
    city_name()
    with django_assert_num_queries(0):
        city_name()


def test_the_public_page_bears_it(on_the_map):
    page = Client().get("/about/privacy/").content.decode()

    assert "中山市文明随手拍" in page
    assert "主办单位：中山市" in page
