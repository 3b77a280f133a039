"""What a backup says about itself: when, by which version, how many rows, and where its journal ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .seal import BackupRefused

NAME = "manifest.json"
FORMAT = "wenming-backup-1"


@dataclass(frozen=True)
class Manifest:
    """Facts for the one who restores. `key_fingerprints`: which keys this city's data was sealed with, not the keys."""

    made_at: str
    version: str
    engine: str
    database: str
    journal_seq: int
    journal_hash: str
    rows: Mapping[str, int]
    key_fingerprints: Mapping[str, str]

    def as_json(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1).encode()


def read(folder: Path) -> Manifest:
    """The manifest of a backup whose seal was checked before."""
    values = json.loads((folder / NAME).read_bytes())
    if values.pop("format", None) != FORMAT:
        raise BackupRefused("这个备份的格式这个版本的程序不认识。(A format that this version does not know.)")
    return Manifest(**values)
