"""The journal: what an entry adds to an act, and what proving the whole chain costs."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.rules.chain import GENESIS, canonical
from wenming.journal.selectors import sealed_entries, verify

from .acting import queries_of
from .figures import Goal, tell_ratio
from .inside import Effort
from .limits import RawDatabase
from .paired import paired, seconds_each


def measure(effort: Effort) -> None:
    raw, per_commit = RawDatabase(), effort.block
    _fill(50 if effort.quick else 20_000)
    contents = [canonical(row) for row, _algorithm, _own in sealed_entries()]
    entries = len(contents)

    alone = paired(
        lambda: seconds_each(_record, per_commit), lambda: seconds_each(raw.commit_rows, per_commit), pairs=effort.pairs
    )
    tell_ratio("entry in a transaction of its own", alone, against="raw durable commit", note=str(queries_of(_record)))
    together = paired(
        lambda: seconds_each(lambda: _fill(500), 1) / 500, lambda: seconds_each(lambda: _hash(contents), 1) / entries,
        pairs=effort.pairs,
    )  # fmt: skip
    tell_ratio("entry among 500 in a transaction", together, against="bare hash of the same bytes")
    proven = paired(
        lambda: seconds_each(verify, 1) / Entry.objects.count(), lambda: seconds_each(lambda: _hash(contents), 1) / entries,
        pairs=effort.pairs,
    )  # fmt: skip
    tell_ratio(
        "verify, each entry", proven, against="bare hash of the same bytes", goal=Goal(3), note=f"{entries:,} entries"
    )


def _record() -> None:
    facts = {"move": 2, "before": "collected", "after": "established", "unit": "", "type": "GB30428:E0207"}
    with transaction.atomic():
        journal.record("bench.measured", by=None, about=None, now=timezone.now(), **facts)


@transaction.atomic
def _fill(count: int) -> None:
    for _ in range(count):
        _record()


def _hash(contents: list[bytes]) -> bytes:
    """The chain without reading or comparing."""
    previous = bytes.fromhex(GENESIS)
    for content in contents:
        previous = hashlib.sha256(previous + content).digest()
    return previous
