"""Hints about photos: the word of whoever looked, and how often the hints were false alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.photo_checks.selectors import hints_found
from wenming.cases.rules.rechecks import exact_interval
from wenming.cases.selectors import visible_case
from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.photo_hints import hint_rows, judge
from wenming.evidence.hints import HintRate, hint_rates
from wenming.evidence.models import HintKind
from wenming.refusals import Refusal

office_desk = desk("office")
LATELY = timedelta(days=90)


@require_POST
@office_desk("cases.verify")
def verdicts(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """有道理 or 无关, from the case's page."""
    case = visible_case(whoever(request), number)
    if case is None:
        raise Http404
    try:
        judge(request, case, pk, timezone.now())
    except Refusal as refusal:
        toasts.say(request, str(refusal))
    return redirect(case.get_absolute_url())


@require_safe
@office_desk("cases.decide")
def rates(request: HttpRequest) -> HttpResponse:
    """How many hints of each kind there were, what people made of them, and the hints themselves."""
    now, user = timezone.now(), whoever(request)
    kind = request.GET.get("kind", "")
    known = kind in HintKind.values
    context = {
        "lines": [_line(rate) for rate in hint_rates(now - LATELY, now)], "days": LATELY.days, "now": now,
        "chosen": HintKind(kind) if known else None,
        "rows": hint_rows(hints_found(now - LATELY, now, kind, user)) if known else [],
    }  # fmt: skip
    return render(request, "office/photo_hints.html", context)


def _line(rate: HintRate) -> dict[str, Any]:
    """False alarms among what was judged, with the interval for all that were found: whoever judges chooses which."""
    low, high = exact_interval(rate.unsound, rate.judged, rate.found) if rate.judged else (0.0, 1.0)
    return {
        "rate": rate, "url": f"{reverse('office:photo_hints')}?{urlencode({'kind': rate.kind.value})}",
        "share": f"{100 * rate.unsound / rate.judged:.0f}%" if rate.judged else "",
        "interval": f"{100 * low:.0f}–{100 * high:.0f}%" if rate.judged else "",
    }  # fmt: skip
