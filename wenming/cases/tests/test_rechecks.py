"""盲复核: drawn by the journal's head, looked at by somebody else, and what follows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction

from wenming.cases import services as cases
from wenming.cases.models import Case, Recheck, RecheckDraw, RecheckFinding
from wenming.cases.models.rechecks import AGAIN, SOLVED, UNSEEN, UNSOLVED
from wenming.cases.rechecks import draws_of, rechecks_to_do, shares_until
from wenming.cases.rules.lifecycle import State, may_verify
from wenming.cases.rules.rechecks import Quarter, seed_of
from wenming.cases.selectors import handler_paths
from wenming.cases.verification import broken_stories, doubts_about
from wenming.journal.models import Entry
from wenming.journal.selectors import head
from wenming.observations.services import Where
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import open_account
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import Duty
from wenming.territory.models import Area, Level

from .story import FOUNDED, FOUNDED_AT, at

EAST = "442000002"
QUARTER = Quarter(2026, 4)
JANUARY = at("11-16 09:00").replace(year=2027, month=1, day=4)


@pytest.fixture
def west_patrol(small_city: SimpleNamespace) -> Account:
    """Somebody of the west town who looks on the spot."""
    return open_account(
        username="west_patrol", display_name="西区网格员", role=Role.FIELD, unit=small_city.west, password="test-Only-2026",
        by=None, now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def closed(report, small_city: SimpleNamespace, west_patrol: Account) -> Callable[..., Case]:
    """`closed()`: a case in the east town, handled by the sanitation department and closed in November."""
    east = Area.objects.create(
        code=EAST, level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=FOUNDED
    )

    def bring(to: str = "sanitation", by: str = "handler") -> Case:
        where = Where(address="民权路 33 号", town=east)
        case = cases.collect(report(where=where, client_id=str(uuid.uuid4())).report, now=at("11-16 09:00"))
        case = cases.establish(
            case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=at("11-16 09:05")
        )
        case = cases.dispatch(case, to=getattr(small_city, to), by=small_city.dispatcher, now=at("11-16 09:10"))
        case = cases.answer(case, text="清了", by=getattr(small_city, by), now=at("11-16 10:00"))
        case = cases.pass_verification(case, by=small_city.supervisor, now=at("11-16 11:00"))
        return cases.close(case, by=small_city.dispatcher, now=at("11-16 11:30"))

    return bring


def test_all_of_a_small_town_are_drawn_once(closed, small_city: SimpleNamespace) -> None:
    there = {closed().number for _ in range(3)}

    assert cases.draw_rechecks(JANUARY) == 3
    assert cases.draw_rechecks(JANUARY) == 0, "a town is drawn once a quarter"

    draw = RecheckDraw.objects.get()
    assert {one.case.number for one in draw.rechecks.all()} == there
    assert (draw.town_code, draw.population, draw.size) == (EAST, 3, 3)
    assert Entry.objects.get(action="recheck.drawn").facts["seed"] == draw.seed
    assert doubts_about(draw) == [] == list(broken_stories())


def test_the_lot_follows_from_the_journal_as_the_quarter_ended(closed, small_city: SimpleNamespace) -> None:
    """The tests' journal is written today, long before January: its head is the quarter's, and the seed follows."""
    closed()
    seq, sealed = head()
    cases.draw_rechecks(JANUARY)

    draw = RecheckDraw.objects.get()
    assert (draw.head_seq, draw.head_hash) == (seq, sealed)
    assert draw.seed == seed_of(sealed, EAST, QUARTER)


def test_another_lot_than_the_seeds_is_found(closed) -> None:
    closed()
    cases.draw_rechecks(JANUARY)
    draw = RecheckDraw.objects.get()
    draw.seed = "f" * 64

    assert any("种子" in doubt for doubt in doubts_about(draw))


def test_only_what_was_verified_here_and_is_still_closed_is_drawn(closed, report, small_city: SimpleNamespace) -> None:
    reopened = closed()
    cases.reopen(reopened, report=reopened.case_reports.get().report, reason="又满了", now=at("11-17 09:00"))
    settled = cases.collect(report(by=small_city.east_patrol, client_id="spot").report, now=at("11-16 09:00"))
    Case.objects.filter(pk=settled.pk).update(town_code=EAST)
    cases.settle(settled, why_no_photo="天黑", by=small_city.east_patrol, now=at("11-16 09:30"))
    kept = closed()

    cases.draw_rechecks(JANUARY)

    assert [one.case for one in Recheck.objects.all()] == [kept]


def test_who_looks_again_had_nothing_to_do_with_it(closed, small_city: SimpleNamespace, west_patrol: Account) -> None:
    """Neither the handler, nor the verifier, nor the town whose figure it is: of two towns only the west is left."""
    closed()
    closed(to="west", by="west_handler")
    cases.draw_rechecks(JANUARY)

    by_handler = {handler_paths(one.case): one.unit for one in Recheck.objects.select_related("unit", "case")}
    assert by_handler == {
        frozenset({small_city.sanitation.path}): small_city.west,
        frozenset({small_city.west.path}): small_city.centre,
    }, "where nobody is free of it, the command centre looks"
    assert all(may_verify(unit.path, paths) for paths, unit in by_handler.items())
    assert list(rechecks_to_do(west_patrol)) == list(Recheck.objects.filter(unit=small_city.west))
    assert Duty.objects.filter(kind="case.recheck", owner=small_city.west).count() == 1


@pytest.mark.parametrize(
    ("found", "note", "checked", "wrong"),
    [(SOLVED, "", 1, 0), (UNSOLVED, "还堆着", 1, 1), (AGAIN, "", 1, 0), (UNSEEN, "有围挡", 0, 0)],
)
def test_what_was_found_is_counted(
    closed, west_patrol: Account, found: str, note: str, checked: int, wrong: int
) -> None:
    case = closed()
    closed()
    cases.draw_rechecks(JANUARY)
    recheck = Recheck.objects.get(case=case)

    cases.find_recheck(recheck, found=found, note=note, by=west_patrol, now=JANUARY)

    tally = draws_of(QUARTER)[EAST].tally
    assert (tally.population, tally.size, tally.checked, tally.wrong) == (2, 2, checked, wrong)
    assert recheck.duty.__class__.objects.get(pk=recheck.duty_id).ended_at is not None
    assert list(broken_stories()) == []


def test_what_is_not_solved_is_opened_again_by_itself(
    closed, west_patrol: Account, small_city: SimpleNamespace
) -> None:
    case = closed()
    cases.draw_rechecks(JANUARY)
    cases.find_recheck(Recheck.objects.get(), found=UNSOLVED, note="还堆着", by=west_patrol, now=JANUARY)

    case.refresh_from_db()
    assert case.state == State.ESTABLISHED and case.closed_at is None and case.unit is None
    assert case.duty is not None and case.duty.owner == small_city.centre
    assert case.moves.latest("position").act == "reopen_unsolved"
    found = shares_until(QUARTER.last_day)
    assert found is not None and found[2] is not None and found[2][0] == 1.0


def test_what_was_reopened_meanwhile_stays_where_it_is(closed, west_patrol: Account) -> None:
    case = closed()
    cases.draw_rechecks(JANUARY)
    Case.objects.filter(pk=case.pk).update(state=State.ESTABLISHED, closed_at=None)

    cases.find_recheck(Recheck.objects.get(), found=UNSOLVED, note="还堆着", by=west_patrol, now=JANUARY)

    case.refresh_from_db()
    assert case.moves.latest("position").act == "close"


def test_refusals(closed, west_patrol: Account, small_city: SimpleNamespace) -> None:
    closed()
    cases.draw_rechecks(JANUARY)
    recheck = Recheck.objects.get()

    for who in (small_city.east_patrol, small_city.west_handler):
        with pytest.raises(NotAllowed):
            cases.find_recheck(recheck, found=SOLVED, by=who, now=JANUARY)
    for found, note in ((UNSOLVED, " "), (UNSEEN, ""), ("perhaps", "")):
        with pytest.raises(BadInput):
            cases.find_recheck(recheck, found=found, note=note, by=west_patrol, now=JANUARY)
    cases.find_recheck(recheck, found=SOLVED, by=west_patrol, now=JANUARY)
    with pytest.raises(cases.rechecks.FoundAlready):
        cases.find_recheck(recheck, found=UNSOLVED, note="再看一次", by=west_patrol, now=JANUARY)
    assert RecheckFinding.objects.count() == 1


def test_draws_and_findings_refuse_to_be_rewritten(closed, west_patrol: Account) -> None:
    closed()
    cases.draw_rechecks(JANUARY)
    cases.find_recheck(Recheck.objects.get(), found=SOLVED, by=west_patrol, now=JANUARY)

    for rows in (RecheckDraw.objects.all(), Recheck.objects.all(), RecheckFinding.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(id=99)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete("default")
