"""What the desks share that are open to the street and to other systems: two towns on a map, blobs, the worker's turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely

from wenming.journal import worker
from wenming.territory.models import Area
from wenming.territory.rules.geometry import label_point

INSIDE, OUTSIDE = (113.385, 22.525), (110.0, 20.0)


@pytest.fixture(autouse=True)
def own_blobs(tmp_path: Path, settings: Any) -> None:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)


@pytest.fixture
def work() -> Callable[[], object]:
    """The worker's turn: whatever the journal has waiting happens now."""
    return worker.run_waiting


@pytest.fixture
def two_towns(small_city: SimpleNamespace) -> SimpleNamespace:
    """The small city with two square towns side by side."""
    whole = _area("442000", "演示市", "city", None, shapely.box(113.38, 22.52, 113.40, 22.53))
    small_city.east_area = _area("442000002", "东区", "town", whole, shapely.box(113.38, 22.52, 113.39, 22.53))
    small_city.west_area = _area("442000004", "西区", "town", whole, shapely.box(113.39, 22.52, 113.40, 22.53))
    small_city.area = whole
    return small_city


def _area(code: str, name: str, level: str, parent: Area | None, shape: Any) -> Area:
    made = Area(code=code, name=name, short_name=name, level=level, kind=level, parent=parent, valid_from="2022-01-01")
    made.set_geometry(shape)
    made.label_lon, made.label_lat = label_point(shape)
    made.save()
    return made
