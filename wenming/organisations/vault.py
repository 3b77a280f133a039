"""Sealing and opening what only the keeper may read. The key lives in the city's key folder, not in the database."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(ValueError):
    """The bytes, the key or the purpose are not those of the sealing."""


def _box(purpose: str) -> Fernet:
    # What identities are sealed by came first and has no name; every other purpose has a key of its own.
    key = f"{purpose}\n{settings.VAULT_KEY}" if purpose else settings.VAULT_KEY
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


def seal(text: str, *, purpose: str = "") -> bytes:
    """Encrypt and authenticate; a stolen database file opens nothing. What is sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(text.encode())


def open_sealed(sealed: bytes, *, purpose: str = "") -> str:
    """The text again. Raises SealBroken when the bytes, the key or the purpose were changed."""
    try:
        return _box(purpose).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBroken("sealed by another key, for another purpose, or damaged") from None
