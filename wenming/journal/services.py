"""Writing to the journal. Other rooms use it as `journal.record(...)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.db import connection, models
from django.utils import timezone

from wenming.engine.asking import Question
from wenming.engine.inserting import insert_all
from wenming.engine.writing import update

from .models import Entry, Head, Reaction
from .rules.chain import ALGORITHM, GENESIS, Link, seal

_HEAD = Question(lambda: Head.objects.select_for_update().filter(pk=1))
_origin: ContextVar[str] = ContextVar("journal_origin", default="")


class Actor(Protocol):
    """Whoever acts: an account, or anything else with a lasting name."""

    username: str


Reactor = Callable[[Entry, datetime], object]
Found = TypeVar("Found")


@dataclass(frozen=True)
class LookFirst(Generic[Found]):
    """A reaction that has to look long before it knows what to write: only the writing is in a transaction.

    `look` runs outside of any, so that no writer waits for it. It may be cut short, run twice and run beside itself;
    what it writes on the way must be right whatever becomes of the rest. `write` takes what was found, and must be short.
    """

    look: Callable[[Entry, datetime], Found]
    write: Callable[[Entry, datetime, Found], object]

    def __call__(self, entry: Entry, now: datetime) -> object:
        return self.write(entry, now, self.look(entry, now))


@dataclass(frozen=True)
class Tick:
    """Something the worker does by the clock rather than after an entry."""

    name: str
    every_seconds: int
    run: Callable[[datetime], object]


# Filled once at start from wiring.py; empty while migrations run.
_reactors: dict[str, Mapping[str, Reactor]] = {}
_ticks: list[Tick] = []


def connect(reactions: Mapping[str, Mapping[str, Reactor]], by_the_clock: Sequence[Tick] = ()) -> None:
    """Say which functions follow which action ({action: {reaction name: function}}) and which run by the clock."""
    _reactors.clear()
    _reactors.update(reactions)
    _ticks[:] = by_the_clock


def ticks() -> tuple[Tick, ...]:
    """What the worker does by the clock."""
    return tuple(_ticks)


def reactor(action: str, name: str) -> Reactor | None:
    """The function behind a reaction's name, or None when this version no longer has it."""
    return _reactors.get(action, {}).get(name)


@contextmanager
def acting_from(origin: str) -> Iterator[None]:
    """Everything recorded inside was done from there: `office`, `api`, `worker`, `import` … (never an IP address)."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def about_key(thing: models.Model | None) -> str:
    """How the journal names a thing: `case:26-1122-0375`, by its model and its natural number where it has one."""
    if thing is None:
        return ""
    key = getattr(thing, "journal_key", None) or thing.pk
    return f"{thing._meta.model_name}:{key}"


def record(action: str, *, by: Actor | None, about: models.Model | None, now: datetime, **facts: Any) -> Entry:
    """Write one act to the chain, inside the caller's transaction, and queue what must follow from it.

    action: `room.what-happened`, listed in docs/journal-actions.md. by: None when a citizen without account or the
    system itself acts. facts: JSON values; never a reporter's identity, never free text that may hold one.

    Call it last in a service: the head row is the one lock that all writers share, so it is held shortest that way.
    """
    (entry,) = record_many([Act(action, about, now, by, facts)])
    return entry


@dataclass(frozen=True)
class Act:
    """One act among many; the same five things that `record` takes."""

    action: str
    about: models.Model | None
    at: datetime
    by: Actor | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def record_many(acts: Sequence[Act], *, wake: bool = True) -> list[Entry]:
    """`record` for many acts, in their order: one lock, one stretch of the chain, one update of the head.

    wake: whether reactions follow; bulk work that has itself done what they would do says no. Call it last, and keep
    the batch small: everybody else's writing waits for it.
    """
    assert connection.in_atomic_block, "the journal is written in the transaction of the act"
    head = _HEAD.first() or Head.objects.create(pk=1, hash=GENESIS)
    entries: list[Entry] = []
    recorded_at = timezone.now()
    for act in acts:
        entries.append(_sealed(act, head, recorded_at))
        head.seq, head.hash = entries[-1].seq, entries[-1].hash
    insert_all(entries)
    update(head, "seq", "hash")
    if wake:
        _queue_reactions(entries)
    return entries


def _sealed(act: Act, head: Head, recorded_at: datetime) -> Entry:
    by, about, facts = act.by.username if act.by else "", about_key(act.about), dict(act.facts)
    link = Link(head.seq + 1, act.at, recorded_at, act.action, by, _origin.get(), about, facts)
    return Entry(
        seq=link.seq, at=link.at, recorded_at=recorded_at, action=link.action, by=by, origin=link.origin, about=about,
        facts=facts, algorithm=ALGORITHM, hash=seal(link, head.hash),
    )  # fmt: skip


def _queue_reactions(entries: Sequence[Entry]) -> None:
    insert_all(
        [
            Reaction(entry=entry, name=name, due_at=entry.at)
            for entry in entries
            for name in _reactors.get(entry.action, ())
        ]
    )
