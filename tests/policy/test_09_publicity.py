"""Policy 9: publicity. The measured taps and seconds of 9.4 are in desks/public/tests/test_browser.py."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from wenming.evidence.models import Exhibit
from wenming.evidence.serving import open_public
from wenming.journal.models import Entry
from wenming.journal.worker import run_waiting
from wenming.observations.models import Report

SECRET_OWNER = "CanaryOwner7731"
SECRET_PHONE = "13800007731"


def photo_with_secrets() -> SimpleUploadedFile:
    """A photograph whose metadata and file name would give its owner away."""
    image = Image.effect_noise((800, 600), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x013B], exif[0x010E] = SECRET_OWNER, SECRET_OWNER
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return SimpleUploadedFile(f"{SECRET_OWNER}.jpg", file.getvalue(), "image/jpeg")


@pytest.mark.policy("9.4")
def test_anyone_reports_with_a_photo_follows_it_and_stays_unknown(citizen: Client, small_city: SimpleNamespace) -> None:
    """No account, no typing; progress by the receipt; identity and metadata leave by no door."""
    answer = citizen.post("/report/", {"client_id": "phone-9", "photos": photo_with_secrets()})
    receipt = Report.objects.get().receipt
    assert answer.headers["Location"].endswith(f"/report/done/{receipt}/")
    citizen.post(f"/c/{receipt}/contact/", {"name": SECRET_OWNER, "phone": SECRET_PHONE})
    run_waiting()

    page = citizen.get(f"/c/{receipt}/").content.decode()
    journal = json.dumps(list(Entry.objects.values_list("facts", "about", "by")), ensure_ascii=False)
    picture = open_public(Exhibit.objects.get()).file.read()
    assert receipt in page
    for secret in (SECRET_OWNER, SECRET_PHONE):
        assert secret not in page and secret not in journal and secret.encode() not in picture


@pytest.mark.policy("9.4")
def test_whoever_does_not_know_the_number_learns_nothing(citizen: Client, small_city: SimpleNamespace) -> None:
    """A wrong number and an unknown number get the same answer."""
    citizen.post("/report/", {"client_id": "phone-10", "text": "桶满了"})
    unknown = citizen.get("/c/26-1116-0000-0000-0000/")
    wrong = citizen.get("/c/nonsense/")

    assert unknown.status_code == wrong.status_code == 404
    assert "桶满了" not in unknown.content.decode()
