"""The rules of rosters, without a database: what is refused, what is uncovered, what a drawn-up roster may never do."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.responsibilities.rosters.solving import draw, score
from wenming.responsibilities.rules.roster import (
    DAY,
    HOUR,
    Interval,
    Limits,
    Member,
    Problem,
    Shift,
    Slot,
    Work,
    at,
    broken,
    broken_by,
    uncovered,
)
from wenming.responsibilities.rules.roster_evening import even_out
from wenming.responsibilities.rules.roster_fairness import carried_over, least_unfairness, spreads, unfairness
from wenming.responsibilities.rules.roster_greedy import draw_up, why_open
from wenming.responsibilities.rules.roster_repair import fill_open

MONDAY = date(2026, 11, 16)
NIGHT, MORNING, EVENING = (Shift(code, code, 8 * HOUR * n, 8 * HOUR) for n, code in enumerate("NMA"))
THREE = (NIGHT, MORNING, EVENING)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


@pytest.mark.parametrize(
    ("planned", "limits", "member", "rules"),
    [
        pytest.param([(0, EVENING), (1, MORNING)], {}, {}, ["rest"], id="eight hours between two shifts are too few"),
        pytest.param([(0, MORNING), (1, MORNING)], {}, {}, [], id="sixteen hours are enough"),
        pytest.param([(0, NIGHT), (0, EVENING)], {"rest_minutes": 0}, {}, ["once"], id="one shift a day"),
        pytest.param([(n, MORNING) for n in range(7)], {"week_minutes": 9999}, {}, ["days"], id="the seventh day in a row"),
        pytest.param([(n, NIGHT) for n in range(4)], {}, {}, ["nights"], id="the fourth night in a row"),
        pytest.param([(n, MORNING) for n in range(6)], {"week_minutes": 40 * HOUR}, {}, ["hours"], id="48 hours in a week of 40"),
        pytest.param([(4, MORNING), (5, MORNING), (7, MORNING)], {"week_minutes": 16 * HOUR}, {}, [], id="a week begins on Monday"),
        pytest.param([(0, MORNING)], {}, {"away": frozenset({MONDAY})}, ["leave"], id="on leave"),
        pytest.param([(0, NIGHT)], {}, {"no_nights": True}, ["no-nights"], id="never at night"),
        pytest.param([(0, MORNING)], {}, {"until": day(-1)}, ["member"], id="no member any more"),
    ],
)  # fmt: skip
def test_the_rules_of_one_person(planned, limits, member, rules) -> None:
    found = broken_by(Member("a", **member), [(day(n), shift) for n, shift in planned], Limits(**limits))

    assert [one.rule for one in found] == rules


def test_a_shift_over_midnight_touches_the_day_of_leave_after_it() -> None:
    late = Shift("L", "L", 20 * HOUR, 12 * HOUR)

    assert [one.rule for one in broken_by(Member("a", away=frozenset({day(1)})), [(day(0), late)], Limits())] == ["leave"]


@pytest.mark.parametrize(
    ("starts", "minutes", "night"),
    [(0, 480, True), (480, 480, False), (960, 480, False), (1200, 720, True), (1260, 240, True), (1260, 180, False)],
)
def test_what_counts_as_a_night(starts: int, minutes: int, night: bool) -> None:
    assert Shift("x", "x", starts, minutes).is_night is night


def test_pairs() -> None:
    two = (Shift("M", "M", 480, 480, heads=2),)
    people = tuple(Member(key) for key in "abc")
    problem = Problem((MONDAY,), two, people, Limits(apart=(frozenset("ab"),), guided=(("c", frozenset("b")),)))

    assert [one.rule for one in broken(problem, [Work("a", MONDAY, "M"), Work("b", MONDAY, "M")])] == ["apart"]
    assert [one.rule for one in broken(problem, [Work("a", MONDAY, "M"), Work("c", MONDAY, "M")])] == ["guided"]
    assert broken(problem, [Work("b", MONDAY, "M"), Work("c", MONDAY, "M")]) == []


def test_why_a_shift_stays_open_is_counted_by_rule() -> None:
    people = (Member("a", away=frozenset({MONDAY})), Member("b", no_nights=True))
    problem = Problem((MONDAY,), (NIGHT,), people)

    assert draw_up(problem, 0) == frozenset()
    assert why_open(problem, [])[MONDAY, "N"] == {"leave": 1, "no-nights": 1}


# --- properties ------------------------------------------------------------------------------------------------------


@st.composite
def problems(draw_: st.DrawFn) -> Problem:
    """Small cities with leave, skills, pairs, fixed shifts and sometimes too few people."""
    many = draw_(st.integers(1, 6))
    days = tuple(day(n) for n in range(draw_(st.integers(1, 9))))
    shifts = draw_(
        st.sampled_from([
            THREE,
            (NIGHT, Shift("M", "M", 480, 480, 2, (("证", 1),)), EVENING),
            (Shift("D", "D", 480, 720), Shift("X", "X", 1200, 720)),
        ])
    )  # fmt: skip
    members = tuple(
        Member(
            f"p{n}", frozenset({"证"}) if draw_(st.booleans()) else frozenset(), draw_(st.booleans()) and n == 0,
            frozenset(draw_(st.sets(st.sampled_from(days), max_size=2))),
        )
        for n in range(many)
    )  # fmt: skip
    limits = Limits(
        rest_minutes=draw_(st.sampled_from([8, 11, 16])) * HOUR, days_in_row=draw_(st.integers(2, 6)),
        nights_in_row=draw_(st.integers(1, 3)), week_minutes=draw_(st.sampled_from([24, 40, 48])) * HOUR,
        apart=(frozenset({"p0", "p1"}),) if draw_(st.booleans()) else (),
        guided=(("p2", frozenset({"p3"})),) if draw_(st.booleans()) else (),
    )  # fmt: skip
    fixed = tuple((f"p{n}", day(-1), shifts[0]) for n in range(many) if draw_(st.booleans()))
    weekends = frozenset(one for one in days if one.weekday() >= 5)
    return Problem(days, shifts, members, limits, fixed, weekends=weekends)


def wrong_by_hand(problem: Problem, works: frozenset[Work]) -> list[str]:
    """The same rules read once more from the policy, minute by minute, without the code under test."""
    wrong, shifts, limits = [], problem.by_code, problem.limits
    for member in problem.members:
        mine = sorted(
            [(at(d, s.starts), at(d, s.ends), d, s) for k, d, s in problem.fixed if k == member.key]
            + [(at(w.day, shifts[w.shift].starts), at(w.day, shifts[w.shift].ends), w.day, shifts[w.shift]) for w in works if w.key == member.key]
        )  # fmt: skip
        on = [d for _a, _b, d, _s in mine]
        wrong += ["twice a day"] if len(on) != len(set(on)) else []
        wrong += ["rest" for one, two in pairwise(mine) if two[0] - one[1] < limits.rest_minutes]
        for a, b, _d, _s in mine:
            wrong += ["leave" for minute in range(a, b, 60) if date.fromordinal(minute // DAY) in member.away]
        wrong += ["night" for _a, _b, _d, s in mine if s.is_night and member.no_nights and (member.key, _d, s) not in problem.fixed]
        for most, have in ((limits.days_in_row, set(on)), (limits.nights_in_row, {d for _a, _b, d, s in mine if s.is_night})):
            for start in have:
                wrong += ["row"] if all(start + timedelta(days=n) in have for n in range(most + 1)) else []
        weeks: dict[tuple[int, int], int] = defaultdict(int)
        for _a, _b, d, s in mine:
            weeks[d.isocalendar()[:2]] += s.minutes
        wrong += ["hours" for minutes in weeks.values() if minutes > limits.week_minutes]
    for d in problem.days:
        for code in shifts:
            here = {w.key for w in works if (w.day, w.shift) == (d, code)}
            wrong += ["apart" for pair in limits.apart if pair <= here]
            wrong += ["guided" for who, by in limits.guided if who in here and not here & by]
            wrong += ["too many"] if len(here) > shifts[code].heads else []
    return wrong


def every_minute_is_told(problem: Problem, works: frozenset[Work]) -> list[Interval]:
    """Each minute is covered, or stands in an interval that is listed; the intervals."""
    people, shifts = problem.by_key, problem.by_code
    slots = [
        Slot(d, s, tuple(people[w.key].skills for w in sorted(works) if (w.day, w.shift) == (d, s.code))) for d, s in problem.slots
    ]
    first, last = at(problem.days[0], 8 * HOUR), at(problem.days[-1], DAY)
    listed = uncovered(first, last, slots)
    for minute in range(first, last, 20):
        have = sum(at(w.day, shifts[w.shift].starts) <= minute < at(w.day, shifts[w.shift].ends) for w in works)
        need = sum(at(d, s.starts) <= minute < at(d, s.ends) for d, s in problem.slots for _head in range(s.heads))
        told = any(one.starts <= minute < one.ends and not one.skill for one in listed)
        assert told is (have < max(need, 1)), minute
    return listed


def every_minute(problem: Problem, works: frozenset[Work]) -> None:
    """And every open shift has its reasons."""
    listed = every_minute_is_told(problem, works)
    why = why_open(problem, works)
    assert {(one.slot.day, one.slot.shift.code) for one in listed if one.slot and one.slot.day in problem.days} <= set(why)
    # A rule keeps everybody else: nobody who could come was left out.
    assert not any("" in each for each in why.values())


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 3))
def test_no_rule_is_broken_and_no_minute_is_uncovered_unlisted(problem: Problem, seed: int) -> None:
    works = draw_up(problem, seed)

    assert wrong_by_hand(problem, works) == []
    assert broken(problem, works) == []
    every_minute(problem, works)
    assert draw_up(problem, seed) == works, "the same problem and seed give the same roster"


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_whoever_falls_out_of_a_roster_is_missed_for_just_their_minutes(problem: Problem, data: st.DataObject) -> None:
    """Any shifts taken out of any roster: every uncovered minute is listed, and none that is covered."""
    works = draw_up(problem, 0)
    gone = data.draw(st.sets(st.sampled_from(sorted(works)), max_size=6)) if works else set()

    every_minute_is_told(problem, works - gone)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_evening_out_loses_no_head_and_breaks_no_rule(problem: Problem) -> None:
    works = draw_up(problem, 0)
    evened = even_out(problem, works)

    assert sorted((w.day, w.shift) for w in evened) == sorted((w.day, w.shift) for w in works)
    assert broken(problem, evened) == []
    assert score(problem, evened) <= score(problem, works)


@settings(max_examples=12, deadline=None)
@given(problems())
def test_the_solver_is_never_worse_than_greedy(problem: Problem) -> None:
    pytest.importorskip("ortools", reason="ortools not installed")
    greedy = draw(problem, seed=1, with_solver=False)
    solved = draw(problem, seed=1, effort=0.1)

    assert broken(problem, solved.works) == []
    assert wrong_by_hand(problem, solved.works) == []
    every_minute(problem, solved.works)
    assert score(problem, solved.works) <= score(problem, greedy.works)
    assert draw(problem, seed=1, effort=0.1).works == solved.works


@settings(max_examples=30, deadline=None)
@given(problems(), st.integers(0, 8))
def test_drawing_up_again_keeps_what_was_published(problem: Problem, away: int) -> None:
    """One person falls out: only their own shifts are given to others, as far as rules let the rest stay."""
    published = draw_up(problem, 0)
    without = tuple(m for m in problem.members if m.key != f"p{away}")
    again = Problem(
        problem.days, problem.shifts, without, problem.limits,
        tuple(f for f in problem.fixed if f[0] != f"p{away}"), published, problem.weekends,
    )  # fmt: skip
    guided = {who for who, _by in problem.limits.guided}

    gone = published - draw_up(again, 0)

    assert {work.key for work in gone} <= {f"p{away}"} | guided


def test_whole_shifts_that_cannot_be_shared_evenly_are_no_unfairness_of_the_roster() -> None:
    days = tuple(day(n) for n in range(10))
    problem = Problem(days, THREE, tuple(Member(f"p{n}") for n in range(7)))
    works = even_out(problem, draw_up(problem, 0))

    assert spreads(problem, works)["nights"].apart == 1, "ten nights among seven people"
    assert unfairness(problem, works) == least_unfairness(problem)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_repairing_fills_what_it_can_and_loses_nothing(problem: Problem) -> None:
    works = draw_up(problem, 0)
    repaired = fill_open(problem, works)

    assert wrong_by_hand(problem, repaired) == [] and broken(problem, repaired) == []
    assert Counter((w.day, w.shift) for w in works) <= Counter((w.day, w.shift) for w in repaired)
    assert score(problem, repaired)[:2] <= score(problem, works)[:2]
    assert fill_open(problem, works) == repaired, "the same roster every time"


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_repairing_after_a_hole_was_torn_breaks_no_rule(problem: Problem, data: st.DataObject) -> None:
    """Shifts fall out at random; what was published is only moved where nothing else fills a head."""
    works = sorted(draw_up(problem, 0))
    torn = frozenset(w for w in works if data.draw(st.booleans()) or len(works) < 4)

    repaired = fill_open(problem, torn)

    assert wrong_by_hand(problem, repaired) == []
    assert score(problem, repaired)[0] <= score(problem, torn)[0]


def test_a_shift_that_only_a_busy_colleague_may_take_is_filled_by_a_chain() -> None:
    """Only p0 takes nights and has the day before; p1 takes over that day, so that p0 has had their rest."""
    night, evening = Shift("N", "夜班", 0, 480), Shift("A", "中班", 960, 480)
    problem = Problem((day(0), day(1)), (night, evening), (Member("p0"), Member("p1", no_nights=True)), Limits())
    stuck = frozenset({Work("p0", day(0), "A"), Work("p1", day(1), "A")})

    repaired = fill_open(problem, stuck)

    assert {Work("p0", day(1), "N"), Work("p1", day(0), "A")} <= repaired and broken(problem, repaired) == []


def test_a_shift_that_lacks_a_skill_gets_somebody_who_has_it() -> None:
    morning = Shift("M", "早班", 480, 480, 1, (("执法证", 1),))
    other = Shift("D", "白班", 480, 480, 1)
    members = (Member("p0"), Member("p1", frozenset({"执法证"})))
    problem = Problem((day(0),), (morning, other), members, Limits(always=False))

    repaired = fill_open(problem, frozenset({Work("p0", day(0), "M"), Work("p1", day(0), "D")}))

    assert repaired == {Work("p1", day(0), "M"), Work("p0", day(0), "D")}


def test_what_was_unevenly_borne_before_is_made_good() -> None:
    """p0 had all four nights of a week: in the next, the other two have them, and in the end all are even."""
    night = Shift("N", "夜班", 0, 480)
    members, days = tuple(Member(f"p{n}") for n in range(3)), tuple(day(n) for n in range(4))
    before = Problem(days, (night,), members, Limits(nights_in_row=4, always=False))
    carried = carried_over(before, [Work("p0", one, "N") for one in days])
    later = tuple(day(7 + n) for n in range(8))
    problem = Problem(later, (night,), members, Limits(nights_in_row=4, always=False), carried=carried)

    drawn = draw(problem, seed=0, with_solver=False)

    nights = Counter(work.key for work in drawn.works)
    assert (nights["p0"], nights["p1"], nights["p2"]) == (0, 4, 4)
    assert drawn.spreads["nights"].apart == 0, "over both weeks everybody had four"


@settings(max_examples=8, deadline=None)
@given(problems(), st.lists(st.integers(-3, 3), min_size=9, max_size=9))
def test_the_solver_reckons_with_what_is_carried_over_as_the_figures_do(problem: Problem, nights: list[int]) -> None:
    pytest.importorskip("ortools", reason="ortools not installed")
    carried = tuple((member.key, "nights", float(much)) for member, much in zip(problem.members, nights, strict=False))
    problem = replace(problem, carried=carried)
    greedy, solved = (draw(problem, seed=1, effort=0.1, with_solver=solver) for solver in (False, True))

    assert wrong_by_hand(problem, solved.works) == []
    assert score(problem, solved.works) <= score(problem, greedy.works)
