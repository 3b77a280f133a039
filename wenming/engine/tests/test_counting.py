"""Counters that several processes count up at once."""

from __future__ import annotations

from datetime import UTC, datetime

from wenming.engine.counting import count_up, count_up_each
from wenming.observations.models.reports import DoorCount

WINDOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def test_it_makes_a_missing_counter_and_counts_on_from_there(db: object) -> None:
    assert [count_up(DoorCount, door="report", direction="here", window=WINDOW) for _ in range(3)] == [1, 2, 3]
    assert DoorCount.objects.get().count == 3


def test_other_counters_stay_as_they_are(db: object) -> None:
    count_up(DoorCount, door="report", direction="here", window=WINDOW)

    assert count_up(DoorCount, door="report", direction="there", window=WINDOW) == 1
    assert count_up(DoorCount, door="photo", direction="here", window=WINDOW) == 1


def test_several_counters_are_counted_in_one_statement(db: object) -> None:
    count_up(DoorCount, door="report", direction="everybody", window=WINDOW)

    counts = count_up_each(DoorCount, "direction", ["here", "everybody"], door="report", window=WINDOW)

    assert counts == {"here": 1, "everybody": 2}
