"""Photographs in pieces: whatever breaks off, goes missing or lies, the file is a beginning of what was sent, or whole."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenming.evidence import refusals, resumable
from wenming.evidence.blob_store import BlobStore
from wenming.evidence.models import PartialUpload, PendingUpload
from wenming.evidence.reaper import reap
from wenming.evidence.rules import tus
from wenming.evidence.rules.limits import MAX_BYTES, MOST_UNFINISHED
from wenming.evidence.services import claim_upload
from wenming.evidence.verification import verify_blobs

from .drawings import NOW

pytestmark = pytest.mark.django_db
WHO = "patrol"
ROOT = Path(__file__).resolve().parents[3]


class BreaksOff:
    """A network that ends in the middle of a piece."""

    def __init__(self, piece: bytes, after: int) -> None:
        self.left = io.BytesIO(piece[:after])

    def read(self, size: int = -1, /) -> bytes:
        got = self.left.read(size)
        if not got:
            raise OSError("the network broke off")
        return got


def begun(data: bytes, **more: str) -> resumable.Standing:
    return resumable.begin(length=len(data), owner=WHO, now=NOW, **more)


def add(upload: resumable.Standing, piece: bytes, offset: int, **more: object) -> resumable.Standing:
    return resumable.add(upload.token, io.BytesIO(piece), offset=offset, owner=WHO, now=NOW, **more)  # type: ignore[arg-type]


def part(blobs: BlobStore, upload: resumable.Standing) -> bytes:
    return (blobs.root / "incoming" / f"{upload.token.hex}.part").read_bytes()


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_photo_in_three_pieces_can_be_claimed(photo: bytes, blobs: BlobStore) -> None:
    upload, cut = begun(photo, sha256=hash_of(photo)), len(photo) // 3

    add(upload, photo[:cut], 0)
    middle = add(upload, photo[cut : 2 * cut], cut)
    end = add(upload, photo[2 * cut :], 2 * cut)

    assert (middle.offset, middle.held) == (2 * cut, False)
    assert (end.offset, end.held) == (len(photo), True)
    assert claim_upload(end.token, now=NOW).sha256 == hash_of(photo)
    assert not PartialUpload.objects.exists() and not list((blobs.root / "incoming").iterdir())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["on", "again", "ahead", "broken", "checked", "changed", "longer", "empty"]),
            st.integers(1, 40_000),
        ),
        max_size=12,
    )
)
def test_what_is_here_is_always_a_beginning(photo: bytes, blobs: BlobStore, tries: list[tuple[str, int]]) -> None:
    upload, here = begun(photo), 0
    for how, size in tries:
        size = min(size, len(photo) - here - 1)  # the end is another test's story
        here = attempt(upload, photo, here, how, size)

        assert part(blobs, upload) == photo[:here]
        assert resumable.standing(upload.token, owner=WHO, now=NOW).offset == here
    assert add(upload, photo[here:], here).held
    assert claim_upload(upload.token, now=NOW).sha256 == hash_of(photo)


def attempt(upload: resumable.Standing, photo: bytes, here: int, how: str, size: int) -> int:
    """One piece, as a network or an enemy delivers it; where the file must end after it."""
    piece = photo[here : here + size]
    good = tus.Checksum("sha256", hashlib.sha256(piece).digest())
    if how == "again" and here:
        with pytest.raises(refusals.OffsetMismatch) as refused:
            add(upload, piece, 0)
        assert refused.value.facts["offset"] == here
    elif how == "ahead":
        with pytest.raises(refusals.OffsetMismatch):
            add(upload, piece, here + 1)
    elif how == "broken":
        with pytest.raises(OSError, match="broke off"):
            resumable.add(upload.token, BreaksOff(piece, size // 2), offset=here, owner=WHO, now=NOW)
        return here + size // 2
    elif how == "changed":
        with pytest.raises(refusals.ChangedOnTheWay):
            add(upload, piece + b"?", here, checksum=good)
    elif how == "longer":
        with pytest.raises(refusals.PastTheEnd):
            add(upload, photo[here:] + b"more", here)
    elif how == "empty":
        add(upload, b"", here)
    else:
        return add(upload, piece, here, checksum=good if how == "checked" else None).offset
    return here


def test_a_checked_piece_that_breaks_off_leaves_nothing(photo: bytes, blobs: BlobStore) -> None:
    upload = begun(photo)
    good = tus.Checksum("sha1", hashlib.sha1(photo[:1000], usedforsecurity=False).digest())

    with pytest.raises(OSError, match="broke off"):
        resumable.add(upload.token, BreaksOff(photo, 500), offset=0, owner=WHO, now=NOW, checksum=good)

    assert part(blobs, upload) == b""


def test_an_answer_lost_on_the_way_begins_nothing_twice(photo: bytes) -> None:
    first, again = begun(photo, key="photo-1"), begun(photo, key="photo-1")

    assert first.token == again.token and PartialUpload.objects.count() == 1


def test_whoever_says_where_it_ends_learns_that_it_is_held(photo: bytes) -> None:
    upload = begun(photo)
    add(upload, photo, 0)

    assert add(upload, b"", len(photo)).held
    with pytest.raises(refusals.OffsetMismatch):
        add(upload, photo, 0)
    assert PendingUpload.objects.count() == 1


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        pytest.param(0, refusals.EmptyFile, id="nothing"),
        pytest.param(-5, refusals.EmptyFile, id="less than nothing"),
        pytest.param(MAX_BYTES["photo"] + 1, refusals.TooLarge, id="more than a photo"),
        pytest.param(10**14, refusals.TooLarge, id="more than the disk"),
    ],
)
def test_hostile_lengths_make_no_room(length: int, refusal: type[Exception], blobs: BlobStore) -> None:
    with pytest.raises(refusal):
        resumable.begin(length=length, owner=WHO, now=NOW)

    assert not PartialUpload.objects.exists() and not (blobs.root / "incoming").exists()


def test_nobody_begins_without_end() -> None:
    for _ in range(MOST_UNFINISHED):
        resumable.begin(length=10, owner=WHO, now=NOW)

    with pytest.raises(refusals.TooManyUnfinished):
        resumable.begin(length=10, owner=WHO, now=NOW)
    assert resumable.begin(length=10, owner="another", now=NOW).offset == 0


def test_what_is_no_photo_is_let_go_with_a_reason(blobs: BlobStore) -> None:
    page = b"<html><script>alert(1)</script></html>"
    upload = begun(page)

    with pytest.raises(refusals.NotAPhoto):
        add(upload, page, 0)

    with pytest.raises(refusals.UploadGone):
        resumable.standing(upload.token, owner=WHO, now=NOW)
    assert not list((blobs.root / "incoming").iterdir())


def test_a_whole_that_is_not_what_was_promised_is_let_go(photo: bytes) -> None:
    upload = begun(photo, sha256=hash_of(b"another photo"))

    with pytest.raises(refusals.ChangedOnTheWay):
        add(upload, photo, 0)

    assert not PartialUpload.objects.exists() and not PendingUpload.objects.exists()


def test_an_upload_is_its_senders_alone_and_for_a_day(photo: bytes, blobs: BlobStore) -> None:
    upload = begun(photo)
    add(upload, photo[:100], 0)

    for owner, now in ((WHO, NOW + timedelta(hours=25)), ("another", NOW)):
        with pytest.raises(refusals.UploadGone):
            resumable.standing(upload.token, owner=owner, now=now)
    assert reap(NOW + timedelta(hours=25)).uploads == 1
    assert not PartialUpload.objects.exists() and not list((blobs.root / "incoming").iterdir())


def test_two_pieces_at_once_are_not_mixed(photo: bytes) -> None:
    upload = begun(photo)

    class Meanwhile(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if not self.tell():
                with pytest.raises(refusals.Busy):
                    add(upload, photo, 0)
            return super().read(size)

    assert resumable.add(upload.token, Meanwhile(photo[:500]), offset=0, owner=WHO, now=NOW).offset == 500


KILLED = """
    import os, signal, sys, uuid
    import django
    django.setup()
    from django.utils import timezone
    from wenming.evidence import resumable
    class Dies:
        def __init__(self, data, at):
            self.data, self.at = data, at
        def read(self, size=-1):
            piece, self.data = self.data[:4096], self.data[4096:]
            self.at -= 4096
            if self.at < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return piece
    photo, now = open(sys.argv[1], "rb").read(), timezone.now()
    length = len(photo)
    upload = resumable.begin(length=length, owner="patrol", now=now, key="one")
    print(upload.token, upload.offset, upload.held, flush=True)
    if upload.offset < length:
        at = int(sys.argv[2])
        resumable.add(upload.token, Dies(photo[upload.offset:], at), offset=upload.offset, owner="patrol", now=now)
    print("END", resumable.standing(upload.token, owner="patrol", now=now).held, flush=True)
"""


@pytest.mark.slow
def test_killed_between_two_reads_it_goes_on_from_the_disk(fresh_city_folder, tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo)
    environment = {**fresh_city_folder.variables(), "DJANGO_SETTINGS_MODULE": "wenming.settings"}
    offsets, ended = [], False
    for kill_at in (8192, 0, 20480, 10**9):
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path / "photo.jpg"), str(kill_at)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        offsets.append(int(done.stdout.split()[1]))
        ended = "END True" in done.stdout

    assert ended and offsets == sorted(offsets)
    assert os.listdir(fresh_city_folder.folder / "blobs" / "incoming") == []
    fresh_city_folder.manage("verify_blobs")


def test_nothing_of_it_counts_as_lost(photo: bytes, blobs: BlobStore) -> None:
    upload = begun(photo)
    add(upload, photo[:100], 0)
    assert [problem for problem in verify_blobs(blobs) if problem.is_loss] == []


# --- the headers -----------------------------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_a_number_of_bytes_is_digits_or_refused(header: str) -> None:
    is_number = header.isascii() and header.isdecimal() and len(header) <= tus.MOST_DIGITS
    if is_number:
        assert tus.number(header) == int(header)
    else:
        with pytest.raises(tus.HeaderUnread):
            tus.number(header)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text(max_size=30), max_size=4))
def test_metadata_comes_back_as_it_was_sent(told: dict[str, str]) -> None:
    header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())

    assert tus.metadata(header) == told


@given(st.text(max_size=60))
def test_any_other_header_is_read_or_refused_never_a_crash(header: str) -> None:
    for read in (tus.metadata, tus.checksum):
        try:
            read(header)
        except tus.HeaderUnread:
            continue


@pytest.mark.parametrize("header", ["md5 AAAA", "sha256", "sha256 AAAA", "sha256 %%%", ""])
def test_a_checksum_that_checks_nothing_is_refused(header: str) -> None:
    with pytest.raises(tus.HeaderUnread):
        tus.checksum(header)
