"""Reactions run at least once and leave one effect: their effect and their mark are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from wenming.journal import services as journal
from wenming.journal.models import Entry, Reaction
from wenming.journal.selectors import stuck_reactions
from wenming.journal.services import LookFirst
from wenming.journal.worker import AGAIN, MAY_LOOK_FOR, run_waiting

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


# -- one that looks first -----------------------------------------------------------------------------------------


@pytest.fixture
def looking(connected: dict) -> SimpleNamespace:
    """A reaction that looks and then writes, and on how many levels of transactions it did each."""
    told = SimpleNamespace(looked=[], wrote=[], meanwhile=lambda: None)

    def look(entry: Entry, now: datetime) -> str:
        told.looked.append(_levels())
        told.meanwhile()
        return f"what {entry.seq} is"

    def write(entry: Entry, now: datetime, found: str) -> object:
        told.wrote.append((_levels(), found))
        return AGAIN if len(told.wrote) < told.turns else None

    told.turns = 1
    connected["thing.done"] = {"look": LookFirst(look, write)}
    return told


def _levels() -> int:
    return len(connection.savepoint_ids)


def test_it_looks_outside_of_any_transaction_and_writes_in_one(looking: SimpleNamespace) -> None:
    outside, entry = _levels(), happen("thing.done")
    assert run_waiting(NOW) == 1

    assert looking.looked == [outside]
    ((inside, found),) = looking.wrote
    assert inside > outside and found == f"what {entry.seq} is"


def test_while_one_looks_another_worker_passes_over(looking: SimpleNamespace) -> None:
    happen("thing.done")
    looking.meanwhile = lambda: looking.looked.append(run_waiting(NOW))
    run_waiting(NOW)

    assert looking.looked[1:] == [0] and len(looking.wrote) == 1


def test_who_is_killed_while_looking_leaves_it_for_a_minute_later(looking: SimpleNamespace) -> None:
    happen("thing.done")
    looking.meanwhile = _be_killed
    with pytest.raises(SystemExit):
        run_waiting(NOW)
    looking.meanwhile = lambda: None

    assert run_waiting(NOW) == 0, "it may still be alive"
    assert run_waiting(NOW + MAY_LOOK_FOR) == 1
    assert len(looking.wrote) == 1 and not stuck_reactions().exists()


def test_who_looks_for_too_long_does_not_write_a_second_time(looking: SimpleNamespace) -> None:
    happen("thing.done")

    def another_one() -> None:
        looking.meanwhile = lambda: None
        run_waiting(NOW + MAY_LOOK_FOR)

    looking.meanwhile = another_one
    run_waiting(NOW)

    assert (len(looking.looked), len(looking.wrote)) == (2, 1)


def test_a_look_that_fails_is_kept_and_tried_later(looking: SimpleNamespace) -> None:
    happen("thing.done")
    looking.meanwhile = lambda: 1 / 0
    run_waiting(NOW)

    waiting = stuck_reactions().get()
    assert waiting.attempts == 1 and "ZeroDivisionError" in waiting.last_error and waiting.due_at > NOW


def test_it_may_take_turns_too(looking: SimpleNamespace) -> None:
    happen("thing.done")
    looking.turns = 3

    assert run_waiting(NOW) == 3
    assert len(looking.looked) == len(looking.wrote) == 3


def _be_killed() -> None:
    raise SystemExit


def test_a_reaction_that_this_version_does_not_know_waits_and_is_shown(connected: dict) -> None:
    connected["thing.done"] = {"old-name": lambda entry, now: None}
    happen("thing.done")
    connected["thing.done"] = {"new-name": lambda entry, now: None}
    run_waiting(NOW)

    assert "old-name" in stuck_reactions().get().last_error
