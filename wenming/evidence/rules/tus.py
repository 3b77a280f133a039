"""What the headers of tus 1.0 mean (resumable upload): plain text in, plain values out.

https://tus.io/protocols/resumable-upload: core, creation, expiration, checksum, termination.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
CHECKSUMS = ("sha256", "sha1")
MOST_METADATA = 2000
MOST_DIGITS = 15


class HeaderUnread(ValueError):
    """A header that does not say what the protocol asks of it."""


class Checksum(NamedTuple):
    """What the bytes of one piece must hash to."""

    algorithm: str
    digest: bytes

    def holds(self, found: bytes) -> bool:
        return self.digest == found

    def begin(self) -> hashlib._Hash:
        return hashlib.new(self.algorithm, usedforsecurity=False)


def number(header: str | None) -> int:
    """A count of bytes. Raises HeaderUnread for anything that is not plain digits."""
    # isdecimal alone would let in digits of other scripts, and int() the underscore.
    if header is None or not header.isascii() or not header.isdecimal() or len(header) > MOST_DIGITS:
        raise HeaderUnread("a number of bytes is missing or not written in digits")
    return int(header)


def metadata(header: str | None) -> dict[str, str]:
    """`Upload-Metadata`: comma-separated keys, each with its value in base64 or without one."""
    if not header:
        return {}
    if len(header) > MOST_METADATA:
        raise HeaderUnread("the metadata is too long")
    found: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in found:
            raise HeaderUnread("a key of the metadata is empty, said twice, or not ASCII")
        found[key] = _text(value)
    return found


def checksum(header: str | None) -> Checksum | None:
    """`Upload-Checksum`: the algorithm and the digest in base64; None when the client sent none."""
    if header is None:
        return None
    algorithm, _, digest = header.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise HeaderUnread("the checksum's algorithm is not one of those offered")
    found = Checksum(algorithm, _bytes(digest))
    if len(found.digest) != found.begin().digest_size:
        raise HeaderUnread("the checksum has the wrong length")
    return found


def _text(encoded: str) -> str:
    try:
        return _bytes(encoded).decode()
    except UnicodeDecodeError:
        raise HeaderUnread("a value of the metadata is no text") from None


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise HeaderUnread("a value is not base64") from None
