"""时限日历: which days are worked, in versions; working hours of the city and of single units (P4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.refusals import Refusal
from wenming.responsibilities.audit import deadlines_that_would_move
from wenming.responsibilities.models import CalendarVersion, WorkSchedule
from wenming.responsibilities.rules.calendar import WorkCalendar
from wenming.responsibilities.services import publish_calendar, set_hours

from ..forms import CalendarForm, HoursForm
from ..year import changed, year_of

admin_desk = desk("admin")
FIRST_YEAR, LAST_YEAR = 2007, 2099


@require_safe
@admin_desk("calendar.manage")
def calendar(request: HttpRequest) -> HttpResponse:
    """A year of the newest version, and the hours."""
    return _page(request)


@require_POST
@admin_desk("calendar.manage")
def versions(request: HttpRequest) -> HttpResponse:
    """Publish a new version: first how far it would reach, then it. Deadlines already given keep theirs."""
    form, newest = CalendarForm(request.POST, auto_id="calendar_%s"), _newest()
    if not form.is_valid():
        return _page(request, 422, form=form)
    changes, year = form.cleaned_data["days"], form.cleaned_data["announced"]
    days = changed(newest, changes) if newest else {day: change for day, change in changes.items() if change}
    years = {*(newest.announced_years if newest else ()), *((year,) if year else ())}
    if "save" not in request.POST:
        draft = WorkCalendar(0, {day: works for day, (works, _name) in days.items()}, frozenset(years))
        spanning, moving = deadlines_that_would_move(draft, list(changes))
        return _page(
            request, form=form, effect={"spanning": spanning, "moving": moving, "days": len(changes), "year": year}
        )
    version = publish_calendar(
        days, announced_years=years, note=form.cleaned_data["note"], by=whoever(request), now=timezone.now()
    )
    toasts.say(request, _("已发布%(version)s。已经给出的时限不变。") % {"version": version})
    return redirect("admin:calendar")


@require_POST
@admin_desk("calendar.manage")
def hours(request: HttpRequest) -> HttpResponse:
    """Set working hours from now on."""
    form, status = HoursForm(request.POST, auto_id="hours_%s"), 422
    if form.is_valid():
        try:
            set_hours(**form.cleaned_data, by=whoever(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error("spans", str(refusal))
            status = refusal.status
        else:
            toasts.say(request, _("已保存，从现在起派出的按新的工作时间算。"))
            return redirect("admin:calendar")
    return _page(request, status, hours=form)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    newest, today = _newest(), timezone.localdate()
    year = _year(request.GET.get("year", ""), today)
    context = {
        "version": newest, "year": year, "months": year_of(newest, year) if newest else [], "today": today,
        "announced": bool(newest and year in newest.announced_years), "history": CalendarVersion.objects.all()[:10],
        "schedules": _schedules(), "form": CalendarForm(auto_id="calendar_%s"), "hours": HoursForm(auto_id="hours_%s"), **more,
    }  # fmt: skip
    return render(request, "admin/calendar.html", context, status=status)


def _schedules() -> list[WorkSchedule]:
    """The hours in force: the newest row of the city and of each unit."""
    newest: dict[int | None, WorkSchedule] = {}
    for row in (
        WorkSchedule.objects.filter(valid_from__lte=timezone.now()).select_related("unit").order_by("-valid_from")
    ):
        newest.setdefault(row.unit_id, row)
    return sorted(newest.values(), key=lambda row: row.unit.path if row.unit else "")


def _newest() -> CalendarVersion | None:
    return CalendarVersion.objects.order_by("-number").first()


def _year(asked: str, today: date) -> int:
    return int(asked) if asked.isdigit() and FIRST_YEAR <= int(asked) <= LAST_YEAR else today.year
