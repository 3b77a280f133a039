"""这件是哪个部件: the components around a case, one press to say which it is, or that it is none."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from wenming.cases.components import CHOOSE_WITHIN_M, choices_for, link_of
from wenming.cases.models.components import CHOSEN
from wenming.cases.selectors import visible_case
from wenming.cases.services.components import attach_component, detach_component
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.territory.components.selectors import components_visible_to

from ..components_page import lines_of
from .case import shown_case

office_desk = desk("office")


class CaseComponentForm(forms.Form):
    """A code, pressed or typed; none where it is about none."""

    code = forms.CharField(label=gettext_lazy("标识码"), required=False, max_length=16)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("cases.dispatch")
def case_component(request: HttpRequest, number: str) -> HttpResponse:
    """The choice, and making it."""
    if request.method == "POST":
        return _say(request, number)
    case = shown_case(request, number)
    near = choices_for(case)
    lines = lines_of([one.component for one in near])
    kind = case.problem_type.full_code if case.problem_type else ""
    context = {
        "case": case, "link": link_of(case), "within": round(CHOOSE_WITHIN_M), "form": CaseComponentForm(),
        "choices": [
            {"line": line, "metres": one.metres, "same": line.component.kind_code == kind}
            for line, one in zip(lines, near, strict=True)
        ],
    }  # fmt: skip
    return render(request, "office/case_component.html", context)


def _say(request: HttpRequest, number: str) -> HttpResponse:
    by, now = whoever(request), timezone.now()
    if (case := visible_case(by, number)) is None:
        raise Http404
    form = CaseComponentForm(request.POST)
    code = form.cleaned_data["code"].strip() if form.is_valid() else ""
    if code:
        component = get_object_or_404(components_visible_to(by), code=code)
        attach_component(case, component, how=CHOSEN, by=by, now=now)
        say(request, _("已认定部件 %(code)s") % {"code": code})
    else:
        detach_component(case, by=by, now=now)
        say(request, _("已记下：这件不涉及部件"))
    return redirect("office:case", number=number)
