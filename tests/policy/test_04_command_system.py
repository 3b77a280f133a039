"""Policy 4.3, what `test_04_urban_management.py` does not walk: clocks, escalation, duplicates, and photographs as evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from bench.street_scenes import Street
from wenming.cases import services
from wenming.cases.models import Case, CaseMove
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import at, sent_out
from wenming.cases.tests.test_photo_checks import taken
from wenming.evidence.models import HintKind, PhotoHint
from wenming.journal.models import Entry
from wenming.journal.selectors import verify
from wenming.journal.worker import run_waiting
from wenming.responsibilities.duties import recomputed_due_at
from wenming.responsibilities.services import escalate

pytestmark = pytest.mark.policy("4.3")
Out = Callable[[str], Case]


@pytest.fixture
def out(report: Callable[..., Any], small_city: SimpleNamespace) -> Out:
    """`out("11-16 09:00")`: an overflowing bin, four working hours, sent to the sanitation department at that moment."""

    def send(moment: str) -> Case:
        now = at(moment)
        return sent_out(services.collect(report(now=now).report, now=now), small_city, now=now)

    return send


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        pytest.param("11-16 09:00", "11-16 15:00", id="over noon"),
        pytest.param("09-30 16:00", "10-08 10:00", id="over the national holiday"),
        pytest.param("10-09 16:00", "10-10 10:00", id="into a worked Saturday"),
        pytest.param("11-20 17:00", "11-23 11:00", id="over a weekend that is one"),
    ],
)
def test_deadlines_follow_the_legal_working_calendar(sent: str, due: str, out: Out) -> None:
    assert out(sent).due_at == at(due)


def test_a_clock_stands_while_suspended_and_the_reason_is_kept(
    out: Out, at_desk: Callable[[str], Client], small_city: SimpleNamespace
) -> None:
    """Suspended with an hour to go, resumed on Monday: an hour is left, and it can be recomputed."""
    case = out("10-09 16:00")
    refused = at_desk("dispatcher").post(f"/office/cases/{case.number}/suspension/", {"reason": " "})
    assert refused.status_code == 422 and Case.objects.get(pk=case.pk).state == State.DISPATCHED

    case = services.suspend(case, reason="台风", by=small_city.dispatcher, now=at("10-10 09:00"))
    escalate(at("10-11 12:00"))
    assert not Entry.objects.filter(action="duty.escalated").exists(), "the wait is not the unit's"
    case = services.resume(case, by=small_city.dispatcher, now=at("10-12 09:00"))

    assert case.due_at == at("10-12 10:00") == recomputed_due_at(case.handling)
    assert case.moves.get(act="suspend").reason == "台风"
    assert "台风" in at_desk("dispatcher").get(f"/office/cases/{case.number}/").content.decode()


def test_what_is_late_is_never_silent(out: Out, at_desk: Callable[[str], Client], small_city: SimpleNamespace) -> None:
    """临期, 逾期, 催办, 督办: each rung once, each told to whoever must know, on their own page."""
    case = out("11-16 09:00")
    told: dict[str, list[str]] = {}
    for moment in ("11-16 14:30", "11-16 15:30", "11-17 15:30", "11-19 15:30", "11-25 15:30"):
        for _again in range(2):
            escalate(at(moment))
        run_waiting(at(moment))
        rungs = Entry.objects.filter(action="duty.escalated").order_by("seq")
        told[moment] = [entry.facts["rung"] for entry in rungs]

    assert told["11-16 14:30"] == ["warned"] and told["11-16 15:30"] == ["warned", "overdue"]
    assert told["11-25 15:30"] == ["warned", "overdue", "reminded", "supervised"]
    inbox = at_desk("handler").get("/unit/notices/").content.decode()
    assert case.number in inbox or case.title in inbox
    assert all(word in inbox for word in ("临期", "逾期", "催办", "督办"))


def test_duplicates_become_one_case_and_no_reporter_is_lost(
    reported: Callable[..., Case], at_desk: Callable[[str], Client], citizen: Client
) -> None:
    first, second = reported("桶满了"), reported("还是那只桶")
    receipt = second.case_reports.get().report.receipt

    assert at_desk("handler").post(f"/office/cases/{second.number}/merges/", {"into": first.number}).status_code == 403
    assert at_desk("dispatcher").post(f"/office/cases/{second.number}/merges/", {"into": first.number}).status_code == 302

    first.refresh_from_db()
    second.refresh_from_db()
    assert second.state == State.MERGED and second.merged_into == first and first.reporters == 2
    assert "和另一件相同的上报一起办" in citizen.get(f"/c/{receipt}/").content.decode()
    again = at_desk("dispatcher").post(f"/office/cases/{second.number}/dispatches/", {"unit": "SAN"})
    assert again.status_code in {409, 422}, "what was merged is not handled a second time"
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseMove.objects.filter(case=second).update(reason="x")
    assert verify() == []


@pytest.fixture
def answered_with_an_old_photo(report: Callable[..., Any], out: Out, small_city: SimpleNamespace) -> SimpleNamespace:
    """The unit answers with a picture that another case had shown: cut smaller and encoded again."""
    street = Street(4, estate=2).photo()
    first = services.collect(report(photos=[taken(street)]).report, now=at("11-16 08:30"))
    case = out("11-16 09:00")
    case = services.answer(case, text="清了", photos=[taken(street, quality=60)], by=small_city.handler, now=at("11-16 11:00"))
    run_waiting(at("11-16 11:05"))
    return SimpleNamespace(first=first, case=Case.objects.get(pk=case.pk))


def test_a_photo_used_before_is_told_to_whoever_verifies_and_decides_nothing(
    answered_with_an_old_photo: SimpleNamespace, at_desk: Callable[[str], Client], citizen: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verifier reads it beside the photographs, says whether it was sound, and closes or not by what stands there."""
    # The office's page tells of the last weeks, and the days of this story do not come with us.
    monkeypatch.setattr("wenming.desks.office.views.photo_hints.LATELY", timedelta(days=36_500))
    case, first = answered_with_an_old_photo.case, answered_with_an_old_photo.first
    hint = PhotoHint.objects.get(kind=HintKind.REUSED)
    verifier, unit = at_desk("supervisor"), at_desk("handler")
    task, own = f"/field/task/{case.number}/", f"/unit/cases/{case.number}/"

    assert case.state == State.ANSWERED, "a hint blocks nothing"
    assert "照片以前用过" in verifier.get(task).content.decode()
    assert first.number not in unit.get(own).content.decode(), "whose other case it was is not the unit's to know"
    receipt = case.case_reports.get().report.receipt
    assert "照片以前用过" not in citizen.get(f"/c/{receipt}/").content.decode()

    verdict = f"photo-hints/{hint.pk}/verdicts/"
    assert unit.post(f"{task}{verdict}", {"sound": "no"}).status_code == 403, "a unit is no judge of its own photo"
    assert verifier.post(f"{task}{verdict}", {"sound": "no"}).status_code == 302
    judged = Entry.objects.get(action="evidence.hint-judged")
    assert judged.by == "supervisor" and judged.facts["sound"] is False
    assert "100%" in at_desk("officer").get("/office/photo-hints/?kind=reused").content.decode(), "false alarms are counted"

    assert verifier.post(f"{task}verifications/", {"found": "yes"}).status_code == 302
    case.refresh_from_db()
    assert case.state == State.VERIFIED and verify() == []


def test_what_a_hint_said_cannot_be_altered(answered_with_an_old_photo: SimpleNamespace) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        PhotoHint.objects.update(kind=HintKind.OTHER_TIME)
    with pytest.raises(DatabaseError), transaction.atomic():
        PhotoHint.objects.all()._raw_delete("default")
