"""Receipt numbers and content hashes: plain arithmetic on values that are passed in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

# No I, L, O, U: what is read aloud or written by hand must come back the same (Crockford's alphabet).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 12
RANDOM_BYTES = 8


def receipt_number(day: date, random: bytes) -> str:
    """`26-1122-K7QF-3MXD-9A2B`: the day to talk about it, sixty random bits so that nobody else can guess it.

    random: RANDOM_BYTES bytes from a cryptographic source.
    """
    bits = int.from_bytes(random[:RANDOM_BYTES], "big")
    letters = "".join(ALPHABET[(bits >> 5 * n) & 31] for n in range(LETTERS))
    return f"{day:%y-%m%d}-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def tidy_number(typed: str) -> str:
    """What a person typed, as it was printed: full-width letters, O for 0, missing dashes and spaces are forgiven."""
    text = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in typed).upper()
    text = text.translate(str.maketrans("OILU", "011V"))
    text = "".join(c for c in text if c in ALPHABET)
    if len(text) != 6 + LETTERS:
        return typed.strip().upper()
    return f"{text[:2]}-{text[2:6]}-{text[6:10]}-{text[10:14]}-{text[14:]}"


def what_was_received(client_id: str, text: str, seen_at: datetime, photos: Sequence[str]) -> dict[str, Any]:
    """The facts that a receipt's hash is made of: the sender's key, the words, the time in UTC, the photos' hashes."""
    return {"client_id": client_id, "text": text, "at": seen_at.astimezone(UTC).isoformat(), "photos": list(photos)}


def content_hash(facts: Mapping[str, Any]) -> str:
    """SHA-256 of what was received, so that a phone can prove what it handed in (64 hex digits)."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def handed_in_hash(client_id: str, fields: Sequence[tuple[str, str]], photos: Mapping[str, Sequence[str]]) -> str:
    """SHA-256 of one record from a phone: its key, its fields, its photos' hashes by the name they go under.

    The phone computes the same in field-outbox.js: compact JSON, fields in the order of their names (as UTF-16, which
    for the names of a form is the order of their letters), photos likewise.
    """
    ordered = [[name, value] for name, value in sorted(fields, key=lambda pair: pair[0])]
    shown = [[name, list(photos[name])] for name in sorted(photos) if photos[name]]
    text = json.dumps([client_id, ordered, shown], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
