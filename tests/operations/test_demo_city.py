"""The demo city: the same for the same seed, true in every row, and with work on every desk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from wenming.accountability.services import ORDER
from wenming.cases import services as cases
from wenming.cases.models import Case, CaseMove
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import cases_visible_to
from wenming.evidence.models import Exhibit
from wenming.journal import selectors as journal
from wenming.journal.models import Entry, Reaction
from wenming.observations.models import Report
from wenming.observations.services import Where, receive_report
from wenming.operations.demo.accounts import DEMO_COMMUNITY, DEMO_CONTRACTOR, PASSWORD, SHIQI, list_demo_accounts
from wenming.operations.demo.build import SIZES
from wenming.operations.demo.clockwork import WorkTime
from wenming.operations.demo.who_answers import NOBODYS_ROLE
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.duties import recomputed_due_at
from wenming.responsibilities.models import Duty, RoleHolding
from wenming.responsibilities.rules import matrix
from wenming.responsibilities.rules.clock import Limit, LimitUnit, Schedule, deadline
from wenming.responsibilities.rules.legal_calendar import seed_calendar
from wenming.responsibilities.selectors import duties_visible_to, matrix_on, matter_of, open_duties, role_holders_on
from wenming.standards.selectors import current_scheme, types_in
from wenming.territory.selectors import towns

from .demo_city import FRIDAY, MARK, small_demo_city

# Each test runs in a savepoint inside the transaction that holds the city.
pytestmark = pytest.mark.django_db

MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


@pytest.fixture(scope="module", autouse=True)
def _city(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The small city; every process that runs some of these tests makes its own."""
    with django_db_blocker.unblock(), small_demo_city():
        yield


def test_the_folder_is_marked_as_a_demo() -> None:
    assert MARK.exists()


def test_it_refuses_a_folder_that_is_not_empty() -> None:
    with pytest.raises(CommandError, match="已经有数据"):
        call_command("demo_city", size="small")


def test_there_are_cases_in_every_state() -> None:
    found = Counter(Case.objects.values_list("state", flat=True))
    # Only an import that was undone leaves void cases, and nothing is imported here.
    assert set(found) == {state.value for state in State} - {State.VOID}
    assert SIZES["small"].archived + SIZES["small"].lived <= found.total() <= 400


def test_every_act_of_the_lifecycle_happens_somewhere() -> None:
    acts = set(CaseMove.objects.values_list("act", flat=True))
    assert acts >= {
        "hand_back",
        "send_back",
        "suspend",
        "ask_extension",
        "verify_before",
        "merge",
        "refuse",
        "acknowledge",
        "settle",
        "appeal",
        "decide_appeal",
        "reopen_unsolved",
        "contest",
        "arbitrate",
        "ask_support",
        "answer_support",
    }


def test_the_journal_verifies_and_nothing_waits_for_the_worker() -> None:
    assert journal.verify() == []
    assert not Reaction.objects.filter(done_at=None).exists()


def test_nothing_happens_after_now() -> None:
    newest = Entry.objects.order_by("-at").first()
    assert newest is not None
    assert newest.at.date() <= FRIDAY


def test_every_deadline_recomputes() -> None:
    duties = Duty.objects.select_related("calendar", "schedule").prefetch_related("pauses")
    assert [duty.pk for duty in duties if recomputed_due_at(duty) != duty.due_at] == []


def test_moves_count_without_gap_and_the_last_one_is_the_state() -> None:
    for case in Case.objects.prefetch_related("moves"):
        moves = list(case.moves.all())
        assert [move.position for move in moves] == list(range(1, case.moves_count + 1))
        assert moves[-1].to_state == case.state


def test_nothing_looks_like_a_telephone_number() -> None:
    written = [*Report.objects.values_list("text", flat=True), *CaseMove.objects.values_list("reason", flat=True)]
    written += [
        *Report.objects.values_list("source_number", flat=True),
        *Account.objects.values_list("display_name", flat=True),
    ]
    assert [text for text in written if MOBILE.search(text)] == []


def test_the_units_have_the_shape_of_a_city() -> None:
    kinds = Counter(Unit.objects.values_list("kind", flat=True))
    assert (kinds[UnitKind.LEADING_GROUP], kinds[UnitKind.OFFICE], kinds[UnitKind.COMMAND_CENTRE]) == (1, 1, 1)
    assert kinds[UnitKind.TOWN] == towns().count() == 23
    assert 22 <= kinds[UnitKind.DEPARTMENT] <= 26
    assert 8 <= kinds[UnitKind.CONTRACTOR] <= 12


def test_there_is_an_account_for_every_role_and_its_password_is_told() -> None:
    accounts = list_demo_accounts()
    assert {account.role for account in accounts} == set(Role)
    assert {account.password for account in accounts} == {PASSWORD}
    assert Account.objects.get(username="dispatcher").check_password(PASSWORD)
    assert not Account.objects.filter(username__startswith="staff")[0].has_usable_password()


def test_every_role_of_the_trade_is_held_but_the_one_left_open_on_purpose() -> None:
    roles = {role for each in types_in(current_scheme()) for role in (*each.do_roles, *each.sup_roles)}
    held = set(RoleHolding.objects.values_list("role", flat=True))
    assert roles - held == {NOBODYS_ROLE}


def test_the_matrix_has_one_gap_and_one_conflict() -> None:
    matters = [matter_of(each) for each in types_in(current_scheme())]
    found = matrix.audit(matrix_on(FRIDAY), role_holders_on(FRIDAY), matters, [SHIQI], FRIDAY)
    community_lines = {"GB30428:E0105", "GB30428:E0190", "GB30428:E0196", "GB30428:E0604"}
    findings = {(each.kind, each.type_code) for each in found if each.type_code not in community_lines}
    assert findings == {("gap", "GB30428:C0140"), ("conflict", "GB30428:E0128")}


@pytest.mark.parametrize(
    ("username", "state", "at_least"),
    [
        pytest.param("dispatcher", State.COLLECTED, 6, id="the dispatcher has cases to accept"),
        pytest.param("dispatcher", State.ESTABLISHED, 6, id="the dispatcher has cases to dispatch"),
        pytest.param("field", State.VERIFYING, 5, id="the inspector has places to look at before"),
        pytest.param("field", State.ANSWERED, 5, id="the inspector has results to look at after"),
        pytest.param("shiqi_field", State.VERIFYING, 5, id="a town's field worker too, before"),
        pytest.param("shiqi_field", State.ANSWERED, 5, id="a town's field worker too, after"),
        pytest.param("office", State.VERIFIED, 3, id="the office has cases to close"),
    ],
)
def test_every_desk_has_its_work(username: str, state: State, at_least: int) -> None:
    account = Account.objects.get(username=username)
    assert cases_visible_to(account).filter(state=state).count() >= at_least


@pytest.mark.parametrize("unit", ["CGZF", SHIQI, "442000002", DEMO_COMMUNITY, DEMO_CONTRACTOR])
def test_every_demo_unit_owes_something_late_soon_and_in_time(unit: str) -> None:
    handler = Account.objects.get(unit__code=unit, role=Role.HANDLER)
    now = Entry.objects.latest("at").at
    own = open_duties(duties_visible_to(handler)).filter(owner__code=unit, kind="case.handle")
    clocks = Counter(duty.lateness(now) for duty in own)
    assert clocks.total() >= 5
    assert set(clocks) >= {"late", "soon", "go"}


def test_the_archive_writes_what_the_services_write() -> None:
    archived = _an_archived_case()
    lived = _live_again(archived)

    assert _facts(lived) == _facts(archived)


def _an_archived_case() -> Case:
    """One that went the whole way in time, with a photograph and a rating."""
    whole = Case.objects.filter(
        state=State.CLOSED, moves_count=7, ratings__isnull=False, photos=2, handling=None, channel="web",
        opened_at__lt=Case.objects.latest("opened_at").opened_at.replace(month=10),
    )  # fmt: skip
    late = Duty.objects.exclude(rung="").values_list("subject", flat=True)
    return next(case for case in whole.order_by("number") if case.key not in set(late))


def _live_again(model: Case) -> Case:
    """The same acts at the same moments, by the services."""
    moves = {move.act: move for move in model.moves.select_related("by", "unit")}
    report = model.case_reports.get().report
    photos = [_prepared(each) for each in Exhibit.objects.filter(subject_type="report", subject_id=str(report.pk))]
    afters = [_prepared(each) for each in Exhibit.objects.filter(subject_type="case", subject_id=model.number)]
    again = receive_report(
        channel=report.channel, client_id="again", where=Where(address="同一处"), text=report.text, photos=photos,
        category=report.category, problem_type=report.problem_type, now=report.received_at, by=report.entered_by,
    ).report  # fmt: skip
    case = cases.collect(again, now=model.opened_at)
    step = moves["establish"]
    case = cases.establish(
        case, problem_type=model.problem_type, rule=model.establish_rule, by=step.by, now=step.at
    )  # fmt: skip
    step = moves["dispatch"]
    case = cases.dispatch(case, to=step.unit, by=step.by, now=step.at, why=step.facts["why"])
    case = cases.acknowledge(case, by=moves["acknowledge"].by, now=moves["acknowledge"].at)
    step = moves["answer"]
    case = cases.answer(case, text=step.reason, photos=afters, done=step.facts["done"], by=step.by, now=step.at)
    step = moves["pass_verification"]
    case = cases.pass_verification(case, note=step.reason, by=step.by, now=step.at)
    case = cases.close(case, by=moves["close"].by, now=moves["close"].at)
    rating = model.ratings.get()
    cases.rate(case, report=again, score=rating.score, why=rating.why, now=rating.at)
    return case


def _prepared(exhibit: Exhibit) -> Any:
    from wenming.evidence.intake import Prepared, facts_of

    original = exhibit.original
    return Prepared(
        original.kind,
        original.media_type,
        original.stored_name,
        original.sha256,
        original.size_bytes,
        facts_of(original),
    )


def _facts(case: Case) -> dict[str, Any]:
    """Everything about a case but keys, numbers and the place."""
    case.refresh_from_db()
    same_in_kind = {"id", "number", "placement_id", "town_code"}
    return {
        "case": {k: v for k, v in vars(case).items() if not k.startswith("_") and k not in same_in_kind},
        "duties": [_values(each, "id", "subject") for each in Duty.objects.filter(subject=case.key).order_by("id")],
        "pauses": [
            _values(pause, "id", "duty_id")
            for each in Duty.objects.filter(subject=case.key)
            for pause in each.pauses.all()
        ],
        "moves": [_values(each, "id", "case_id") for each in case.moves.all()],
        "verifications": [_values(each, "id", "case_id") for each in case.verifications.all()],
        "ratings": [_values(each, "id", "case_id", "report_id") for each in case.ratings.all()],
        "journal": [(e.at, e.action, e.by, _stable(e.facts)) for e in journal.entries_about(case)],
    }


def _values(row: Any, *without: str) -> dict[str, Any]:
    values = {k: v for k, v in vars(row).items() if not k.startswith("_") and k not in without}
    return {k: _stable(v) if k == "facts" else v for k, v in values.items()}


def _stable(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "verification"}


def test_the_leader_has_orders_that_are_late_running_answered_and_accepted() -> None:
    now = Entry.objects.latest("at").at
    clocks = Counter(duty.lateness(now) if duty.ended_at is None else "ended" for duty in Duty.objects.filter(kind=ORDER))
    assert clocks == {"late": 1, "go": 1, "done": 1, "ended": 1}


def test_the_number_line_of_working_time_agrees_with_the_clock() -> None:
    calendar, schedule = seed_calendar(), Schedule()
    line = WorkTime(calendar, schedule, date(2026, 7, 1), date(2026, 12, 31))
    for entry in Entry.objects.filter(action="report.received").order_by("seq")[:40]:
        hours = entry.seq % 30 + 1
        due = deadline(entry.at, Limit(hours, LimitUnit.WORK_HOURS), calendar, schedule).due_at
        reached = line.after(entry.at, hours)
        assert line.after(reached, 0) == line.after(due, 0)
