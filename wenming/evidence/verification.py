"""Do the files still show what the rows say? Read-only, and slow on purpose: it reads every byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .blob_store import BlobStore, city_blobs
from .models import Original, PendingUpload, PublicCopy


@dataclass(frozen=True)
class Problem:
    """One file that is not as it should be.

    missing: a row stands on a file that is not there. changed: the content is not what the name promises.
    orphan: a file without a row, left by a crash between file and row; no loss, the reaper takes it in time.
    """

    what: Literal["missing", "changed", "orphan"]
    stored_name: str

    @property
    def is_loss(self) -> bool:
        return self.what != "orphan"

    def __str__(self) -> str:
        return f"{self.what} {self.stored_name}"


def verify_blobs(store: BlobStore | None = None) -> list[Problem]:
    """Every file compared with its name, every row with the files; losses first."""
    store = store or city_blobs()
    # Files first: one that arrives meanwhile is then never called missing, at worst its row is not yet looked for.
    present = set(store.stored_names())
    needed = set(names_in_use())
    missing = [Problem("missing", name) for name in sorted(needed - present) if not store.holds(name)]
    changed = [Problem("changed", name) for name in sorted(present) if store.is_changed(name)]
    orphans = [Problem("orphan", name) for name in sorted(present - needed)]
    return missing + changed + orphans


def names_in_use() -> Iterator[str]:
    """Every stored name that a row stands on, uploads that still wait for their form included."""
    yield from Original.objects.values_list("stored_name", flat=True).iterator()
    for names in PublicCopy.objects.values_list("stored_name", "thumb_stored_name").iterator():
        yield from names
    for facts in PendingUpload.objects.values_list("facts", flat=True).iterator():
        yield facts["stored_name"]
        if photo := facts["photo"]:
            yield photo["public"]["stored_name"]
            yield photo["thumb"]["stored_name"]
