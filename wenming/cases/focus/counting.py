"""Counting the cases of focuses: the figures of several spans and the weeks of two years, all of them in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case as Either
from django.db.models import Count, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import Microseconds, MomentField, microseconds

from ..models import Case
from ..rules.lifecycle import UNDER_WAY, State
from ..spots.finding import COUNTED
from .days import WEEK, WEEKS, first_monday, midnight
from .reach import Reach

FIGURES = {
    "open": _("未办结"), "late": _("逾期"), "new": _("新增"), "closed": _("办结"), "recurrent": _("反复"), "all": _("全部"),
}  # fmt: skip
# Of now, whatever the period.
OF_NOW = frozenset({"open", "late"})
IN_A_SPAN = ("new", "closed", "recurrent")
RECURS_WITHIN = timedelta(days=90)
Figures = Mapping[str, int]
Span = tuple[date, date]


@dataclass
class Tally:
    """What was counted of one focus.

    spans: its figures in each span that was asked for, what is of now in the first alone. weeks: new cases in each of the
    last 104 weeks, Monday to Sunday, the oldest first; the last may not be over. known_since: the city's first case at
    all, of whatever kind; None where this focus had none to count.
    """

    spans: list[Counter[str]]
    weeks: list[int] = field(default_factory=lambda: [0] * (2 * WEEKS))
    known_since: datetime | None = None

    def figures(self, span: int = 0) -> dict[str, int]:
        return dict.fromkeys(FIGURES, 0) | self.spans[span]

    def add(self, row: Mapping[str, Any]) -> None:
        for number, counted in enumerate(self.spans):
            counted.update({name: row[_column(name, number)] for name in _counted_in(number)})
        if row["week"] is not None:
            self.weeks[row["week"]] += row["opened"]
        self.known_since = row["first_at"]


def tallies(reaches: Sequence[Reach], spans: Sequence[Span], until: date, now: datetime) -> dict[str, Tally]:
    """{focus: what was counted of it}, in one statement however many focuses, spans and cases there are.

    spans: (from, to), both counted; until: the day in whose week the weeks end.
    """
    found = {reach.edition.code: Tally([Counter() for _span in spans]) for reach in reaches}
    for row in _rows(reaches, spans, until, now):
        for number, reach in enumerate(reaches):
            if row["problem_type"] in reach.types and row.get(f"near_{number}", True):
                found[reach.edition.code].add(row)
    return found


def in_figure(figure: str, since: date, until: date, now: datetime) -> Q:
    """The condition under which a case of a focus is in a figure; `recurrent` also asks `came_back`."""
    match figure:
        case "open":
            return Q(state__in=UNDER_WAY)
        case "late":
            return Q(state__in=UNDER_WAY, paused_at=None, due_at__lt=now)
        case "new" | "recurrent":
            return _between("opened_at", since, until)
        case "closed":
            return Q(state=State.CLOSED) & _between("closed_at", since, until)
    return Q()


def came_back() -> Exists:
    """Another case of the same kind in the same unit grid was closed in the ninety days before this one was opened."""
    alike = Case.objects.filter(
        problem_type=OuterRef("problem_type"), placement__grid=OuterRef("placement__grid"), state=State.CLOSED
    )
    between = alike.annotate(quiet=Microseconds(ExpressionWrapper(OuterRef("opened_at"), output_field=MomentField())) - Microseconds("closed_at"))
    return Exists(between.filter(quiet__range=(0, microseconds_of(RECURS_WITHIN))).exclude(pk=OuterRef("pk")))


def microseconds_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _rows(reaches: Sequence[Reach], spans: Sequence[Span], until: date, now: datetime) -> Iterable[dict[str, Any]]:
    """A line for each type, each week, and each being near or not: what no focus asks of it is left to the reader."""
    start, end = midnight(first_monday(until)), midnight(first_monday(until) + 2 * WEEKS * WEEK)
    in_weeks = Q(opened_at__gte=start, opened_at__lt=end)
    since_start = ExpressionWrapper((Microseconds("opened_at") - microseconds(start)) / microseconds_of(WEEK), IntegerField())
    week = Either(When(in_weeks, then=since_start), output_field=IntegerField())
    near = {
        # The types first: a database looks around only for what could belong to the focus.
        f"near_{number}": Either(When(Q(problem_type__in=reach.types) & reach.near(), then=1), default=0, output_field=IntegerField())
        for number, reach in enumerate(reaches) if not reach.is_everywhere
    }  # fmt: skip
    counts = {
        _column(name, number): Count("pk", filter=_condition(name, span, now))
        for number, span in enumerate(spans) for name in _counted_in(number)
    }  # fmt: skip
    stirred = in_weeks | in_figure("open", *spans[0], now)
    for span in spans:
        stirred |= in_figure("new", *span, now) | in_figure("closed", *span, now)
    kinds = frozenset[int]().union(*(reach.types for reach in reaches))
    cases = Case.objects.filter(stirred, problem_type__in=kinds, state__in=COUNTED).order_by()
    first_at = Subquery(Case.objects.order_by("opened_at").values("opened_at")[:1])
    grouped: Any = cases.annotate(week=week, first_at=first_at, **near).values("problem_type", "week", "first_at", *near)
    rows: Iterable[dict[str, Any]] = grouped.annotate(opened=Count("pk", filter=in_weeks), **counts)
    return rows


def _condition(name: str, span: Span, now: datetime) -> Q:
    wanted = in_figure(name, *span, now)
    return wanted & Q(came_back()) if name == "recurrent" else wanted


def _counted_in(span: int) -> Sequence[str]:
    return IN_A_SPAN if span else (*sorted(OF_NOW), *IN_A_SPAN)


def _column(name: str, span: int) -> str:
    return f"{name}_{span}"


def _between(column: str, since: date, until: date) -> Q:
    return Q(**{f"{column}__gte": midnight(since), f"{column}__lt": midnight(until + timedelta(days=1))})
