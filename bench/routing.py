"""From a point to its grid, from there to the accountable unit, and to the deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import numpy as np
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
from wenming.territory import homes
from wenming.territory.homes import Cell, Home, HomeIndex, current_index
from wenming.territory.models import Area, Placement
from wenming.territory.selectors import home_of, homes_of

from .acting import queries_of
from .figures import Goal, duration, tell, tell_ratio
from .inside import Effort
from .paired import paired, processor_each, seconds_each

POINTS = 2000
WEST_EAST, SOUTH_NORTH = (113.15, 113.58), (22.19, 22.78)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
# At least nine tenths as many points a second as a bare loop over the tree answers.
NINE_TENTHS = Goal(1 / 0.9)


def measure(effort: Effort) -> None:
    _where(effort)
    for many in SIZES[:3] if effort.quick else SIZES:
        _by_size(effort, many)
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
    tell_ratio("home of a point", one, against="bare tree query", goal=NINE_TENTHS, note=cells)
    many = paired(_each(lambda: homes_of(longitudes, latitudes)), _each(bare_bulk), pairs=effort.pairs)
    tell_ratio("homes of 2,000 points at once, each", many, against="vectorised tree query", goal=Goal(3))


def _by_size(effort: Effort, many: int) -> None:
    """What a point costs in a city of so many cells, beside the same tree asked without the house around it."""
    index = _city_of(many)
    rng = Random(many)
    points = [(rng.uniform(*WEST_EAST), rng.uniform(*SOUTH_NORTH)) for _each in range(POINTS)]

    def bare() -> None:
        for longitude, latitude in points:
            index.tree.query(Point(longitude, latitude), "intersects")

    def ours() -> None:
        for longitude, latitude in points:
            home_of(longitude, latitude)

    with homes.instead(index):
        found = paired(_each(ours), _each(bare), pairs=effort.pairs)
    tell_ratio("home of a point", found, against="bare tree query", goal=NINE_TENTHS, note=f"{many:,} cells")


def _city_of(many: int) -> HomeIndex:
    """Cells side by side, of seven corners each, as many columns as rows."""
    across = round(many**0.5)
    wide, high = (WEST_EAST[1] - WEST_EAST[0]) / across, (SOUTH_NORTH[1] - SOUTH_NORTH[0]) / across
    corners = np.asarray([(0, 0), (0.5, 0), (1, 0), (1, 1), (0.5, 1), (0, 1), (0, 0.5), (0, 0)]) * (wide, high)
    columns, rows = np.meshgrid(np.arange(across), np.arange(across))
    starts = np.stack([WEST_EAST[0] + columns.ravel() * wide, SOUTH_NORTH[0] + rows.ravel() * high], axis=1)
    shapes = shapely.to_wkb(shapely.polygons(starts[:, None, :] + corners[None, :, :]))
    town = Area(code="442000001", level="town", name="街道", short_name="街道")
    return HomeIndex((), shapes, [Home(town, None, Cell(n, f"{n:015d}", ""), None) for n in range(across * across)])


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
    """A loop over all points as a measurement of seconds of the processor per point."""
    return lambda: processor_each(loop, 1) / POINTS
