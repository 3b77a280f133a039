"""Handing files out. A desk first asks whether its user may see the exhibit; then these say what to send, and how.

Photos go out as the copy we drew. Everything else goes out as a download with a neutral name, never inside a page,
and with headers under which a browser runs nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedReader

from .blob_store import city_blobs
from .models import Exhibit
from .rules.formats import suffix_of

PUBLIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The address carries the exhibit's name, the bytes never change. Private: a withdrawn photo must not live on in a
    # shared cache.
    "Cache-Control": "private, max-age=31536000, immutable",
}
ORIGINAL_HEADERS = {**PUBLIC_HEADERS, "Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class Served:
    """An open file and all that an HTTP response says about it. Whoever sends it closes it (FileResponse does)."""

    file: BufferedReader
    content_type: str
    etag: str
    headers: dict[str, str]


def open_public(exhibit: Exhibit, *, thumb: bool = False) -> Served:
    """The public copy of a photo, or its 320 px thumbnail.

    Raises PublicCopy.DoesNotExist for videos and documents, FileNotFoundError when the blob is missing.
    """
    copy = exhibit.original.public_copy
    stored_name, digest = (copy.thumb_stored_name, copy.thumb_digest) if thumb else (copy.stored_name, copy.digest)
    disposition = f'inline; filename="{_neutral_name(exhibit, "jpg")}"'
    headers = {**PUBLIC_HEADERS, "Content-Disposition": disposition}
    return Served(city_blobs().open(stored_name), "image/jpeg", etag_of(digest), headers)


def open_original(exhibit: Exhibit) -> Served:
    """The file as it was handed in, camera data and all: only for those whom the desk allows, only as a download."""
    original = exhibit.original
    name = _neutral_name(exhibit, suffix_of(original.media_type))
    headers = {**ORIGINAL_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Served(
        city_blobs().open(original.stored_name), "application/octet-stream", etag_of(original.digest), headers
    )


def etag_of(digest: str) -> str:
    """A strong validator: the content's own hash, shortened."""
    return f'"{digest.removeprefix("sha256:")[:32]}"'


def _neutral_name(exhibit: Exhibit, suffix: str) -> str:
    """Says nothing about who took it or when; the sender's own file name was never stored."""
    return f"evidence-{str(exhibit.public_id)[:8]}.{suffix}"
