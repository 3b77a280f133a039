"""Links to photos: they open one photo for some days, and nothing else opens any."""

from __future__ import annotations

import dataclasses
import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from PIL import Image

from wenming.desks.common.photos import SMALL, photo_url, shown
from wenming.evidence import services as evidence
from wenming.evidence.models import Exhibit

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
CANARY = b"CANARY-zhang-wei-13800000000"


@pytest.fixture
def exhibit(db: object, tmp_path: Path, settings: Any) -> Exhibit:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    file = io.BytesIO()
    about = Image.Exif()
    about[0x010E] = CANARY.decode()
    Image.new("RGB", (640, 480), "tan").save(file, "JPEG", exif=about)
    file.seek(0)
    assert CANARY in file.getvalue()
    return evidence.take_in(file, role="scene", subject=evidence.Subject("report", "1"), by=None, now=NOW)


def test_a_link_opens_the_copy_without_what_the_camera_wrote(exhibit: Exhibit, client: Client) -> None:
    for address in shown(exhibit)["url"], shown(exhibit)["large_url"]:
        answer = client.get(address)

        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/jpeg"
        assert CANARY not in b"".join(answer)  # type: ignore[arg-type]
        assert "sandbox" in answer["Content-Security-Policy"]


def test_an_unchanged_photo_is_not_sent_again(exhibit: Exhibit, client: Client) -> None:
    first = client.get(photo_url(exhibit))

    again = client.get(photo_url(exhibit), headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304
    assert first.status_code == 200


def test_a_link_cannot_be_changed_into_another(exhibit: Exhibit, client: Client) -> None:
    small = photo_url(exhibit, SMALL)

    for forged in (
        small.replace("/small/", "/large/"),
        small.replace(str(exhibit.public_id), str(uuid.uuid4())),
        photo_url(Exhibit(public_id=uuid.uuid4())),
    ):
        assert client.get(forged).status_code == 404


def test_a_link_ends(exhibit: Exhibit, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = photo_url(exhibit)
    later = timezone.now() + timedelta(days=4)
    monkeypatch.setattr("wenming.desks.common.photos.timezone.now", lambda: later)

    assert client.get(address).status_code == 404
    assert photo_url(exhibit) != address


def test_a_withdrawn_photo_is_gone(exhibit: Exhibit, client: Client) -> None:
    evidence.withdraw(exhibit, reason="照片里有人脸", by=None, now=NOW)

    assert client.get(photo_url(exhibit)).status_code == 404


def test_templates_have_a_word_for_it(exhibit: Exhibit) -> None:
    drawn = Template("{% photo_url exhibit %} {% thumb_url exhibit %} {{ exhibit|shown }}").render(
        Context({"exhibit": exhibit}, autoescape=False)
    )

    assert drawn.startswith(f"{photo_url(exhibit)} {photo_url(exhibit, SMALL)} ")
    assert "现场照片 1" in drawn
