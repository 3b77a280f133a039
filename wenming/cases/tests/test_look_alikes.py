"""Hints for merging: near in place and time, ordered by likeness, found through indexes (4.3, 4.5)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models.base import ModelState
from django.test.utils import CaptureQueriesContext

from wenming.cases.look_alikes import look_alikes, merge_hints
from wenming.cases.models import Case
from wenming.cases.services import collect, refuse
from wenming.cases.tests.story import MONDAY
from wenming.territory.models import Placement, Source

NorthOf = Callable[..., Case]


@pytest.fixture
def case_at(small_city: SimpleNamespace, report: Callable[..., object]) -> NorthOf:
    """`case_at(40, days_ago=2)`: overflowing bins forty metres north of the corner, two days ago."""

    def hand_in(metres: float, *, days_ago: float = 0, text: str = "垃圾桶满了没人收") -> Case:
        at = MONDAY - timedelta(days=days_ago)
        case = collect(report(problem_type=small_city.overflow, text=text, now=at).report, now=at)  # type: ignore[attr-defined]
        case.placement = Placement.objects.create(
            longitude=113.38, latitude=22.51 + metres / 111_320, source=Source.MAP, address="民权路口", created_at=at
        )
        case.save(update_fields=["placement"])
        return case

    return hand_in


def test_the_likeliest_comes_first_though_another_is_nearer(case_at: NorthOf) -> None:
    asked = case_at(0)
    other_words = case_at(5, days_ago=20, text="绿化带里有人晾衣服")
    same = case_at(20, days_ago=0.5)

    assert [hint.case for hint in merge_hints(asked)] == [same, other_words]


def test_what_is_far_in_place_or_time_is_no_hint(case_at: NorthOf) -> None:
    asked = case_at(0)
    case_at(230)
    case_at(0, days_ago=61)

    assert merge_hints(asked) == []


def test_a_case_that_is_over_is_not_offered_for_merging(case_at: NorthOf, small_city: SimpleNamespace) -> None:
    asked, over = case_at(0), case_at(3)
    refuse(over, reason="没有这个问题", by=small_city.dispatcher, now=MONDAY)

    assert merge_hints(asked) == []
    assert [hint.case for hint in look_alikes(asked, among=Case.objects.all())] == [over]


def test_a_case_without_a_position_has_no_neighbours(reported_case: Case) -> None:
    assert merge_hints(reported_case) == []


def test_neighbours_are_found_by_an_index_and_in_three_questions(
    case_at: NorthOf,
    django_assert_num_queries: Callable[..., CaptureQueriesContext],
    connection_plan: Callable[[str], str],
) -> None:
    asked = case_at(0)
    for metres in range(1, 30):
        case_at(metres)
    asked = Case.objects.select_related("placement").get(pk=asked.pk)

    with django_assert_num_queries(3) as asked_of:
        assert len(merge_hints(asked)) == 5

    Placement.objects.bulk_create([_far_away(asked.placement, n) for n in range(2_000)])
    assert "placement_by_position" in connection_plan(_where(asked_of.captured_queries[0]["sql"]))


def _where(sql: str) -> str:
    """The question for positions by itself: of thirty cases PostgreSQL goes through all, whatever their positions cost."""
    begins = sql.index('SELECT U0."id"')
    depth, ends = 1, begins
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[ends], 0)
        ends += 1
    return sql[begins : ends - 1]


def _far_away(placement: Placement, n: int) -> Placement:
    """One of a whole city's positions: of a few rows PostgreSQL takes whichever index it likes."""
    other = copy.copy(placement)
    other.pk, other._state = None, ModelState()
    other.longitude = placement.longitude + 1 + n / 1_000
    return other


@pytest.fixture
def connection_plan(db: object) -> Callable[[str], str]:
    """How the database would carry out a statement, in its own words; on PostgreSQL knowing its tables."""
    from django.db import connection

    def plan(sql: str) -> str:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("ANALYZE territory_placement")
            cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {sql}")
            return "\n".join(str(row) for row in cursor.fetchall())

    return plan
