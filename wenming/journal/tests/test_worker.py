"""Reactions run at least once and leave one effect: their effect and their mark are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from wenming.journal import services as journal
from wenming.journal.models import Entry, Reaction
from wenming.journal.selectors import stuck_reactions
from wenming.journal.worker import AGAIN, run_waiting

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


@pytest.fixture
def connected(db: object) -> Iterator[dict[str, dict[str, journal.Reactor]]]:
    table: dict[str, dict[str, journal.Reactor]] = {}
    before, ticks = dict(journal._reactors), journal.ticks()
    journal.connect(table)
    journal._reactors = table
    yield table
    journal._reactors = {}
    journal.connect(before, ticks)


def happen(action: str) -> Entry:
    with transaction.atomic():
        return journal.record(action, by=None, about=None, now=NOW)


def test_an_entry_wakes_what_the_table_names_once(connected: dict) -> None:
    seen: list[int] = []
    connected["thing.done"] = {"remember": lambda entry, now: seen.append(entry.seq)}

    entry = happen("thing.done")
    happen("thing.ignored")
    assert run_waiting(NOW) == 1
    assert run_waiting(NOW) == 0
    assert seen == [entry.seq]


def test_a_failing_reaction_keeps_its_turn_and_leaves_no_half_effect(connected: dict) -> None:
    def write_and_fall(entry: Entry, now: datetime) -> None:
        journal.record("half.effect", by=None, about=None, now=now)
        raise RuntimeError("the printer is on fire")

    connected["thing.done"] = {"fall": write_and_fall}
    happen("thing.done")
    run_waiting(NOW)

    assert not Entry.objects.filter(action="half.effect").exists()
    waiting = stuck_reactions().get()
    assert waiting.attempts == 1 and "on fire" in waiting.last_error
    assert waiting.due_at > NOW, "it is tried again later, not in a tight loop"

    connected["thing.done"] = {"fall": lambda entry, now: None}
    run_waiting(NOW + timedelta(hours=2))
    assert not Reaction.objects.filter(done_at=None).exists()


def test_long_work_takes_turns(connected: dict) -> None:
    turns = iter([AGAIN, AGAIN, None])
    connected["thing.done"] = {"chew": lambda entry, now: next(turns)}
    happen("thing.done")

    assert run_waiting(NOW) == 3


def test_a_reaction_that_this_version_does_not_know_waits_and_is_shown(connected: dict) -> None:
    connected["thing.done"] = {"old-name": lambda entry, now: None}
    happen("thing.done")
    connected["thing.done"] = {"new-name": lambda entry, now: None}
    run_waiting(NOW)

    assert "old-name" in stuck_reactions().get().last_error
