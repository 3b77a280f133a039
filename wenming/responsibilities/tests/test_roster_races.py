"""Somebody takes shifts of two groups: two leads who approve at the same moment do not give them both. Policy: 7.4."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

from wenming.cases.tests.story import at
from wenming.organisations.models import Account
from wenming.responsibilities.models import (
    RosterEdition,
    RosterGroup,
    RosterMember,
    RosterRequest,
    RosterShift,
    RosterTerms,
)
from wenming.responsibilities.rosters.changes import (
    answer_request,
    ask_leave,
    ask_swap,
    decide_request,
    requests_decided,
)
from wenming.responsibilities.rosters.handovers import hand_over, take_over
from wenming.responsibilities.rosters.selectors import moment_at, own_shifts
from wenming.responsibilities.rosters.terms import sample_patterns, shifts_of
from wenming.responsibilities.rules import roster as rules

from .test_frontage_races import at_once, db, done  # noqa: F401 - rows that are really there

MONDAY = date(2026, 11, 16)
NOW = at("11-12 09:00")
THREE = sample_patterns()["三班倒"]


def group_of(city: SimpleNamespace, code: str, members: list[Account], shift: str, whose: Account) -> RosterShift:
    """A group with these members, in which on Monday this shift is somebody's."""
    made = RosterGroup.objects.create(
        code=code, name=code, town_code="442000002", post="patrol", unit=city.east, valid_from=date(2026, 1, 1)
    )
    for one in members:
        RosterMember.objects.create(group=made, account=one, valid_from=date(2026, 1, 1))
    terms = RosterTerms.objects.create(group=made, number=1, shifts=THREE, limits={}, basis="测试", set_at=NOW, set_by=None)
    edition = RosterEdition.objects.create(
        group=made, number=1, starts_on=MONDAY, ends_on=MONDAY + timedelta(days=6), terms=terms, method="hand", published_at=NOW,
        published_by=None,
    )  # fmt: skip
    planned = next(one for one in shifts_of(THREE) if one.code == shift)
    return RosterShift.objects.create(
        edition=edition, account=whose, on=MONDAY, shift_code=shift, starts_at=moment_at(rules.at(MONDAY, planned.starts)),
        ends_at=moment_at(rules.at(MONDAY, planned.ends)),
    )  # fmt: skip


def agreed(own: RosterShift, colleague: Account) -> RosterRequest:
    request = ask_swap(own, colleague=colleague, other=None, said="", by=own.account, now=NOW)
    return answer_request(request, agrees=True, by=colleague, now=NOW)


def test_two_leads_do_not_both_give_somebody_a_shift_of_the_same_day(small_city: SimpleNamespace) -> None:
    city, both = small_city, small_city.east_patrol
    one = agreed(group_of(city, "E-1", [both, city.east_handler], "M", city.east_handler), both)
    other = agreed(group_of(city, "E-2", [both, city.supervisor], "A", city.supervisor), both)

    ends = at_once(
        lambda: decide_request(one, approves=True, by=city.officer, now=NOW),
        lambda: decide_request(other, approves=True, by=city.officer, now=NOW),
    )

    assert done(ends) == 1
    assert len(own_shifts(both, MONDAY, MONDAY)) == 1


def test_leave_and_a_shift_approved_at_once_do_not_meet(small_city: SimpleNamespace) -> None:
    city, both = small_city, small_city.east_patrol
    given = agreed(group_of(city, "E-1", [both, city.east_handler], "M", city.east_handler), both)
    group_of(city, "E-2", [both], "A", city.supervisor)
    leave = ask_leave(RosterGroup.objects.get(code="E-2"), MONDAY, MONDAY, by=both, now=NOW)

    at_once(
        lambda: decide_request(given, approves=True, by=city.officer, now=NOW),
        lambda: decide_request(leave, approves=True, by=city.officer, now=NOW),
    )

    leave.refresh_from_db()
    assert leave.state == "approved" and own_shifts(both, MONDAY, MONDAY) == [], "leave holds, whichever came first"


def test_who_leaves_at_the_end_of_the_month_takes_over_until_then(small_city: SimpleNamespace) -> None:
    city = small_city
    shift = group_of(city, "E-1", [city.east_patrol, city.east_handler], "M", city.east_handler)
    RosterMember.objects.filter(account=city.east_patrol).update(valid_to=date(2026, 11, 30))
    given = hand_over(shift, notes="", matters=[], client_id="a", by=city.east_handler, now=shift.ends_at)

    assert take_over(given, by=city.east_patrol, now=shift.ends_at).by == city.east_patrol


def test_the_head_of_the_unit_reads_what_was_decided_there(small_city: SimpleNamespace) -> None:
    city = small_city
    request = agreed(group_of(city, "E-1", [city.east_patrol, city.east_handler], "M", city.east_handler), city.east_patrol)
    decide_request(request, approves=True, by=city.officer, now=NOW)
    head = Account.objects.get(pk=city.east_handler.pk)
    head.role = "unit_lead"

    assert list(requests_decided(head)) == [request]
