"""How a message proves who sent it and that it is whole: HMAC-SHA256 over the second and the body. docs/webhooks.md."""

from __future__ import annotations

import hashlib
import hmac

VERSION = "v1"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=…` for the header; the time stands under the seal, so that an old message cannot be sent again as new."""
    return f"{VERSION}=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
