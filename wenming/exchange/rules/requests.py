"""How another system proves that a request is its own, without a session and without sending its secret. docs/api.md.

    Authorization: WM1-HMAC-SHA256 key=wk_…, time=1768200000, nonce=…, signature=…
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

SCHEME = "WM1-HMAC-SHA256"
WINDOW_SECONDS = 300
"""So far may the two clocks differ; a nonce is remembered twice as long, so that none comes in a second time."""

_PART = re.compile(r'^(key|time|nonce|signature)="?([A-Za-z0-9._~+/=\-]{1,200})"?$')
_NONCE = re.compile(r"^[A-Za-z0-9._~\-]{16,64}$")


class ClaimUnreadable(Exception):
    """The header names our scheme and is not written as it must be."""


@dataclass(frozen=True)
class Claim:
    """What a header says."""

    key_id: str
    time: int
    nonce: str
    signature: str


def claim_in(header: str) -> Claim | None:
    """The claim of an Authorization header; None where it is of another scheme. Raises ClaimUnreadable."""
    scheme, _space, rest = header.partition(" ")
    if scheme.upper() != SCHEME:
        return None
    parts = {found[1]: found[2] for part in rest.split(",") if (found := _PART.match(part.strip()))}
    sound = parts.keys() == {"key", "time", "nonce", "signature"} and re.fullmatch(r"[0-9]{1,12}", parts["time"])
    if not sound or not _NONCE.match(parts["nonce"]):
        raise ClaimUnreadable
    return Claim(parts["key"], int(parts["time"]), parts["nonce"], parts["signature"].lower())


def signed_text(claim: Claim, *, method: str, target: str, body: bytes) -> bytes:
    """What is signed: seven lines, the last the body's SHA-256 in hex. target: path and query as they are sent."""
    lines = (SCHEME, claim.key_id, str(claim.time), claim.nonce, method.upper(), target, hashlib.sha256(body).hexdigest())
    return "\n".join(lines).encode()


def is_genuine(claim: Claim, secret: str, *, method: str, target: str, body: bytes) -> bool:
    """Whether whoever holds the secret wrote this very request. In constant time."""
    text = signed_text(claim, method=method, target=target, body=body)
    expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), claim.signature.encode())


def in_time(claim: Claim, now: float) -> bool:
    return abs(claim.time - now) <= WINDOW_SECONDS
