"""A leader at the desk, and a city in which something is late."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.accountability.tests.conftest import closed, dispatched
from wenming.desks.common.tests.sitting import Sit

__all__ = ["closed", "dispatched"]


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The leader's browser."""
    return sit_down(small_city.leader)
