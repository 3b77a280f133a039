"""主办、协办: one unit leads a case, others do a part of it, each on its own clock; the figures are the lead's."""

from __future__ import annotations

import io
from datetime import date
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases import statistics
from wenming.cases.models import Case, Support
from wenming.cases.rules.supports import SupportState, limit_until, runs_too_long
from wenming.cases.selectors import cases_visible_to, handler_paths, open_steps, photos_of
from wenming.cases.services.supports import SupportEnded, SupportsOpen
from wenming.cases.verification import broken_stories
from wenming.evidence import services as evidence
from wenming.evidence.tests.drawings import encoded, scene
from wenming.journal.worker import run_waiting
from wenming.refusals import BadInput
from wenming.responsibilities.models import Duty, Notice
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import escalate
from wenming.responsibilities.verification import wrong_deadlines

from .story import at, sent_out

DAY = date(2026, 11, 16)


@pytest.fixture
def led(reported_case: Case, small_city: SimpleNamespace) -> Case:
    """A case that the sanitation department leads, due at 15:00 on Monday."""
    return sent_out(reported_case, small_city)


@pytest.fixture
def part(led: Case, small_city: SimpleNamespace) -> Support:
    """The east town is asked to close the road for it."""
    return cases.ask_support(
        led, unit=small_city.east, asks="封一条车道", by=small_city.dispatcher, now=at("11-16 09:10")
    )


# --- the rule of the limit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        pytest.param("11-16 09:00", 6, id="whole hours until the case is due"),
        pytest.param("11-16 09:10", 5, id="never a minute longer than the case"),
        pytest.param("11-16 14:30", 1, id="in the case's last hour still an hour"),
        pytest.param("11-16 16:00", 1, id="an overdue case asks at once"),
    ],
)
def test_a_part_without_its_own_limit_falls_due_with_the_case(now: str, hours: int) -> None:
    assert limit_until(at("11-16 15:00"), at(now)) == Limit(hours, LimitUnit.HOURS)


@pytest.mark.parametrize(
    ("due", "too_long"),
    [
        pytest.param("11-16 15:00", False, id="with the case"),
        pytest.param("11-16 15:01", True, id="a minute later"),
        pytest.param("11-16 10:00", False, id="earlier"),
    ],
)
def test_a_part_runs_no_longer_than_the_case(due: str, too_long: bool) -> None:
    assert runs_too_long(at(due), at("11-16 15:00"), at("11-16 09:00")) is too_long


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_part_is_a_duty_of_its_own_and_the_lead_keeps_its_own(
    led: Case, part: Support, small_city: SimpleNamespace
) -> None:
    led.refresh_from_db()
    assert (led.unit, led.duty, led.due_at) == (small_city.sanitation, led.handling, at("11-16 15:00"))
    assert (part.duty.owner, part.duty.owed_to) == (small_city.east, small_city.sanitation)
    assert part.duty.due_at == at("11-16 14:10") <= led.due_at
    assert list(Duty.objects.filter(kind="case.support")) == [part.duty] and list(wrong_deadlines()) == []
    move = led.moves.get(act="ask_support")
    assert (move.unit, move.reason, move.facts["support"]) == (small_city.east, "封一条车道", part.pk)
    assert list(broken_stories()) == []


def test_who_supports_sees_the_case_and_is_told(part: Support, small_city: SimpleNamespace) -> None:
    assert not cases_visible_to(small_city.west_handler).exists()
    run_waiting(at("11-16 09:15"))

    assert cases_visible_to(small_city.east_handler).get() == part.case
    assert cases_visible_to(small_city.east_handler, one_by_one=True).get() == part.case
    assert "请协办" in Notice.objects.get(unit=small_city.east).text
    assert {"answer_support", "hand_back_support"} <= _acts(part, small_city.east_handler)
    assert not {"answer", "hand_back"} & _acts(part, small_city.east_handler)
    assert not {"answer_support", "hand_back_support"} & _acts(part, small_city.handler)


def test_a_part_climbs_the_same_ladder(part: Support, small_city: SimpleNamespace) -> None:
    for _rung in range(2):
        escalate(at("11-16 14:20"))
    part.duty.refresh_from_db()

    assert part.duty.rung == "overdue"


@pytest.mark.parametrize(
    ("unit", "asks", "limit", "says"),
    [
        pytest.param("SAN", "封路", None, "主办单位", id="the lead supports nobody but itself"),
        pytest.param("EAST", "封路", None, "已经在协办", id="the same unit twice"),
        pytest.param("CENTRE", "封路", None, "不办理案件", id="who handles no cases"),
        pytest.param("WEST", "  ", None, "要这个单位做什么", id="nothing asked"),
        pytest.param("WEST", "封路", Limit(1, LimitUnit.WORK_DAYS), "比案件的还晚", id="longer than the case"),
    ],
)
def test_what_cannot_be_asked(
    unit: str, asks: str, limit: Limit | None, says: str, part: Support, small_city: SimpleNamespace
) -> None:
    units = {one.code: one for one in (small_city.sanitation, small_city.east, small_city.west, small_city.centre)}
    with pytest.raises(BadInput, match=says):
        cases.ask_support(
            part.case, unit=units[unit], asks=asks, limit=limit, by=small_city.dispatcher, now=at("11-16 09:20")
        )

    assert Support.objects.count() == 1 and Duty.objects.filter(kind="case.support").count() == 1


# --- answering, returning, giving to another -------------------------------------------------------------------------


def test_a_part_is_answered_with_text_and_photo_and_the_lead_is_told(
    part: Support, small_city: SimpleNamespace
) -> None:
    shot = evidence.prepare(io.BytesIO(encoded(scene(5))))
    answered = cases.answer_support(
        part.case, part, text="已封，17 时开", photos=[shot], by=small_city.east_handler, now=at("11-16 10:00")
    )
    run_waiting(at("11-16 10:05"))

    assert (answered.state, answered.said) == (SupportState.ANSWERED, "已封，17 时开")
    answered.duty.refresh_from_db()
    assert answered.duty.answered_on_time is True and answered.duty.ended_at == at("11-16 10:00")
    case = Case.objects.get()
    assert case.state == "dispatched" and case.photos == 1 and len(photos_of(case).after) == 1
    assert Notice.objects.filter(unit=small_city.sanitation, text__startswith="协办回复").exists()
    assert list(broken_stories()) == []


def test_only_whom_it_was_asked_of_answers_it(part: Support, small_city: SimpleNamespace) -> None:
    for stranger in (small_city.west_handler, small_city.handler):
        with pytest.raises(cases.NotYours):
            cases.answer_support(part.case, part, text="办了", by=stranger, now=at("11-16 10:00"))


def test_an_empty_answer_is_none(part: Support, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        cases.answer_support(part.case, part, text=" ", by=small_city.east_handler, now=at("11-16 10:00"))


def test_a_returned_part_is_nobodys_until_it_is_given_to_another(part: Support, small_city: SimpleNamespace) -> None:
    cases.hand_back_support(part.case, part, reason="这条路归交警", by=small_city.east_handler, now=at("11-16 10:00"))
    with pytest.raises(SupportEnded):
        cases.withdraw_support(part.case, part, by=small_city.dispatcher, now=at("11-16 10:01"))
    after = cases.reassign_support(
        part.case, part, unit=small_city.west, by=small_city.dispatcher, now=at("11-16 10:10")
    )
    with pytest.raises(SupportEnded):
        cases.reassign_support(
            part.case, part, unit=small_city.sweepers, by=small_city.dispatcher, now=at("11-16 10:20")
        )

    part.refresh_from_db()
    part.duty.refresh_from_db()
    assert (part.state, part.said, part.duty.state) == (SupportState.RETURNED, "这条路归交警", "withdrawn")
    assert (after.unit, after.asks, after.replaces) == (small_city.west, "封一条车道", part)
    assert list(broken_stories()) == [] and list(wrong_deadlines()) == []


def test_a_part_can_be_taken_back(part: Support, small_city: SimpleNamespace) -> None:
    cases.withdraw_support(part.case, part, by=small_city.dispatcher, now=at("11-16 10:00"))

    part.duty.refresh_from_db()
    assert part.duty.state == "withdrawn"
    with pytest.raises(cases.NotYours):
        cases.answer_support(part.case, part, text="办了", by=small_city.east_handler, now=at("11-16 10:10"))


# --- the lead --------------------------------------------------------------------------------------------------------


def test_the_lead_waits_for_the_others_or_says_why_not(part: Support, small_city: SimpleNamespace) -> None:
    with pytest.raises(SupportsOpen, match="东区"):
        cases.answer(part.case, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    answered = cases.answer(
        part.case, text="已清运", despite="不用封路了", by=small_city.handler, now=at("11-16 10:10")
    )

    assert answered.state == "answered"
    said = answered.moves.get(act="answer").reason
    assert "已清运" in said and "东区" in said and "不用封路了" in said
    part.refresh_from_db()
    assert part.state == SupportState.OPEN, "what was asked of the town is not done because another unit says so"


def test_the_lead_answers_freely_once_all_have_answered(part: Support, small_city: SimpleNamespace) -> None:
    cases.answer_support(part.case, part, text="已封", by=small_city.east_handler, now=at("11-16 10:00"))

    assert cases.answer(part.case, text="已清运", by=small_city.handler, now=at("11-16 10:10")).state == "answered"


def test_nobody_who_did_a_part_verifies_the_whole(part: Support, small_city: SimpleNamespace) -> None:
    assert small_city.east.path in handler_paths(part.case)
    cases.answer(part.case, text="已清运", despite="不用了", by=small_city.handler, now=at("11-16 10:10"))

    with pytest.raises(cases.NotYours):
        cases.pass_verification(part.case, by=small_city.east_patrol, now=at("11-16 11:00"))


@pytest.mark.parametrize(
    ("closed", "state", "counts"),
    [
        pytest.param("11-16 13:00", "withdrawn", 0, id="who still had time owes nothing any more"),
        pytest.param("11-16 15:30", "discharged", 1, id="who was late with it stays late"),
    ],
)
def test_a_part_unanswered_when_the_case_closes(
    closed: str, state: str, counts: int, part: Support, small_city: SimpleNamespace
) -> None:
    cases.answer(part.case, text="已清运", despite="不用了", by=small_city.handler, now=at("11-16 10:10"))
    cases.pass_verification(part.case, by=small_city.supervisor, now=at("11-16 11:00"))
    cases.close(part.case, by=small_city.dispatcher, now=at(closed))

    part.refresh_from_db()
    assert part.state == SupportState.UNANSWERED and part.duty.state == state
    figures = {line.code: line for line in statistics.supports_by_unit(since=DAY, until=DAY, now=at("11-16 16:00"))}
    assert sum(line.due for line in figures.values()) == counts


def test_while_the_case_stands_so_do_its_parts(part: Support, small_city: SimpleNamespace) -> None:
    cases.suspend(part.case, reason="等天晴", by=small_city.dispatcher, now=at("11-16 10:00"))
    part.duty.refresh_from_db()
    assert part.duty.paused_at == at("11-16 10:00")
    cases.resume(part.case, by=small_city.dispatcher, now=at("11-16 11:00"))

    part.duty.refresh_from_db()
    assert part.duty.due_at == at("11-16 15:10") and list(wrong_deadlines()) == []


@pytest.mark.parametrize("leaves", ["hand_back", "recall"])
def test_when_the_case_leaves_its_lead_its_parts_end(leaves: str, part: Support, small_city: SimpleNamespace) -> None:
    if leaves == "recall":
        cases.recall(part.case, by=small_city.dispatcher, now=at("11-16 10:00"))
    else:
        cases.hand_back(part.case, reason="归西区", owner=small_city.west, by=small_city.handler, now=at("11-16 10:00"))

    part.refresh_from_db()
    part.duty.refresh_from_db()
    assert (part.state, part.duty.state) == (SupportState.WITHDRAWN, "withdrawn")


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_appraisal_is_the_leads_and_parts_are_counted_apart(part: Support, small_city: SimpleNamespace) -> None:
    cases.answer_support(part.case, part, text="已封", by=small_city.east_handler, now=at("11-16 10:00"))
    cases.answer(part.case, text="已清运", by=small_city.handler, now=at("11-16 10:10"))

    until = {"since": DAY, "until": DAY, "now": at("11-16 16:00")}
    assert [line.code for line in statistics.by_unit(**until)] == ["SAN"]
    (line,) = statistics.supports_by_unit(**until)
    assert (line.code, line.due, line.answered, line.on_time) == ("EAST", 1, 1, 1)
    for figure in statistics.SUPPORT_FIGURES:
        behind = statistics.cases_behind(figure, Case.objects.all(), unit_code="EAST", **until)
        assert list(behind) == [part.case]
        assert not statistics.cases_behind(figure, Case.objects.all(), unit_code="SAN", **until).exists()


def _acts(part: Support, account: object) -> set[str]:
    case = Case.objects.select_related("unit").get(pk=part.case.pk)
    return {step.act for step in open_steps(case, account)}  # type: ignore[arg-type]
