"""盲复核: how many closures were none, by town and quarter; and one draw, with everything to draw it again."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.cases.models import RecheckDraw
from wenming.cases.rechecks import draws_of
from wenming.cases.rules.rechecks import SAMPLE, Quarter
from wenming.cases.verification import doubts_about
from wenming.desks.common.access import desk
from wenming.territory.selectors import towns

from ..recheck_table import DrawLine, lines_of, quarter_url, quarter_words, with_finding

office_desk = desk("office")


@require_safe
@office_desk("cases.oversee")
def rechecks(request: HttpRequest) -> HttpResponse:
    """A line for each town of one quarter; the newest quarter drawn unless another is asked for."""
    days = list(RecheckDraw.objects.order_by("-first_day").values_list("first_day", flat=True).distinct())
    asked = _day(request.GET.get("first_day", ""))
    chosen = Quarter.of(asked if asked in days else days[0]) if days else None
    lines, city = lines_of(chosen, dict(towns().values_list("code", "short_name"))) if chosen else ([], None)
    context = {
        "lines": lines, "city": city, "sample": SAMPLE, "chosen": quarter_words(chosen) if chosen else "",
        "quarters": [(quarter_words(q), quarter_url(q), q == chosen) for q in map(Quarter.of, days)],
    }  # fmt: skip
    return render(request, "office/rechecks.html", context)


@require_safe
@office_desk("cases.oversee")
def recheck_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases of one draw, what was found, and how the lot came about."""
    draw, found = get_object_or_404(RecheckDraw, pk=pk), request.GET.get("found", "")
    quarter = Quarter.of(draw.first_day)
    name = dict(towns().values_list("code", "short_name")).get(draw.town_code, draw.town_code)
    rows = with_finding(draw.rechecks.select_related("case", "unit", "duty", "finding__by"), found)
    context = {
        "draw": draw, "line": DrawLine(name, draw, draws_of(quarter)[draw.town_code].tally), "rows": rows, "found": found,
        "quarter": quarter_words(quarter), "back": quarter_url(quarter), "doubts": doubts_about(draw), "now": timezone.now(),
    }  # fmt: skip
    return render(request, "office/recheck_draw.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
