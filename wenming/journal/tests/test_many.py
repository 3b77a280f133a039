"""Recording many acts at once is the same chain as recording them one after another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction

from wenming.journal import services as journal
from wenming.journal.models import Entry, Reaction
from wenming.journal.selectors import head, verify
from wenming.journal.services import Act, record_many

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
ACTOR = SimpleNamespace(username="dispatcher")
ACTS = [Act(f"test.act-{n}", None, NOW + timedelta(minutes=n), ACTOR, {"n": n, "why": "因为"}) for n in range(5)]


@pytest.mark.django_db
def test_many_acts_stand_in_their_order_between_single_ones() -> None:
    with transaction.atomic():
        journal.record("test.before", by=None, about=None, now=NOW)
        entries = record_many(ACTS)
        journal.record("test.after", by=None, about=None, now=NOW)

    assert verify() == []
    assert [entry.seq for entry in entries] == [2, 3, 4, 5, 6]
    assert list(Entry.objects.order_by("seq").values_list("action", flat=True)[1:6]) == [act.action for act in ACTS]
    assert head()[0] == 7


@pytest.mark.django_db
def test_reactions_follow_unless_the_work_is_already_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(journal._reactors, "test.act-1", {"tell": lambda entry, now: None})
    with transaction.atomic():
        record_many(ACTS, wake=False)
        record_many(ACTS)

    assert [(r.entry.action, r.entry_id, r.due_at) for r in Reaction.objects.all()] == [("test.act-1", 7, ACTS[1].at)]
    assert verify() == []


@pytest.mark.django_db
def test_nothing_to_record_changes_nothing() -> None:
    with transaction.atomic():
        assert record_many([]) == []
    assert verify() == []
