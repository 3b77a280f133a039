"""P6: history cannot be rewritten quietly. The intruder here has the database and lifts the triggers first."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from wenming.engine.append_only import lift
from wenming.journal import services as journal
from wenming.journal.models import Entry, Head
from wenming.journal.rules.chain import canonical, seal
from wenming.journal.selectors import head, verify

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
ACTOR = SimpleNamespace(username="dispatcher")
TABLE = Entry._meta.db_table


@pytest.fixture
def twenty_entries(db: object) -> None:
    for n in range(20):
        with transaction.atomic():
            journal.record("test.happened", by=ACTOR, about=None, now=NOW, n=n, words="派给东区")


@pytest.fixture
def without_triggers(twenty_entries: None) -> None:
    # Not `with connection.schema_editor()`: on SQLite that refuses to run inside a test's transaction.
    lift(connection.SchemaEditorClass(connection, atomic=False), [TABLE])


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_true_history_verifies(twenty_entries: None) -> None:
    assert verify() == []
    assert head()[0] == 20


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(f"UPDATE {TABLE} SET action = 'case.close' WHERE seq = 7", id="an update"),
        pytest.param(f"DELETE FROM {TABLE} WHERE seq = 7", id="a delete"),
    ],
)
def test_the_database_refuses(twenty_entries: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert verify() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("action", "case.close", id="what was done"),
        pytest.param("by", "somebody", id="who did it"),
        pytest.param("about", "case:26-1116-0001", id="to what"),
        pytest.param("origin", "api", id="from where"),
        pytest.param("facts", {"n": 6, "words": "派给西区"}, id="the facts"),
        pytest.param("facts", '{"n":6, "words":"派给东区"}', id="a blank in the facts"),
        pytest.param("facts", "nothing of ours", id="facts that are none"),
        pytest.param("at", NOW - timedelta(microseconds=1), id="when"),
        pytest.param("recorded_at", NOW - timedelta(days=1), id="when it was written"),
        pytest.param("hash", "f" * 64, id="the seal itself"),
        pytest.param("hash", "", id="no seal"),
        pytest.param("algorithm", 2, id="the algorithm"),
    ],
)
def test_an_edited_entry_is_found(without_triggers: None, column: str, value: object) -> None:
    Entry.objects.filter(seq=7).update(**{column: value})

    assert 7 in {found.seq for found in verify()}


def test_a_removed_entry_is_found(without_triggers: None) -> None:
    sql(f"DELETE FROM {TABLE} WHERE seq = 7")
    assert verify()


def test_a_removed_tail_is_found(without_triggers: None) -> None:
    sql(f"DELETE FROM {TABLE} WHERE seq > 15")
    assert [found.kind for found in verify()] == ["head"]


def test_an_inserted_entry_is_found(without_triggers: None) -> None:
    sql(
        f'INSERT INTO {TABLE} (seq, "at", recorded_at, action, "by", origin, about, facts, algorithm, hash) '
        f'SELECT 21, "at", recorded_at, action, "by", origin, about, facts, algorithm, %s FROM {TABLE} WHERE seq = 20',
        bytes.fromhex("e" * 64),
    )
    assert verify()


def test_two_entries_changing_places_are_found(without_triggers: None) -> None:
    for old, new in ((7, 1007), (8, 7), (1007, 8)):
        sql(f"UPDATE {TABLE} SET seq = %s WHERE seq = %s", new, old)
    assert verify()


def test_a_rewrite_of_everything_is_found_by_a_witness_outside(without_triggers: None) -> None:
    seq, printed_on_a_notice = head()
    _reseal_everything(lambda entry: entry.facts.update(words="派给西区") if entry.seq == 3 else None)

    assert verify() == [], "a chain alone cannot know: that is what the paper copies are for"
    assert {found.kind for found in verify({seq: printed_on_a_notice})} == {"witness"}


def test_every_one_of_many_seeded_edits_is_found(without_triggers: None) -> None:
    dice = random.Random(20261116)
    for _round in range(60):
        edited = Entry.objects.filter(seq=dice.randint(1, 20))
        column = dice.choice(["action", "by", "about", "origin", "hash"])
        before = edited.values_list(column, flat=True).get()
        edited.update(**{column: f"{dice.getrandbits(256):064x}"[: 64 if column == "hash" else 16]})
        assert verify(), f"{column} of {edited.get()} was edited and nobody noticed"
        edited.update(**{column: before})
    assert verify() == []


def test_what_is_stored_is_what_was_sealed(db: object) -> None:
    """Whatever the words and the clock: the bytes that were hashed can be made from the row alone."""
    words = '“引号"、反斜杠\\、换行\n” 与 😀'
    for moment in (NOW.replace(microsecond=999_999), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)):
        with transaction.atomic():
            journal.record(
                "test.happened", by=SimpleNamespace(username=words), about=None, now=moment, z=words, a=[1.5, None]
            )
    assert verify() == []
    assert Entry.objects.latest("seq").facts == {"a": [1.5, None], "z": words}


def test_no_two_entries_have_the_same_bytes() -> None:
    """Words that would slip over the border of a column if they were only put one after the other."""
    rows = [(1, 2, 3, *words, "{}") for words in itertools.product(('a","b', "a", 'b",{}]', "", '"'), repeat=4)]
    assert len({canonical(row) for row in rows}) == len(rows)


def _reseal_everything(change: Callable[[Entry], object]) -> None:
    previous = "0" * 64
    for entry in Entry.objects.order_by("seq"):
        change(entry)
        link = journal.Link(
            entry.seq, entry.at, entry.recorded_at, entry.action, entry.by, entry.origin, entry.about, entry.facts
        )
        entry.hash = seal(link, previous)
        entry.save()
        previous = entry.hash
    Head.objects.update(hash=previous)
