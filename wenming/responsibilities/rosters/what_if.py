"""What a change of a roster would open, shown before it is made: who would be missing where, in which minutes. Policy: 7.4, 7.5.

The same rows and the same arithmetic as `uncovered_between`, with the change put in: what is shown is what will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from wenming.organisations.models import Account

from ..models import RosterDraft, RosterEdition, RosterGroup, RosterMember, RosterRequest, RosterShift
from ..rules.roster import Problem, Work, at
from ..rules.watch import Bare, Ground, Place, Stretch, Watch, bare, in_stretches, minutes_of, only_in
from .changes import ShiftChange, touches, traded
from .selectors import Change, Duty, Gap, minute_at, moment_at

# An end without a day of its own is looked at for so long: the rhythm of every roster shows within it.
AHEAD = timedelta(days=28)


@dataclass(frozen=True)
class WouldOpen:
    """Before and after a change, over the same minutes. bare: nobody at all; gaps: fewer people than wanted."""

    starts_at: datetime
    ends_at: datetime
    bare_before: tuple[Bare, ...]
    bare_after: tuple[Bare, ...]
    gaps_before: tuple[Gap, ...]
    gaps_after: tuple[Gap, ...]

    @cached_property
    def opens(self) -> list[Stretch]:
        """Where and when nobody would be left that is there today."""
        return in_stretches(only_in(self.bare_after, self.bare_before))

    @cached_property
    def closes(self) -> list[Stretch]:
        return in_stretches(only_in(self.bare_before, self.bare_after))

    @property
    def minutes_before(self) -> int:
        return minutes_of(self.bare_before)

    @property
    def minutes_after(self) -> int:
        return minutes_of(self.bare_after)

    @property
    def short_before(self) -> int:
        """Minutes with fewer people than wanted, a shift's minutes each."""
        return sum(gap.minutes for gap in self.gaps_before)

    @property
    def short_after(self) -> int:
        return sum(gap.minutes for gap in self.gaps_after)

    @property
    def is_harmless(self) -> bool:
        return not self.opens and self.short_after <= self.short_before


class Standing:
    """What holds on some days, read once, to ask changes of. Four statements, however many changes are asked."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        start, end = _span(first, last)
        self.duty = Duty(start, end)

    def with_edition(self, edition: RosterEdition, plus: Iterable[RosterShift] = ()) -> WouldOpen:
        """Publishing an edition with these shifts; one without any is a pause."""
        return self._compared(
            [edition.group], edition.starts_on, edition.ends_on, Change(plus=tuple(plus), edition=edition)
        )

    def with_request(self, request: RosterRequest) -> WouldOpen | None:
        """Approving it; None where nothing of it is left to change. Leave is a leave from every group."""
        rows, plus = traded(request) if request.own else (self._on_leave(request), [])
        return self._without(rows, plus) if rows else None

    def with_shift(self, change: ShiftChange) -> WouldOpen:
        """Changing one published shift at once, to the end of the shift."""
        first = min(row.on for row in (*change.gone, *change.plus))
        taken = frozenset(row.pk for row in change.gone)
        return self._compared([change.edition.group], first, change.last, Change(without=taken, plus=tuple(change.plus)))

    def with_leave(self, group: RosterGroup, account: int, first: date, last: date) -> WouldOpen:
        """Somebody's leave, before there is a request."""
        rows = self._of(account, first, last)
        return self._without(rows) if rows else self._compared([group], first, last, Change())

    def _without(self, rows: Sequence[RosterShift], plus: Sequence[RosterShift] = ()) -> WouldOpen:
        groups = {
            edition.group_id: edition.group
            for edition in self.duty.editions
            if edition.pk in {row.edition_id for row in rows}
        }
        change = Change(without=frozenset(row.pk for row in rows), plus=tuple(plus))
        return self._compared(list(groups.values()), min(row.on for row in rows), max(row.on for row in rows), change)

    def with_departure(self, member: RosterMember, last: date) -> WouldOpen:
        """Somebody's leaving the group after that day."""
        rows = [
            row
            for _edition, row in self.duty.shifts[member.group_id]
            if row.account_id == member.account_id and row.on > last
        ]
        until = max((row.on for row in rows), default=last + timedelta(days=1))
        return self._compared(
            [member.group], last + timedelta(days=1), until, Change(without=frozenset(row.pk for row in rows))
        )

    def with_end(self, group: RosterGroup, last: date) -> WouldOpen:
        """Ending the group after that day."""
        return self._compared([group], last + timedelta(days=1), self.last, Change(ends={group.pk: last}))

    def bare(self) -> list[Stretch]:
        """Where nobody keeps up a post that some group stands for."""
        here = (group for group in self.duty.groups if group.valid_to is None or group.valid_to >= self.first)
        places = {place for group in here for place in ground_of(group).places}
        return in_stretches(_bare(self.duty, self.duty.start, self.duty.end, places))

    def _on_leave(self, request: RosterRequest) -> list[RosterShift]:
        assert request.starts_on is not None and request.ends_on is not None
        return self._of(request.asked_by_id, request.starts_on, request.ends_on)

    def _of(self, account: int, first: date, last: date) -> list[RosterShift]:
        mine = (row for shifts in self.duty.shifts.values() for _edition, row in shifts if row.account_id == account)
        return [row for row in mine if touches(row, first, last)]

    def _compared(self, changed: Sequence[RosterGroup], first: date, last: date, change: Change) -> WouldOpen:
        """The ground of the changed groups, with whoever else watches it, before and after."""
        start, end = _span(first, last)
        places = {place for group in changed for place in ground_of(group).places}
        then, mine = self.duty.changed(change), {group.pk for group in changed}
        groups = [group for group in self.duty.groups if group.pk in mine]

        def gaps(duty: Duty) -> tuple[Gap, ...]:
            found = (gap for group in groups for gap in duty.gaps_of(group))
            return tuple(gap for gap in found if gap.starts_at < end and gap.ends_at > start)

        before, after = (tuple(_bare(duty, start, end, places)) for duty in (self.duty, then))
        return WouldOpen(start, end, before, after, gaps(self.duty), gaps(then))


def edition_of(draft: RosterDraft) -> RosterEdition:
    """The edition that publishing it would make, not stored."""
    return RosterEdition(
        group=draft.group,
        number=0,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        terms=draft.terms,
        method=draft.method,
        reasons={},
    )


def shifts_to_be(
    edition: RosterEdition, problem: Problem, works: Iterable[Work], people: Mapping[str, Account]
) -> list[RosterShift]:
    """The shifts it would have, not stored."""
    shifts = problem.by_code
    return [
        RosterShift(
            edition=edition, account=people[work.key], on=work.day, shift_code=work.shift,
            starts_at=moment_at(at(work.day, shifts[work.shift].starts)), ends_at=moment_at(at(work.day, shifts[work.shift].ends)),
        )
        for work in sorted(works, key=lambda one: (one.day, one.shift, one.key))
        if work.key in people and work.shift in shifts
    ]  # fmt: skip


def standing_for(requests: Sequence[RosterRequest]) -> Standing | None:
    """What holds on the days of these requests."""
    days = [day for one in requests for day in _days_of(one)]
    return Standing(min(days) - timedelta(days=1), max(days) + timedelta(days=1)) if days else None


def _days_of(request: RosterRequest) -> list[date]:
    return [
        day
        for day in (request.starts_on, request.ends_on, *(row.on for row in (request.own, request.other) if row))
        if day
    ]


def ground_of(group: RosterGroup) -> Ground:
    return Ground(group.post, group.town_code, tuple(group.grid_codes))


def _bare(duty: Duty, start: datetime, end: datetime, places: Iterable[Place]) -> list[Bare]:
    watches = [
        Watch(group.code, minute_at(row.starts_at), minute_at(row.ends_at))
        for group in duty.groups
        for _edition, row in duty.shifts[group.pk]
    ]
    grounds = {group.code: ground_of(group) for group in duty.groups}
    return bare(minute_at(start), minute_at(end), grounds, watches, places)


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """The days in whole. A minute that is over is not opened any more, but both sides speak of the same."""
    return moment_at(at(first)), moment_at(at(last + timedelta(days=1)))
