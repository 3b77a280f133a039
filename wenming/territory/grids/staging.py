"""A file of grids between its preview and its acceptance: what was read of it is kept, so that nobody is asked for it twice.

Kept are shapes, codes and names, nothing else of the file; they go when the grids come in, when somebody drops them, when the
draft ends, and after a day at the latest. Policy: 7.1.
"""

from __future__ import annotations

import json
import zlib
from datetime import datetime, timedelta

import shapely
from django.db import transaction

from wenming.journal import services as journal
from wenming.organisations.models import Account

from ..models import GridDraft, StagedGrids
from .files import ReadFile, ReadGrid

KEPT_FOR = timedelta(days=1)


@transaction.atomic
def stage(draft: GridDraft, read: ReadFile, *, name: str, by: Account, now: datetime) -> StagedGrids:
    """Keep what was read; the same person's earlier file for this draft goes."""
    StagedGrids.objects.filter(draft=draft, by=by).delete()
    rows = [[one.code, one.name, shapely.to_wkb(one.geometry, hex=True)] for one in read.shapes]
    packed = zlib.compress(json.dumps(rows).encode())
    made = StagedGrids.objects.create(draft=draft, name=name[-100:], says=read.says, packed=packed, shapes=len(rows), by=by, at=now)
    journal.record("territory.file-read", by=by, about=draft, now=now, shapes=len(rows))
    return made


def staged_file(staged: StagedGrids) -> ReadFile:
    """The file as it was read."""
    rows = json.loads(zlib.decompress(bytes(staged.packed)))
    return ReadFile([ReadGrid(code, name, shapely.from_wkb(wkb)) for code, name, wkb in rows], staged.says)


def drop(staged: StagedGrids) -> None:
    """Nothing of it stays."""
    staged.delete()


def forget_staged(now: datetime) -> int:
    """Drop what nobody took within a day, or whose draft ended."""
    old = StagedGrids.objects.filter(at__lt=now - KEPT_FOR)
    ended = StagedGrids.objects.exclude(draft__published_as=None, draft__discarded_at=None)
    return int(old.delete()[0]) + int(ended.delete()[0])
