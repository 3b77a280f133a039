"""A small city on a small map, the keys of those who call, and a photograph."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from wenming.cases.tests.story import FOUNDED_AT
from wenming.journal import worker
from wenming.organisations.models import Account
from wenming.organisations.services import issue_api_key
from wenming.territory.models import Area

INSIDE, OUTSIDE = (113.385, 22.525), (110.0, 20.0)
REPORTS = "/api/v1/reports"


@pytest.fixture(autouse=True)
def own_blobs(tmp_path: Path, settings: Any) -> None:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    """The small city with two square towns side by side; its current scheme is published."""
    whole = _area("442000", "演示市", "city", None, shapely.box(113.38, 22.52, 113.40, 22.53))
    small_city.east_area = _area("442000002", "东区", "town", whole, shapely.box(113.38, 22.52, 113.39, 22.53))
    small_city.west_area = _area("442000004", "西区", "town", whole, shapely.box(113.39, 22.52, 113.40, 22.53))
    return small_city


@pytest.fixture
def key_for() -> Callable[[Account], str]:
    """`key_for(city.api)`: a fresh key that acts as that account."""
    return lambda account: issue_api_key(account, name="测试", by=None, now=FOUNDED_AT)


@pytest.fixture
def photo() -> Callable[..., SimpleUploadedFile]:
    def take(colour: str = "tan") -> SimpleUploadedFile:
        file = io.BytesIO()
        Image.new("RGB", (320, 240), colour).save(file, "JPEG")
        return SimpleUploadedFile("a.jpg", file.getvalue(), "image/jpeg")

    return take


@pytest.fixture
def send(client: Client) -> Callable[..., HttpResponse]:
    """`send({"text": "桶满了"}, key="abcdefgh")`: hand a report in as JSON."""

    def hand_in(body: Any, *, key: str = "", bearer: str = "", **headers: str) -> HttpResponse:
        if key:
            headers["Idempotency-Key"] = key
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return client.post(REPORTS, raw, content_type="application/json", headers=headers)

    return hand_in


@pytest.fixture
def work() -> Callable[[], object]:
    """The worker's turn: whatever the journal has waiting happens now."""
    return worker.run_waiting


def _area(code: str, name: str, level: str, parent: Area | None, shape: Any) -> Area:
    made = Area(code=code, name=name, short_name=name, level=level, kind=level, parent=parent, valid_from="2022-01-01")
    made.set_geometry(shape)
    made.save()
    return made
