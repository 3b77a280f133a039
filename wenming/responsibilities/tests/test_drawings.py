"""Drafts of rosters are drawn up by the worker: progress, cancellation, refusal, and nothing half."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from wenming.journal.models import Entry, Reaction
from wenming.journal.worker import run_waiting
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.models import RosterDraft, RosterDrawing, RosterGroup
from wenming.responsibilities.rosters import drawings
from wenming.responsibilities.rosters.services import found_group, join_group, leave_group, set_terms
from wenming.responsibilities.rosters.terms import sample_patterns


@pytest.fixture
def first() -> date:
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def group(small_city: SimpleNamespace) -> RosterGroup:
    now, by = timezone.now(), small_city.officer
    made = found_group(code="E-1", name="东区一组", post="patrol", unit=small_city.east, on=date(2026, 1, 1), by=by, now=now)
    set_terms(made, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", by=by, now=now)
    for name in ("dispatcher", "supervisor", "handler", "sweeper", "east_patrol"):
        join_group(made, getattr(small_city, name), on=date(2026, 1, 1), by=by, now=now)
    return made


def ask(group: RosterGroup, first: date, city: SimpleNamespace, days: int = 7) -> RosterDrawing:
    return drawings.ask_for_draft(group, first, first + timedelta(days=days - 1), by=city.officer, now=timezone.now())


def test_whoever_asks_waits_for_nothing_and_the_worker_tells_each_step(
    group: RosterGroup, small_city: SimpleNamespace, first: date, monkeypatch
) -> None:
    told: list[str] = []
    tell = drawings._tell
    monkeypatch.setattr(drawings, "_tell", lambda drawing, stage: (told.append(stage), tell(drawing, stage)))

    drawing = ask(group, first, small_city)
    assert drawing.state == "asked" and not RosterDraft.objects.exists()
    run_waiting()

    drawing.refresh_from_db()
    assert (drawing.state, drawing.open_heads, drawing.changed) == ("done", 0, 0)
    assert told[:4] == ["", "greedy", "filling", "evening"]
    assert len(RosterDraft.objects.get().cells) == 21
    assert Entry.objects.filter(action="roster.drawn-up", by="officer").count() == 1


def test_one_drawing_of_a_group_at_a_time(group: RosterGroup, small_city: SimpleNamespace, first: date) -> None:
    ask(group, first, small_city)

    with pytest.raises(Refusal, match="正在排班"):
        ask(group, first, small_city)
    run_waiting()
    assert ask(group, first, small_city).state == "asked"


def test_what_cannot_be_drawn_up_is_said_at_once(group: RosterGroup, small_city: SimpleNamespace, first: date) -> None:
    with pytest.raises(BadInput, match="一次最多排"):
        ask(group, first, small_city, days=63)
    assert not RosterDrawing.objects.exists()


def test_what_cannot_be_drawn_up_any_more_is_refused_with_why(group: RosterGroup, small_city: SimpleNamespace, first: date) -> None:
    drawing = ask(group, first, small_city)
    for member in group.members.all():
        leave_group(member, on=timezone.localdate(), by=small_city.officer, now=timezone.now())

    run_waiting()

    drawing.refresh_from_db()
    assert drawing.state == "refused" and "还没有人" in drawing.refusal
    assert not RosterDraft.objects.exists()


@pytest.mark.parametrize("stage", ["", "greedy", "filling", "evening"])
def test_cancelled_on_the_way_leaves_the_draft_that_was_there(
    group: RosterGroup, small_city: SimpleNamespace, first: date, stage: str, monkeypatch
) -> None:
    ask(group, first, small_city)
    run_waiting()
    before = RosterDraft.objects.get()
    drawing, tell = ask(group, first, small_city, days=3), drawings._tell

    def cancel_at(one: RosterDrawing, at: str) -> None:
        if at == stage:
            drawings.cancel_drawing(one, by=small_city.officer, now=timezone.now())
        tell(one, at)

    monkeypatch.setattr(drawings, "_tell", cancel_at)
    run_waiting()

    drawing.refresh_from_db()
    assert drawing.state == "cancelled" and RosterDraft.objects.get().pk == before.pk
    assert not Reaction.objects.filter(done_at=None).exists(), "nobody tries it again"
    with pytest.raises(Refusal, match="已经有结果"):
        drawings.cancel_drawing(drawing, by=small_city.officer, now=timezone.now())


def test_cancelled_between_finding_and_keeping_is_not_kept(group: RosterGroup, small_city: SimpleNamespace, first: date) -> None:
    drawing = ask(group, first, small_city)
    entry = Entry.objects.get(action="roster.drawing-asked")
    found = drawings._look(entry, timezone.now())
    drawings.cancel_drawing(drawing, by=small_city.officer, now=timezone.now())

    drawings._keep(entry, timezone.now(), found)

    assert found.solution is not None and not RosterDraft.objects.exists()


def test_two_workers_that_found_the_same_keep_it_once(group: RosterGroup, small_city: SimpleNamespace, first: date) -> None:
    ask(group, first, small_city)
    entry = Entry.objects.get(action="roster.drawing-asked")
    one, other = drawings._look(entry, timezone.now()), drawings._look(entry, timezone.now())

    for found in (one, other):
        drawings._keep(entry, timezone.now(), found)

    assert Entry.objects.filter(action="roster.drawn-up").count() == 1
