"""Asking the rosters: who covers which minute, and which minute nobody covers. Policy: 7.4, 7.5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from wenming.organisations.models import Account

from ..models import RosterEdition, RosterGroup, RosterMember, RosterShift, RosterTerms
from ..rules.roster import DAY, HOUR, Interval, Slot, at, day_of, outside, uncovered
from .terms import limits_of, shifts_of

NO_ROSTER, NO_SHIFT, NOT_FILLED, LACKS_SKILL, PAUSED = "no-roster", "no-shift", "not-filled", "lacks-skill", "paused"


@dataclass(frozen=True)
class Cover:
    """Somebody on duty from when to when. town_code `*` is the whole city; no grid codes: the whole town."""

    group_code: str
    group_name: str
    town_code: str
    grid_codes: tuple[str, ...]
    post: str
    account: str
    person: str
    starts_at: datetime
    ends_at: datetime
    edition: int
    shift_id: int
    shift_code: str


@dataclass(frozen=True)
class Gap:
    """Minutes of a group with fewer people than wanted. reason: one of the codes above.

    why: for a shift that was published open, the rules that kept its members from it, rule → how many. note: of a pause.
    """

    group_code: str
    group_name: str
    town_code: str
    grid_codes: tuple[str, ...]
    post: str
    starts_at: datetime
    ends_at: datetime
    need: int
    have: int
    reason: str
    shift_code: str = ""
    skill: str = ""
    edition: int = 0
    why: tuple[tuple[str, int], ...] = ()
    note: str = ""

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // timedelta(minutes=1)


@dataclass(frozen=True)
class Change:
    """What would be otherwise, for asking before it is done: shifts taken out and put in, an edition, groups that end.

    ends: a group's last day by its key; its shifts of later days hold no more.
    """

    without: frozenset[int] = frozenset()
    plus: tuple[RosterShift, ...] = ()
    edition: RosterEdition | None = None
    ends: Mapping[int, date] = field(default_factory=dict)


NEVER: Mapping[int, date] = {}


def groups_on(first: date, last: date) -> QuerySet[RosterGroup]:
    """The groups that exist on one of these days."""
    return RosterGroup.objects.filter(Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last)


def cover_between(start: datetime, end: datetime, groups: Iterable[RosterGroup] | None = None) -> list[Cover]:
    """Everybody who is on duty at a minute of [start, end), by group and time; three statements however long.

    Shifts are given whole: one that begins before `start` keeps its own beginning.
    """
    asked = Duty(start, end, groups)
    return [
        Cover(
            group.code, group.name, group.town_code, tuple(group.grid_codes), group.post, shift.account.username,
            str(shift.account), timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at), edition.number,
            shift.pk, shift.shift_code,
        )
        for group in asked.groups
        for edition, shift in asked.shifts[group.pk]
        if shift.starts_at < end and shift.ends_at > start
    ]  # fmt: skip


def uncovered_between(start: datetime, end: datetime, groups: Iterable[RosterGroup] | None = None) -> list[Gap]:
    """Every interval of [start, end) in which a group has fewer people than its terms want, or no roster at all."""
    return Duty(start, end, groups).gaps()


def shifts_in_force(shifts: QuerySet[RosterShift]) -> list[RosterShift]:
    """Those of the given shifts that hold: of the newest edition for their day, and not taken out since."""
    rows = list(shifts.filter(removal=None).select_related("edition__group", "edition__terms", "account").order_by("starts_at", "id"))
    if not rows:
        return []
    newest = _newest({row.edition.group_id for row in rows}, min(r.on for r in rows), max(r.on for r in rows))
    return [row for row in rows if (held := newest.get((row.edition.group_id, row.on))) and held.pk == row.edition_id]


def own_shifts(user: Account, first: date, last: date) -> list[RosterShift]:
    """One person's shifts that begin on these days."""
    return shifts_in_force(RosterShift.objects.filter(account=user, on__gte=first, on__lte=last))


def members_on(group: RosterGroup, first: date, last: date) -> QuerySet[RosterMember]:
    """Who is a member on one of these days."""
    held = Q(valid_to=None) | Q(valid_to__gte=first)
    return group.members.filter(held, valid_from__lte=last).select_related("account").order_by("account__username")


def groups_of(account: Account, day: date) -> QuerySet[RosterGroup]:
    """The groups in which somebody takes shifts on that day; who leaves at the end of the month is in them until then."""
    held = Q(members__valid_to=None) | Q(members__valid_to__gte=day)
    return RosterGroup.objects.filter(held, members__account=account, members__valid_from__lte=day).distinct().order_by("code")


def current_terms(group: RosterGroup) -> RosterTerms | None:
    """The newest version of the group's rules."""
    return group.terms.order_by("-number").first()


def _newest(groups: Iterable[int], first: date, last: date) -> dict[tuple[int, date], RosterEdition]:
    return _held(_editions(groups, first, last), first, last)


def _editions(groups: Iterable[int], first: date, last: date) -> Sequence[RosterEdition]:
    found = RosterEdition.objects.filter(group__in=list(groups), starts_on__lte=last, ends_on__gte=first)
    return list(found.select_related("terms", "group").order_by("number"))


def _held(
    editions: Iterable[RosterEdition], first: date, last: date, ends: Mapping[int, date] = NEVER
) -> dict[tuple[int, date], RosterEdition]:
    """The edition that holds for each group and day; none where the group is no more. editions: the newest last."""
    held: dict[tuple[int, date], RosterEdition] = {}
    for edition in editions:
        day, until = max(first, edition.starts_on), min(last, edition.ends_on, _last_day(edition.group, ends))
        while day <= until:
            held[edition.group_id, day] = edition
            day += timedelta(days=1)
    return held


def _last_day(group: RosterGroup, ends: Mapping[int, date]) -> date:
    return ends.get(group.pk, group.valid_to or date.max)


class Duty:
    """Groups, editions and shifts of a stretch of time, read once; `changed` asks again without reading again."""

    def __init__(self, start: datetime, end: datetime, groups: Iterable[RosterGroup] | None = None) -> None:
        self.start, self.end = timezone.localtime(start), timezone.localtime(end)
        # A shift of the evening before may still run.
        self.first, self.last = self.start.date() - timedelta(days=1), self.end.date()
        self.groups: Sequence[RosterGroup] = list(groups_on(self.first, self.last) if groups is None else groups)
        self.editions = _editions([group.pk for group in self.groups], self.first, self.last)
        self.ends: Mapping[int, date] = NEVER
        self.held = _held(self.editions, self.first, self.last)
        rows = RosterShift.objects.filter(
            edition__in={edition.pk for edition in self.held.values()}, removal=None, on__gte=self.first, on__lte=self.last, starts_at__lt=end
        )  # fmt: skip
        self.rows: Sequence[RosterShift] = list(
            rows.select_related("account").order_by("starts_at", "account__username", "id")
        )
        self.shifts = self._in_force()
        self.skills = self._skills()

    def changed(self, change: Change) -> Duty:
        """The same as it would be."""
        then = copy(self)
        then.ends = change.ends
        editions = [*self.editions, *([change.edition] if change.edition else [])]
        then.held = _held(editions, self.first, self.last, change.ends)
        then.rows = [*(row for row in self.rows if row.pk not in change.without), *change.plus]
        then.shifts = then._in_force()
        if change.edition:
            then.skills = then._skills()
        return then

    def gaps(self) -> list[Gap]:
        return [gap for group in self.groups for gap in self.gaps_of(group)]

    def _in_force(self) -> dict[int, list[tuple[RosterEdition, RosterShift]]]:
        editions = {edition.pk: edition for edition in self.held.values()}
        shifts: dict[int, list[tuple[RosterEdition, RosterShift]]] = defaultdict(list)
        for row in self.rows:
            edition = editions.get(row.edition_id)
            if edition and (held := self.held.get((edition.group_id, row.on))) and held.pk == edition.pk:
                shifts[edition.group_id].append((edition, row))
        return shifts

    def _skills(self) -> dict[tuple[int, int], frozenset[str]]:
        wanted = {
            edition.group_id for edition in self.held.values() if any(one.get("skills") for one in edition.terms.shifts)
        }
        if not wanted:
            return {}
        rows = RosterMember.objects.filter(group__in=wanted).values_list("group", "account", "skills")
        return {(group, account): frozenset(skills) for group, account, skills in rows}

    def gaps_of(self, group: RosterGroup) -> list[Gap]:
        """Each day by the edition that holds on it; what runs over midnight still covers the next day."""
        slots, ends_of = self._slots(group), min(_last_day(group, self.ends), self.end.date())
        spans = [slot.span for slot in slots if slot.shift.heads]
        found: list[Gap] = []
        for first, last, edition in self._stretches(group, ends_of):
            a = max(minute_at(self.start), at(first))
            b = min(minute_at(self.end), at(last + timedelta(days=1)))
            if a >= b:
                continue
            if edition is None or limits_of(edition.terms.limits).always:
                reason = NO_SHIFT if edition else NO_ROSTER
                found += [self._gap(group, Interval(*bare, 1, 0), reason, edition) for bare in outside(a, b, spans)]
        a, b = max(minute_at(self.start), at(group.valid_from)), min(minute_at(self.end), at(ends_of + timedelta(days=1)))
        for one in uncovered(a, b, slots, always=False):
            assert one.slot is not None
            edition = self.held[group.pk, one.slot.day]
            reason = PAUSED if edition.is_pause else LACKS_SKILL if one.skill else NOT_FILLED
            found.append(self._gap(group, one, reason, edition))
        return sorted(found, key=lambda gap: (gap.starts_at, gap.ends_at, gap.shift_code, gap.skill))

    def _slots(self, group: RosterGroup) -> list[Slot]:
        """Every shift that the editions plan, with the people in it."""
        people: dict[tuple[date, str], list[frozenset[str]]] = defaultdict(list)
        for _edition, row in self.shifts[group.pk]:
            people[row.on, row.shift_code].append(self.skills.get((group.pk, row.account_id), frozenset()))
        return [
            Slot(day, shift, tuple(people[day, shift.code]))
            for (key, day), edition in self.held.items()
            if key == group.pk
            for shift in shifts_of(edition.terms.shifts)
        ]

    def _stretches(self, group: RosterGroup, ends: date) -> list[tuple[date, date, RosterEdition | None]]:
        """Days in a row under one edition, or under none."""
        found: list[tuple[date, date, RosterEdition | None]] = []
        day, last = max(self.start.date(), group.valid_from), min(self.end.date(), ends)
        while day <= last:
            edition = self.held.get((group.pk, day))
            if found and (found[-1][2] and found[-1][2].pk) == (edition and edition.pk):
                found[-1] = (found[-1][0], day, edition)
            else:
                found.append((day, day, edition))
            day += timedelta(days=1)
        return found

    def _gap(self, group: RosterGroup, one: Interval, reason: str, edition: RosterEdition | None) -> Gap:
        code = one.slot.shift.code if one.slot else ""
        why = edition.reasons.get(reason_key(one.slot.day, code), {}) if edition and one.slot else {}
        return Gap(
            group.code, group.name, group.town_code, tuple(group.grid_codes), group.post, moment_at(one.starts),
            moment_at(one.ends), one.need, one.have, reason, code, one.skill, edition.number if edition else 0,
            tuple(sorted(why.items())), edition.pause_reason if edition and reason == PAUSED else "",
        )  # fmt: skip


def reason_key(day: date, shift_code: str) -> str:
    """How an edition keeps why a shift stayed open."""
    return f"{day.isoformat()} {shift_code}"


def minute_at(moment: datetime) -> int:
    """A moment as a minute of the calendar, in the city's own clock."""
    local = timezone.localtime(moment)
    return at(local.date(), local.hour * HOUR + local.minute)


def moment_at(minute: int) -> datetime:
    """A minute of the calendar as a moment in the city's own clock."""
    midnight = datetime.combine(day_of(minute), time.min)
    return timezone.make_aware(midnight + timedelta(minutes=minute % DAY))
