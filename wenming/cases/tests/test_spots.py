"""A black spot from the square that stood out to the one that stayed quiet (4.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from wenming.cases.models import BlackSpot, Case, SpotMove
from wenming.cases.rules.spot_life import SpotState, Verdict
from wenming.cases.services import collect
from wenming.cases.spots.finding import cases_of_square, find_spots, find_spots_daily, histories
from wenming.cases.spots.selectors import moves_of_spot, spots_visible_to, watch_of, why_a_spot
from wenming.cases.spots.services import (
    SpotStepRefused,
    delist_spot,
    dismiss_spot,
    register_spot,
    treat_spot,
    watch_spot,
)
from wenming.cases.tests.story import MONDAY
from wenming.journal.models import Entry
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import answer_duty
from wenming.territory.models import Placement, Source

CORNER, PARK = (113.3812, 22.5165), (113.4012, 22.5365)
A_WEEK = Limit(5, LimitUnit.WORK_DAYS)
Happen = Callable[..., list[Case]]


@pytest.fixture
def happen(small_city: SimpleNamespace, report: Callable[..., object]) -> Happen:
    """`happen(CORNER, 3, 33)`: overflowing bins at the corner, three and thirty-three days before Monday."""

    def hand_in(point: tuple[float, float], *days_ago: float, now: datetime = MONDAY) -> list[Case]:
        cases = []
        for ago in days_ago:
            at = now - timedelta(days=ago)
            case = collect(report(problem_type=small_city.overflow, now=at).report, now=at)  # type: ignore[attr-defined]
            place = Placement.objects.create(
                longitude=point[0], latitude=point[1], source=Source.MAP, address="民权路口", created_at=at
            )
            Case.objects.filter(pk=case.pk).update(placement=place)
            cases.append(case)
        return cases

    return hand_in


@pytest.fixture
def spot(happen: Happen) -> BlackSpot:
    """A corner where bins overflowed in six of the last months, put forward on Monday."""
    happen(CORNER, 3, 5, 33, 34, 65, 95, 125, 155)
    find_spots(MONDAY)
    return BlackSpot.objects.get()


def test_what_came_back_is_put_forward_and_explains_itself(spot: BlackSpot) -> None:
    assert (spot.state, spot.recurs, spot.periods[-1], sum(spot.periods)) == (SpotState.FOUND, True, 2, 8)
    assert cases_of_square(spot).count() == 8
    assert any("12 个 30 天里有 6 个出现过" in sentence for sentence in why_a_spot(spot))
    assert Entry.objects.get(action="spot.found").about == "blackspot:H26-0001"


def test_what_is_forming_is_put_forward_too(happen: Happen) -> None:
    happen(PARK, 1, 2, 4)

    assert find_spots(MONDAY) == 1
    assert BlackSpot.objects.get().emerges


def test_one_case_is_no_spot(happen: Happen) -> None:
    happen(CORNER, 2)

    assert find_spots(MONDAY) == 0


def test_a_square_stands_once_on_the_register_and_is_counted_anew(spot: BlackSpot, happen: Happen) -> None:
    happen(CORNER, 0.5)

    assert find_spots(MONDAY) == 0
    assert BlackSpot.objects.get().periods[-1] == 3


def test_a_worker_started_anew_does_not_count_the_day_again(spot: BlackSpot, happen: Happen) -> None:
    happen(PARK, 1, 2, 4)

    assert find_spots_daily(MONDAY + timedelta(hours=2)) == 0
    assert find_spots_daily(MONDAY + timedelta(hours=21)) == 1


def test_the_history_that_the_forecast_is_judged_by_is_the_same(spot: BlackSpot) -> None:
    ((name, history),) = histories()

    assert (name, len(history.days), len(history.cells)) == ("垃圾满溢", 8, 1)


def test_a_square_that_was_dismissed_is_left_alone_for_half_a_year(
    spot: BlackSpot, small_city: SimpleNamespace
) -> None:
    with pytest.raises(BadInput):
        dismiss_spot(spot, reason=" ", by=small_city.officer, now=MONDAY)
    dismiss_spot(spot, reason="菜市场搬迁，已经没有人", by=small_city.officer, now=MONDAY)

    assert find_spots(MONDAY + timedelta(days=1)) == 0


def test_treatment_is_a_duty_and_the_watch_begins_with_its_answer(spot: BlackSpot, small_city: SimpleNamespace) -> None:
    officer, week_later = small_city.officer, MONDAY + timedelta(days=4)
    spot = register_spot(spot, by=officer, now=MONDAY)
    spot = treat_spot(
        spot, to=small_city.sanitation, limit=A_WEEK, measure="加一个桶，每天两清", by=officer, now=MONDAY
    )
    duty = Duty.objects.get(kind="spot.treat")
    assert (duty.owner, duty.subject) == (small_city.sanitation, "blackspot:H26-0001")
    with pytest.raises(SpotStepRefused, match="还没有回复"):
        watch_spot(spot, by=officer, now=week_later)

    answer_duty(duty, text="已加桶", by=small_city.handler, now=week_later)
    spot = watch_spot(BlackSpot.objects.get(), by=officer, now=week_later)

    assert (spot.state, spot.watched_since) == (SpotState.WATCH, week_later)
    assert [move.act for move in moves_of_spot(spot)] == ["find", "register", "treat", "watch"]
    assert {"spot.registered", "spot.treated", "spot.watched"} <= set(Entry.objects.values_list("action", flat=True))


@pytest.fixture
def watched(spot: BlackSpot, small_city: SimpleNamespace) -> BlackSpot:
    """The same spot, treated within a day and watched since."""
    officer = small_city.officer
    register_spot(spot, by=officer, now=MONDAY)
    treat_spot(
        BlackSpot.objects.get(), to=small_city.sanitation, limit=A_WEEK, measure="加一个桶", by=officer, now=MONDAY
    )
    answer_duty(Duty.objects.get(kind="spot.treat"), text="已加桶", by=small_city.handler, now=MONDAY)
    return watch_spot(BlackSpot.objects.get(), by=officer, now=MONDAY)


def test_it_is_struck_off_only_after_sixty_quiet_days(watched: BlackSpot, small_city: SimpleNamespace) -> None:
    with pytest.raises(SpotStepRefused, match="满 60 天"):
        delist_spot(watched, by=small_city.officer, now=MONDAY + timedelta(days=59))

    spot = delist_spot(watched, by=small_city.officer, now=MONDAY + timedelta(days=60))

    assert spot.state == SpotState.DELISTED
    assert SpotMove.objects.get(act="delist").facts["cases"] == 0


def test_it_relapses_and_is_treated_again(watched: BlackSpot, small_city: SimpleNamespace, happen: Happen) -> None:
    later = MONDAY + timedelta(days=20)
    happen(CORNER, 2, 5, now=later)

    assert watch_of(watched, later).verdict == Verdict.RELAPSED
    spot = treat_spot(watched, to=small_city.east, limit=A_WEEK, measure="换成分类亭", by=small_city.officer, now=later)

    assert (spot.state, spot.watched_since, spot.usual) == (SpotState.TREATMENT, None, watched.usual)


def test_only_the_command_centre_and_the_office_decide(spot: BlackSpot, small_city: SimpleNamespace) -> None:
    for stranger in (small_city.handler, small_city.leader, small_city.auditor):
        with pytest.raises(NotAllowed):
            register_spot(spot, by=stranger, now=MONDAY)
    assert spots_visible_to(small_city.leader).count() == 1
    assert spots_visible_to(small_city.handler).count() == 0


def test_two_who_press_together_register_it_once(spot: BlackSpot, small_city: SimpleNamespace) -> None:
    register_spot(spot, by=small_city.officer, now=MONDAY)

    with pytest.raises(SpotStepRefused, match="已登记"):
        register_spot(spot, by=small_city.dispatcher, now=MONDAY)
