"""What follows from journal entries in this room. Each may run more than once."""

from __future__ import annotations

from datetime import datetime

from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN

from .homes import base_layer
from .models import GridLayer
from .services import rehome_portion


def rehome(entry: Entry, now: datetime) -> object:
    """Every placement gets its home in the layer that was published, a portion in each turn.

    Only the layer in force homes anybody: strips and units lie over it, and when the next one was published before the
    worker came by, that one's own entry moves them all.
    """
    kind, _dash, version = entry.about.split(":", 1)[1].rpartition("-")
    layer = GridLayer.objects.filter(kind=kind, version=version).first()
    if layer is None or layer != base_layer():
        return None
    return AGAIN if rehome_portion(layer=layer, by=None, now=now) else None
