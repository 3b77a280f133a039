"""重点问题 as pages: the ten side by side, and one of them with its trend, worst places, checklist and patrols.

Every figure is a Cell with the address of its rows; the same numbers leave as a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.focus.counting import FIGURES, OF_NOW, Figures, tallies
from wenming.cases.focus.days import WEEK, WEEKS, first_monday
from wenming.cases.focus.reach import Reach, reach_of, reaches_of
from wenming.cases.focus.selectors import COUNTED_PLACES, Place, rows_behind, worst_places
from wenming.cases.models import Case
from wenming.cases.rules.appraisal import period_before
from wenming.desks.common.drawing import trend
from wenming.observations.models import AreaKind, PatrolPlan
from wenming.observations.models.patrols import Answer, Seen
from wenming.observations.patrols.selectors import (
    Coverage,
    ItemResult,
    coverage_by_focus,
    is_fresh,
    last_walks,
    results_of,
    turns_of,
)
from wenming.standards.models import FocusEdition
from wenming.territory.maps import Pin, around, svg_map

from .filters import DayField
from .rows import CaseRow

USUAL_DAYS = 28
NOTHING = "–"
SHOWN = ("open", "late", "new", "closed", "recurrent")
PLACES = dict(zip(COUNTED_PLACES, (gettext_lazy("网格"), gettext_lazy("道路"), gettext_lazy("村居")), strict=True))
MOST_PINS = 1000
MAP_SIZE = (920, 520)


@dataclass(frozen=True)
class Days:
    """The days asked for, both counted."""

    since: date
    until: date

    @property
    def before(self) -> Days:
        return Days(*period_before(self.since, self.until))

    @property
    def a_year_ago(self) -> Days:
        """The same weekdays a year earlier: fifty-two weeks, so that weekends stand against weekends."""
        return Days(self.since - WEEKS * WEEK, self.until - WEEKS * WEEK)

    @property
    def span(self) -> tuple[date, date]:
        return self.since, self.until

    @property
    def query(self) -> str:
        return urlencode({"since": self.since.isoformat(), "until": self.until.isoformat()})


class DaysForm(forms.Form):
    """From when until when."""

    since = DayField(label=gettext_lazy("从"))
    until = DayField(label=gettext_lazy("到"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", _("结束的日子在开始之前。请改一下。"))
        return given

    @classmethod
    def asked(cls, given: Mapping[str, str], today: date) -> DaysForm:
        usual = {"since": today - timedelta(days=USUAL_DAYS - 1), "until": today}
        return cls({**usual, **{name: given[name] for name in usual if given.get(name)}})

    def days(self, today: date) -> Days:
        """What was asked for; the last four weeks where that makes no sense."""
        given = self.cleaned_data if self.is_valid() else {}
        return Days(given.get("since") or today - timedelta(days=USUAL_DAYS - 1), given.get("until") or today)


@dataclass(frozen=True)
class Cell:
    """One number and the address of its rows; `note` in small letters under it."""

    value: str
    url: str = ""
    note: str = ""


# --- the ten side by side --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One focus in the table of all."""

    edition: FocusEdition
    url: str
    cells: Sequence[Cell]
    weeks: Sequence[int]
    coverage: Coverage
    walks: Sequence[Cell]


def heads() -> list[tuple[str, str]]:
    """(what it is called, how it is counted) of each column of figures."""
    return [(name, str(FIGURES[name])) for name in SHOWN]


def lines_of(editions: Sequence[FocusEdition], days: Days, now: datetime) -> list[Line]:
    """A line for each focus; the same statements however many cases there are."""
    counted = tallies(reaches_of(editions), [days.span], days.until, now)
    coverage = coverage_by_focus(days.since, days.until, now)
    return [
        _line(edition, days, counted[edition.code].figures(), counted[edition.code].weeks, coverage.get(edition.code, Coverage()))
        for edition in editions
    ]


def _line(edition: FocusEdition, days: Days, figures: Figures, weeks: Sequence[int], coverage: Coverage) -> Line:
    cells = [
        Cell(str(figures[name]), rows_url(edition, name, days), _share(figures) if name == "recurrent" else "")
        for name in SHOWN
    ]
    return Line(edition, page_url(edition, days), cells, weeks[-WEEKS:], coverage, walk_cells(edition, days, coverage))


def walk_cells(edition: FocusEdition, days: Days, coverage: Coverage) -> list[Cell]:
    """应巡, 已巡 and 覆盖: from plans that can be recounted and walks that can be opened."""
    plans = reverse("office:focus_plans", args=[edition.code]) + f"?{days.query}"
    walks = reverse("office:focus_walks", args=[edition.code]) + f"?{days.query}"
    share = NOTHING if coverage.share_percent is None else f"{coverage.share_percent}%"
    overdue = _("逾期 %(n)d") % {"n": coverage.overdue} if coverage.overdue else ""
    return [
        Cell(str(coverage.turns), plans), Cell(str(coverage.walked), f"{walks}&state=walked", overdue), Cell(share, plans),
    ]  # fmt: skip


def _share(figures: Figures) -> str:
    """反复 as a share of what is new; where nothing is new there is none."""
    return f"{100 * figures['recurrent'] / figures['new']:.0f}%" if figures["new"] else ""


def page_url(edition: FocusEdition, days: Days) -> str:
    return f"{reverse('office:focus_one', args=[edition.code])}?{days.query}"


def rows_url(edition: FocusEdition, figure: str, days: Days, **also: str) -> str:
    """The cases behind a figure (law 6)."""
    asked = {"figure": figure} if figure in OF_NOW else {"figure": figure, "since": days.since.isoformat(), "until": days.until.isoformat()}
    return f"{reverse('office:focus_cases', args=[edition.code])}?{urlencode({**asked, **also})}"


def table_cells(lines: Sequence[Line]) -> Iterator[list[Any]]:
    """The ten as a file: numbers as numbers."""
    yield [
        _("重点问题"), *(label for _name, label in heads()), _("巡查周期（天）"), _("巡查计划"), _("应巡"), _("已巡"), _("按时巡"),
        _("逾期没巡"), _("点位"), _("已看点位"),
    ]  # fmt: skip
    for line in lines:
        seen = line.coverage
        yield [
            line.edition.name, *(int(cell.value) for cell in line.cells), line.edition.cycle_days, seen.plans, seen.turns,
            seen.walked, seen.punctual, seen.overdue, seen.points, seen.seen,
        ]  # fmt: skip


# --- one of them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A figure with what it was before and a year ago; each leads to its rows."""

    label: str | Promise
    now: Cell
    before: Cell | None = None
    a_year_ago: Cell | None = None


@dataclass(frozen=True)
class WeekRow:
    """One week of the trend beside the same week a year before."""

    monday: date
    this: Cell
    last: Cell


def one_page(edition: FocusEdition, days: Days, cases: QuerySet[Case], now: datetime) -> dict[str, Any]:
    """Everything that the page of one focus tells. cases: what this person may see."""
    reach, spans = reach_of(edition), [days, days.before, days.a_year_ago]
    counted = tallies([reach], [each.span for each in spans], days.until, now)[edition.code]
    seen = coverage_by_focus(days.since, days.until, now).get(edition.code, Coverage())
    results = results_of([(item.key, item.words) for item in edition.items.all()], edition.code, days.since, days.until)
    weeks, first = _week_rows(edition, counted.weeks, days), counted.known_since
    return {
        "edition": edition, "days": days, "figures": _figures(edition, spans, [counted.figures(n) for n in range(len(spans))]),
        "weeks": weeks, "trend": trend(counted.weeks[-WEEKS:], counted.weeks[:WEEKS]), "first_week": weeks[0].monday,
        "last_week": weeks[-1].monday, "has_last_year": any(counted.weeks[:WEEKS]),
        "year_known": first is not None and timezone.localdate(first) <= first_monday(days.until) + WEEKS * WEEK,
        "places": _places(reach, days), "coverage": seen, "walks": walk_cells(edition, days, seen),
        "looks": _looks(edition, days, results.seen), "items": _items(edition, days, results.items),
        "map": _map(reach, cases, days, now), "now": now,
    }  # fmt: skip


def _figures(edition: FocusEdition, spans: Sequence[Days], counted: Sequence[Figures]) -> list[Figure]:
    """spans, counted: now, before and a year ago."""

    def cell(name: str, span: int) -> Cell:
        note = _share(counted[span]) if name == "recurrent" else ""
        return Cell(str(counted[span][name]), rows_url(edition, name, spans[span]), note)

    return [
        Figure(FIGURES[name], *(cell(name, span) for span in range(1 if name in OF_NOW else len(spans))))
        for name in SHOWN
    ]


def _week_rows(edition: FocusEdition, weeks: Sequence[int], days: Days) -> list[WeekRow]:
    first = first_monday(days.until)

    def cell(number: int) -> Cell:
        monday = first + number * WEEK
        return Cell(str(weeks[number]), rows_url(edition, "new", Days(monday, monday + timedelta(days=6))))

    return [WeekRow(first + (WEEKS + n) * WEEK, cell(WEEKS + n), cell(n)) for n in range(WEEKS)]


def _places(reach: Reach, days: Days) -> list[tuple[str | Promise, list[tuple[Place, str, str]]]]:
    """(kind of place, [(place, address of its new cases, of its open ones)]) for grids, roads and communities."""
    return [
        (PLACES[AreaKind(kind)], [
            (place, rows_url(reach.edition, "new", days, place=place.key), rows_url(reach.edition, "new", days, place=place.key, open="1"))
            for place in found
        ])
        for kind, found in worst_places(reach, since=days.since, until=days.until).items()
    ]  # fmt: skip


def _looks(edition: FocusEdition, days: Days, counts: Mapping[str, int]) -> list[tuple[str, Cell]]:
    """What was seen at the points: (how, how often)."""
    return [
        (str(label), Cell(str(counts.get(value, 0)), looks_url(edition, days, seen=value)))
        for value, label in Seen.choices
    ]  # fmt: skip


def looks_url(edition: FocusEdition, days: Days, **also: str) -> str:
    return f"{reverse('office:focus_looks', args=[edition.code])}?{days.query}&{urlencode(also)}"


def _items(edition: FocusEdition, days: Days, results: Sequence[ItemResult]) -> list[tuple[Any, list[Cell], str]]:
    """(item, its three counts, 合格率) of the checklist in force."""
    return [
        (
            item,
            [Cell(str(line.counts[answer]), looks_url(edition, days, item=item.key, answer=answer)) for answer in Answer.values],
            NOTHING if line.share_percent is None else f"{line.share_percent}%",
        )
        for item, line in zip(edition.items.all(), results, strict=True)
    ]


def _map(reach: Reach, cases: QuerySet[Case], days: Days, now: datetime) -> SafeString:
    """The open cases of the focus, each leading to its page."""
    open_ones = rows_behind(reach, cases, "open", since=days.since, until=days.until, now=now)
    placed = open_ones.filter(placement__longitude__isnull=False).order_by("due_at", "pk")[:MOST_PINS]
    pins = [
        Pin(case.placement.longitude, case.placement.latitude, CaseRow(case, now).status, f"{case.title} {case.placement}", case.get_absolute_url())
        for case in placed
        if case.placement.longitude is not None and case.placement.latitude is not None
    ]  # fmt: skip
    width, height = MAP_SIZE
    return svg_map(bbox=around(pins, 0.006), pins=pins, width=width, height=height, title=_("%(focus)s未办结的地点") % {"focus": reach.edition.name})


def file_cells(edition: FocusEdition, page: Mapping[str, Any]) -> Iterator[list[Any]]:
    """One focus as a file: its figures, its weeks, its places, its checklist, one under the other."""
    yield [edition.name, _("数"), _("上期"), _("去年同期")]
    for figure in page["figures"]:
        yield [str(figure.label), *(int(cell.value) if cell else None for cell in (figure.now, figure.before, figure.a_year_ago))]
    yield [_("周（周一）"), _("新增"), _("去年同周")]
    for week in page["weeks"]:
        yield [week.monday.isoformat(), int(week.this.value), int(week.last.value)]
    for label, places in page["places"]:
        yield [str(label), _("新增"), _("其中未办结")]
        for place, _new, _open in places:
            yield [place.name, place.new, place.open]
    yield [_("检查项"), *(str(label) for _value, label in Answer.choices)]
    for item, cells, _percent in page["items"]:
        yield [item.words, *(int(cell.value) for cell in cells)]


# --- plans -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanLine:
    """A plan with what became of its turns in the period."""

    plan: PatrolPlan
    turns: int
    walked: int
    walks_url: str
    last_at: datetime | None
    fresh: bool


def plan_lines(edition: FocusEdition, plans: QuerySet[PatrolPlan], days: Days, now: datetime) -> list[PlanLine]:
    """The plans of a focus, those in force first."""
    walked = Count("patrols", filter=Q(patrols__turn_on__gte=days.since, patrols__turn_on__lte=days.until) & ~Q(patrols__finished_at=None))
    own = list(plans.filter(focus_code=edition.code).annotate(walked=walked, last=Max("patrols__raised_at")))
    own.sort(key=lambda plan: plan.ended_at is not None)
    last = last_walks(own)
    walks = reverse("office:focus_walks", args=[edition.code]) + f"?{days.query}"
    return [
        PlanLine(
            plan, turns_of(plan, days.since, days.until, now), plan.walked, f"{walks}&plan={plan.pk}", last.get(plan.pk),
            is_fresh(plan, last.get(plan.pk), now),
        )
        for plan in own
    ]  # fmt: skip


def today_of(now: datetime) -> date:
    return timezone.localdate(now)
