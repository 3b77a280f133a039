"""One whole turn of the main loop, through services alone: what the issue is about, in one story."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import cases_visible_to, open_steps, suggestion
from wenming.journal.selectors import verify
from wenming.responsibilities.duties import recomputed_due_at
from wenming.responsibilities.models import Duty

from .story import MONDAY, at


def dispatched(case: Case, city: SimpleNamespace) -> Case:
    case = cases.establish(
        case, problem_type=city.overflow, rule=city.four_hours, by=city.dispatcher, now=at("11-16 09:10")
    )
    return cases.dispatch(case, to=city.sanitation, by=city.dispatcher, now=at("11-16 09:20"))


def test_a_case_goes_round_the_loop(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)
    assert case.due_at == at("11-16 15:20")

    case = cases.answer(case, text="已清运", done=["清理"], by=small_city.handler, now=at("11-16 11:00"))
    assert case.state == State.ANSWERED and case.handling is not None and case.handling.answered_on_time

    case = cases.pass_verification(case, note="干净了", by=small_city.supervisor, now=at("11-16 14:30"))
    case = cases.close(case, by=small_city.dispatcher, now=at("11-16 15:00"))
    report = case.case_reports.get().report
    cases.rate(case, report=report, score=4, now=at("11-17 08:00"))

    assert [move.act for move in case.moves.order_by("position")] == [
        "collect", "establish", "dispatch", "answer", "pass_verification", "close",
    ]  # fmt: skip
    assert not Duty.objects.filter(ended_at=None).exists(), "a closed case leaves nobody owing anything"
    assert verify() == []


def test_the_unit_that_handled_may_not_verify(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)
    case = cases.answer(case, text="已清运", by=small_city.handler, now=at("11-16 11:00"))
    small_city.sweeper.role = "field"
    small_city.sweeper.save()

    with pytest.raises(cases.NotYours):
        cases.pass_verification(case, by=small_city.sweeper, now=at("11-16 14:30"))


def test_rework_gives_back_exactly_the_wait_for_the_verdict(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)
    case = cases.answer(case, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    case = cases.send_back(case, reason="地面还有污水", by=small_city.supervisor, now=at("11-16 11:00"))

    assert case.state == State.DISPATCHED
    assert case.due_at == at("11-16 15:20") + timedelta(hours=1)
    assert case.handling is not None and case.handling.rework_count == 1
    assert recomputed_due_at(case.handling) == case.handling.due_at


@pytest.mark.usefixtures("silent_matrix")
def test_handing_back_names_the_owner_and_frees_the_unit(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)
    case = cases.hand_back(
        case, reason="在东区辖区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00")
    )

    assert case.state == State.ESTABLISHED and case.unit is None
    assert case.moves.get(act="hand_back").unit == small_city.east


def test_a_second_officer_is_told_what_the_first_did(reported_case: Case, small_city: SimpleNamespace) -> None:
    seen = reported_case.moves_count
    cases.refuse(reported_case, reason="不属于城市管理范围", by=small_city.officer, now=MONDAY)

    with pytest.raises(cases.CaseChanged):
        cases.establish(
            reported_case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY,
            seen_moves=seen,
        )  # fmt: skip


def test_merging_keeps_every_reporter(report, small_city: SimpleNamespace) -> None:
    first = cases.collect(report().report, now=MONDAY)
    second = cases.collect(report(text="同一个桶").report, now=MONDAY)

    cases.merge(second, into=first, by=small_city.dispatcher, now=MONDAY)
    first.refresh_from_db()
    assert first.reporters == 2

    second.refresh_from_db()
    cases.separate(second, by=small_city.dispatcher, now=MONDAY)
    first.refresh_from_db()
    assert first.reporters == 1


def test_separating_out_of_a_case_that_was_merged_on_leaves_no_reporter_counted(
    report, small_city: SimpleNamespace
) -> None:
    first, second, third = (cases.collect(report().report, now=MONDAY) for _ in range(3))
    cases.merge(third, into=second, by=small_city.dispatcher, now=MONDAY)
    cases.merge(second, into=first, by=small_city.dispatcher, now=MONDAY)

    cases.separate(third, by=small_city.dispatcher, now=MONDAY)
    cases.separate(second, by=small_city.dispatcher, now=MONDAY)

    assert list(Case.objects.values_list("reporters", flat=True)) == [1, 1, 1]


def test_a_citizen_reopens_within_fifteen_days(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)
    case = cases.answer(case, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    case = cases.pass_verification(case, by=small_city.supervisor, now=at("11-16 10:30"))
    case = cases.close(case, by=small_city.dispatcher, now=at("11-16 11:00"))
    report = case.case_reports.get().report

    with pytest.raises(cases.citizen.TooLate):
        cases.reopen(case, report=report, reason="又满了", now=at("12-05 09:00"))
    case = cases.reopen(case, report=report, reason="又满了", now=at("11-20 09:00"))
    assert case.state == State.ESTABLISHED


def test_the_suggestion_cites_the_rule(reported_case: Case, small_city: SimpleNamespace) -> None:
    found = suggestion(reported_case, MONDAY, small_city.overflow)

    assert found is not None and found.unit == small_city.sanitation
    assert found.answer.rule is not None and found.answer.rule.basis == "权责清单第一条"


def test_units_see_their_own(reported_case: Case, small_city: SimpleNamespace) -> None:
    case = dispatched(reported_case, small_city)

    assert case in cases_visible_to(small_city.handler)
    assert case not in cases_visible_to(small_city.west_handler)
    assert [step.act for step in open_steps(case, small_city.handler)] == [
        "acknowledge", "hand_back", "contest", "ask_extension", "answer", "appeal",
    ]  # fmt: skip
    assert open_steps(case, small_city.west_handler) == []
