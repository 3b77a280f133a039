"""Counting: whose figure a case is, over which days, and that every number lists its cases."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from wenming.accountability import figures
from wenming.accountability.rules.exceptions import NOTHING
from wenming.accountability.selectors import overview
from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.cases.tests.story import at

Bring = Callable[..., Case]
TUESDAY = at("11-17 09:00")


def test_a_case_counts_for_the_unit_that_holds_it(small_city: SimpleNamespace, dispatched: Bring) -> None:
    dispatched(to=small_city.east)

    counted = figures.count(TUESDAY)

    assert (counted["EAST"][0].open_late, counted["EAST"][0].due, counted["EAST"][0].on_time) == (1, 1, 0)
    assert "SAN" not in counted


def test_a_contractors_case_is_its_departments(small_city: SimpleNamespace, dispatched: Bring) -> None:
    dispatched(to=small_city.sweepers)

    assert figures.count(TUESDAY)["SAN"][0].open_late == 1


def test_late_is_late_at_that_moment(dispatched: Bring) -> None:
    dispatched()

    thursday_next_week = figures.count(at("11-26 09:00"))["SAN"]

    assert [week.open_late for week in thursday_next_week] == [1, 1, 0, 0, 0]
    assert [week.long_late for week in thursday_next_week] == [1, 0, 0, 0, 0]


def test_an_answer_ends_the_lateness_whoever_still_has_to_judge_it(
    small_city: SimpleNamespace, dispatched: Bring
) -> None:
    case = dispatched()
    cases.answer(case, text="好了", done=["清理"], by=small_city.handler, now=TUESDAY)

    week = figures.count(at("11-17 10:00"))["SAN"][0]

    assert (week.open_late, week.due, week.on_time, week.handled) == (0, 1, 0, 1)


def test_what_was_suspended_or_taken_back_is_not_late(small_city: SimpleNamespace, dispatched: Bring) -> None:
    cases.suspend(dispatched(), reason="等批复", by=small_city.dispatcher, now=at("11-16 10:00"))
    cases.recall(dispatched(), by=small_city.dispatcher, now=at("11-16 10:00"))

    assert figures.count(TUESDAY).get("SAN", [NOTHING])[0] == NOTHING


def test_only_the_newest_verdict_of_a_reporter_counts(closed: Bring) -> None:
    case = closed()
    report = case.case_reports.get().report
    cases.rate(case, report=report, score=1, why="还有味道", now=at("11-16 16:00"))
    cases.rate(case, report=report, score=5, now=at("11-16 17:00"))

    week = figures.count(TUESDAY)["SAN"][0]

    assert (week.rated, week.unhappy) == (1, 0)


@pytest.mark.parametrize("figure", [*figures.OF_DUTIES, *figures.OF_RATINGS])
def test_every_number_lists_its_cases(
    figure: str, small_city: SimpleNamespace, dispatched: Bring, closed: Bring
) -> None:
    dispatched(), dispatched(to=small_city.sweepers), dispatched(to=small_city.east)
    cases.send_back(
        cases.answer(dispatched(), text="好了", done=["清理"], by=small_city.handler, now=at("11-16 10:00")),
        reason="没清完", by=small_city.supervisor, now=at("11-16 10:30"),
    )  # fmt: skip
    done = closed()
    cases.rate(done, report=done.case_reports.get().report, score=2, why="慢", now=at("11-16 16:00"))
    now = at("11-20 09:00")

    seen = cases_visible_to(small_city.leader)
    listed = figures.cases_behind(figure, seen, now=now, unit=small_city.sanitation).count()

    assert listed == getattr(figures.count(now)["SAN"][0], figure)
    assert figures.cases_behind(figure, seen, now=now, unit=None).count() == getattr(overview(now).city[0], figure)


def test_repeats_are_the_towns_and_list_their_cases(small_city: SimpleNamespace, closed: Bring) -> None:
    assert figures.repeats_by_town(TUESDAY) == {}
    assert figures.cases_behind("repeat", cases_visible_to(small_city.leader), now=TUESDAY, unit=None).count() == 0


def test_the_number_of_queries_does_not_grow(
    small_city: SimpleNamespace, dispatched: Bring, django_assert_num_queries: Callable[..., object]
) -> None:
    dispatched()
    with django_assert_num_queries(8):
        overview(TUESDAY)
    for unit in (small_city.east, small_city.west, small_city.sweepers):
        dispatched(to=unit)
    with django_assert_num_queries(8):
        overview(TUESDAY)
