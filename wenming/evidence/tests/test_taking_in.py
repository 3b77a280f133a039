"""From a file in a form to an exhibit: what is stored, what is refused, and what people read then."""

import io
import os
import zipfile
import zlib

import pytest
from PIL import Image

from wenming.evidence import refusals
from wenming.evidence.models import Exhibit, Original, PublicCopy
from wenming.evidence.rules import limits
from wenming.evidence.selectors import exhibits_of
from wenming.evidence.services import attach, prepare, take_in
from wenming.journal.models import Entry

from .drawings import NOW, REPORT, encoded, scene, upload

pytestmark = pytest.mark.django_db


def hand_in(data: bytes, name: str = "", kind: str = "photo") -> Exhibit:
    return take_in(upload(data, name), role="scene", subject=REPORT, by=None, now=NOW, kind=kind)


def test_a_photo_becomes_an_exhibit_with_a_public_copy(photo, blobs):
    exhibit = hand_in(photo)

    original = exhibit.original
    assert (original.media_type, original.width_px, original.height_px) == ("image/jpeg", 800, 600)
    assert blobs.open(original.stored_name).read() == photo
    copy = original.public_copy
    assert (copy.width_px, copy.height_px, copy.thumb_width_px, copy.thumb_height_px) == (800, 600, 320, 240)
    assert Image.open(blobs.open(copy.stored_name)).size == (800, 600)
    assert {print_.algorithm for print_ in original.fingerprints.all()} == {"dhash64-v1", "phash64-v1"}
    assert list(exhibits_of(REPORT)) == [exhibit]


def test_the_journal_says_what_was_attached_to_what(photo):
    exhibit = hand_in(photo)
    entry = Entry.objects.get(action="evidence.attached")
    assert entry.facts == {"subject": "report:R-7F3K", "role": "scene", "digest": exhibit.original.digest}
    assert entry.by == ""


def test_a_large_photo_is_drawn_at_1600_pixels(blobs):
    copy = hand_in(encoded(scene(width=2400, height=1800))).original.public_copy
    assert (copy.width_px, copy.height_px) == (1600, 1200)


@pytest.mark.parametrize("pillow_format", ["PNG", "WEBP"])
def test_png_and_webp_are_taken_whatever_their_name(pillow_format):
    original = hand_in(encoded(scene(), pillow_format), name="照片.jpg").original
    assert original.media_type == f"image/{pillow_format.lower()}"


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_becomes_a_plain_jpeg(mode, blobs):
    image = scene().convert("L").convert("I;16") if mode == "I;16" else scene().convert(mode)
    exhibit = hand_in(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert Image.open(blobs.open(exhibit.original.public_copy.stored_name)).mode == "RGB"


def test_a_photo_taken_sideways_is_turned_upright(blobs):
    image = scene(width=800, height=400)
    image.paste("red", (0, 0, 800, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right of the sensor
    exhibit = hand_in(encoded(image.transpose(Image.Transpose.ROTATE_90), exif=exif))

    public = Image.open(blobs.open(exhibit.original.public_copy.stored_name))
    assert public.size == (800, 400)
    red, green, blue = public.getpixel((400, 30))
    assert red > 200
    assert max(green, blue) < 60


def test_the_same_photo_twice_is_one_original_and_two_exhibits(photo, blobs):
    first, second = hand_in(photo), hand_in(photo)
    assert first.original == second.original
    assert first.public_id != second.public_id
    assert len(list(blobs.stored_names())) == 3


def test_a_failed_attach_leaves_no_row(photo):
    prepared = prepare(upload(photo))
    with pytest.raises(ValueError):
        attach(prepared, role="no such role", subject=REPORT, by=None, now=NOW)
    assert not Original.objects.exists()


def test_files_reaped_between_preparing_and_attaching_are_asked_for_again(photo, blobs):
    prepared = prepare(upload(photo))
    blobs.path(prepared.stored_name).unlink()
    with pytest.raises(refusals.UploadGone):
        attach(prepared, role="scene", subject=REPORT, by=None, now=NOW)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        pytest.param(b"\0\0\0\x18ftypmp42" + os.urandom(900), "现场.mp4", "video", id="video"),
        pytest.param(b"%PDF-1.7\n" + os.urandom(900), "通知.pdf", "document", id="pdf"),
        pytest.param(b"PK\x03\x04" + os.urandom(900), "台账.xlsx", "document", id="xlsx"),
    ],
)
def test_videos_and_documents_are_kept_and_have_no_public_copy(data, name, kind, blobs):
    exhibit = hand_in(data, name, kind)
    assert blobs.open(exhibit.original.stored_name).read() == data
    assert not PublicCopy.objects.exists()


def png_bomb(side: int) -> bytes:
    """A PNG of side × side white pixels in some kilobytes, made without ever holding the pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * ((side + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def zip_of(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.txt", text)
    return out.getvalue()


REFUSED = {
    "zero bytes": (lambda photo: b"", refusals.EmptyFile),
    "SVG named jpg": (lambda photo: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", refusals.NotAPhoto),
    "web page named jpg": (lambda photo: b"<!DOCTYPE html><script>alert(1)</script>", refusals.NotAPhoto),
    "program named jpg": (lambda photo: b"MZ\x90\0" + os.urandom(600), refusals.NotAPhoto),
    "ZIP named jpg": (lambda photo: zip_of("hello"), refusals.NotAPhoto),
    "GIF": (lambda photo: encoded(scene(), "GIF"), refusals.FormatNotAccepted),
    "HEIC": (lambda photo: b"\0\0\0\x18ftypheic" + os.urandom(600), refusals.HeicNotAccepted),
    "truncated JPEG": (truncated, refusals.CannotOpen),
    "truncated PNG": (lambda photo: truncated(encoded(scene(), "PNG")), refusals.CannotOpen),
    "noise behind a JPEG signature": (lambda photo: b"\xff\xd8\xff" + os.urandom(5000), refusals.CannotOpen),
    "PNG of 169 megapixels": (lambda photo: png_bomb(13_000), refusals.TooManyPixels),
    "WebP of 160 megapixels": (
        lambda photo: encoded(Image.new("RGB", (20, 20)), "WEBP", lossless=True, exif=b"x").replace(
            b"\x13\0\0\x13\0\0", (15_999).to_bytes(3, "little") + (9_999).to_bytes(3, "little"), 1
        ),
        refusals.TooManyPixels,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "refusal"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_and_keeps_nothing(made, refusal, photo, blobs):
    with pytest.raises(refusal):
        hand_in(made(photo), name="IMG_0001.jpg")

    assert not Original.objects.exists()
    assert not any(path.is_file() for path in blobs.root.rglob("*"))


@pytest.mark.parametrize("kind", ["photo", "video", "document"])
def test_it_stops_reading_at_the_limit(kind, monkeypatch, photo):
    monkeypatch.setitem(limits.MAX_BYTES, kind, 1000)
    file = upload(photo * 1000)
    with pytest.raises(refusals.TooLarge):
        prepare(file, kind=kind)
    assert file.tell() < 1_000_000


def test_a_small_picture_file_of_169_megapixels_is_described_in_words():
    bomb = png_bomb(13_000)
    assert len(bomb) < 40_000
    with pytest.raises(refusals.TooManyPixels) as refused:
        hand_in(bomb)
    assert "16900 万像素（13000 × 13000）" in str(refused.value)


BANNED = ("非法", "无效", "错误", "操作失败", "系统异常", "系统繁忙", "抱歉", "您忘了")


@pytest.mark.parametrize(
    "refusal",
    [
        refusals.EmptyFile(),
        *(refusals.TooLarge(kind=kind, limit_mb=20) for kind in ("photo", "video", "document")),
        refusals.TooManyPixels(width_px=13_000, height_px=13_000, limit_pixels=50_000_000),
        refusals.NotAPhoto(),
        refusals.NotAPhoto(markup=True),
        *(refusals.FormatNotAccepted(kind=kind) for kind in ("photo", "video", "document")),
        refusals.HeicNotAccepted(),
        refusals.CannotOpen(),
        refusals.TooHeavy(),
        refusals.TryAgainSoon(),
        refusals.UploadGone(),
        refusals.ReasonMissing(),
    ],
    ids=lambda refusal: refusal.code,
)
def test_a_refusal_says_what_happened_and_what_to_do(refusal):
    sentence = str(refusal)
    assert "请" in sentence
    assert not [word for word in BANNED if word in sentence]
    assert "%" not in sentence
