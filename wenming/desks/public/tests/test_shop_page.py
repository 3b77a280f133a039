"""The shop's own page: its ground is drawn from wall to kerb, in place, before a word is said about it. Policy: 3.3."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.territory.frontages.selectors import stretches_of

pytestmark = pytest.mark.django_db
OUTLINE = re.compile('class="map-outline is-chosen"')


def page_of(shop: object) -> str:
    return Client().get(f"/shop/{shop.plate_code}/").content.decode()  # type: ignore[attr-defined]


def test_the_ground_that_is_its_own_is_drawn_on_the_map(told: SimpleNamespace) -> None:
    assert len(OUTLINE.findall(page_of(told.tea))) == stretches_of(told.tea).count() > 0


def test_all_of_the_ground_is_inside_the_picture(told: SimpleNamespace) -> None:
    west, south, east, north = map(float, re.search(r'data-bounds="([^"]+)"', page_of(told.tea))[1].split(","))  # type: ignore[index]

    for one in stretches_of(told.tea):
        left, low, right, high = one.area.bounds
        assert west < left and right < east and south < low and high < north
