"""What follows from journal entries in this room. Each may run more than once."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate

from wenming.journal.models import Entry
from wenming.journal.services import LookFirst
from wenming.journal.worker import AGAIN

from .grids.differences import Move
from .grids.overlays import newest_layers
from .grids.rehoming import moves_not_written, posts_follow, write_moves
from .homes import base_layer
from .models import GridLayer
from .services import rehome_portion


def rehome(entry: Entry, now: datetime) -> object:
    """Every placement gets its home in the layer that was published, a portion in each turn.

    Only the layer in force homes anybody: strips and units lie over it, and when the next one was published before the
    worker came by, that one's own entry moves them all.
    """
    layer = _layer(entry)
    if layer is None or layer != base_layer():
        return None
    return AGAIN if rehome_portion(layer=layer, by=None, now=now) else None


def _look_over(entry: Entry, now: datetime) -> list[Move]:
    layer = _layer(entry)
    return moves_not_written(layer) if layer is not None and layer.kind != "block" else []


def _write_over(entry: Entry, now: datetime, moves: list[Move]) -> object:
    layer = _layer(entry)
    if layer is None or layer.kind == "block":
        return None
    return AGAIN if write_moves(layer, moves, now=now) else None


rehome_over = LookFirst(_look_over, _write_over)
"""What a layer of strips or units laid into other grids is written down, each version against the one before it."""


def posts_go_along(entry: Entry, now: datetime) -> None:
    """Whoever served a grid that is no more serves the one that has most of its ground."""
    layer = _layer(entry)
    if layer is not None and layer in newest_layers([layer.kind]):
        posts_follow(layer, on=localdate(now), now=now)


def _layer(entry: Entry) -> GridLayer | None:
    kind, _dash, version = entry.about.split(":", 1)[1].rpartition("-")
    return GridLayer.objects.filter(kind=kind, version=version).first()
