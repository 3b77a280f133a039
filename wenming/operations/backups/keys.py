"""The city's keys in a backup: sealed under a passphrase, or left out; never as they are.

Whoever finds a backup must not be able to read who reported what, so by default the keys are not in it, only their
fingerprints: the one who restores brings the keys and the fingerprints tell whether they are the right ones.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wenming.city_folder import CityFolder

from .seal import BackupRefused

NAME = "keys.sealed"
# RFC 7914's parameters for files, 32 MiB a guess; kept in the file, so that they can be raised later.
SCRYPT = {"n": 2**15, "r": 8, "p": 1}
KEY_NAMES = ("django", "vault")
_FOLDERS = ("keys", "tls")


def fingerprint(key: str) -> str:
    """Names a key without giving it away: the keys are random, so a hash of them cannot be guessed back."""
    return hashlib.sha256(b"wenming-key:" + key.encode()).hexdigest()[:16]


def collect(city: CityFolder) -> dict[str, str]:
    """Every secret file of the city, by its name in the folder."""
    paths = [path for folder in _FOLDERS for path in sorted((city.root / folder).glob("*")) if path.is_file()]
    return {path.relative_to(city.root).as_posix(): path.read_text() for path in paths}


def read_folder(folder: Path) -> dict[str, str]:
    """Keys that were kept apart from the backup: a copy of the city's `keys` folder."""
    return {f"keys/{path.name}": path.read_text() for path in sorted(folder.glob("*")) if path.is_file()}


def seal(secrets: Mapping[str, str], passphrase: str) -> bytes:
    """Encrypt and authenticate under a passphrase (scrypt, AES-256-GCM)."""
    salt, nonce = os.urandom(16), os.urandom(12)
    box = AESGCM(_stretch(passphrase, salt, SCRYPT)).encrypt(nonce, json.dumps(dict(secrets)).encode(), None)
    parts = {"salt": salt, "nonce": nonce, "box": box}
    texts = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return json.dumps({"kdf": "scrypt", **SCRYPT, **texts}).encode()


def unseal(sealed: bytes, passphrase: str) -> dict[str, str]:
    """The secrets again. Raises BackupRefused for another passphrase."""
    values = json.loads(sealed)
    salt, nonce, box = (base64.b64decode(values[name]) for name in ("salt", "nonce", "box"))
    try:
        plain = AESGCM(_stretch(passphrase, salt, values)).decrypt(nonce, box, None)
    except InvalidTag:
        raise BackupRefused("密钥口令不对，没有做任何改动。(Wrong passphrase; nothing was changed.)") from None
    return dict(json.loads(plain))


def compare(secrets: Mapping[str, str], fingerprints: Mapping[str, str]) -> None:
    """Raises BackupRefused unless these are the keys that the city's data was sealed with."""
    for name, expected in fingerprints.items():
        if fingerprint(secrets.get(f"keys/{name}", "")) != expected:
            raise BackupRefused(f"{name} 密钥不是这个城市的，没有做任何改动。(Not this city's key.)")


def put_back(secrets: Mapping[str, str], city: CityFolder) -> None:
    """Write the secret files into a city's folder, readable by their owner only."""
    for name, content in secrets.items():
        path = city.root / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)


def _stretch(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], maxmem=2**27, dklen=32)
