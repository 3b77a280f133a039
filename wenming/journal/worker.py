"""Carrying out what the journal asks for: at least once, one transaction each, killable at any point.

A reaction's effects and the mark that it is done are one transaction, so for effects in our own database "at least
once" becomes exactly once: a kill -9 before the commit leaves it to do, after the commit it is done.

One that looks first (`LookFirst`) is taken for a minute in a transaction of its own, looks in none, and writes what it
found together with the mark. Whoever is killed while looking leaves it to be taken again when the minute is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from .models import Reaction
from .selectors import waiting_reactions
from .services import Actor, LookFirst, Reactor, acting_from, reactor, record

log = logging.getLogger(__name__)

MAY_LOOK_FOR = timedelta(minutes=1)
AGAIN = object()
"""What a reactor returns when it did one part of long work and wants another turn (imports, batches)."""


def run_waiting(now: datetime | None = None, *, at_most: int = 1000) -> int:
    """Carry out due reactions until none is left (or `at_most`); the number carried out."""
    done = 0
    while done < at_most and _run_next(now or timezone.now()):
        done += 1
    return done


@transaction.atomic
def try_again(reaction: Reaction, *, by: Actor, now: datetime) -> None:
    """Make a stuck reaction due now instead of after its pause; the worker takes it in its next turn."""
    Reaction.objects.filter(pk=reaction.pk, done_at=None).update(due_at=now)
    record("reaction.retried", by=by, about=reaction, now=now, name=reaction.name, entry=reaction.entry_id)


def _run_next(now: datetime) -> bool:
    with transaction.atomic():
        # The row lock is the lease: another worker skips it, and a killed worker's lock ends with its connection.
        reaction = waiting_reactions(now).select_for_update(skip_locked=True, of=("self",)).select_related("entry").first()
        if reaction is None:
            return False
        run = reactor(reaction.entry.action, reaction.name)
        if not isinstance(run, LookFirst):
            _attempt(reaction, now, lambda: _carry_out(reaction, run, now))
            return True
        Reaction.objects.filter(pk=reaction.pk).update(due_at=now + MAY_LOOK_FOR)
    _attempt(reaction, now, lambda: _look_then_write(reaction, run, now))
    return True


def _look_then_write(reaction: Reaction, run: LookFirst[Any], now: datetime) -> None:
    found = run.look(reaction.entry, now)
    with transaction.atomic():
        # Whoever looked for too long may find that another has been through meanwhile.
        if Reaction.objects.select_for_update().filter(pk=reaction.pk, done_at=None).exists():
            _carry_out(reaction, lambda entry, at: run.write(entry, at, found), now)


def _attempt(reaction: Reaction, now: datetime, act: Callable[[], None]) -> None:
    try:
        with acting_from("worker"):
            act()
    except Exception as error:
        # The one place that must outlive foreign failures: kept, counted, retried, and shown on the health page.
        log.exception("reaction %s failed", reaction)
        _try_later(reaction, now, error)


def _carry_out(reaction: Reaction, run: Reactor | None, now: datetime) -> None:
    if run is None:
        raise LookupError(f"no reactor {reaction.name} for {reaction.entry.action}")
    with transaction.atomic():
        # As it was before it was taken: another turn is due at once.
        done = {"due_at": reaction.due_at} if run(reaction.entry, now) is AGAIN else {"done_at": now}
        Reaction.objects.filter(pk=reaction.pk).update(**done)


def _try_later(reaction: Reaction, now: datetime, error: Exception) -> None:
    wait = timedelta(seconds=min(3600, 2 ** min(reaction.attempts, 12)))
    Reaction.objects.filter(pk=reaction.pk).update(
        attempts=reaction.attempts + 1, due_at=now + wait, last_error=f"{type(error).__name__}: {error}"[:2000]
    )
