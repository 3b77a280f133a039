"""Taking a file in: stored, synced, and for a photo developed, before any transaction begins (收件).

This is the slow half (disk, child process). It writes no row, so no lock is held while it runs; a crash in between
leaves a file nobody refers to, which `verify_blobs` finds and the reaper removes.
"""

from __future__ import annotations

import base64
import io
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from PIL import Image

from . import refusals
from .blob_store import Blob, BlobStore, Incoming, OverLimitError, Readable, city_blobs
from .models import Kind, Original
from .rules import formats, limits
from .rules.fingerprints import fingerprints, grey_from_bytes
from .rules.formats import Format
from .rules.sketches import sketch_of
from .sandbox.host import Developed, Likeness, Picture, darkroom

HEIC_OPENS = find_spec("pillow_heif") is not None


@dataclass(frozen=True)
class StoredPicture:
    """A picture drawn by us and safely stored."""

    stored_name: str
    sha256: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class DevelopedFacts:
    """What developing a photo brought to light. Place and time are the camera's claims; the sketch is in base 64."""

    width_px: int
    height_px: int
    public: StoredPicture
    thumb: StoredPicture
    fingerprints: dict[str, str]
    taken_at: str | None = None
    lon_wgs84: float | None = None
    lat_wgs84: float | None = None
    sketch: str = ""


@dataclass(frozen=True)
class Prepared:
    """A file that is safely on disk and needs only its rows. Plain values: it can wait in a PendingUpload."""

    kind: str
    media_type: str
    stored_name: str
    sha256: str
    size_bytes: int
    photo: DevelopedFacts | None = None

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> Prepared:
        photo = facts["photo"] and dict(facts["photo"])
        if photo:
            photo["public"], photo["thumb"] = StoredPicture(**photo["public"]), StoredPicture(**photo["thumb"])
        return cls(**{**facts, "photo": photo and DevelopedFacts(**photo)})

    def stored_names(self) -> list[str]:
        """Every file this stands on."""
        photo = self.photo
        return [self.stored_name, *([photo.public.stored_name, photo.thumb.stored_name] if photo else [])]


def prepare(upload: Readable, *, kind: str = "photo") -> Prepared:
    """Store a file and, for a photo, everything drawn from it. Call it outside any transaction.

    upload: read once, to the end; its `name`, if it has one, is looked at for its suffix and never kept.
    Raises a subclass of BadInput when the file is not taken (then nothing of it stays), TryAgainSoon when too many
    photos are being developed at once.
    """
    store, kind = city_blobs(), Kind(kind).value
    try:
        with store.receive(upload, max_bytes=limits.MAX_BYTES[kind]) as incoming:
            found = _accepted_format(incoming, kind, getattr(upload, "name", "") or "")
            photo = _develop(store, incoming, found) if kind == Kind.PHOTO else None
            blob = store.keep(incoming, "originals")
    except OverLimitError:
        raise refusals.TooLarge(kind=kind, limit_mb=limits.MAX_BYTES[kind] // limits.MB) from None
    return Prepared(kind, found.media_type, blob.stored_name, blob.sha256, blob.size_bytes, photo)


def _accepted_format(incoming: Incoming, kind: str, file_name: str) -> Format:
    head = incoming.head
    if not incoming.size_bytes:
        raise refusals.EmptyFile
    found = formats.sniff(head, file_name)
    if found is None or found.kind != kind:
        raise _why_not(head, kind)
    if found == formats.HEIC and not HEIC_OPENS:
        raise refusals.HeicNotAccepted
    return found


def _why_not(head: bytes, kind: str) -> refusals.BadInput:
    if kind == Kind.PHOTO and not formats.looks_like_gif(head):
        return refusals.NotAPhoto(markup=formats.looks_like_markup(head))
    return refusals.FormatNotAccepted(kind=kind)


def _develop(store: BlobStore, incoming: Incoming, found: Format) -> DevelopedFacts:
    known = _developed_before(store, incoming.sha256)
    if known:
        return known
    with incoming.path.open("rb") as file:
        developed = darkroom().develop(file.fileno(), found.media_type)
    return DevelopedFacts(
        width_px=developed.width_px,
        height_px=developed.height_px,
        public=_store_picture(store, developed.public),
        thumb=_store_picture(store, developed.thumb),
        fingerprints=_fingerprints_in_hex(developed),
        taken_at=developed.taken_at,
        lon_wgs84=developed.lon_wgs84,
        lat_wgs84=developed.lat_wgs84,
        sketch=base64.b64encode(sketch_of(grey_picture(developed.likeness)).as_bytes()).decode(),
    )


def grey_picture(likeness: Likeness) -> Image.Image:
    """The grey values as a picture. Nothing is decoded: they come from the sandbox and were counted."""
    return Image.frombytes("L", (likeness.width_px, likeness.height_px), likeness.grey)


def _store_picture(store: BlobStore, picture: Picture) -> StoredPicture:
    blob: Blob = store.put(io.BytesIO(picture.jpeg), "public", max_bytes=len(picture.jpeg))
    return StoredPicture(blob.stored_name, blob.sha256, picture.width_px, picture.height_px)


def _fingerprints_in_hex(developed: Developed) -> dict[str, str]:
    found = fingerprints(grey_from_bytes(developed.grey))
    return {algorithm: f"{value:016x}" for algorithm, value in found.items()}


def _developed_before(store: BlobStore, sha256: str) -> DevelopedFacts | None:
    """The facts of the very same photo, when it is here already with its public copy intact."""
    original = (
        Original.objects.filter(digest=f"sha256:{sha256}", public_copy__isnull=False)
        .select_related("public_copy", "camera_claim", "sketch").first()
    )  # fmt: skip
    if original is None:
        return None
    facts = facts_of(original)
    intact = store.holds(facts.public.stored_name) and store.holds(facts.thumb.stored_name)
    return facts if intact else None


def facts_of(original: Original) -> DevelopedFacts:
    """A stored photo's facts, read back from its rows."""
    copy, claim, sketch = original.public_copy, getattr(original, "camera_claim", None), getattr(original, "sketch", None)
    return DevelopedFacts(
        width_px=original.width_px or 0,
        height_px=original.height_px or 0,
        public=StoredPicture(copy.stored_name, copy.digest.removeprefix("sha256:"), copy.width_px, copy.height_px),
        thumb=StoredPicture(
            copy.thumb_stored_name, copy.thumb_digest.removeprefix("sha256:"), copy.thumb_width_px, copy.thumb_height_px
        ),
        fingerprints={print_.algorithm: print_.value for print_ in original.fingerprints.all()},
        taken_at=claim.taken_at.isoformat() if claim and claim.taken_at else None,
        lon_wgs84=claim.lon_wgs84 if claim else None,
        lat_wgs84=claim.lat_wgs84 if claim else None,
        sketch=base64.b64encode(bytes(sketch.content)).decode() if sketch else "",
    )
