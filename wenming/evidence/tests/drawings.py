"""Photos drawn for the tests: no real street, no real person, no camera."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import Image

from wenming.evidence.models import Subject

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
REPORT = Subject("report", "R-7F3K")


def scene(seed: int = 1, width: int = 800, height: int = 600) -> Image.Image:
    """A make-believe street: soft light, and a dozen objects where the seed puts them."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    light = 3 * x * random.normal(1, 0.5) + y * random.normal(2, 1)
    picture = np.stack([120 + 60 * np.sin(light + colour) for colour in range(3)])
    for _ in range(12):
        left, top, size = random.random() * 0.9, random.random() * 0.7, 0.05 + 0.2 * random.random()
        inside = (x > left) & (x < left + size) & (y > top) & (y < top + size * random.random() * 1.5)
        picture[:, inside] = random.integers(0, 255, (3, 1))
    picture += random.normal(0, 4, picture.shape)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8).transpose(1, 2, 0))


def encoded(image: Image.Image, pillow_format: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, pillow_format, **options)
    return out.getvalue()


def upload(data: bytes, name: str = "") -> io.BytesIO:
    """What a form hands over: bytes to read, and the name the sender's phone gave them."""
    file = io.BytesIO(data)
    file.name = name
    return file
