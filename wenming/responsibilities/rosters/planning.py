"""What a roster has to reckon with: members, leave, what the same people do besides, days that count apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from wenming.organisations.models import Account

from ..calendars import work_calendar
from ..models import (
    CalendarVersion,
    RequestKind,
    RequestState,
    RosterGroup,
    RosterMember,
    RosterRequest,
    RosterShift,
    RosterTerms,
)
from ..rules.roster import SATURDAY, Member, Problem, Shift, Work
from ..rules.roster_fairness import carried_over
from .selectors import members_on, minute_at, shifts_in_force
from .terms import limits_of, shifts_of

# So far back and ahead can a shift bear on these days: rows of days, weeks, nights.
REACH = timedelta(days=14)
MOST_DAYS = 62
# What was unevenly borne is made good for so long.
CARRIED = timedelta(days=92)


def problem_of(
    group: RosterGroup, terms: RosterTerms, first: date, last: date, rows: Sequence[RosterMember] | None = None
) -> Problem:
    """The group's roster of these days as the rules take it; what is published for them already is to be kept.

    rows: its members on these days, where they have been read already.
    """
    rows = list(members_on(group, first, last)) if rows is None else rows
    away = leave_of([row.account_id for row in rows], first - CARRIED, last + REACH)
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    shifts = shifts_of(terms.shifts)
    fixed, published = _besides(group, rows, first, last, {shift.code for shift in shifts})
    before = tuple(first - timedelta(days=n) for n in range(CARRIED.days, 0, -1))
    weekends, holidays = apart_days([*before, *days])
    members = tuple(
        Member(
            row.account.username, frozenset(row.skills), row.no_nights, frozenset(away[row.account_id]), row.valid_from,
            row.valid_to or date.max,
        )
        for row in rows
    )  # fmt: skip
    carried = _carried(group, members, before, weekends, holidays)
    here = frozenset(days)
    return Problem(days, shifts, members, limits_of(terms.limits), fixed, published, weekends & here, holidays & here, carried)


def _carried(
    group: RosterGroup, members: Sequence[Member], before: Sequence[date], weekends: frozenset[date], holidays: frozenset[date]
) -> tuple[tuple[str, str, float], ...]:
    """How far today's members are from their share of what the group did in these days: only days with a roster count."""
    found = RosterShift.objects.filter(edition__group=group, on__gte=before[0], on__lte=before[-1])
    rows, known = shifts_in_force(found), {member.key for member in members}
    days = tuple(sorted({row.on for row in rows}))
    mine = [(row.account.username, *as_planned(row)) for row in rows if row.account.username in known]
    if not mine:
        return ()
    # Shifts by their own hours: the terms may have changed since.
    codes = {shift: f"{shift.code}/{shift.starts}/{shift.minutes}" for _who, _day, shift in mine}
    shifts = tuple(replace(shift, code=code) for shift, code in codes.items())
    earlier = Problem(days, shifts, tuple(members), weekends=weekends & frozenset(days), holidays=holidays & frozenset(days))
    return carried_over(earlier, [Work(who, day, codes[shift]) for who, day, shift in mine])


def apart_days(days: Sequence[date]) -> tuple[frozenset[date], frozenset[date]]:
    """(weekends, legal holidays) among the days, by the published calendar; a worked weekend is an ordinary day."""
    try:
        calendar = work_calendar()
    except CalendarVersion.DoesNotExist:
        return frozenset(day for day in days if day.weekday() >= SATURDAY), frozenset()
    holidays = frozenset(day for day in days if calendar.exceptions.get(day) is False)
    return frozenset(day for day in days if not calendar.is_workday(day)) - holidays, holidays


def leave_of(accounts: Iterable[int], first: date, last: date, *, but: RosterRequest | None = None) -> dict[int, set[date]]:
    """The days on which each is on approved leave. but: one that is being taken back."""
    found: dict[int, set[date]] = defaultdict(set)
    rows = RosterRequest.objects.filter(
        kind=RequestKind.LEAVE, state=RequestState.APPROVED, asked_by__in=list(accounts), starts_on__lte=last, ends_on__gte=first
    )
    rows = rows.exclude(pk=but.pk) if but else rows
    for account, starts, ends in rows.values_list("asked_by", "starts_on", "ends_on"):
        assert starts is not None and ends is not None
        found[account] |= {starts + timedelta(days=n) for n in range((ends - starts).days + 1)}
    return found


def as_planned(row: RosterShift) -> tuple[date, Shift]:
    """A stored shift as the rules take it, by its own hours, whatever its terms say today."""
    starts, ends = minute_at(row.starts_at), minute_at(row.ends_at)
    return row.on, Shift(row.shift_code, "", starts - row.on.toordinal() * 1440, ends - starts)


def shifts_around(accounts: Iterable[int], first: date, last: date) -> list[RosterShift]:
    """Every shift in force of these people that could bear on these days, of whatever group."""
    return shifts_in_force(
        RosterShift.objects.filter(account__in=list(accounts), on__gte=first - REACH, on__lte=last + REACH)
    )


def _besides(
    group: RosterGroup, rows: Iterable[object], first: date, last: date, codes: set[str]
) -> tuple[tuple[tuple[str, date, Shift], ...], frozenset[Work]]:
    fixed: list[tuple[str, date, Shift]] = []
    published: set[Work] = set()
    for row in shifts_around([each.account_id for each in rows], first, last):  # type: ignore[attr-defined]
        if row.edition.group_id == group.pk and first <= row.on <= last:
            if row.shift_code in codes:
                published.add(Work(row.account.username, row.on, row.shift_code))
        else:
            fixed.append((row.account.username, *as_planned(row)))
    return tuple(fixed), frozenset(published)


def by_name(problem: Problem) -> dict[str, Account]:
    """The members' accounts by their user names."""
    keys = [member.key for member in problem.members]
    return {account.username: account for account in Account.objects.filter(username__in=keys)}
