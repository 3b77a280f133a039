"""今天要做的: at most six things, each with its number and the list behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import UNDER_WAY, State
from wenming.cases.selectors import cases_visible_to, waiting_appeals
from wenming.cases.statistics import whole_city
from wenming.organisations.models import Account

from .filters import extension_waits, was_returned

MOST = 6


@dataclass(frozen=True)
class Task:
    """One thing to do. late: how many of them are overdue already."""

    name: str
    words: str | Promise
    button: str | Promise
    url: str
    count: int = 0
    late: int = 0


@dataclass(frozen=True)
class Figure:
    """One figure with the rows behind it."""

    label: str | Promise
    value: str
    url: str


def tasks(user: Account, now: datetime) -> list[Task]:
    """What waits for the command centre, the overdue first; nothing that does not wait is listed."""
    kinds = [*_kinds(), *(_disputes() if user.may("cases.arbitrate") else ())]
    late = Q(due_at__lt=now, paused_at=None)
    wanted = {name: of for name, of, *_words in kinds}
    counts = {f"n_{name}": Count("pk", filter=of) for name, of in wanted.items()}
    counts |= {f"late_{name}": Count("pk", filter=of & late) for name, of in wanted.items()}
    going_on = cases_visible_to(user).filter(state__in=UNDER_WAY).order_by()
    found = going_on.annotate(extension=extension_waits(), returned=was_returned()).aggregate(**counts)
    lines = [
        Task(name, words, button, url, found[f"n_{name}"], found[f"late_{name}"])
        for name, _of, words, button, url in kinds
    ]
    if user.may("cases.appraise"):
        lines.append(_appeals())
    waiting = [line for line in lines if line.count]
    return sorted(waiting, key=lambda line: line.late == 0)[:MOST]


def figures(now: datetime) -> list[Figure]:
    """Today and this month so far, for the whole city."""
    today = timezone.localdate(now)
    this_month = today.replace(day=1)
    day, month = whole_city(since=today, until=today, now=now), whole_city(since=this_month, until=today, now=now)
    rate = month.rate("on_time_rate")
    return [
        Figure(_("今天上报"), str(day.figures["received"]), figure_url("received", today, today)),
        Figure(_("今天立案"), str(day.figures["filed"]), figure_url("filed", today, today)),
        Figure(_("本月应处置"), str(month.figures["due"]), figure_url("due", this_month, today)),
        Figure(_("本月按期处置率"), f"{rate}%" if rate is not None else "–", figure_url("on_time", this_month, today)),
        Figure(_("本月返工"), str(month.figures["reworked"]), figure_url("reworked", this_month, today)),
    ]


def figure_url(figure: str, since: date, until: date, **also: str) -> str:
    """The list of the cases behind a figure (law 6)."""
    named = {"figure": figure, "since": since.isoformat(), "until": until.isoformat(), **also}
    return f"{reverse('office:cases')}?{urlencode({name: value for name, value in named.items() if value})}"


def _appeals() -> Task:
    """They are mostly about closed cases, and wait for the office alone."""
    waiting, url = waiting_appeals().values("case").distinct().count(), f"{reverse('office:cases')}?state=appeal"
    return Task("appeal", _("件申诉，等裁定"), _("去裁定"), url, waiting)


def _kinds() -> Iterable[tuple[str, Q, str | Promise, str | Promise, str]]:
    desk, cases = reverse("office:dispatch"), reverse("office:cases")
    yield "collected", Q(state=State.COLLECTED), _("件待受理"), _("去受理"), f"{desk}?state=collected"
    yield (
        "returned",
        Q(state=State.ESTABLISHED, returned=True),
        _("件被单位退回，要重新派"),
        _("看退回的"),
        f"{cases}?state=returned",
    )
    yield "established", Q(state=State.ESTABLISHED), _("件待派遣"), _("去派遣"), f"{desk}?state=established"
    yield (
        "extension",
        Q(state=State.DISPATCHED, extension=True),
        _("件申请延期，等批复"),
        _("去审批"),
        f"{cases}?state=extension",
    )
    yield "answered", Q(state=State.ANSWERED), _("件已回复，待核查"), _("去核查"), f"{cases}?state=answered"
    yield "verified", Q(state=State.VERIFIED), _("件核查通过，待结案"), _("去结案"), f"{cases}?state=verified"
    late = Q(state=State.DISPATCHED, due_at__lt=timezone.now(), paused_at=None)
    yield (
        "late",
        late,
        _("件单位逾期没办完"),
        _("看逾期的"),
        f"{cases}?{urlencode({'state': State.DISPATCHED, 'time': 'late'})}",
    )


def _disputes() -> Iterable[tuple[str, Q, str | Promise, str | Promise, str]]:
    """They keep a case from everybody, and wait for the office alone."""
    yield "disputed", Q(state=State.DISPUTED), _("件归属有争议，等裁定"), _("去裁定"), reverse("office:disputes")


def case_number(subject: str) -> str:
    """The case a notice is about, or "" when it is about something else."""
    kind, _colon, number = subject.partition(":")
    return number if kind == Case._meta.model_name else ""
