"""Rosters: what a shift is, which rules bind a person, and which minutes nobody covers. Policy: 7.4.

Time is minutes since day one of the calendar (`at`), in the city's own clock. A rule that would be broken is named by a
code; the words for it live with those who speak (`rosters/words.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

DAY = 24 * 60
SATURDAY = 5
WEEK = 7
HOUR = 60
# A shift is a night's work when at least three of its hours lie between 22:00 and 06:00 (GB/T and city practice alike).
NIGHT_FROM, NIGHT_TO, NIGHT_NEEDS = 22 * HOUR, 30 * HOUR, 3 * HOUR
LONGEST_SHIFT = 12 * HOUR


def at(day: date, minute: int = 0) -> int:
    """The minute of the calendar; `minute` counts from that day's midnight and may lie beyond the next."""
    return day.toordinal() * DAY + minute


def day_of(minute: int) -> date:
    """The day in which a minute of the calendar lies."""
    return date.fromordinal(minute // DAY)


@dataclass(frozen=True)
class Shift:
    """One shift of a pattern, every day. starts: minute of the day; skills: (skill, how many heads must have it)."""

    code: str
    name: str
    starts: int
    minutes: int
    heads: int = 1
    skills: tuple[tuple[str, int], ...] = ()

    @property
    def ends(self) -> int:
        """Minutes from the midnight before it begins; beyond 1440 on the next day."""
        return self.starts + self.minutes

    @property
    def is_night(self) -> bool:
        """Whether it counts as a night's work."""
        nights = ((NIGHT_FROM - DAY, NIGHT_TO - DAY), (NIGHT_FROM, NIGHT_TO))
        return sum(max(0, min(self.ends, b) - max(self.starts, a)) for a, b in nights) >= NIGHT_NEEDS


@dataclass(frozen=True)
class Limits:
    """The hard rules. rest: between two shifts; days and nights in a row; a week is Monday to Sunday.

    apart: people who never share a shift; guided: (who, those of whom one must be there too).
    always: whether every minute of the day wants somebody, also where no shift is planned.
    """

    rest_minutes: int = 11 * HOUR
    days_in_row: int = 6
    nights_in_row: int = 3
    week_minutes: int = 44 * HOUR
    apart: tuple[frozenset[str], ...] = ()
    guided: tuple[tuple[str, frozenset[str]], ...] = ()
    always: bool = True


@dataclass(frozen=True)
class Member:
    """Somebody who can be planned. away: days on which no minute of a shift may fall; known: first and last day."""

    key: str
    skills: frozenset[str] = frozenset()
    no_nights: bool = False
    away: frozenset[date] = frozenset()
    since: date = date.min
    until: date = date.max

    def there(self, day: date) -> bool:
        return self.since <= day <= self.until and day not in self.away


class Work(NamedTuple):
    """Who, on which day, in which shift."""

    key: str
    day: date
    shift: str


class Broken(NamedTuple):
    """A rule that does not hold for somebody on a day."""

    rule: str
    key: str
    day: date


@dataclass(frozen=True)
class Problem:
    """A roster to be drawn up. fixed: what the same people do besides: before, after, or for another group.

    published: what had been promised for these days; it is kept wherever the rules let it stay.
    weekends, holidays: days that are counted apart, so that they are shared out fairly.
    carried: how far somebody was above (or below) their share in the rosters before, by (key, kind); hours in hours.
    """

    days: tuple[date, ...]
    shifts: tuple[Shift, ...]
    members: tuple[Member, ...]
    limits: Limits = field(default_factory=Limits)
    fixed: tuple[tuple[str, date, Shift], ...] = ()
    published: frozenset[Work] = frozenset()
    weekends: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()
    carried: tuple[tuple[str, str, float], ...] = ()

    @property
    def carried_by(self) -> dict[tuple[str, str], float]:
        return {(key, kind): much for key, kind, much in self.carried}

    @property
    def slots(self) -> list[tuple[date, Shift]]:
        return [(day, shift) for day in self.days for shift in self.shifts if shift.heads]

    def fixed_of(self, key: str) -> list[tuple[date, Shift]]:
        return [(day, shift) for who, day, shift in self.fixed if who == key]

    @property
    def by_code(self) -> dict[str, Shift]:
        return {shift.code: shift for shift in self.shifts}

    @property
    def by_key(self) -> dict[str, Member]:
        return {member.key: member for member in self.members}


Planned = Sequence[tuple[date, Shift]]


def broken_by(member: Member, planned: Planned, limits: Limits) -> list[Broken]:
    """The rules that one person's shifts break; those of pairs and skills are asked of the shift (`broken_in`)."""
    mine = sorted(planned, key=lambda one: at(one[0], one[1].starts))
    found = [Broken(_own_rule(member, day, shift), member.key, day) for day, shift in mine if _own_rule(member, day, shift)]
    for (before_day, before), (day, shift) in pairwise(mine):
        if day == before_day:
            found.append(Broken("once", member.key, day))
        if at(day, shift.starts) - at(before_day, before.ends) < limits.rest_minutes:
            found.append(Broken("rest", member.key, day))
    found += [Broken("days", member.key, day) for day in _too_long({day for day, _shift in mine}, limits.days_in_row)]
    nights = {day for day, shift in mine if shift.is_night}
    found += [Broken("nights", member.key, day) for day in _too_long(nights, limits.nights_in_row)]
    weeks: dict[date, int] = defaultdict(int)
    for day, shift in mine:
        monday = day - timedelta(days=day.weekday())
        weeks[monday] += shift.minutes
        if weeks[monday] > limits.week_minutes:
            found.append(Broken("hours", member.key, day))
    return found


def _own_rule(member: Member, day: date, shift: Shift) -> str:
    touched = (day, *(day + timedelta(days=n) for n in range(1, (shift.ends - 1) // DAY + 1)))
    if not member.since <= day <= member.until:
        return "member"
    if any(each in member.away for each in touched):
        return "leave"
    return "no-nights" if member.no_nights and shift.is_night else ""


def _too_long(days: set[date], most: int) -> Iterator[date]:
    """Each day that is one too many in its row."""
    for day in sorted(days):
        if all(day - timedelta(days=n) in days for n in range(most + 1)):
            yield day


def broken_in(day: date, keys: Sequence[str], limits: Limits) -> list[Broken]:
    """The rules of pairs that those who share a shift break."""
    here = set(keys)
    found = [Broken("apart", min(pair), day) for pair in limits.apart if pair <= here]
    return found + [Broken("guided", who, day) for who, guides in limits.guided if who in here and not guides & here]


def broken(problem: Problem, works: Iterable[Work]) -> list[Broken]:
    """Every hard rule that a roster breaks; an edition with one is not published."""
    shifts, members = problem.by_code, problem.by_key
    mine: dict[str, list[tuple[date, Shift]]] = defaultdict(list)
    together: dict[tuple[date, str], list[str]] = defaultdict(list)
    found = set()
    for work in works:
        mine[work.key].append((work.day, shifts[work.shift]))
        together[work.day, work.shift].append(work.key)
    for key, planned in mine.items():
        if key not in members:
            found |= {Broken("member", key, day) for day, _shift in planned}
            continue
        fixed = problem.fixed_of(key)
        # What does not hold without this roster is not this roster's doing.
        found |= set(broken_by(members[key], [*fixed, *planned], problem.limits))
        found -= set(broken_by(members[key], fixed, problem.limits))
    found |= {one for (day, _code), keys in together.items() for one in broken_in(day, keys, problem.limits)}
    return sorted(found)


def refusal(
    problem: Problem, member: Member, day: date, shift: Shift, planned: Planned, beside: Sequence[str] = ()
) -> str:
    """The rule that keeps somebody from one more shift, or "". planned: theirs so far; beside: who shares the shift."""
    # What cannot be for reasons of its own is told at once; of the rest only the days around it can be broken by it.
    if own := _own_rule(member, day, shift):
        return own
    near = [one for one in planned if abs((one[0] - day).days) <= max(WEEK, problem.limits.days_in_row + 1, problem.limits.nights_in_row + 1)]
    before = set(broken_by(member, near, problem.limits))
    new = [one for one in broken_by(member, [*near, (day, shift)], problem.limits) if one not in before]
    if not new and (problem.limits.apart or problem.limits.guided):
        held = set(broken_in(day, beside, problem.limits))
        new = [one for one in broken_in(day, [*beside, member.key], problem.limits) if one not in held]
    return new[0].rule if new else ""


class Slot(NamedTuple):
    """A shift of one day, and the skills of each of the people who are in it."""

    day: date
    shift: Shift
    people: tuple[frozenset[str], ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        return at(self.day, self.shift.starts), at(self.day, self.shift.ends)


class Interval(NamedTuple):
    """[starts, ends) in minutes of the calendar; have < need heads there. No slot: nothing is planned then."""

    starts: int
    ends: int
    need: int
    have: int
    slot: Slot | None = None
    skill: str = ""


def uncovered(starts: int, ends: int, slots: Iterable[Slot], *, always: bool = True) -> list[Interval]:
    """Every minute of [starts, ends) with fewer people than wanted, exactly, as intervals in order.

    A shift that lacks a skill is listed with that skill where enough people are there, and with its heads where not.
    always: minutes for which no shift is planned are listed, too.
    """
    found: list[Interval] = []
    spans: list[tuple[int, int]] = []
    for slot in slots:
        a, b = max(starts, slot.span[0]), min(ends, slot.span[1])
        if a >= b:
            continue
        if slot.shift.heads or slot.people:
            spans.append((a, b))
        have = len(slot.people)
        if have < slot.shift.heads:
            found.append(Interval(a, b, slot.shift.heads, have, slot))
            continue
        skilled = ((skill, wanted, sum(skill in one for one in slot.people)) for skill, wanted in slot.shift.skills)
        found += [Interval(a, b, wanted, able, slot, skill) for skill, wanted, able in skilled if able < wanted]
    if always:
        found += [Interval(a, b, 1, 0) for a, b in outside(starts, ends, spans)]
    return sorted(found, key=lambda one: (one.starts, one.ends, one.slot.shift.code if one.slot else "", one.skill))


def outside(starts: int, ends: int, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of [starts, ends) no span touches."""
    reached = starts
    for a, b in sorted(spans):
        if a > reached:
            yield reached, min(a, ends)
        reached = max(reached, b)
    if reached < ends:
        yield reached, ends
