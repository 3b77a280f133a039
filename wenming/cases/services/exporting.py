"""Lists that leave the system as files: nobody in them is a person, but who took which list is written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from wenming.journal import services as journal
from wenming.organisations.models import Account


@transaction.atomic
def note_export(*, name: str, kind: str, asked: Mapping[str, str], rows: int, by: Account, now: datetime) -> None:
    """Record that a list was taken away: which list, as which file, by which filter, how many rows.

    asked: the filter as its address says it. Words typed into a search are not written down: people search for people.
    """
    chosen = {field: value for field, value in asked.items() if value and field not in ("q", "page")}
    if asked.get("q"):
        chosen["q"] = "…"
    journal.record("case.list-exported", by=by, about=None, now=now, name=name, kind=kind, filter=chosen, rows=rows)
