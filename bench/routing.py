"""From a point to its grid, from there to the accountable unit, and to the deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import shapely
from django.utils import timezone
from shapely.geometry import Point

from wenming.cases.models import Case
from wenming.cases.selectors import spot_of
from wenming.responsibilities.calendars import calendar_version, schedule_for
from wenming.responsibilities.models import MatrixEntry
from wenming.responsibilities.rules import clock, matrix
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.selectors import matrix_on, matter_of, role_holders_on, who_answers
from wenming.territory.homes import current_index
from wenming.territory.models import Placement
from wenming.territory.selectors import home_of, homes_of

from .acting import queries_of
from .figures import Goal, duration, tell, tell_ratio
from .inside import Effort
from .paired import paired, seconds_each

POINTS = 2000


def measure(effort: Effort) -> None:
    _where(effort)
    _who(effort)
    _when(effort)


def _where(effort: Effort) -> None:
    located = Placement.objects.exclude(longitude=None).values_list("longitude", "latitude")[:500]
    points = Random(7).choices(list(located), k=POINTS)
    index = current_index()
    longitudes, latitudes = map(list, zip(*points, strict=True))

    def bare_loop() -> None:
        for longitude, latitude in points:
            index.tree.query(Point(longitude, latitude), "intersects")

    def our_loop() -> None:
        for longitude, latitude in points:
            home_of(longitude, latitude)

    def bare_bulk() -> None:
        index.tree.query(shapely.points(longitudes, latitudes), "intersects")

    cells = f"{len(index.homes):,} cells"
    one = paired(_each(our_loop), _each(bare_loop), pairs=effort.pairs)
    tell_ratio("home of a point", one, against="bare tree query", goal=Goal(5), note=cells)
    many = paired(_each(lambda: homes_of(longitudes, latitudes)), _each(bare_bulk), pairs=effort.pairs)
    tell_ratio("homes of 2,000 points at once, each", many, against="vectorised tree query", goal=Goal(3))


def _who(effort: Effort) -> None:
    case = Case.objects.exclude(problem_type=None).exclude(placement__town=None).order_by("pk")[0]
    kind, spot, today = case.problem_type, spot_of(case.placement), timezone.localdate()
    rules, holders = matrix_on(today), role_holders_on(today)
    matter = matter_of(kind)
    pure = seconds_each(lambda: matrix.answer(matter, spot, today, rules, holders), effort.block)
    whole = seconds_each(lambda: who_answers(kind, spot, today), effort.block)
    asked = queries_of(lambda: who_answers(kind, spot, today))
    lines = f"{MatrixEntry.objects.count()} lines"
    tell("who answers for a matter", f"{duration(whole)}, {asked}", f"the rule alone {duration(pure)}, {lines}")


def _when(effort: Effort) -> None:
    now = timezone.localtime()
    calendar, schedule = calendar_version().as_rule(), schedule_for(None, now).as_rule()
    limit, five_days = Limit(5, LimitUnit.WORK_DAYS), timedelta(days=5)
    times = effort.block * 10
    found = paired(
        lambda: seconds_each(lambda: clock.deadline(now, limit, calendar, schedule), times),
        lambda: seconds_each(lambda: now + five_days, times), pairs=effort.pairs,
    )  # fmt: skip
    tell_ratio("deadline of five working days", found, against="datetime + timedelta", goal=Goal(30))


def _each(loop: Callable[[], object]) -> Callable[[], float]:
    """A loop over all points as a measurement of seconds per point."""
    return lambda: seconds_each(loop, 1) / POINTS
