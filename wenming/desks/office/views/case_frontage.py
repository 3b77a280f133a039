"""认定门前: in front of whose door a case is; from there a matter of its own may begin. Policy: 3.3."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wenming.cases.frontages import CHOOSE_WITHIN_M, choices_for, frontage_of, is_dumping
from wenming.cases.selectors import visible_case
from wenming.cases.services.frontages import tie_to_frontage
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.territory.frontages.selectors import premises_visible_to

from .case import shown_case

office_desk = desk("office")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("cases.dispatch")
def case_frontage(request: HttpRequest, number: str) -> HttpResponse:
    """The doors around a case, one press to say which it is."""
    if request.method == "POST":
        return _say(request, number)
    case = shown_case(request, number)
    context = {
        "case": case, "frontage": frontage_of(case), "choices": choices_for(case), "within": round(CHOOSE_WITHIN_M),
        "dumping": is_dumping(case.problem_type),
    }  # fmt: skip
    return render(request, "office/case_frontage.html", context)


def _say(request: HttpRequest, number: str) -> HttpResponse:
    by, now = whoever(request), timezone.now()
    if (case := visible_case(by, number)) is None:
        raise Http404
    wanted = request.POST.get("premises", "").strip().upper()
    premises = get_object_or_404(premises_visible_to(by), number=wanted, closed_on=None) if wanted else None
    tie_to_frontage(case, premises, by=by, now=now)
    say(request, _("已认定是%(name)s门前") % {"name": premises.name} if premises else _("已记下：不在哪一家门前"))
    return redirect("office:case", number=number)
