"""The way through the points of a patrol, and which turn a day belongs to."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, permutations
from math import hypot, inf
from random import Random

import pytest

from wenming.observations.rules.route import Point, route
from wenming.observations.rules.turns import limit_of_turn, turn_of, turns_between
from wenming.responsibilities.rules.clock import Limit, LimitUnit


def metres(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def length(points: list[Point], order: tuple[int, ...]) -> float:
    return sum(metres(points[a], points[b]) for a, b in pairwise(order))


def test_points_on_a_line_are_walked_from_one_end_to_the_other() -> None:
    found = route([(300, 0), (0, 0), (200, 0), (100, 0)], metres)

    assert found.order in {(1, 3, 2, 0), (0, 2, 3, 1)}
    assert found.legs == (0.0, 100.0, 100.0, 100.0)
    assert (found.metres, found.unplanned_m) == (300, 300 + 200 + 100)


def test_a_crossing_is_taken_out() -> None:
    """Nearest neighbour alone runs into the corner and back across the square."""
    square = [(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)]

    assert route(square, metres).metres == pytest.approx(300)


@pytest.mark.parametrize("seed", range(12))
def test_it_visits_each_point_once_is_never_longer_than_unplanned_and_near_the_best(seed: int) -> None:
    rng = Random(seed)
    points = [(rng.uniform(0, 3000), rng.uniform(0, 2000)) for _ in range(7)]

    found = route(points, metres)

    assert sorted(found.order) == list(range(7))
    assert found.metres == pytest.approx(length(points, found.order))
    assert found.metres <= found.unplanned_m
    best = min((length(points, order) for order in permutations(range(7))), default=inf)
    assert found.metres <= 1.1 * best


def test_no_point_and_one_point_are_walks_too() -> None:
    assert route([], metres).order == ()
    assert (route([(5, 5)], metres).order, route([(5, 5)], metres).metres) == ((0,), 0)


@pytest.mark.parametrize(
    ("today", "turn"),
    [
        pytest.param(date(2026, 11, 1), None, id="before the plan begins"),
        pytest.param(date(2026, 11, 2), date(2026, 11, 2), id="on its first day"),
        pytest.param(date(2026, 11, 8), date(2026, 11, 2), id="on the last day of the first turn"),
        pytest.param(date(2026, 11, 9), date(2026, 11, 9), id="on the first day of the second"),
    ],
)
def test_a_day_belongs_to_one_turn(today: date, turn: date | None) -> None:
    assert turn_of(date(2026, 11, 2), 7, today) == turn


@pytest.mark.parametrize("cycle", [1, 2, 7, 30])
def test_turns_are_counted_as_a_calendar_would(cycle: int) -> None:
    begins = date(2026, 11, 2)
    starts = {begins + timedelta(days=cycle * n) for n in range(200)}
    for since in (begins - timedelta(days=9), begins, begins + timedelta(days=5)):
        for span in (0, 1, 6, 40):
            until = since + timedelta(days=span)
            assert turns_between(begins, cycle, since, until) == sum(since <= day <= until for day in starts)


@pytest.mark.parametrize(("cycle", "days"), [(1, 1), (2, 1), (7, 5), (30, 21)])
def test_a_walk_is_due_within_the_working_days_of_its_turn(cycle: int, days: int) -> None:
    assert limit_of_turn(cycle) == Limit(days, LimitUnit.WORK_DAYS)
