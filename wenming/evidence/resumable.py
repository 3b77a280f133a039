"""Photographs that come in pieces over a bad network (断点续传): begun, added to, finished, or let go after a day.

How much is here is what the disk says, never what a row says: a process killed between two pieces leaves a shorter file,
and the sender goes on from there. A whole file becomes an early upload (`PendingUpload`) under the same token; before
that it is no evidence, and nothing speaks of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedRandom
from pathlib import Path

from django.db import transaction

from . import refusals
from .blob_store import Readable, city_blobs
from .intake import prepare
from .models import PartialUpload, PendingUpload
from .rules.limits import MAX_BYTES, MB, MOST_UNFINISHED, PENDING_HOURS
from .rules.tus import Checksum

PIECE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Standing:
    """How far an upload is. held: the whole file is safe and may be claimed by its token."""

    token: uuid.UUID
    offset: int
    length: int
    expires_at: datetime
    held: bool = False


def begin(*, length: int, owner: str, now: datetime, key: str = "", sha256: str = "") -> Standing:
    """Make room for a photograph of `length` bytes. The same key of the same owner finds what it began before.

    key: the sender's own name for it, so that an answer lost on the way begins nothing twice. sha256: what the whole
    will hash to. Raises EmptyFile, TooLarge, TooManyUnfinished.
    """
    if length < 1:
        raise refusals.EmptyFile
    if length > MAX_BYTES["photo"]:
        raise refusals.TooLarge(kind="photo", limit_mb=MAX_BYTES["photo"] // MB)
    fresh = PartialUpload.objects.filter(owner=owner, began_at__gt=now - timedelta(hours=PENDING_HOURS))
    known = fresh.filter(key=key, length_bytes=length, sha256=sha256).first() if key else None
    if known is not None and _path(known.token).is_file():
        return _standing(known)
    if fresh.count() >= MOST_UNFINISHED:
        raise refusals.TooManyUnfinished
    return _begin_anew(PartialUpload(owner=owner, key=key, length_bytes=length, sha256=sha256, began_at=now))


def standing(token: uuid.UUID, *, owner: str, now: datetime) -> Standing:
    """How much of it is here. Raises UploadGone when there is no such upload of this owner, or its day is over."""
    upload = _unfinished(token, owner, now)
    return _standing(upload) if upload is not None else _held(token, owner, now)


def add(
    token: uuid.UUID, piece: Readable, *, offset: int, owner: str, now: datetime, checksum: Checksum | None = None
) -> Standing:
    """Add a piece that begins at `offset`; with the last one the photograph is opened, and held if it is one.

    What arrived of a piece that broke off is kept, unless it had a checksum to keep. Raises UploadGone, OffsetMismatch,
    Busy (another piece of it is just coming in), PastTheEnd, ChangedOnTheWay, and for the whole what `prepare` raises.
    """
    upload = _unfinished(token, owner, now)
    if upload is None:
        return _nothing_more(_held(token, owner, now), offset)
    with _alone_with(upload) as file:
        size = file.seek(0, os.SEEK_END)
        if size != offset:
            raise refusals.OffsetMismatch(size)
        _write(file, piece, room=upload.length_bytes - size, checksum=checksum)
        if file.tell() == upload.length_bytes:
            _finish(upload, file, now)
    return standing(token, owner=owner, now=now)


def let_go(token: uuid.UUID, *, owner: str, now: datetime) -> None:
    """The sender does not want it any more. Raises UploadGone."""
    upload = _unfinished(token, owner, now)
    if upload is None:
        raise refusals.UploadGone
    _forget(upload)


def forget_expired(now: datetime) -> int:
    """Let go of what was not finished within its day; returns how many. The reaper calls it."""
    late = list(PartialUpload.objects.filter(began_at__lte=now - timedelta(hours=PENDING_HOURS)))
    for upload in late:
        _forget(upload)
    return len(late)


def _begin_anew(upload: PartialUpload) -> Standing:
    folder = _path(upload.token).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The file before the row: a row always has one, a file without a row is taken by the reaper.
    os.close(os.open(_path(upload.token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    upload.save()
    return _standing(upload)


def _write(file: BufferedRandom, piece: Readable, *, room: int, checksum: Checksum | None) -> None:
    """Add the piece and sync it. One that is too long or other than its checksum says leaves nothing behind."""
    began, digest = file.tell(), checksum.begin() if checksum else None
    try:
        while chunk := piece.read(PIECE_BYTES):
            if file.tell() + len(chunk) - began > room:
                raise refusals.PastTheEnd
            file.write(chunk)
            if digest:
                digest.update(chunk)
        if checksum and digest and not checksum.holds(digest.digest()):
            raise refusals.ChangedOnTheWay
    except OSError:  # the network broke off: half a piece is half a piece, unless it cannot be checked any more
        if checksum:
            _cut(file, began)
        raise
    except refusals.BadInput:
        _cut(file, began)
        raise
    finally:
        file.flush()
        os.fsync(file.fileno())


def _cut(file: BufferedRandom, at: int) -> None:
    file.flush()
    file.seek(at)
    file.truncate()


def _finish(upload: PartialUpload, file: BufferedRandom, now: datetime) -> None:
    """From a whole file to an early upload; what cannot be one is let go, and the refusal says why."""
    file.seek(0)
    try:
        if upload.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != upload.sha256:
            raise refusals.ChangedOnTheWay
        file.seek(0)
        prepared = prepare(file)
    except refusals.BadInput:
        _forget(upload)
        raise
    with transaction.atomic():
        PendingUpload.objects.create(
            token=upload.token, facts=prepared.as_facts(), client_id=upload.owner, received_at=now
        )
        upload.delete()
    _path(upload.token).unlink(missing_ok=True)


def _nothing_more(held: Standing, offset: int) -> Standing:
    """A whole file takes no more; whoever says where it ends learns that it is held."""
    if offset != held.length:
        raise refusals.OffsetMismatch(held.length)
    return held


@contextmanager
def _alone_with(upload: PartialUpload) -> Iterator[BufferedRandom]:
    """The file, locked among all processes. Raises Busy instead of waiting, UploadGone when it went meanwhile."""
    try:
        file = _path(upload.token).open("r+b")
    except FileNotFoundError:
        raise refusals.UploadGone from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusals.Busy from None
        # Whoever held it before may have finished it: then the name leads nowhere, or to something else.
        if not _path(upload.token).exists():
            raise refusals.Busy
        yield file


def _unfinished(token: uuid.UUID, owner: str, now: datetime) -> PartialUpload | None:
    fresh = PartialUpload.objects.filter(began_at__gt=now - timedelta(hours=PENDING_HOURS))
    return fresh.filter(token=token, owner=owner).first()


def _held(token: uuid.UUID, owner: str, now: datetime) -> Standing:
    fresh = PendingUpload.objects.filter(received_at__gt=now - timedelta(hours=PENDING_HOURS))
    pending = fresh.filter(token=token, client_id=owner).first()
    if pending is None:
        raise refusals.UploadGone
    size = pending.facts["size_bytes"]
    return Standing(token, size, size, pending.received_at + timedelta(hours=PENDING_HOURS), held=True)


def _standing(upload: PartialUpload) -> Standing:
    try:
        offset = _path(upload.token).stat().st_size
    except FileNotFoundError:
        upload.delete()
        raise refusals.UploadGone from None
    return Standing(upload.token, offset, upload.length_bytes, upload.began_at + timedelta(hours=PENDING_HOURS))


def _forget(upload: PartialUpload) -> None:
    upload.delete()
    _path(upload.token).unlink(missing_ok=True)


def _path(token: uuid.UUID) -> Path:
    return city_blobs().root / "incoming" / f"{token.hex}.part"
