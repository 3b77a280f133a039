"""黑点: list, map and the selected spot with its life (archetype G), and what the house's suggestions were worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from wenming.cases.learning.kept import hit_rates
from wenming.cases.learning.suggesting import ask_confidence, confidence_asked
from wenming.cases.learning.training import can_learn
from wenming.cases.models import BlackSpot, LearnedTypes
from wenming.cases.spots.selectors import spots_visible_to
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say

from ..spots_page import SPOTS, SpotFilter, detail_of, drawn_map, lines_of
from ..thing_acts import ThingAct

office_desk = desk("office")
LATELY = timedelta(days=90)


@require_safe
@office_desk("spots.see")
def spots(request: HttpRequest) -> HttpResponse:
    """The register and what was newly found."""
    return _page(request, request.GET.get("spot", ""))


def _page(
    request: HttpRequest, number: str, *, acting: ThingAct[BlackSpot] | None = None, form: Any = None, status: int = 200
) -> HttpResponse:
    now, user, chosen = timezone.now(), whoever(request), SpotFilter(request.GET)
    lines = lines_of(chosen.narrow(spots_visible_to(user)), now)
    current = next((line for line in lines if line.spot.number == number), None)
    if number and current is None:
        (current,) = lines_of([get_object_or_404(spots_visible_to(user), number=number)], now)
    current = current or (lines[0] if lines else None)
    kept = {name: value for name, value in chosen.cleaned_data.items() if value}
    query = f"{urlencode(kept)}&" if kept else ""
    context = {"filter": chosen, "lines": lines, "query": query, "now": now, "map": drawn_map(lines, current, query)}
    if current:
        context |= detail_of(current, user, now, acting, form)
    return render(request, "office/spots.html", context, status=status)


def _again(request: HttpRequest, spot: BlackSpot, act: ThingAct[BlackSpot], form: Any) -> HttpResponse:
    return _page(request, spot.number, acting=act, form=form, status=422)


ACT_ROUTES = SPOTS.routes("spots", _again, lambda number: f"{reverse('office:spots')}?{urlencode({'spot': number})}")


class ConfidenceForm(forms.Form):
    """From how many percent on a suggested type is filled in."""

    percent = forms.IntegerField(
        label=gettext_lazy("把握到多少才填上（%）"), min_value=50, max_value=99,
        help_text=gettext_lazy("不到这个数，小类留空，请派遣员自己定。"),
    )  # fmt: skip


@require_safe
@office_desk("cases.decide")
def suggestions(request: HttpRequest) -> HttpResponse:
    """How often people chose what the house had suggested."""
    return _suggestions(request, ConfidenceForm(initial={"percent": confidence_asked()}))


@require_POST
@office_desk("suggestions.set")
def confidence(request: HttpRequest) -> HttpResponse:
    """Set the confidence asked for."""
    form = ConfidenceForm(request.POST)
    if not form.is_valid():
        return _suggestions(request, form, status=422)
    ask_confidence(form.cleaned_data["percent"], by=whoever(request), now=timezone.now())
    say(request, _("已改为 %(percent)d%%") % form.cleaned_data)
    return redirect("office:suggestions")


def _suggestions(request: HttpRequest, form: ConfidenceForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "lines": hit_rates(now - LATELY, now), "days": LATELY.days, "form": form, "asked": confidence_asked(),
        "learned": LearnedTypes.objects.defer("content").first(), "can_learn": can_learn(),
        "may_set": whoever(request).may("suggestions.set"),
    }  # fmt: skip
    return render(request, "office/suggestions.html", context, status=status)
