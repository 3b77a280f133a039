"""Reading the journal and proving it whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import models
from django.db.models import BinaryField, ExpressionWrapper, F, QuerySet, TextField

from wenming.engine.moments import Microseconds

from .models import Entry, Head, Reaction
from .rules.chain import GENESIS, Break, Sealed, breaks
from .services import about_key


def entries_about(thing: models.Model) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return entries_about_many([thing])


def entries_about_many(things: Iterable[models.Model]) -> QuerySet[Entry]:
    """What happened to any of these, oldest first."""
    return Entry.objects.filter(about__in=[about_key(each) for each in things]).order_by("seq")


def head() -> tuple[int, str]:
    """(number, hash) of the last entry; (0, sixty-four zeros) for a new city. Printed on every official notice."""
    row = Head.objects.filter(pk=1).values_list("seq", "hash").first()
    return row or (0, GENESIS)


def head_before(moment: datetime) -> tuple[int, str] | None:
    """(number, hash) of the last entry written before a moment; None when the journal is younger.

    By the clock of writing, not that of the act: nobody states it.
    """
    written = Entry.objects.filter(recorded_at__lt=moment).order_by("-seq")
    return written.values_list("seq", "hash").first()


def verify(witnesses: Mapping[int, str] = {}) -> list[Break]:
    """Every broken place of the whole journal; empty when history is as it was written (P6)."""
    head_seq, head_hash = head()
    return list(breaks(sealed_entries(), head_seq=head_seq, head_hash=head_hash, witnesses=witnesses))


def sealed_entries() -> Iterator[Sealed]:
    """The rows as they are stored: what was sealed is what is hashed, so nothing is parsed and made into text again."""
    times = (Microseconds("at"), Microseconds("recorded_at"))
    facts, own = ExpressionWrapper(F("facts"), TextField()), ExpressionWrapper(F("hash"), BinaryField())
    rows = Entry.objects.order_by("seq").values_list(
        "seq", *times, "action", "by", "origin", "about", facts, "algorithm", own
    )
    for *row, algorithm, own in rows.iterator(chunk_size=2000):
        yield tuple(row), algorithm, own


def waiting_reactions(now: datetime) -> QuerySet[Reaction]:
    """Reactions that are due and not done, in the order of what woke them."""
    return Reaction.objects.filter(done_at=None, due_at__lte=now).order_by("entry_id", "id")


def stuck_reactions() -> QuerySet[Reaction]:
    """Reactions that failed at least once and are still not done: shown on the health page."""
    return Reaction.objects.filter(done_at=None, attempts__gt=0).order_by("entry_id")
