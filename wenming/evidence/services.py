"""What can be done with evidence: take it in, show it for a matter, withdraw it.

Two halves, because decoding must not hold a database lock: `prepare` (files, no rows) before the transaction,
`attach` (rows, no files) inside it. `take_in` does both for callers without a transaction of their own.
"""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, is_naive, make_aware

from wenming.journal import services as journal
from wenming.journal.services import Actor

from . import refusals
from .blob_store import Readable, city_blobs
from .intake import DevelopedFacts, Prepared, prepare
from .models import (
    CameraClaim,
    Exhibit,
    Fingerprint,
    Original,
    PendingUpload,
    PhotoSketch,
    PublicCopy,
    Role,
    Subject,
    Withdrawal,
)
from .rules.fingerprints import bands
from .rules.limits import PENDING_HOURS

__all__ = ["Prepared", "Subject", "attach", "claim_upload", "hold_upload", "prepare", "take_in", "withdraw"]


def take_in(
    upload: Readable,
    *,
    role: str,
    subject: Subject,
    by: Actor | None,
    now: datetime,
    kind: str = "photo",
    caption: str = "",
) -> Exhibit:
    """Store a file and show it for a matter. Raises a subclass of BadInput when the file is not taken."""
    prepared = prepare(upload, kind=kind)
    return attach(prepared, role=role, subject=subject, by=by, now=now, caption=caption)


@transaction.atomic
def attach(
    prepared: Prepared, *, role: str, subject: Subject, by: Actor | None, now: datetime, caption: str = ""
) -> Exhibit:
    """Write the rows of a prepared file, inside the caller's transaction.

    The same content again becomes a new exhibit of the same original. Raises UploadGone when the files have been
    reaped since they were prepared.
    """
    if not all(city_blobs().holds(name) for name in prepared.stored_names()):
        raise refusals.UploadGone
    exhibit = Exhibit.objects.create(
        original=_original_of(prepared, now),
        role=Role(role),
        caption=caption,
        subject_type=subject.kind,
        subject_id=str(subject.id),
        added_by=by.username if by else "",
        added_at=now,
    )
    journal.record(
        "evidence.attached", by=by, about=exhibit, now=now,
        subject=f"{subject.kind}:{subject.id}", role=exhibit.role, digest=exhibit.original.digest,
    )  # fmt: skip
    return exhibit


@transaction.atomic
def withdraw(exhibit: Exhibit, *, reason: str, by: Actor | None, now: datetime) -> Withdrawal:
    """Stop showing an exhibit (撤下). Nothing is deleted. Raises ReasonMissing, AlreadyWithdrawn."""
    if not reason.strip():
        raise refusals.ReasonMissing
    withdrawal, is_new = Withdrawal.objects.get_or_create(
        exhibit=exhibit,
        defaults={"reason": reason.strip(), "withdrawn_by": by.username if by else "", "withdrawn_at": now},
    )
    if not is_new:
        raise refusals.AlreadyWithdrawn
    journal.record("evidence.withdrawn", by=by, about=exhibit, now=now)
    return withdrawal


def hold_upload(upload: Readable, *, now: datetime, client_id: str = "", kind: str = "photo") -> PendingUpload:
    """Take a file in before its form is sent; its token claims it later (先传)."""
    prepared = prepare(upload, kind=kind)
    return PendingUpload.objects.create(facts=prepared.as_facts(), client_id=client_id, received_at=now)


@transaction.atomic
def claim_upload(token: uuid.UUID | str, *, now: datetime) -> Prepared:
    """Redeem a token, once, inside the caller's transaction (rolled back, it is good again). Raises UploadGone."""
    try:
        number = uuid.UUID(str(token))
    except ValueError:
        raise refusals.UploadGone from None
    fresh = PendingUpload.objects.filter(token=number, received_at__gt=now - timedelta(hours=PENDING_HOURS))
    pending = fresh.select_for_update().first()  # of two forms with one token the second waits, then finds nothing
    if pending is None:
        raise refusals.UploadGone
    pending.delete()
    return Prepared.from_facts(pending.facts)


def _original_of(prepared: Prepared, now: datetime) -> Original:
    photo = prepared.photo
    original, is_new = Original.objects.get_or_create(
        digest=f"sha256:{prepared.sha256}",
        defaults={
            "size_bytes": prepared.size_bytes,
            "media_type": prepared.media_type,
            "kind": prepared.kind,
            "stored_name": prepared.stored_name,
            "width_px": photo.width_px if photo else None,
            "height_px": photo.height_px if photo else None,
            "received_at": now,
        },
    )
    if is_new and photo:
        _record_photo(original, photo)
    return original


def _record_photo(original: Original, photo: DevelopedFacts) -> None:
    public, thumb = photo.public, photo.thumb
    PublicCopy.objects.create(
        original=original,
        digest=f"sha256:{public.sha256}", stored_name=public.stored_name,
        width_px=public.width_px, height_px=public.height_px,
        thumb_digest=f"sha256:{thumb.sha256}", thumb_stored_name=thumb.stored_name,
        thumb_width_px=thumb.width_px, thumb_height_px=thumb.height_px,
    )  # fmt: skip
    Fingerprint.objects.bulk_create(_fingerprint(original, *found) for found in photo.fingerprints.items())
    if photo.sketch:
        PhotoSketch.objects.create(original=original, content=base64.b64decode(photo.sketch))
    if photo.taken_at or photo.lon_wgs84 is not None:
        CameraClaim.objects.create(
            original=original, taken_at=_aware(photo.taken_at), lon_wgs84=photo.lon_wgs84, lat_wgs84=photo.lat_wgs84
        )


def _fingerprint(original: Original, algorithm: str, value: str) -> Fingerprint:
    parts = {f"band_{n}": band for n, band in enumerate(bands(int(value, 16)))}
    return Fingerprint(original=original, algorithm=algorithm, value=value, **parts)


def _aware(claimed: str | None) -> datetime | None:
    """Cameras write local time, mostly without an offset: then it is read as the city's."""
    moment = parse_datetime(claimed) if claimed else None
    return make_aware(moment, get_default_timezone()) if moment and is_naive(moment) else moment
