"""Nothing the camera, the phone or a prankster put into a file reaches the public bytes (T4, T5, T15)."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import serializers
from PIL import Image, PngImagePlugin

from wenming.evidence.models import CameraClaim, Exhibit, Original, PendingUpload
from wenming.evidence.services import hold_upload, take_in

from .drawings import NOW, REPORT, encoded, scene, upload

pytestmark = pytest.mark.django_db

CANARY = "canary-7Qx9-zhang-san"
CANARY_BYTES = CANARY.encode()


def exif_with_canaries() -> Image.Exif:
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):  # description, make, model, software, artist, rights
        exif[tag] = CANARY
    exif[0x9C9F] = CANARY.encode("utf-16-le")  # the subject as Windows writes it
    details = exif.get_ifd(0x8769)
    details[0x9003] = "2026:11:22 14:03:09"
    details[0x927C] = CANARY_BYTES * 20  # maker note
    details[0x9286] = CANARY_BYTES  # user comment
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (22.0, 31.0, 1.5), "E", (113.0, 23.0, 33.0)
    place[27] = CANARY_BYTES
    return exif


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def with_segments(photo: bytes) -> bytes:
    """XMP, a thumbnail inside APP1, IPTC, a comment, and an ICC profile nobody can read."""
    inner = encoded(Image.new("RGB", (8, 8), "red"), comment=CANARY_BYTES)
    extra = (
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY_BYTES + b"</x:xmpmeta>")
        + segment(0xE1, b"Exif\0\0" + inner)
        + segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + CANARY_BYTES)
        + segment(0xE2, b"ICC_PROFILE\0\x01\x01" + CANARY_BYTES)
        + segment(0xFE, CANARY_BYTES)
    )
    return photo[:2] + extra + photo[2:]


def png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", CANARY)
    info.add_itxt("Comment", CANARY, zip=True)
    info.add_itxt("XML:com.adobe.xmp", CANARY)
    return info


def zip_with_canary() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", CANARY)
    return out.getvalue()


HTML = b"<html><script>/*" + CANARY_BYTES + b"*/alert(document.domain)</script></html>"
FILES = {
    "JPEG with EXIF": lambda: encoded(scene(), exif=exif_with_canaries()),
    "JPEG with XMP, IPTC, ICC, comment, thumbnail": lambda: with_segments(encoded(scene())),
    "PNG with text and EXIF": lambda: encoded(scene(), "PNG", pnginfo=png_text(), exif=exif_with_canaries()),
    "WebP with EXIF and XMP": lambda: encoded(scene(), "WEBP", exif=exif_with_canaries().tobytes(), xmp=CANARY_BYTES),
    "JPEG that is also a web page": lambda: encoded(scene(), comment=HTML) + HTML,
    "JPEG that is also a ZIP": lambda: encoded(scene()) + zip_with_canary(),
    "PNG that is also PHP": lambda: encoded(scene(), "PNG") + b"<?php system($_GET['c']); //" + CANARY_BYTES,
    "second frame of a multi-picture JPEG": lambda: encoded(
        scene(), "MPO", save_all=True, append_images=[scene(2)], comment=CANARY_BYTES
    ),
}
SECOND_FORMATS = re.compile(
    rb"<html|<script|<\?php|PK\x03\x04|PK\x05\x06|Exif\0\0|http://ns\.adobe|8BIM|ICC_PROFILE|JFXX"
)


@pytest.mark.parametrize("made", FILES.values(), ids=FILES)
def test_public_bytes_hold_pixels_and_nothing_else(made, blobs):
    data = made()
    exhibit = take_in(upload(data, f"{CANARY}.jpg"), role="scene", subject=REPORT, by=None, now=NOW)

    copy = exhibit.original.public_copy
    for stored_name in (copy.stored_name, copy.thumb_stored_name):
        public = blobs.open(stored_name).read()
        assert CANARY_BYTES not in public
        assert not SECOND_FORMATS.search(public)
        assert segments_of(public) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        assert public.endswith(b"\xff\xd9")
        assert dict(Image.open(io.BytesIO(public)).getexif()) == {}


def segments_of(jpeg: bytes) -> set[int]:
    """Every marker up to the first pixels: tables and sizes, and no room for words."""
    markers, at = set(), 2
    while True:
        marker = jpeg[at + 1]
        markers.add(marker)
        if marker == 0xDA:
            return markers
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")


@pytest.mark.parametrize("made", FILES.values(), ids=FILES)
def test_no_row_and_no_file_name_repeats_what_the_camera_or_the_sender_wrote(made, blobs):
    take_in(upload(made(), f"{CANARY}.jpg"), role="scene", subject=REPORT, by=None, now=NOW)
    hold_upload(upload(made(), f"{CANARY}.jpg"), now=NOW)

    rows = [*Original.objects.all(), *Exhibit.objects.all(), *CameraClaim.objects.all(), *PendingUpload.objects.all()]
    assert CANARY not in serializers.serialize("json", rows)
    assert not [path for path in Path(blobs.root).rglob("*") if CANARY in path.name]


def test_the_cameras_claims_are_kept_as_plain_values_on_the_staff_side():
    exhibit = take_in(
        upload(encoded(scene(), exif=exif_with_canaries())), role="scene", subject=REPORT, by=None, now=NOW
    )
    claim = exhibit.original.camera_claim
    assert claim.taken_at == datetime(2026, 11, 22, 6, 3, 9, tzinfo=UTC)  # no offset in the file: the city's time
    assert claim.lon_wgs84 == pytest.approx(113.3925)
    assert claim.lat_wgs84 == pytest.approx(22.51708, abs=1e-4)


ZERO = (0.0, 0.0, 0.0)
SPOILED = {
    "a clock never set": (0x8769, {0x9003: "0000:00:00 00:00:00"}),
    "words for a time": (0x8769, {0x9003: CANARY}),
    "no fix yet": (0x8825, {1: "N", 2: ZERO, 3: "E", 4: ZERO}),
    "beyond the pole": (0x8825, {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)}),
    "half a place": (0x8825, {2: (22.0, 0.0, 0.0)}),
}


@pytest.mark.parametrize(("section", "values"), SPOILED.values(), ids=SPOILED)
def test_a_claim_that_makes_no_sense_is_no_claim(section, values):
    exif = Image.Exif()
    exif.get_ifd(section).update(values)
    exhibit = take_in(upload(encoded(scene(), exif=exif)), role="scene", subject=REPORT, by=None, now=NOW)
    assert not CameraClaim.objects.filter(original=exhibit.original).exists()
