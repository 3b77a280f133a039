"""并案对比: two cases side by side, so that nobody merges by number alone (D3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import STEPS, State
from wenming.cases.selectors import distance_between, photos_of, reports_of
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.photos import shown_all

from ..rows import CaseRow
from .case import shown_case

office_desk = desk("office")


@require_safe
@office_desk("cases.oversee")
def compare(request: HttpRequest) -> HttpResponse:
    """Photos, words, metres and minutes apart; the later report is offered to be merged into the earlier one."""
    pair = [shown_case(request, request.GET.get(name, "")) for name in ("a", "b")]
    earlier, later = sorted(pair, key=lambda case: (case.opened_at, case.pk))
    context = {
        "now": timezone.now(),
        "sides": [_side(case) for case in pair],
        "metres": distance_between(*pair),
        "apart": later.opened_at - earlier.opened_at,
        "same_type": earlier.problem_type_id is not None and earlier.problem_type_id == later.problem_type_id,
        "merge": _way(whoever(request).may("cases.decide"), earlier, later),
        "next": request.GET.get("next", ""),
    }
    return render(request, "office/compare.html", context)


def _side(case: Case) -> dict[str, Any]:
    photos = photos_of(case)
    return {
        "row": CaseRow(case, timezone.now()),
        "state_words": case.get_state_display(),
        "shots": shown_all([*photos.before, *photos.after]),
        "reports": list(reports_of(case)),
    }


def _way(allowed: bool, earlier: Case, later: Case) -> dict[str, Any] | None:
    """Which into which; None where neither may be merged."""
    for case, into in ((later, earlier), (earlier, later)):
        if allowed and State(case.state) in STEPS["merge"].sources and not into.ended:
            return {"case": case, "into": into, "address": reverse("office:merges", args=[case.number])}
    return None
