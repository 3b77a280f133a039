"""The record of restore drills: a backup counts from the day it has been restored (P9)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from wenming.city_folder import CityFolder

from .manifest import Manifest


def path(city: CityFolder) -> Path:
    """One JSON object a line, oldest first."""
    return city.root / "drills.jsonl"


def report(city: CityFolder, backup: str, facts: Manifest, *, at: datetime, seconds: float) -> None:
    """Add that this backup was restored and found equal."""
    line = {
        "at": at.isoformat(),
        "backup": backup,
        "journal": f"{facts.journal_seq}:{facts.journal_hash}",
        "rows": sum(facts.rows.values()),
        "seconds": round(seconds, 1),
    }
    with path(city).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def last(city: CityFolder) -> datetime | None:
    """When a backup was last restored and found equal; None when never."""
    if not path(city).exists():
        return None
    *_, newest = path(city).read_text(encoding="utf-8").splitlines()
    return datetime.fromisoformat(json.loads(newest)["at"])
