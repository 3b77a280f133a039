"""The calendar and the working hours in force."""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, F, Q
from django.utils.translation import gettext as _

from wenming.engine.asking import Given, Question
from wenming.organisations.models import Unit

from .models import CalendarVersion, WorkSchedule
from .rules.calendar import WorkCalendar

_NEWEST = Question(lambda: CalendarVersion.objects.order_by("-number")[:1])
# The city's hours and those of the unit at this place in the tree and of every unit above it.
_HOURS = Question(
    lambda: WorkSchedule.objects.select_related("unit")
    .alias(place=Given("path", CharField()))
    .filter(Q(unit=None) | Q(place__startswith=F("unit__path")))
)


def calendar_version() -> CalendarVersion:
    """The calendar in force. Raises CalendarVersion.DoesNotExist before the first one is published."""
    newest = _NEWEST.first()
    if newest is None:
        raise CalendarVersion.DoesNotExist(_("还没有发布工作日历：请先运行 python3 run.py manage load_calendar"))
    return newest


def work_calendar() -> WorkCalendar:
    """The calendar in force, as the rules take it."""
    return calendar_version().as_rule()


def schedule_for(unit: Unit | None, now: datetime) -> WorkSchedule:
    """The unit's own working hours at that moment, else the nearest unit's above it, else the city's.

    For moments before the first hours were entered (an import of old orders) the first ones are taken to have held.
    """
    rows = _HOURS.all(path=unit.path if unit else "")
    if not rows:
        raise WorkSchedule.DoesNotExist(_("还没有设置工作时间：请先运行 python3 run.py manage load_calendar"))
    held = [row for row in rows if row.valid_from <= now]
    if not held:
        return min((row for row in rows if row.unit is None), key=lambda row: row.valid_from, default=rows[0])
    return max(held, key=lambda row: (len(row.unit.path) if row.unit else 0, row.valid_from))
