"""A blob folder of its own for every test, and one photo to hand in."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from wenming.evidence.blob_store import BlobStore, city_blobs

from .drawings import encoded, scene


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, settings: Any) -> BlobStore:
    """An empty city folder for this test alone."""
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    return city_blobs()


@pytest.fixture(scope="session")
def photo() -> bytes:
    return encoded(scene(), quality=90)
