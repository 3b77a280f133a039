"""排班: people × days of one group, what is not covered on top, figures of balance, the draft and what publishing it does.

Published shifts and the draft are shown by the same table; only a draft's cells are edited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Account
from wenming.responsibilities.models import RosterDraft, RosterEdition, RosterGroup, RosterMember, RosterShift
from wenming.responsibilities.rosters import words
from wenming.responsibilities.rosters.changes import ShiftChange
from wenming.responsibilities.rosters.planning import MOST_DAYS, apart_days
from wenming.responsibilities.rosters.selectors import (
    Gap,
    current_terms,
    members_on,
    minute_at,
    moment_at,
    shifts_in_force,
    uncovered_between,
)
from wenming.responsibilities.rosters.services import problem_of_draft, works_of
from wenming.responsibilities.rosters.solving import changes
from wenming.responsibilities.rosters.terms import clock, shifts_of
from wenming.responsibilities.rosters.what_if import Standing, edition_of, shifts_to_be
from wenming.responsibilities.rules.roster import (
    Interval,
    Limits,
    Member,
    Problem,
    Shift,
    Slot,
    Work,
    at,
    broken,
    uncovered,
)
from wenming.responsibilities.rules.roster_fairness import KINDS, asides, loads, spreads
from wenming.responsibilities.rules.roster_greedy import why_open

from .roster_opening_page import Opening, shown

USUAL_DAYS, WEEK, LONG = 7, 7, 14
MOST_GAPS = 8
WEEKDAYS = (
    gettext_lazy("一"), gettext_lazy("二"), gettext_lazy("三"), gettext_lazy("四"), gettext_lazy("五"), gettext_lazy("六"), gettext_lazy("日"),
)  # fmt: skip


# The weeks before and after can still be turned to: a calendar ends with the year 9999, and none of ours is older.
IN_OUR_TIME = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class SpanForm(forms.Form):
    """Which group, from which day, a week or a month."""

    group = forms.ChoiceField(label=gettext_lazy("值班组"), required=False)
    first = forms.DateField(
        label=gettext_lazy("从"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False,
        validators=IN_OUR_TIME,
    )  # fmt: skip
    span = forms.ChoiceField(
        label=gettext_lazy("看多长"), required=False, choices=[("7", gettext_lazy("一周")), ("30", gettext_lazy("三十天"))]
    )

    def __init__(self, data: Mapping[str, str], groups: Sequence[RosterGroup], today: date) -> None:
        super().__init__({**{"span": "7", "first": _monday(today).isoformat()}, **dict(data.items())}, auto_id="roster_%s")
        self.groups, self.today = groups, today
        self.fields["group"].choices = [(group.code, group.name) for group in groups]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> RosterGroup | None:
        wanted = self.cleaned_data.get("group") or self.data.get("group", "")
        return next((group for group in self.groups if group.code == wanted), self.groups[0] if self.groups else None)

    @property
    def days(self) -> list[date]:
        first = self.cleaned_data.get("first") or _monday(self.today)
        return [first + timedelta(days=n) for n in range(int(self.cleaned_data.get("span") or USUAL_DAYS))]

    @property
    def applied(self) -> dict[str, str]:
        return {}

    def query(self, move: int = 0) -> str:
        first = self.days[0] + timedelta(days=move)
        group = self.chosen
        return f"group={group.code if group else ''}&first={first.isoformat()}&span={len(self.days)}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Day:
    """The head of a column."""

    on: date
    weekday: str
    apart: bool
    today: bool

    @property
    def short(self) -> str:
        """On paper a month has room for the day alone; the first of a month says which."""
        return f"{self.on.month}/{self.on.day}" if self.on.day == 1 else str(self.on.day)


@dataclass(frozen=True)
class Cell:
    """One person on one day. code "" is free."""

    on: date
    code: str = ""
    name: str = ""
    night: bool = False
    away: bool = False
    changed: bool = False
    short: str = ""


@dataclass(frozen=True)
class Row:
    """One person: their cells, and the figures of the shifts shown."""

    username: str
    person: str
    cells: Sequence[Cell]
    hours: str
    nights: int
    weekends: int
    holidays: int
    on_paper: bool = False


@dataclass(frozen=True)
class Balance:
    """One figure of balance of the whole roster; it ranks nobody."""

    label: str
    total: str
    least: str
    most: str
    apart: str


@dataclass(frozen=True)
class Open:
    """Minutes that nobody covers, why, and what can be done."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    shift: str
    why: str
    do: str


@dataclass
class Table:
    """Everything about one group's roster of some days."""

    group: RosterGroup
    days: list[Day]
    rows: list[Row] = field(default_factory=list)
    balance: list[Balance] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    shifts: Sequence[Shift] = ()
    edition: RosterEdition | None = None

    @property
    def open_minutes(self) -> int:
        return sum(one.minutes for one in self.open)

    @property
    def open_shown(self) -> list[Open]:
        return self.open[:MOST_GAPS]

    @property
    def open_more(self) -> int:
        return max(0, len(self.open) - MOST_GAPS)

    @property
    def legend(self) -> list[tuple[str, str, str]]:
        """(what a cell of a long table says on paper, name, hours)."""
        short = _short_names(self.shifts)
        return [(short[one.code], one.name, f"{clock(one.starts)}–{clock(one.ends)}") for one in self.shifts]

    @property
    def is_long(self) -> bool:
        """Too many days for whole names on a sheet of paper."""
        return len(self.days) > LONG

    @property
    def on_paper(self) -> list[Row]:
        """Whoever has to be told by paper."""
        return [row for row in self.rows if row.on_paper]


def _short_names(shifts: Sequence[Shift]) -> dict[str, str]:
    """早班 as 早, where no other begins so; else by its code."""
    firsts = [shift.name[:1] for shift in shifts]
    return {shift.code: shift.name[:1] if firsts.count(shift.name[:1]) == 1 else shift.code for shift in shifts}


def published_table(group: RosterGroup, days: Sequence[date], today: date) -> Table:
    """What holds for these days."""
    rows = shifts_in_force(RosterShift.objects.filter(edition__group=group, on__gte=days[0], on__lte=days[-1]))
    edition = max((row.edition for row in rows), key=lambda one: one.number, default=None)
    terms = edition.terms if edition else current_terms(group)
    shifts = shifts_of(terms.shifts) if terms else ()
    works = _works(rows)
    changed = {(row.account.username, row.on) for row in rows if row.amendment_id}
    members = list(members_on(group, days[0], days[-1]))
    problem = _shown_problem(days, shifts, members, rows)
    start, end = moment_at(at(days[0])), moment_at(at(days[-1] + timedelta(days=1)))
    names = {shift.code: shift.name for shift in shifts}
    people = {one.username: one for one in (*(row.account for row in members), *(row.account for row in rows))}
    table = _table(group, problem, works, today, people, changed)
    table.edition = edition
    table.open = [_open(gap, names) for gap in uncovered_between(start, end, [group])]
    return table


def _shown_problem(days: Sequence[date], shifts: Sequence[Shift], members: Sequence[RosterMember], rows: Sequence[RosterShift]) -> Problem:
    """The days as the figures of balance take them; whoever had a shift and is no member any more counts, too."""
    weekends, holidays = apart_days(days)
    people = {row.account.username: Member(row.account.username, frozenset(row.skills), row.no_nights) for row in members}
    for row in rows:
        people.setdefault(row.account.username, Member(row.account.username))
    by_code = {shift.code: shift for shift in shifts}
    for row in rows:
        if row.shift_code not in by_code:
            starts = minute_at(row.starts_at)
            by_code[row.shift_code] = Shift(
                row.shift_code, row.shift_code, starts - at(row.on), minute_at(row.ends_at) - starts, 0
            )
    return Problem(tuple(days), tuple(by_code.values()), tuple(people.values()), Limits(), weekends=weekends, holidays=holidays)


@dataclass(frozen=True)
class Share:
    """One person's load of this draft, and how far from their share they are: from earlier rosters, and with this one."""

    person: str
    loads: Sequence[str]
    carried: Sequence[str]
    then: Sequence[str]


def _shares(problem: Problem, works: frozenset[Work], people: Mapping[str, Account]) -> list[Share]:
    """By name, as the register of members: figures for whoever decides, no ranking."""
    borne, carried, then = loads(problem, works), problem.carried_by, asides(problem, works)
    return [
        Share(
            str(people.get(key, key)), [f"{borne[key][kind]:g}" for kind in KINDS],
            [_signed(carried.get((key, kind), 0.0)) for kind in KINDS], [_signed(then[key].get(kind, 0.0)) for kind in KINDS],
        )
        for key in sorted(borne)
    ]  # fmt: skip


def _signed(much: float) -> str:
    rounded = round(much, 1)
    return f"{rounded:+.1f}" if rounded else "0"


@dataclass(frozen=True)
class Evenness:
    """What a change does to the balance of its edition: how far the loads lie apart, and how far those it is about are from their share."""

    apart: Sequence[tuple[str, str, str]]
    shares: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def evenness_of(change: ShiftChange) -> Evenness:
    """Before and after, over the days of the edition that is changed. It ranks nobody: only those it is about are named."""
    edition = change.edition
    days = [edition.starts_on + timedelta(days=n) for n in range((edition.ends_on - edition.starts_on).days + 1)]
    held = shifts_in_force(RosterShift.objects.filter(edition__group=edition.group, on__gte=days[0], on__lte=days[-1]))
    taken = {row.pk for row in change.gone}
    then = [*(row for row in held if row.pk not in taken), *change.plus]
    members = list(members_on(edition.group, days[0], days[-1]))
    problem = _shown_problem(days, shifts_of(edition.terms.shifts), members, [*held, *change.plus])
    before, after = _works(held), _works(then)
    wide, narrow = spreads(problem, before), spreads(problem, after)
    was, now = asides(problem, before), asides(problem, after)
    about = {row.account.username: str(row.account) for row in (*change.gone, *change.plus)}
    return Evenness(
        [(str(words.KINDS[kind]), f"{wide[kind].apart:.1f}", f"{narrow[kind].apart:.1f}") for kind in KINDS],
        [
            (name, [(_signed(was[key].get(kind, 0.0)), _signed(now[key].get(kind, 0.0))) for kind in KINDS])
            for key, name in about.items()
        ],
    )


def _works(rows: Sequence[RosterShift]) -> frozenset[Work]:
    return frozenset(Work(row.account.username, row.on, row.shift_code) for row in rows)


@dataclass
class DraftTable:
    """The draft as a table, and what publishing it would do."""

    table: Table
    draft: RosterDraft
    kept: int
    changed: int
    wrong: Sequence[str]
    opening: Opening
    shares: Sequence[Share]
    moved: Sequence[str]

    @property
    def kinds(self) -> list[str]:
        return [str(words.KINDS[kind]) for kind in KINDS]

    @property
    def may_publish(self) -> bool:
        return not self.wrong


def draft_table(draft: RosterDraft, today: date) -> DraftTable:
    """The draft, its figures, what it leaves open and what it changes of what is published."""
    members = list(members_on(draft.group, draft.starts_on, draft.ends_on))
    problem, works = problem_of_draft(draft, members), works_of(draft)
    people = {row.account.username: row.account for row in members}
    table = _table(draft.group, problem, works, today, people, set())
    table.open = _open_of_draft(problem, works)
    wrong = [
        _("%(person)s %(day)s：%(rule)s") % {"person": str(people.get(one.key, one.key)), "day": one.day.isoformat(), "rule": words.rule(one.rule)}
        for one in broken(problem, works)
    ]
    changed = changes(problem, works)
    edition = edition_of(draft)
    plus = shifts_to_be(edition, problem, works, {row.account.username: row.account for row in members})
    opening = shown(Standing(draft.starts_on, draft.ends_on).with_edition(edition, plus))
    shares, moved = _shares(problem, works, people), _moved(problem, works, people)
    return DraftTable(table, draft, len(problem.published) - changed, changed, wrong, opening, shares, moved)


def _moved(problem: Problem, works: frozenset[Work], people: Mapping[str, Account]) -> list[str]:
    """Each published shift that somebody has no more: whoever publishes knows whom it is to be told."""
    names = problem.by_code
    return [
        _("%(day)s %(shift)s：不再由 %(person)s 上") % {
            "day": one.day.isoformat(), "shift": names[one.shift].name, "person": str(people.get(one.key, one.key))
        }
        for one in sorted(problem.published - works, key=lambda one: (one.day, one.shift, one.key))
    ]  # fmt: skip


def _open_of_draft(problem: Problem, works: frozenset[Work]) -> list[Open]:
    people = problem.by_key
    slots = [
        Slot(day, shift, tuple(people[w.key].skills for w in sorted(works) if (w.day, w.shift) == (day, shift.code) and w.key in people))
        for day, shift in problem.slots
    ]
    # What still runs from the evening before is another edition's: it covers the first hours of the first day.
    before = [
        Slot(day, shift, (frozenset(),)) for _key, day, shift in problem.fixed if day == problem.days[0] - timedelta(days=1)
    ]
    first, last = at(problem.days[0]), at(problem.days[-1] + timedelta(days=1))
    why = why_open(problem, works)
    return [
        _open_interval(one, why.get((one.slot.day, one.slot.shift.code), {}) if one.slot else {})
        for one in uncovered(first, last, [*before, *slots], always=problem.limits.always)
    ]


def _open_interval(one: Interval, why: Mapping[str, int]) -> Open:
    reason = "no-shift" if one.slot is None else "lacks-skill" if one.skill else "not-filled"
    name = one.slot.shift.name if one.slot else ""
    gap = Gap(
        "", "", "", (), "", moment_at(one.starts), moment_at(one.ends), one.need, one.have, reason, name, one.skill, 0,
        tuple(sorted(why.items())),
    )  # fmt: skip
    return _open(gap, {})


def _open(gap: Gap, names: Mapping[str, str]) -> Open:
    shift = names.get(gap.shift_code, gap.shift_code)
    return Open(gap.starts_at, gap.ends_at, gap.minutes, shift, words.reason(gap), words.what_to_do(gap))


def _table(
    group: RosterGroup, problem: Problem, works: frozenset[Work], today: date, people: Mapping[str, Account], changed: set[tuple[str, date]]
) -> Table:
    shifts, borne, short = problem.by_code, loads(problem, works), _short_names(problem.shifts)
    by_person: dict[str, dict[date, Work]] = defaultdict(dict)
    for work in works:
        by_person[work.key][work.day] = work
    rows = []
    for member in problem.members:
        cells = [
            _cell(member, day, by_person[member.key].get(day), shifts, short, (member.key, day) in changed) for day in problem.days
        ]
        load = borne[member.key]
        rows.append(
            Row(
                member.key, str(people.get(member.key, member.key)), cells, f"{load['hours']:g}", int(load["nights"]), int(load["weekends"]),
                int(load["holidays"]), member.key in people and not people[member.key].is_active,
            )
        )  # fmt: skip
    # By name, as the register of members: the order says nothing about anybody.
    rows.sort(key=lambda row: row.username)
    days = [
        Day(day, str(WEEKDAYS[day.weekday()]), day in problem.weekends or day in problem.holidays, day == today)
        for day in problem.days
    ]
    found = spreads(problem, works)
    balance = [
        Balance(str(words.KINDS[kind]), f"{found[kind].total:g}", f"{found[kind].least:g}", f"{found[kind].most:g}", f"{found[kind].apart:.1f}")
        for kind in KINDS
    ]
    return Table(group, days, rows, balance, shifts=[shift for shift in problem.shifts if shift.heads])


def _cell(member: Member, day: date, work: Work | None, shifts: Mapping[str, Shift], short: Mapping[str, str], changed: bool) -> Cell:
    if work is None:
        return Cell(day, away=day in member.away)
    shift = shifts[work.shift]
    return Cell(day, shift.code, shift.name, shift.is_night, changed=changed, short=short[shift.code])


def file_rows(table: Table) -> Iterator[list[Any]]:
    """The table as a sheet: a row a person, a column a day, the hours at the end."""
    yield [_("姓名"), *(day.on.isoformat() for day in table.days), _("工时"), _("夜班"), _("周末班"), _("节假日班")]
    for row in table.rows:
        yield [
            row.person, *(cell.name for cell in row.cells), float(row.hours), row.nights, row.weekends, row.holidays,
        ]  # fmt: skip
    for one in table.open:
        yield [
            _("没有人的时段"), one.starts_at.strftime("%Y-%m-%d %H:%M"), one.ends_at.strftime("%Y-%m-%d %H:%M"), one.shift, one.why,
        ]  # fmt: skip


# --- forms -----------------------------------------------------------------------------------------------------------


class DrawUpForm(forms.Form):
    """From which day to which."""

    starts_on = forms.DateField(
        label=gettext_lazy("从哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False,
        validators=IN_OUR_TIME,
    )  # fmt: skip
    ends_on = forms.DateField(
        label=gettext_lazy("到哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False,
        validators=IN_OUR_TIME,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and ends and not 0 <= (ends - starts).days < MOST_DAYS:
            self.add_error("ends_on", _("一次最多排 %(n)d 天，结束的日子不能早于开始。") % {"n": MOST_DAYS})
        return given


class CellForm(forms.Form):
    """One cell of the draft."""

    who = forms.CharField(max_length=60)
    day = forms.DateField(validators=IN_OUR_TIME)
    shift = forms.CharField(max_length=8, required=False)
    version = forms.IntegerField()


class ChangeForm(forms.Form):
    """A published shift changed at once, with the reason."""

    day = forms.DateField(
        label=gettext_lazy("哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False, validators=IN_OUR_TIME
    )
    shift = forms.ChoiceField(label=gettext_lazy("哪个班"))
    out = forms.ModelChoiceField(
        label=gettext_lazy("换下谁"), queryset=Account.objects.none(), to_field_name="username", required=False,
        empty_label=gettext_lazy("不换下"),
    )  # fmt: skip
    into = forms.ModelChoiceField(
        label=gettext_lazy("换上谁"), queryset=Account.objects.none(), to_field_name="username", required=False,
        empty_label=gettext_lazy("不换上"),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)

    def __init__(self, *args: Any, group: RosterGroup, shifts: Sequence[Shift], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Account.objects.filter(roster_memberships__group=group).distinct().order_by("username")
        self.fields["out"].queryset = self.fields["into"].queryset = people  # type: ignore[attr-defined]
        # Asked once for both lists.
        names = [(one.username, str(one)) for one in people]
        for each, nobody in (("out", _("不换下")), ("into", _("不换上"))):
            self.fields[each].choices = [("", nobody), *names]  # type: ignore[attr-defined]
        self.fields["shift"].choices = [(shift.code, shift.name) for shift in shifts]  # type: ignore[attr-defined]


def shifts_ever(group: RosterGroup) -> list[Shift]:
    """The shifts of every version of the group's rules, as the newest that has them says: what is published may be of an older one."""
    return list({shift.code: shift for terms in group.terms.order_by("number") for shift in shifts_of(terms.shifts)}.values())


def next_days(group: RosterGroup, today: date) -> tuple[date, date]:
    """What is to be drawn up next: the thirty days after the last published one, from tomorrow at the earliest."""
    last = group.editions.order_by("-ends_on").values_list("ends_on", flat=True).first()
    first = max(today + timedelta(days=1), last + timedelta(days=1) if last else today)
    return first, first + timedelta(days=29)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
