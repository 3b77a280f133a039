"""Counting what the rule looks at: per unit, now and at the same hour of the weeks before, in a fixed number of queries.

One table says what each figure counts; the number and the list behind it (`cases_behind`) are both made from it, so
they cannot disagree (law 6). Formulas: appraisal of digital city management (reference S3, S6, S7) as
`cases.statistics` states them; here over the seven days before a moment, so that Monday morning has figures too.

Everything counts for the unit that held the case, not for the town it lies in: a department's delay is not the
town's. Communities and contractors count for the town or department above them, whose head answers for them (1.6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Case, Rating
from wenming.organisations.models import Unit, UnitKind
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState

from .rules.exceptions import DEFAULT, NOTHING, Figures, Repeat

WEEK = timedelta(days=7)
FOUR_WEEKS = timedelta(days=28)
LONG = timedelta(days=3)
WEEKS = 5
# Nobody needs last winter's handled cases on this page; what is still open counts however old it is.
LOOK_BACK = timedelta(days=120)
UNHAPPY_AT_MOST = 2
MOST_SPOTS = 200
ANSWERING = (UnitKind.TOWN, UnitKind.DEPARTMENT)

OF_DUTIES = ("open_late", "long_late", "due", "on_time", "handled", "reworked")
OF_RATINGS = ("rated", "unhappy")
NAMES = {
    "open_late": _("在办逾期"), "long_late": _("逾期超 3 日"), "due": _("近 7 天到期"), "on_time": _("近 7 天按时办结"),
    "missed": _("近 7 天没有按时办结"), "handled": _("近 4 周已处置"), "reworked": _("近 4 周返工"), "rated": _("近 4 周市民评价"),
    "unhappy": _("近 4 周市民不满意"), "repeat": _("近 4 周同一网格同类反复"),
}  # fmt: skip


def moments(now: datetime) -> list[datetime]:
    """Now, and the same hour one, two, three … weeks ago."""
    return [now - WEEK * week for week in range(WEEKS)]


def of_a_duty(figure: str, at: datetime) -> Q:
    """Which handling duties a figure counted, seen from a moment."""
    answered = Q(answered_at__isnull=False)
    # Suspended before that moment and still standing: not late. A pause that has ended has moved the deadline itself.
    out = (Q(answered_at=None) | Q(answered_at__gt=at)) & (Q(ended_at=None) | Q(ended_at__gt=at))
    out &= Q(paused_at=None) | Q(paused_at__gt=at)
    due = Q(due_at__gt=at - WEEK, due_at__lte=at) & ~Q(state=DutyState.SUSPENDED)
    handled = answered & Q(answered_at__gt=at - FOUR_WEEKS, answered_at__lte=at)
    return {
        "open_late": out & Q(due_at__lt=at),
        "long_late": out & Q(due_at__lt=at - LONG),
        "due": due,
        "on_time": due & Q(answered_on_time=True),
        "missed": due & ~Q(answered_on_time=True),
        "handled": handled,
        "reworked": handled & Q(rework_count__gt=0),
    }[figure]


def of_a_rating(figure: str, at: datetime) -> Q:
    """Which ratings a figure counted."""
    rated = Q(at__gt=at - FOUR_WEEKS, at__lte=at)
    return rated & Q(score__lte=UNHAPPY_AT_MOST) if figure == "unhappy" else rated


def handlings(now: datetime) -> QuerySet[Duty, Any]:
    """The handling duties any figure may count, without those taken back from the unit."""
    recent = Q(started_at__gte=now - LOOK_BACK) | Q(ended_at=None)
    return Duty.objects.filter(recent, kind="case.handle").exclude(state=DutyState.WITHDRAWN).order_by()


def ratings() -> QuerySet[Rating, Any]:
    """The newest verdict of each reporter; one given earlier on the same report no longer counts."""
    newer = Rating.objects.filter(report=OuterRef("report"), pk__gt=OuterRef("pk"))
    return Rating.objects.filter(~Exists(newer)).order_by()


def answering_units() -> dict[str, Unit]:
    """{code: unit} of every town and department whose head answers to the leaders, in the order of the tree."""
    units = Unit.objects.filter(kind__in=ANSWERING, valid_to=None).order_by("kind", "path")
    return {unit.code: unit for unit in units}


def count(now: datetime) -> dict[str, list[Figures]]:
    """{code of the answering unit: its figures at each of `moments(now)`}; units without any case are missing."""
    found: dict[str, list[dict[str, int]]] = defaultdict(lambda: [defaultdict(int) for _week in range(WEEKS)])
    answering = _answering_by_pk()
    for row in [*_duty_rows(now), *_rating_rows(now)]:
        code = answering.get(row.pop("unit"))
        for name, number in row.items() if code else ():
            figure, _at, week = name.rpartition("_")
            found[code][int(week)][figure] += number  # type: ignore[index]
    return {code: [Figures(**week) for week in weeks] for code, weeks in found.items()}


def whole_city(counted: Mapping[str, list[Figures]]) -> list[Figures]:
    """The city's figures: the sum over those who answer, so that the parts always make the whole."""
    return [sum((weeks[week] for weeks in counted.values()), NOTHING) for week in range(WEEKS)]


def late_by_kind(now: datetime) -> dict[str, list[tuple[str, int]]]:
    """{code: [(kind of problem, cases late now), …]}, most first."""
    rows = handlings(now).filter(of_a_duty("open_late", now)).values("owner", "title").annotate(n=_cases())
    return _most_first((row["owner"], row["title"], row["n"]) for row in rows)


def missed_by_kind(now: datetime) -> dict[tuple[str, str], int]:
    """{(code, kind of problem): how many more missed their time in the last seven days than in the seven before}."""
    more: dict[tuple[str, str], int] = defaultdict(int)
    answering = _answering_by_pk()
    missed = {"new": of_a_duty("missed", now), "old": of_a_duty("missed", now - WEEK)}
    counted = {name: _cases(which) for name, which in missed.items()}
    rows: QuerySet[Any, Any] = handlings(now).filter(missed["new"] | missed["old"]).values("owner", "title")
    for row in rows.annotate(**counted):
        if code := answering.get(row["owner"]):
            more[code, row["title"]] += row["new"] - row["old"]
    return more


def repeats_by_town(now: datetime) -> dict[str, list[Repeat]]:
    """{area code of a town: where the same kind of problem came back}, most first."""
    found: dict[str, list[Repeat]] = defaultdict(list)
    for row in _spots(now):
        repeat = Repeat(row["placement__grid__name"], row["problem_type__name"], row["n"])
        found[row["town_code"]].append(repeat)
    return found


def cases_behind(
    figure: str, cases: QuerySet[Case], *, now: datetime, unit: Unit | None, kind: str = ""
) -> QuerySet[Case]:
    """The cases of `cases` that a figure counts now, of one answering unit and all below it, or of the whole city.

    kind: only problems of that name.
    """
    named = cases.filter(title=kind) if kind else cases
    if figure == "repeat":
        spots = [spot for spot in _spots(now) if unit is None or spot["town_code"] == unit.area_code]
        return named.filter(_repeatable(now), _any_of(spots))
    if figure in OF_RATINGS:
        rated = ratings().filter(of_a_rating(figure, now), **_below("case__unit", unit))
        return named.filter(pk__in=rated.values("case"))
    duties = handlings(now).filter(of_a_duty(figure, now), **_below("owner", unit))
    return named.filter(number__in=duties.annotate(number=Substr("subject", _MARK)).values("number"))


_MARK = len("case:") + 1


def _duty_rows(now: datetime) -> list[dict[str, Any]]:
    counted = {f"{f}_{week}": _cases(of_a_duty(f, at)) for week, at in enumerate(moments(now)) for f in OF_DUTIES}
    rows: QuerySet[Any, Any] = handlings(now).values(unit=F("owner"))
    return list(rows.annotate(**counted))


def _rating_rows(now: datetime) -> list[dict[str, Any]]:
    counted = {
        f"{f}_{week}": Count("pk", filter=of_a_rating(f, at))
        for week, at in enumerate(moments(now))
        for f in OF_RATINGS
    }
    recent = ratings().filter(at__gt=now - FOUR_WEEKS - WEEK * WEEKS, case__unit__isnull=False)
    rows: QuerySet[Any, Any] = recent.values(unit=F("case__unit"))
    return list(rows.annotate(**counted))


def _cases(which: Q | None = None) -> Count:
    """A case handed to the same unit twice counts once."""
    return Count("subject", filter=which, distinct=True)


def _answering_by_pk() -> dict[int, str]:
    """{unit: code of the town or department that answers for it}: the topmost of those on its path."""
    units = list(Unit.objects.values_list("pk", "code", "kind", "path"))
    answering = {code for _pk, code, kind, _path in units if kind in ANSWERING}
    found = {pk: next((c for c in path.strip("/").split("/") if c in answering), "") for pk, _c, _k, path in units}
    return {pk: code for pk, code in found.items() if code}


def _most_first(rows: Any) -> dict[str, list[tuple[str, int]]]:
    answering = _answering_by_pk()
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for owner, title, number in rows:
        if owner in answering:
            sums[answering[owner]][title] += number
    return {code: sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])) for code, kinds in sums.items()}


def _repeatable(now: datetime) -> Q:
    opened = Q(opened_at__gt=now - FOUR_WEEKS, opened_at__lte=now)
    return opened & ~Q(town_code="") & Q(placement__grid__isnull=False, problem_type__isnull=False, merged_into=None)


def _spots(now: datetime) -> list[dict[str, Any]]:
    """Grids in which one kind of problem came up often enough to be called back again."""
    by_spot: QuerySet[Any, Any] = Case.objects.filter(_repeatable(now)).values(
        "town_code", "placement__grid", "placement__grid__name", "problem_type", "problem_type__name"
    )
    often = by_spot.annotate(n=Count("pk")).filter(n__gte=DEFAULT.repeat_watch).order_by("-n", "placement__grid")
    return list(often[:MOST_SPOTS])


def _any_of(spots: list[dict[str, Any]]) -> Q:
    found = Q(pk__in=[])
    for spot in spots:
        found |= Q(placement__grid=spot["placement__grid"], problem_type=spot["problem_type"])
    return found


def _below(field: str, unit: Unit | None) -> dict[str, str]:
    return {f"{field}__path__startswith": unit.path} if unit else {}
