"""The rules of rest, leave, nights, days and weeks against counting minutes: over midnight, weeks and month borders. Policy: 7.4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.responsibilities.rules.roster import DAY, Limits, Member, Shift, at, broken_by, day_of

# The last days of February lie among these, and two Mondays.
FIRST, DAYS, STEP = date(2026, 2, 21), 14, 10
SHIFTS = (
    Shift("D", "白", 480, 480), Shift("E", "中", 960, 480), Shift("N", "夜", 0, 480), Shift("X", "跨夜", 1320, 600), Shift("L", "长", 1200, 720),
)  # fmt: skip
Planned = Sequence[tuple[date, Shift]]


def planned() -> st.SearchStrategy[Planned]:
    one = st.lists(st.one_of(st.none(), st.sampled_from(SHIFTS)), min_size=DAYS, max_size=DAYS)
    return one.map(lambda row: [(FIRST + timedelta(days=n), shift) for n, shift in enumerate(row) if shift])


LIMITS = st.builds(
    Limits, rest_minutes=st.sampled_from([480, 660]), days_in_row=st.integers(1, 6), nights_in_row=st.integers(1, 3),
    week_minutes=st.sampled_from([1440, 2400, 2640]),
)  # fmt: skip


def minutes(day: date, shift: Shift) -> range:
    return range(at(day, shift.starts), at(day, shift.ends), STEP)


def is_night(day: date, shift: Shift) -> bool:
    dark = sum(STEP for each in minutes(day, shift) if each % DAY >= 22 * 60 or each % DAY < 6 * 60)
    return dark >= 180


def counted(member: Member, mine: Planned, limits: Limits) -> set[tuple[str, date]]:
    """The same rules, asked of each minute and each day."""
    found: set[tuple[str, date]] = set()
    for day, shift in mine:
        if {day_of(each) for each in minutes(day, shift)} & member.away:
            found.add(("leave", day))
        elif member.no_nights and is_night(day, shift):
            found.add(("no-nights", day))
    found |= {
        ("rest", day) for (earlier, before), (day, shift) in pairwise(mine) if at(day, shift.starts) - at(earlier, before.ends) < limits.rest_minutes
    }
    for rule, most, days in (
        ("days", limits.days_in_row, {day for day, _shift in mine}), ("nights", limits.nights_in_row, {one[0] for one in mine if is_night(*one)}),
    ):  # fmt: skip
        row = 0
        for day in (FIRST + timedelta(days=n) for n in range(DAYS)):
            row = row + 1 if day in days else 0
            found |= {(rule, day)} if row > most else set()
    weeks: dict[tuple[int, int], int] = defaultdict(int)
    for day, shift in mine:
        week = day.isocalendar()[:2]
        weeks[week] += shift.minutes
        found |= {("hours", day)} if weeks[week] > limits.week_minutes else set()
    return found


@given(planned(), LIMITS, st.booleans(), st.sets(st.integers(0, DAYS), max_size=2))
@settings(max_examples=300, deadline=None)
def test_the_rules_say_what_counting_minutes_says(mine: Planned, limits: Limits, no_nights: bool, away: set[int]) -> None:
    member = Member("a", no_nights=no_nights, away=frozenset(FIRST + timedelta(days=n) for n in away))

    assert {(one.rule, one.day) for one in broken_by(member, mine, limits)} == counted(member, mine, limits)
