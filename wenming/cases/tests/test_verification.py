"""Edits behind the application's back, in the records of cases, are found by comparing them with the journal (P6)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from wenming.cases import services as cases
from wenming.cases.models import Case, CaseMove, Rating, Verification
from wenming.cases.verification import broken_stories
from wenming.engine.append_only import lift, tables_of

from .story import MONDAY, at, sent_out

EDITS: dict[str, Callable[[CaseMove], object]] = {
    "backdated": lambda move: CaseMove.objects.filter(pk=move.pk).update(at=MONDAY.replace(day=1)),
    "by nobody": lambda move: CaseMove.objects.filter(pk=move.pk).update(by=None),
    "another act": lambda move: CaseMove.objects.filter(pk=move.pk).update(act="refuse", reason="不归我们管"),
    "from elsewhere": lambda move: CaseMove.objects.filter(pk=move.pk).update(from_state="verifying"),
    "to elsewhere": lambda move: CaseMove.objects.filter(pk=move.pk).update(to_state="closed"),
    "for another unit": lambda move: CaseMove.objects.filter(pk=move.pk).update(unit=move.by_unit),
    "removed": lambda move: CaseMove.objects.filter(pk=move.pk).delete(),
    "state of the case": lambda move: Case.objects.filter(pk=move.case_id).update(state="collected"),
    "deadline shown": lambda move: Case.objects.filter(pk=move.case_id).update(due_at=MONDAY),
}


@pytest.fixture
def established(reported_case: Case, small_city: SimpleNamespace) -> CaseMove:
    case = cases.establish(
        reported_case,
        problem_type=small_city.overflow,
        rule=small_city.four_hours,
        by=small_city.dispatcher,
        now=MONDAY,
    )
    return case.moves.get(act="establish")


def test_an_honest_story_agrees_with_the_journal(established: CaseMove) -> None:
    assert list(broken_stories()) == []


def test_a_case_that_a_later_look_ended_agrees_with_the_journal(reported_case: Case, small_city: SimpleNamespace) -> None:
    cases.reinspect(sent_out(reported_case, small_city), note="复查到位", by=small_city.supervisor, now=at("11-16 10:30"))

    assert list(broken_stories()) == []


def test_another_verdict_or_rating_is_found(report: Callable[..., Any], small_city: SimpleNamespace) -> None:
    case = _closed(report, small_city)
    lift(connection.SchemaEditorClass(connection, atomic=False), tables_of(Verification, Rating))
    Verification.objects.update(holds=False)
    Rating.objects.update(score=5)

    assert [case.number in sentence for sentence in broken_stories()] == [True, True, True], "one rating gone, one come"


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_behind_the_application_is_found(established: CaseMove, edit: str) -> None:
    # Not `with connection.schema_editor()`: on SQLite that refuses to run inside a test's transaction.
    lift(connection.SchemaEditorClass(connection, atomic=False), tables_of(CaseMove))
    EDITS[edit](established)

    assert [established.case.number in sentence for sentence in broken_stories()] == [True]


def _closed(report: Callable[..., Any], city: SimpleNamespace) -> Case:
    case = cases.collect(report().report, now=MONDAY)
    case = sent_out(case, city)
    case = cases.answer(case, text="已清运", by=city.handler, now=at("11-16 10:00"))
    case = cases.pass_verification(case, by=city.supervisor, now=at("11-16 10:30"))
    case = cases.close(case, by=city.dispatcher, now=at("11-16 11:00"))
    cases.rate(case, report=case.case_reports.get().report, score=2, now=at("11-17 08:00"))
    assert list(broken_stories()) == []
    return case
