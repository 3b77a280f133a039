"""The working calendar and working hours, in versions that never change once published (P4)."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Unit

from ..rules.calendar import WorkCalendar
from ..rules.clock import Schedule


class CalendarVersion(models.Model):
    """One published state of the working calendar (工作日历). A change is a new version with all its days."""

    number = models.PositiveIntegerField(unique=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200)
    # Years for which the State Council's notice is in; a deadline that reaches beyond them is provisional.
    announced_years = models.JSONField(default=list)

    class Meta:
        ordering = ["-number"]
        constraints = [models.CheckConstraint(condition=Q(number__gte=1), name="calendar_versions_count_from_one")]

    def __str__(self) -> str:
        return gettext("日历第 %(number)d 版") % {"number": self.number}

    def as_rule(self) -> WorkCalendar:
        """The same calendar as the pure rules take it. A published version never changes, so it is read once."""
        return _calendar(self.pk, self.number, self.published_at)


@lru_cache(maxsize=64)
def _calendar(pk: int, number: int, _published_at: datetime) -> WorkCalendar:
    # The moment is part of the key: a rolled-back transaction gives its number to another version.
    version = CalendarVersion.objects.get(pk=pk)
    days = dict(version.days.values_list("on", "is_workday"))
    return WorkCalendar(number, days, frozenset(version.announced_years))


class CalendarDay(models.Model):
    """A day that does not follow its weekday: a day off, or a make-up workday (调休上班)."""

    calendar = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="days")
    on = models.DateField()
    is_workday = models.BooleanField()
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="a_day_stands_once_in_a_calendar")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class WorkSchedule(models.Model):
    """Working hours of the city (unit empty) or of one unit, from a moment on. Never changed; a new row follows."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="schedules")
    spans = models.JSONField()
    # "legal" follows the calendar; "daily" works every day of the year (环卫、应急).
    mode = models.CharField(max_length=8, choices=[("legal", _("按法定工作日")), ("daily", _("天天上班"))], default="legal")
    valid_from = models.DateTimeField()
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "valid_from"], name="a_unit_changes_its_hours_once_at_a_time")
        ]

    def __str__(self) -> str:
        return "、".join(f"{a}–{b}" for a, b in self.spans)

    def as_rule(self) -> Schedule:
        """The same hours as the pure rules take them."""
        spans = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in self.spans)
        return Schedule(spans=spans, mode=self.mode)
