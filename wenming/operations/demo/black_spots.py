"""Two corners where the same trouble kept coming, and what the office did about them: one watched, one in treatment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from wenming.cases.models import BlackSpot
from wenming.cases.rules.spot_life import SpotState
from wenming.cases.spots.finding import find_spots
from wenming.cases.spots.services import register_spot, treat_spot, watch_spot
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import acknowledge_duty, answer_duty

from .city import DemoCity
from .history import History
from .life import Life, draw_seen
from .stories import in_time

CORNER_CASES_DAYS_AGO = (11.2, 10.4, 9.3, 8.6, 7.8)
TREATMENT = Limit(10, LimitUnit.WORK_DAYS)
# What is done where, one line for each corner.
CORNERS = (
    ("垃圾满溢", "加一组分类桶，晚市后加收一次，收运时间贴在桶边。", "已加一组桶，晚上八点后加收，这三天没有再满。"),
    ("占道经营", "划定临时疏导区，早晚高峰定人值守。", ""),
)


def plan_black_spots(history: History) -> None:
    """Let the corners' cases happen, and the office see them."""
    corners = [_corner(history, name) for name, _measure, _answer in CORNERS]
    for corner, (_name, measure, answer) in zip(corners, CORNERS, strict=True):
        history.begin(_looked_after(history.city, corner, measure, answer))
    history.begin(_found_today(history.city))


def _corner(history: History, name: str) -> Life:
    """Five reports of the same kind at one place; the last of them."""
    problem = next(one for one in history.city.problems if one.type.name == name)
    number, rng = history.next_case()
    first = draw_seen(history.city, rng, number, problem)
    for days_ago in CORNER_CASES_DAYS_AGO:
        number, rng = history.next_case()
        seen = replace(draw_seen(history.city, rng, number, problem), spot=first.spot)
        life = Life(history.city, rng, seen, history.city.now - timedelta(days=days_ago))
        history.begin(in_time(life))
    return life


def _looked_after(city: DemoCity, corner: Life, measure: str, answer: str) -> Iterator[datetime]:
    """Found, registered and given to a unit; with an answer also treated and watched."""

    def days_ago(days: float) -> datetime:
        return city.work_time(city.centre).after(city.now, -8 * days)

    yield days_ago(4.2)
    find_spots(days_ago(4.2))
    spot = _spot_of(corner)
    if spot is None:  # the days before now were holidays: nothing to show yet
        return
    yield days_ago(4)
    register_spot(spot, by=city.officer, now=days_ago(4))
    yield days_ago(3.9)
    unit, _why = city.who_answers(spot.problem_type, spot.placement)
    spot = treat_spot(spot, to=unit, limit=TREATMENT, measure=measure, by=city.officer, now=days_ago(3.9))
    assert spot.duty is not None
    yield days_ago(3.5)
    acknowledge_duty(spot.duty, by=city.handler(unit), now=days_ago(3.5))
    if not answer:
        return
    yield days_ago(1)
    answer_duty(spot.duty, text=answer, by=city.handler(unit), now=days_ago(1))
    yield days_ago(0.5)
    watch_spot(spot, by=city.officer, now=days_ago(0.5))


def _spot_of(corner: Life) -> BlackSpot | None:
    found = BlackSpot.objects.select_related("problem_type", "placement__town", "placement__community")
    here = found.filter(problem_type=corner.seen.problem.type, state=SpotState.FOUND)
    return here.order_by("-expected").first()


def _found_today(city: DemoCity) -> Iterator[datetime]:
    """This morning's count, as the worker does it."""
    yield city.now
    find_spots(city.now)
