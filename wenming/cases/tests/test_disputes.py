"""归属争议: a return against the matrix, or a second one, waits for the office; the ruling binds, and proposes at most."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases import statistics
from wenming.cases.disputes import both_sides, practices_in, waiting_disputes
from wenming.cases.models import Arbitration, Case, Dispute
from wenming.cases.rules.disputes import ClockEffect, Ground, ground_of_dispute
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import cases_visible_to, handler_paths
from wenming.cases.services.disputes import BoundByRuling
from wenming.cases.verification import broken_stories
from wenming.journal.worker import run_waiting
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities.models import Duty, MatrixEntry, MatrixProposal, Notice
from wenming.responsibilities.rules.matrix import Spot
from wenming.responsibilities.selectors import who_answers
from wenming.responsibilities.services import add_matrix_entry, decide_matrix_proposal
from wenming.responsibilities.verification import wrong_deadlines

from .story import FOUNDED, FOUNDED_AT, MONDAY, at

# --- the rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "accountable", "before", "ground"),
    [
        pytest.param("EAST", "EAST", 0, None, id="the matrix agrees: the dispatcher overlooked it"),
        pytest.param("EAST", None, 0, None, id="the matrix says nothing"),
        pytest.param("EAST", "SAN", 0, Ground.MATRIX, id="the matrix contradicts"),
        pytest.param("EAST", "EAST", 1, Ground.AGAIN, id="it came back once before"),
        pytest.param("EAST", None, 2, Ground.AGAIN, id="and again"),
        pytest.param("EAST", "SAN", 1, Ground.MATRIX, id="both: the matrix is the stronger reason"),
    ],
)
def test_which_returns_need_a_ruling(named: str, accountable: str | None, before: int, ground: Ground | None) -> None:
    assert ground_of_dispute(named=named, accountable=accountable, returned_before=before) == ground


# --- stories ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def out(reported_case: Case, small_city: SimpleNamespace) -> Case:
    """A case with the sanitation department, which the matrix names, due at 15:00 on Monday."""
    case = cases.establish(
        reported_case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=MONDAY
    )
    return cases.dispatch(case, to=small_city.sanitation, why="权责清单第一条", by=small_city.dispatcher, now=MONDAY)


@pytest.fixture
def disputed(out: Case, small_city: SimpleNamespace) -> Case:
    """At 10:00 the department says that it is the east town's."""
    return cases.hand_back(out, reason="在东区内街", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00"))


def rule(case: Case, city: SimpleNamespace, **given: object) -> Case:
    kept = {"to": city.east, "reason": "内街归镇街", "by": city.officer, "now": at("11-16 11:00"), **given}
    return cases.arbitrate(case, **kept)  # type: ignore[arg-type]


def test_a_return_against_the_matrix_waits_for_the_office(disputed: Case, small_city: SimpleNamespace) -> None:
    dispute = Dispute.objects.get()

    assert disputed.state == State.DISPUTED and disputed.unit is None
    assert (dispute.ground, dispute.by_unit, dispute.named) == (Ground.MATRIX, small_city.sanitation, small_city.east)
    assert dispute.matrix_unit == small_city.sanitation and "权责清单第一条" in dispute.matrix_why
    assert disputed.duty is not None and disputed.duty.owner == small_city.civility_office
    assert disputed.duty.kind == "case.arbitrate"
    with pytest.raises(cases.StepRefused):
        cases.dispatch(disputed, to=small_city.east, by=small_city.dispatcher, now=at("11-16 10:10"))
    run_waiting(at("11-16 10:15"))
    assert Notice.objects.filter(unit=small_city.civility_office, text__startswith="有争议退回").exists()
    assert list(broken_stories()) == []


@pytest.mark.usefixtures("silent_matrix")
def test_only_the_second_return_is_a_dispute_where_the_matrix_is_silent(out: Case, small_city: SimpleNamespace) -> None:
    first = cases.hand_back(out, reason="在东区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00"))
    assert first.state == State.ESTABLISHED and not Dispute.objects.exists()

    case = cases.dispatch(first, to=small_city.east, by=small_city.dispatcher, now=at("11-16 10:10"))
    second = cases.hand_back(case, reason="在西区", owner=small_city.west, by=small_city.east_handler, now=at("11-16 10:30"))
    assert second.state == State.DISPUTED and Dispute.objects.get().ground == Ground.AGAIN


def test_the_ruling_is_a_recorded_act_and_dispatches(disputed: Case, small_city: SimpleNamespace) -> None:
    ruled = rule(disputed, small_city)
    run_waiting(at("11-16 11:05"))

    ruling = Arbitration.objects.get()
    assert (ruling.unit, ruling.by, ruling.reason, ruling.clock) == (
        small_city.east, small_city.officer, "内街归镇街", ClockEffect.ANEW,
    )  # fmt: skip
    assert ruled.state == State.DISPATCHED and ruled.unit == small_city.east
    assert ruled.due_at == at("11-16 17:00"), "four working hours from the ruling, the lunch break left out"
    assert ruled.moves.get(act="arbitrate").facts["clock"] == "anew"
    assert cases_visible_to(small_city.east_handler).get() == ruled
    assert small_city.east.path in handler_paths(ruled)
    told = set(Notice.objects.filter(text__startswith="裁定归属").values_list("unit__code", flat=True))
    assert told == {"EAST", "SAN"}, "both sides read it"
    assert list(broken_stories()) == [] and list(wrong_deadlines()) == []


def test_the_ruling_binds(disputed: Case, small_city: SimpleNamespace) -> None:
    ruled = rule(disputed, small_city)

    with pytest.raises(BoundByRuling, match="已经裁定由东区办理"):
        cases.hand_back(ruled, reason="还是不归", owner=small_city.west, by=small_city.east_handler, now=at("11-16 12:00"))
    ruled.refresh_from_db()
    assert ruled.state == State.DISPATCHED


def test_who_returned_it_wrongly_goes_on_with_its_own_clock(disputed: Case, small_city: SimpleNamespace) -> None:
    ruled = rule(disputed, small_city, to=small_city.sanitation, clock=ClockEffect.CONTINUES)

    handling = Duty.objects.get(kind="case.handle")
    assert ruled.handling == handling == ruled.duty and ruled.due_at == handling.due_at
    # 15:00, and the working hour of the dispute that is not counted.
    assert handling.due_at == at("11-16 16:00") and handling.state == "open"
    answered = cases.answer(ruled, text="已清运", by=small_city.handler, now=at("11-16 15:30"))
    assert answered.handling is not None and answered.handling.answered_on_time is True
    day = MONDAY.date()
    (line,) = statistics.by_unit(since=day, until=day, now=at("11-16 18:00"))
    assert (line.code, line.figures["due"]) == ("SAN", 1)
    assert list(wrong_deadlines()) == [] and list(broken_stories()) == []


def test_a_unit_that_never_had_it_gets_the_whole_limit(disputed: Case, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput, match="没有办过"):
        rule(disputed, small_city, clock=ClockEffect.CONTINUES)


@pytest.mark.parametrize("who", ["dispatcher", "handler", "leader"])
def test_only_the_office_rules(who: str, disputed: Case, small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        rule(disputed, small_city, by=getattr(small_city, who))
    assert not Arbitration.objects.exists()


def test_what_the_office_reads(disputed: Case, small_city: SimpleNamespace) -> None:
    (waiting,) = waiting_disputes(small_city.officer)
    read = both_sides([waiting], at("11-16 10:30"))[0]

    assert [(move.act, move.reason) for move in read.said] == [("dispatch", ""), ("contest", "在东区内街")]
    assert read.answer is not None and read.answer.unit == small_city.sanitation
    assert read.practice.all == 0
    assert not waiting_disputes(small_city.west_handler).exists()


def test_practice_is_the_share_of_like_cases_that_each_unit_closed(
    disputed: Case, report, small_city: SimpleNamespace
) -> None:
    for unit, by in ((small_city.sanitation, small_city.handler), (small_city.east, small_city.east_handler)):
        for _number in range(3 if unit == small_city.sanitation else 1):
            case = cases.collect(report().report, now=MONDAY)
            case = cases.establish(case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
            case = cases.dispatch(case, to=unit, by=small_city.dispatcher, now=MONDAY)
            case = cases.answer(case, text="好了", by=by, now=MONDAY)
            case = cases.pass_verification(case, by=small_city.supervisor, now=MONDAY)
            cases.close(case, by=small_city.dispatcher, now=MONDAY)

    found = practices_in([disputed], at("11-16 10:30"))[disputed.pk]
    assert [(one.unit.code, one.cases, one.percent) for one in found.lines] == [("SAN", 3, 75), ("EAST", 1, 25)]


# --- the matrix learns by a decision of its own ----------------------------------------------------------------------


@pytest.fixture
def proposed(disputed: Case, small_city: SimpleNamespace) -> MatrixProposal:
    rule(disputed, small_city, propose="城管办〔2026〕12 号")
    return MatrixProposal.objects.get()


def answers(city: SimpleNamespace) -> str | None:
    return who_answers(city.overflow, Spot("442000002"), MONDAY.date()).accountable


def test_a_proposal_changes_nothing_by_itself(proposed: MatrixProposal, small_city: SimpleNamespace) -> None:
    assert (proposed.unit, proposed.basis, proposed.decided_at) == (small_city.east, "城管办〔2026〕12 号", None)
    assert MatrixEntry.objects.count() == 1 and answers(small_city) == "SAN"


def test_taken_in_it_is_a_line_with_its_basis(proposed: MatrixProposal, small_city: SimpleNamespace) -> None:
    decided = decide_matrix_proposal(proposed, accepted=True, note="", by=small_city.officer, now=at("11-17 09:00"))

    assert decided.entry is not None and decided.entry.basis == "城管办〔2026〕12 号"
    found = who_answers(small_city.overflow, Spot("442000002"), at("11-17 09:00").date())
    assert found.accountable == "EAST" and answers(small_city) == "SAN", "what was answered before stays so"


def test_not_taken_in_it_says_why(proposed: MatrixProposal, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        decide_matrix_proposal(proposed, accepted=False, note=" ", by=small_city.officer, now=at("11-17 09:00"))
    decide_matrix_proposal(proposed, accepted=False, note="只此一件", by=small_city.officer, now=at("11-17 09:00"))

    assert MatrixEntry.objects.count() == 1
    with pytest.raises(Refusal, match="已经有人决定"):
        decide_matrix_proposal(proposed, accepted=True, note="", by=small_city.officer, now=at("11-17 09:10"))


def test_only_who_may_change_the_matrix_decides(proposed: MatrixProposal, small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        decide_matrix_proposal(proposed, accepted=True, note="", by=small_city.dispatcher, now=at("11-17 09:00"))


def test_a_line_that_would_have_no_effect_is_refused(proposed: MatrixProposal, small_city: SimpleNamespace) -> None:
    add_matrix_entry(
        type_pattern="TEST:E0192", accountable="unit:WEST", basis="权责清单第二条", on=FOUNDED, by=None, now=FOUNDED_AT
    )
    with pytest.raises(BadInput, match="不起作用"):
        decide_matrix_proposal(proposed, accepted=True, note="", by=small_city.officer, now=at("11-17 09:00"))
    assert MatrixEntry.objects.count() == 2
