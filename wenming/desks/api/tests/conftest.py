"""A small city on a small map, the keys of those who call, and a photograph."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from wenming.cases.tests.story import FOUNDED_AT
from wenming.desks.common.tests.outside import INSIDE, OUTSIDE, own_blobs, two_towns, work
from wenming.organisations.models import Account
from wenming.organisations.services import issue_api_key

__all__ = ["INSIDE", "OUTSIDE", "own_blobs", "two_towns", "work"]
REPORTS = "/api/v1/reports"


@pytest.fixture
def city(two_towns: SimpleNamespace) -> SimpleNamespace:
    """The small city with its two towns; its current scheme is published."""
    return two_towns


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
