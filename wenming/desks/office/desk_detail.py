"""What the desk shows of the selected case: what was seen, what is offered, what may be done. Its long lists come apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.selectors import reports_of
from wenming.desks.common.access import whoever
from wenming.desks.common.photos import shown_all
from wenming.evidence.models import Exhibit
from wenming.evidence.selectors import exhibits_of_many
from wenming.observations.models import Report

from .case_page import OpenAct, acting
from .views.case import shown_case

SHOTS = 4


def detail_of(request: HttpRequest, number: str, onwards: str) -> dict[str, Any]:
    """The context of `_desk_part.html`. onwards: the address to go to after an act."""
    case = shown_case(request, number)
    reports = list(reports_of(case))
    context = acting(case, user=whoever(request), now=timezone.now(), next=onwards)
    for one in [context["first"], *context["others"]]:
        if one is not None:
            _shorten(one)
    return {
        **context,
        "onwards": onwards,
        "shots": shown_all(_seen(case, reports)[:SHOTS]),
        "reports": reports,
    }


def _seen(case: Case, reports: Sequence[Report]) -> list[Exhibit]:
    """What reporters photographed, then what somebody sent to look did."""
    of_reports = exhibits_of_many("report", [str(report.pk) for report in reports])
    looked = [str(pk) for pk in case.verifications.values_list("pk", flat=True)]
    of_looking = exhibits_of_many("verification", looked) if looked else {}
    return [one for found in (of_reports, of_looking) for exhibits in found.values() for one in exhibits]


def _shorten(one: OpenAct) -> None:
    """Leave the unit that is filled in, and the empty choice; the desk's script brings the other 345."""
    field = one.form.fields.get("unit")
    if not isinstance(field, forms.ModelChoiceField):
        return
    unit = one.form.filled_unit
    named = [(unit.code, unit.name)] if unit else []
    field.widget.choices = [("", field.empty_label or ""), *named]
    field.widget.attrs["data-choices"] = one.form.unit_choices
