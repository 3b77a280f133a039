"""值班组: founding one, its rules in versions, its people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.refusals import Refusal
from wenming.responsibilities.models import RosterGroup
from wenming.responsibilities.rosters import services
from wenming.responsibilities.rosters.selectors import current_terms

from ..roster_settings_page import GroupForm, MemberForm, TermsForm, settings_of

office_desk = desk("office")


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def founding(request: HttpRequest) -> HttpResponse:
    """设一个值班组."""
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.found_group(
                code=given["code"], name=given["name"], post=given["post"], unit=given["unit"], town_code=given["town_code"],
                grid_codes=given["grids"], lead=given["lead"], on=localdate(), by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已设 %(group)s。接着写班次和规则，把人加进来。") % {"group": made})
            return redirect("office:roster_settings", group=made.code)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "office/roster_group_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@office_desk("rosters.manage")
def settings(request: HttpRequest, group: str) -> HttpResponse:
    """One group's rules and people."""
    return render(request, "office/roster_settings.html", settings_of(_group(group)))


@require_POST
@office_desk("rosters.manage")
def terms(request: HttpRequest, group: str) -> HttpResponse:
    """The next version of its rules."""
    found = _group(group)
    form = TermsForm(request.POST, group=found, terms=current_terms(found))
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.set_terms(
                found, shifts=given["shifts"], limits=form.limits, basis=given["basis"], by=whoever(request), now=timezone.now()
            )
            say(request, _("规则有了新的一版，下次排班起用；已发布的不变"))
            return redirect("office:roster_settings", group=group)
        except Refusal as refusal:
            form.add_error("shifts", str(refusal))
    return render(request, "office/roster_settings.html", settings_of(found, terms_form=form), status=422)


@require_POST
@office_desk("rosters.manage")
def members(request: HttpRequest, group: str) -> HttpResponse:
    """Somebody joins."""
    found, form = _group(group), MemberForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.join_group(
                found, given["account"], on=given["on"], skills=given["skills"].split(), no_nights=given["no_nights"],
                by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已加进来"))
            return redirect("office:roster_settings", group=group)
        except Refusal as refusal:
            form.add_error("account", str(refusal))
    return render(request, "office/roster_settings.html", settings_of(found, member=form), status=422)


def _group(code: str) -> RosterGroup:
    return get_object_or_404(RosterGroup.objects.select_related("unit", "lead"), code=code)
