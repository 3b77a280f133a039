"""上线检查: the desk's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from wenming.desks.common.access import desk, whoever

from ..checklist import checks

admin_desk = desk("admin")


@require_safe
@admin_desk("admin.see")
def home(request: HttpRequest) -> HttpResponse:
    """What the city still lacks; links to where it is mended, for whoever may mend it."""
    groups = checks(timezone.now())
    states = [check.state for _title, found in groups for check in found]
    context = {
        "groups": groups, "late": states.count("late"), "soon": states.count("soon"),
        "may_mend": whoever(request).may("organisations.manage"),
    }  # fmt: skip
    return render(request, "admin/home.html", context)
