"""How the units and towns are doing over a period; each figure names the cases it was counted from (law 6).

The rates and their sources are in `rules/appraisal.py`; here is what their figures count. Always the same few statements,
each over all lines at once, however many cases, units or towns there are.

What should have been handled (应处置) are the cases whose handling fell due in the period, as `responsibilities.on_time`
counts them: without what was withdrawn or suspended, and without what is still running within its limit. What should have
been closed (应结案) are the same and those suspended (缓办) beside them. Whether a unit was in time was decided once, when
it answered; waiting for the verdict is not the unit's. A case counts once in a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState
from wenming.standards.models import ProblemType

from .models import Appeal, Case, CaseMove
from .models.appeals import LATE, REWORK
from .rules import appraisal
from .rules.lifecycle import State
from .rules.supports import SupportState

FIGURES = {
    "received": _("上报"),
    "filed": _("立案"),
    "due": _("应处置"),
    "handled": _("已处置"),
    "on_time": _("按期处置"),
    "owed": _("应结案"),
    "suspended": _("缓办"),
    "closed": _("已结案"),
    "on_time_closed": _("按期结案"),
    "reworked": _("返工"),
    "delayed": _("延期"),
    "late_exempt": _("申诉成立：未按期"),
    "rework_exempt": _("申诉成立：返工"),
    "repeated": _("重复"),
    "settled": _("当场改好"),
}
# 协办 is counted apart, by whom it was asked of: the appraisal of the whole case is its lead's.
SUPPORT_FIGURES = {
    "support_due": _("协办到期"),
    "support_answered": _("协办已回复"),
    "support_on_time": _("协办按时回复"),
}
_OF_THE_PART = {
    "support_due": Q(),
    "support_answered": Q(support__state=SupportState.ANSWERED),
    "support_on_time": Q(support__state=SupportState.ANSWERED, answered_on_time=True),
}
RATES = {name: _(formula.zh) for name, formula in appraisal.FORMULAS.items()}
# Counted when a case is opened: before any unit is chosen.
OF_OPENING = frozenset({"received", "filed", "repeated", "settled"})
_RUNNING = ~Q(state=DutyState.SUSPENDED)
_OF_THE_DUTY = {
    "due": _RUNNING,
    "handled": Q(answered_at__isnull=False),
    "on_time": Q(answered_on_time=True),
    "owed": Q(),
    "suspended": ~_RUNNING,
    "closed": Q(case_closed=True),
    "on_time_closed": Q(case_closed=True, answered_on_time=True),
    "reworked": Q(answered_at__isnull=False, rework_count__gt=0),
    "delayed": _RUNNING & Q(extension_count__gt=0),
    "late_exempt": _RUNNING & Q(late_granted=True),
    "rework_exempt": Q(answered_at__isnull=False, rework_granted=True),
}


@dataclass(frozen=True)
class SupportLine:
    """What came due of the parts that one unit was asked to do of others' cases."""

    code: str
    name: str
    due: int
    answered: int
    on_time: int


@dataclass(frozen=True)
class Line:
    """One unit's or town's figures; `code` is empty for the whole city."""

    code: str
    name: str
    figures: Mapping[str, int]

    def rate(self, name: str) -> Decimal | None:
        """A percentage as it happened; None where nothing came due: no figure is better than a made-up one."""
        return appraisal.rate(name, self.figures)

    def share_of(self, name: str) -> int:
        """How many cases that rate is a share of."""
        return appraisal.below_the_line(name, self.figures)


def whole_city(*, since: date, until: date, now: datetime, repeats: bool = False) -> Line:
    """The city's line over the days from `since` to `until`, both counted; the repeated cases only when asked for."""
    counted: dict[str, int] = _handlings(since, until, now).aggregate(**_counts())
    opened: dict[str, int] = _opened(since, until).aggregate(**_OPENED)
    repeated = {"repeated": _repeated(since, until).count()} if repeats else {}
    return Line("", "", {**counted, **opened, **repeated})


def by_unit(*, since: date, until: date, now: datetime) -> list[Line]:
    """A line for each unit that something fell due for, most cases first. Filing is not a unit's doing."""
    rows: Any = _handlings(since, until, now).values("owner__code", "owner__short_name").annotate(**_counts())
    return [
        Line(row.pop("owner__code"), row.pop("owner__short_name"), row) for row in rows.order_by("-owed", "owner__code")
    ]


def by_town(names: Mapping[str, str], *, since: date, until: date, now: datetime) -> list[Line]:
    """A line for each town of `names` ({code: name}), in that order."""
    figures = _by("town_code", since, until, now)
    return [Line(code, name, figures.get(code, _nothing())) for code, name in names.items()]


def by_type(*, since: date, until: date, now: datetime) -> list[Line]:
    """A line for each kind of problem that was filed or fell due, most filed first; `code` is the type's key.

    What nobody has said the kind of yet is in no line: it is reported, but not filed.
    """
    figures = _by("problem_type", since, until, now)
    names = dict(ProblemType.objects.filter(pk__in=[pk for pk in figures if pk]).values_list("pk", "name"))
    lines = [Line(str(pk), name, figures[pk]) for pk, name in names.items()]
    return sorted(lines, key=lambda line: (-line.figures["filed"], -line.figures["owed"], line.code))


def supports_by_unit(*, since: date, until: date, now: datetime) -> list[SupportLine]:
    """A line for each unit of whose parts (协办) something fell due, most parts first; withdrawn ones count nowhere."""
    counts = {name.removeprefix("support_"): Count("pk", filter=of) for name, of in _OF_THE_PART.items()}
    rows: Any = _parts(since, until, now).values("owner__code", "owner__short_name").annotate(**counts)
    return [
        SupportLine(row.pop("owner__code"), row.pop("owner__short_name"), **row)
        for row in rows.order_by("-due", "owner__code")
    ]


def cases_behind(
    figure: str, cases: QuerySet[Case], *, since: date, until: date, now: datetime, unit_code: str = ""
) -> QuerySet[Case]:
    """The cases of `cases` that a figure counted; unit_code: of this unit's line alone."""
    if figure == "repeated":
        return cases.filter(pk__in=_repeated(since, until).values("pk"))
    if figure in OF_OPENING:
        return cases.filter(pk__in=_opened(since, until).filter(_OPENED_AS[figure]).values("pk"))
    if figure in SUPPORT_FIGURES:
        handlings: Any = _parts(since, until, now).filter(_OF_THE_PART[figure])
    else:
        handlings = _handlings(since, until, now).filter(_OF_THE_DUTY[figure])
    if unit_code:
        handlings = handlings.filter(owner__code=unit_code)
    return cases.filter(number__in=handlings.values("number"))


def _by(column: str, since: date, until: date, now: datetime) -> dict[Any, dict[str, int]]:
    """{value of a column of the case: its figures}, in three statements."""
    of_the_case = Subquery(Case.objects.filter(number=OuterRef("number")).values(column)[:1])
    handled: Any = _handlings(since, until, now).annotate(line=of_the_case).values("line").annotate(**_counts())
    opened: Any = _opened(since, until).values(line=F(column)).annotate(**_OPENED)
    repeated: Any = _repeated(since, until).values(line=F(column)).annotate(repeated=Count("pk"))
    figures: dict[Any, dict[str, int]] = {}
    for rows in (handled, opened, repeated):
        for row in rows.order_by():
            figures.setdefault(row.pop("line"), _nothing()).update(row)
    return figures


def _nothing() -> dict[str, int]:
    return dict.fromkeys(FIGURES, 0)


def _handlings(since: date, until: date, now: datetime) -> QuerySet[Duty, Any]:
    """The handling duties that count for the period, with the number of their case and whether it is closed."""
    closed = Case.objects.filter(number=OuterRef("number"), state=State.CLOSED)
    return (
        _came_due("case.handle", since, until, now)
        .annotate(case_closed=Exists(closed), late_granted=_granted(LATE), rework_granted=_granted(REWORK))
        .order_by()
    )


def _parts(since: date, until: date, now: datetime) -> QuerySet[Duty, Any]:
    """The same of the parts that other units were asked to do."""
    return _came_due("case.support", since, until, now).order_by()


def _came_due(kind: str, since: date, until: date, now: datetime) -> QuerySet[Duty, Any]:
    return (
        Duty.objects.filter(_between("due_at", since, until), kind=kind)
        .exclude(state=DutyState.WITHDRAWN)
        .filter(Q(answered_at__isnull=False) | Q(due_at__lt=now))
        .annotate(number=Substr("subject", len(f"{Case._meta.model_name}:") + 1))
    )


def _granted(about: str) -> Exists:
    """Whether an appeal about the handling was granted: it happened, and does not count in the appraised rate."""
    return Exists(Appeal.objects.filter(handling=OuterRef("pk"), about=about, ruling__granted=True))


def _counts() -> dict[str, Count]:
    return {name: Count("subject", filter=of, distinct=True) for name, of in _OF_THE_DUTY.items()}


def _opened(since: date, until: date) -> QuerySet[Case, Any]:
    """The cases opened in the period, and whether they were established or put right by their finder."""
    moves = CaseMove.objects.filter(case=OuterRef("pk"))
    opened = Case.objects.filter(_between("opened_at", since, until)).order_by()
    return opened.annotate(
        established=Exists(moves.filter(act="establish")), on_the_spot=Exists(moves.filter(act="settle"))
    )


# 小案自处 is counted apart: it was never anybody's to accept, so it changes no rate.
_OPENED_AS = {"received": Q(on_the_spot=False), "filed": Q(established=True), "settled": Q(on_the_spot=True)}
_OPENED = {name: Count("pk", filter=of) for name, of in _OPENED_AS.items()}


def _repeated(since: date, until: date) -> QuerySet[Case, Any]:
    """Filed cases that have another of the same kind beside them in their unit grid (about a hundred metres).

    What was merged into another case is that case, not a repetition of it.
    """
    opened: Any = _opened(since, until)
    placed = opened.filter(
        established=True, merged_into=None, placement__grid__isnull=False, problem_type__isnull=False
    )
    beside = Window(Count("pk"), partition_by=[F("placement__grid"), F("problem_type")])
    return Case.objects.filter(pk__in=placed.annotate(alike=beside).filter(alike__gt=1).values("pk")).order_by()


def _between(field: str, since: date, until: date) -> Q:
    """From the first moment of `since` to the last of `until`, in the city's time."""
    start = timezone.make_aware(datetime.combine(max(since, date(1970, 1, 2)), time()))
    end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})
