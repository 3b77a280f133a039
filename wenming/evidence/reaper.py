"""Clearing away what nobody will ask for: expired early uploads, torn temporary files, files without a row.

The only place that deletes a stored file. It waits a week after the file was last put, and does nothing at all when
so many files lack a row that a lost database is the likelier story.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from .blob_store import BlobStore, city_blobs
from .models import PendingUpload
from .resumable import forget_expired
from .rules.limits import ORPHAN_DAYS, PENDING_HOURS
from .verification import names_in_use

# More orphans than this, and more than this share of all files: somebody restored an old database.
SUSPICIOUS_COUNT = 100
SUSPICIOUS_SHARE = 0.1


@dataclass(frozen=True)
class Reaped:
    """What one round took away; stopped: it found too much to believe in, and touched no stored file."""

    uploads: int
    torn: int
    orphans: int
    stopped: bool = False


def reap(now: datetime) -> Reaped:
    """One round; the worker calls it by the clock. Journal and originals' rows are never touched."""
    store = city_blobs()
    uploads = PendingUpload.objects.filter(received_at__lte=now - timedelta(hours=PENDING_HOURS)).delete()[0]
    uploads += forget_expired(now)
    torn = _remove_older((store.root / "incoming").glob("*.part"), timedelta(days=1))
    orphans = _orphans(store)
    if _is_suspicious(len(orphans), store):
        return Reaped(uploads, torn, 0, stopped=True)
    return Reaped(uploads, torn, _remove_older(orphans, timedelta(days=ORPHAN_DAYS)))


def _orphans(store: BlobStore) -> list[Path]:
    present = list(store.stored_names())
    needed = set(names_in_use())
    return [store.root / name for name in present if name not in needed]


def _is_suspicious(orphans: int, store: BlobStore) -> bool:
    return orphans > SUSPICIOUS_COUNT and orphans > SUSPICIOUS_SHARE * sum(1 for _ in store.stored_names())


def _remove_older(paths: Iterable[Path], age: timedelta) -> int:
    """Each file's age is read right before it goes: the same photo handed in a moment ago made it young again."""
    removed = 0
    for path in paths:
        # The file system's own clock on both sides: it is compared with a time the file system wrote.
        if path.stat().st_mtime < time.time() - age.total_seconds():
            path.unlink()
            removed += 1
    return removed
