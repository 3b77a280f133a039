"""The table of the life of a case, read from both sides: every allowed act works, every other one is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wenming.cases import imported
from wenming.cases import services as cases
from wenming.cases.models import Appeal, Case, Support
from wenming.cases.rules.lifecycle import ENDED, STEPS, Party, State, StepOutOfPlace, acts_from, advance, may_verify
from wenming.observations.models import Report
from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import PERMISSIONS
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import add_matrix_entry

from .story import FOUNDED, FOUNDED_AT, MONDAY

ALL = [(act, state) for act in STEPS for state in State]
ALLOWED = [(act, state) for act, state in ALL if state in STEPS[act].sources]
REFUSED = [(act, state) for act, state in ALL if state not in STEPS[act].sources]


@pytest.mark.parametrize(("act", "state"), ALLOWED)
def test_an_allowed_act_leads_where_the_table_says(act: str, state: State) -> None:
    assert advance(state, act) == (STEPS[act].target or state)


@pytest.mark.parametrize(("act", "state"), REFUSED)
def test_every_other_act_is_refused_by_the_rule(act: str, state: State) -> None:
    with pytest.raises(StepOutOfPlace):
        advance(state, act)


def test_a_case_can_always_end() -> None:
    reached, frontier = {State.COLLECTED}, [State.COLLECTED]
    while frontier:
        for step in acts_from(frontier.pop()):
            if step.target and step.target not in reached:
                reached.add(step.target)
                frontier.append(step.target)
    assert reached == set(State), "every state is reached from the first"
    for state in set(State) - ENDED:
        assert acts_from(state), f"nothing leads out of {state}"


def test_no_path_leads_from_a_report_to_closed_without_a_verification() -> None:
    assert STEPS["close"].sources == {State.VERIFIED}
    assert {act for act, step in STEPS.items() if step.target == State.VERIFIED} == {"pass_verification"}
    assert STEPS["pass_verification"].party == Party.VERIFIER
    ways_to_closed = {act for act, step in STEPS.items() if step.target == State.CLOSED}
    assert ways_to_closed == {"close", "adopt_closed", "settle", "reinspect"}, "the act's own name says that nobody verified it"
    assert STEPS["reinspect"].party == Party.VERIFIER, "a verification itself"
    assert STEPS["settle"].party == Party.FINDER and STEPS["settle"].sources == {State.COLLECTED}


def test_every_act_names_a_permission_that_exists() -> None:
    for step in STEPS.values():
        assert step.party in {Party.CITIZEN, Party.SYSTEM} or step.permission in PERMISSIONS


@pytest.mark.parametrize(
    ("verifier", "handlers", "may"),
    [
        pytest.param("/C/CENTRE/", {"/C/SAN/"}, True, id="another unit may"),
        pytest.param("/C/SAN/", {"/C/SAN/"}, False, id="the handling unit may not"),
        pytest.param("/C/SAN/SWEEP/", {"/C/SAN/"}, False, id="nor a unit below it"),
        pytest.param("/C/", {"/C/SAN/"}, True, id="the unit above may"),
        pytest.param("/C/SAN/", {"/C/EAST/", "/C/SAN/"}, False, id="nor one that handled it earlier"),
        pytest.param("/C/SAN2/", {"/C/SAN/"}, True, id="a similar code is another unit"),
    ],
)
def test_who_may_verify(verifier: str, handlers: set[str], may: bool) -> None:
    assert may_verify(verifier, frozenset(handlers)) is may


def perform(act: str, case: Case, city: SimpleNamespace) -> object:
    """Call the service behind an act with everything it needs, by somebody who may."""
    centre = {"by": city.dispatcher, "now": MONDAY}
    unit = {"by": city.handler, "now": MONDAY}
    verifier = {"by": city.supervisor, "now": MONDAY}
    report = case.case_reports.get().report
    calls = {
        "ask_verification": lambda: cases.ask_verification(case, unit=city.centre, **centre),
        "recall_verification": lambda: cases.recall_verification(case, **centre),
        "verify_before": lambda: cases.verify_before(case, holds=True, **verifier),
        "cannot_see": lambda: cases.cannot_see(case, reason="围挡挡住了", **verifier),
        "change_type": lambda: cases.change_type(case, to=city.overflow, rule=None, **centre),
        "establish": lambda: cases.establish(case, problem_type=city.overflow, rule=None, **centre),
        "refuse": lambda: cases.refuse(case, reason="不属于", **centre),
        "take_back_refusal": lambda: cases.take_back_refusal(case, reason="看错了", **centre),
        "merge": lambda: cases.merge(case, into=city.other, **centre),
        "separate": lambda: cases.separate(case, **centre),
        "dispatch": lambda: cases.dispatch(case, to=city.sanitation, **centre),
        "give_to_body": lambda: cases.give_to_body(case, to=city.sanitation, why="由它管理", now=MONDAY),
        "reinspect": lambda: cases.reinspect(case, note="复查到位", **verifier),
        "recall": lambda: cases.recall(case, **centre),
        "acknowledge": lambda: cases.acknowledge(case, **unit),
        "hand_back": lambda: cases.hand_back(case, reason="不是我们的", owner=named_by_the_matrix(city), **unit),
        "contest": lambda: cases.hand_back(case, reason="不是我们的", owner=city.east, **unit),
        "arbitrate": lambda: cases.arbitrate(case, to=city.east, reason="在东区", by=city.officer, now=MONDAY),
        "ask_extension": lambda: cases.ask_extension(case, limit=Limit(1, LimitUnit.WORK_DAYS), reason="等料", **unit),
        "decide_extension": lambda: cases.decide_extension(case, city.extension, granted=True, note="", **centre),
        "suspend": lambda: cases.suspend(case, reason="等天晴", **centre),
        "ask_support": lambda: cases.ask_support(case, unit=city.east, asks="封路", **centre),
        "reassign_support": lambda: cases.reassign_support(case, a_support(case, city), unit=city.west, **centre),
        "withdraw_support": lambda: cases.withdraw_support(case, a_support(case, city), **centre),
        "answer_support": lambda: cases.answer_support(case, a_support(case, city), text="封了", **for_a_part(city)),
        "hand_back_support": lambda: cases.hand_back_support(
            case, a_support(case, city), reason="不归东区", **for_a_part(city)
        ),
        "resume": lambda: cases.resume(case, **centre),
        "answer": lambda: cases.answer(case, text="办了", **unit),
        "pass_verification": lambda: cases.pass_verification(case, **verifier),
        "send_back": lambda: cases.send_back(case, reason="没好", **verifier),
        "close": lambda: cases.close(case, **centre),
        "settle": lambda: cases.settle(found_by(city.supervisor, case), why_no_photo="天黑", **verifier),
        "appeal": lambda: cases.appeal(made_late(case), about="late", reason="查封现场", **unit),
        "decide_appeal": lambda: cases.decide_appeal(
            case, an_appeal(case, city), granted=True, reason="属实", by=city.officer, now=MONDAY
        ),
        "reopen_unsolved": lambda: cases.reopen_unsolved(case, reason="还在", **verifier),
        "adopt_closed": lambda: imported.adopt_closed(case, reason="原系统已办结", **centre),
        "void": lambda: imported.void(case, reason="重复导入", **centre),
        "reopen": lambda: cases.reopen(case, report=report, reason="又坏了", now=MONDAY),
    }
    return calls[act]()


def found_by(who: Account, case: Case) -> Case:
    """As if this person had found it."""
    Report.objects.filter(case_report__case=case).update(entered_by=who)
    return case


def made_late(case: Case) -> Case:
    """As if the unit had answered too late, or not yet."""
    Duty.objects.filter(subject=case.key, kind="case.handle").update(answered_on_time=False)
    return case


def named_by_the_matrix(city: SimpleNamespace) -> Unit:
    """As if the dispatcher had overlooked what the matrix says."""
    add_matrix_entry(
        type_pattern="E0192", accountable="unit:WEST", basis="权责清单第二条", on=FOUNDED, by=None, now=FOUNDED_AT, order=1
    )
    return city.west


def a_support(case: Case, city: SimpleNamespace) -> Support:
    """As if the east town had been asked to do a part of it."""
    if (there := Support.objects.filter(case=case).first()) is not None:
        return there
    duty = duties.impose(
        kind="case.support", subject=case.key, title="协办", owner=city.east, limit=Limit(2, LimitUnit.HOURS), now=MONDAY
    )
    Case.objects.filter(pk=case.pk).update(supports_count=1)
    return Support.objects.create(
        case=case, unit=city.east, asks="封路", duty=duty, asked_at=MONDAY, asked_by=city.dispatcher
    )


def for_a_part(city: SimpleNamespace) -> dict[str, object]:
    return {"by": city.east_handler, "now": MONDAY}


def an_appeal(case: Case, city: SimpleNamespace) -> Appeal:
    return Appeal.objects.create(
        case=case, handling=Duty.objects.filter(subject=case.key).first(), about="late", reason="查封现场", at=MONDAY,
        by=city.handler, by_unit=city.sanitation,
    )  # fmt: skip


# The acts that bring a case into each state, in order.
WAYS: dict[State, tuple[str, ...]] = {
    State.COLLECTED: (),
    State.VERIFYING: ("ask_verification",),
    State.ESTABLISHED: ("establish",),
    State.DISPATCHED: ("establish", "dispatch"),
    State.DISPUTED: ("establish", "dispatch", "contest"),
    State.SUSPENDED: ("establish", "dispatch", "suspend"),
    State.ANSWERED: ("establish", "dispatch", "answer"),
    State.VERIFIED: ("establish", "dispatch", "answer", "pass_verification"),
    State.CLOSED: ("establish", "dispatch", "answer", "pass_verification", "close"),
    State.NOT_ACCEPTED: ("refuse",),
    State.MERGED: ("merge",),
    State.VOID: ("void",),
}


@pytest.fixture
def case_in(small_city: SimpleNamespace, report):
    def bring(state: State) -> Case:
        small_city.other = cases.collect(report(text="另一件").report, now=MONDAY)
        case = cases.collect(report().report, now=MONDAY)
        for act in WAYS[state]:
            perform(act, case, small_city)
            case.refresh_from_db()
        if state == State.DISPATCHED:
            small_city.extension = cases.ask_extension(
                case, limit=Limit(1, LimitUnit.WORK_DAYS), reason="等料", by=small_city.handler, now=MONDAY
            )
            case.refresh_from_db()
        assert case.state == state
        return case

    return bring


@pytest.mark.parametrize("state", list(State))
def test_the_services_do_what_the_table_says_and_nothing_else(
    state: State, case_in, small_city: SimpleNamespace
) -> None:
    case = case_in(state)
    small_city.extension = getattr(small_city, "extension", None)
    for act in STEPS:
        if state in STEPS[act].sources:
            continue
        before = (case.state, case.moves_count)
        with pytest.raises(cases.StepRefused):
            perform(act, case, small_city)
        case.refresh_from_db()
        assert (case.state, case.moves_count) == before, f"{act} left something behind in {state}"


@pytest.mark.parametrize(("act", "state"), [(a, s) for a, s in ALLOWED if a != "ask_extension"])
def test_each_allowed_act_writes_exactly_one_move(act: str, state: State, case_in, small_city: SimpleNamespace) -> None:
    case = case_in(state)
    moves = case.moves_count

    perform(act, case, small_city)
    case.refresh_from_db()

    assert case.state == (STEPS[act].target or state)
    assert case.moves_count == moves + 1 == case.moves.count()
    newest = case.moves.get(position=case.moves_count)
    assert (newest.act, newest.from_state, newest.to_state) == (act, state, case.state)
    running = case.duty
    assert (running is None) == case.ended, "while a case is open exactly one unit owes the next step"
    assert running is None or running.ended_at is None


@pytest.mark.parametrize(
    "act", [act for act, step in STEPS.items() if step.needs_reason and hasattr(cases, act) and act != "ask_extension"]
)
def test_acts_that_need_a_reason_refuse_an_empty_one(act: str, case_in, small_city: SimpleNamespace) -> None:
    state = min(STEPS[act].sources, key=list(WAYS).index)
    case = case_in(state)
    verb, empty = getattr(cases, act), {"reason": "  ", "now": MONDAY}
    extra: dict[str, object] = {
        "refuse": {"by": small_city.dispatcher}, "take_back_refusal": {"by": small_city.dispatcher},
        "hand_back": {"by": small_city.handler, "owner": small_city.east}, "suspend": {"by": small_city.dispatcher},
        "hand_back_support": {"by": small_city.east_handler, "support": a_support(case, small_city)},
        "appeal": {"by": small_city.handler, "about": "late"}, "reopen_unsolved": {"by": small_city.supervisor},
        "arbitrate": {"by": small_city.officer, "to": small_city.east},
        "decide_appeal": {"by": small_city.officer, "appealed": None, "granted": True},
        "send_back": {"by": small_city.supervisor}, "cannot_see": {"by": small_city.supervisor}, "reopen": {"report": case.case_reports.get().report},
    }[act]  # fmt: skip

    with pytest.raises(cases.moving.ReasonMissing):
        verb(case, **empty, **extra)
