"""The three offices at their desks."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from wenming.cases.tests.story import FOUNDED
from wenming.desks.common.tests.sitting import Sit
from wenming.territory.models import Area, Level


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The administrator's browser, in a city whose map has its two towns."""
    for code, name in (("442000002", "东区"), ("442000004", "西区")):
        Area.objects.create(code=code, level=Level.TOWN, name=name, short_name=name, kind="街道", valid_from=FOUNDED)
    return sit_down(small_city.admin)
