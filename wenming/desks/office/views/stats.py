"""统计: the appraisal figures of any period by unit, town or kind; each is a link to the cases it was counted from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wenming.cases.services.exporting import note_export
from wenming.cases.statistics import SUPPORT_FIGURES, supports_by_unit
from wenming.desks.common.access import desk, whoever
from wenming.journal.selectors import head

from ..appraisal_table import DIVISIONS, TOWN, UNIT, Period, cells_of_file, rows_of
from ..exports import table_file
from ..filters import DayField
from ..recheck_table import beside_the_closed_rate, quarter_words
from ..to_do import figure_url

office_desk = desk("office")


class PeriodForm(forms.Form):
    since = DayField(label=gettext_lazy("从"))
    until = DayField(label=gettext_lazy("到"))
    by = forms.ChoiceField(label=gettext_lazy("按"), required=False, choices=DIVISIONS)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", _("结束的日子在开始之前。请改一下。"))
        return given

    def period(self, today: date) -> Period:
        """The days asked for; this month so far where they make no sense."""
        given = self.cleaned_data if self.is_valid() else {}
        return Period(given.get("since") or today.replace(day=1), given.get("until") or today, given.get("by") or UNIT)


@require_safe
@office_desk("cases.decide")
def stats(request: HttpRequest) -> HttpResponse:
    """A line for the city, then one for each unit, town or kind."""
    now = timezone.now()
    form = _form(request, now)
    period = form.period(timezone.localdate(now))
    rechecked = rechecks_beside(period)
    shares = (rechecked or {}).get("towns") or {}
    context = {
        "form": form, "period": period, "before": period.before, "rows": rows_of(period, now, shares), "now": now,
        "division": dict(DIVISIONS)[period.by], "usual": usual_periods(period, timezone.localdate(now)), "witness": head(),
        "rechecked": rechecked,
        "parts": parts_of(period, now),
        "query": urlencode({"since": period.since.isoformat(), "until": period.until.isoformat(), "by": period.by}),
    }  # fmt: skip
    return render(request, "office/stats.html", context, status=200 if form.is_valid() else 422)


@require_safe
@office_desk("cases.decide")
def stats_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The tables as a file, with the days in its name; who took it is recorded."""
    now, user = timezone.now(), whoever(request)
    period = _form(request, now).period(timezone.localdate(now))
    title = _("考核统计") + f"_{period.since}_{period.until}"
    lines = list(cells_of_file(period, now))
    file = table_file(iter(lines), title=title, kind=kind, by=user, now=now)
    asked = {"since": period.since.isoformat(), "until": period.until.isoformat(), "by": period.by}
    note_export(name="figures", kind=kind, asked=asked, rows=len(lines) - 1, by=user, now=now)
    return file


def _form(request: HttpRequest, now: datetime) -> PeriodForm:
    today = timezone.localdate(now)
    return PeriodForm({"since": today.replace(day=1), "until": today, "by": UNIT, **request.GET.dict()})


def rechecks_beside(period: Period) -> dict[str, Any] | None:
    """The share of false closures to stand beside the closed rate: the city's in words, the towns' in their lines."""
    found = beside_the_closed_rate(period.until)
    if found is None:
        return None
    quarter, city, towns = found
    return {"quarter": quarter_words(quarter), "city": city, "towns": {"": city, **towns} if period.by == TOWN else {}}


def parts_of(period: Period, now: datetime) -> list[tuple[str, list[tuple[int, str]]]]:
    """(unit, its numbers with their addresses) of 协办, counted apart from the appraisal; by unit only."""
    if period.by != UNIT:
        return []
    lines = supports_by_unit(since=period.since, until=period.until, now=now)
    return [
        (
            line.name,
            [
                (count, figure_url(figure, period.since, period.until, unit=line.code))
                for figure, count in zip(SUPPORT_FIGURES, (line.due, line.answered, line.on_time), strict=True)
            ],
        )
        for line in lines
    ]


def usual_periods(period: Period, today: date) -> list[tuple[str | Promise, str, bool]]:
    """(words, query, whether it is the one shown) of the periods that are asked for every week and month."""
    month, monday = today.replace(day=1), today - timedelta(days=today.weekday())
    quarter = month.replace(month=3 * ((month.month - 1) // 3) + 1)
    last_month, last_quarter = month - timedelta(days=1), quarter - timedelta(days=1)
    spans = (
        (_("本周"), monday, today),
        (_("本月"), month, today),
        (_("上月"), last_month.replace(day=1), last_month),
        (_("本季"), quarter, today),
        (_("上季"), last_quarter.replace(day=1, month=last_quarter.month - 2), last_quarter),
        (_("今年"), today.replace(day=1, month=1), today),
    )
    return [
        (words, urlencode({"since": since.isoformat(), "until": until.isoformat(), "by": period.by}),
         (since, until) == (period.since, period.until))
        for words, since, until in spans
    ]  # fmt: skip
