"""Do the stored deadlines still follow from what gave them? Read-only (P4, P6)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from . import duties
from .models import CalendarVersion, Duty, DutyExtension, DutyPause, WorkSchedule
from .rules import clock


def wrong_deadlines() -> Iterator[str]:
    """Every duty whose deadline is not what its limit, calendar, hours, pauses and extensions give; one sentence each.

    And every duty said to have been answered in time, or too late, when it was not.
    """
    moved = Exists(DutyPause.objects.filter(duty=OuterRef("pk"))) | Exists(
        DutyExtension.objects.filter(duty=OuterRef("pk"), granted=True)
    )
    calendars = {version.pk: version.as_rule() for version in CalendarVersion.objects.all()}
    hours = {schedule.pk: schedule.as_rule() for schedule in WorkSchedule.objects.all()}
    for duty in Duty.objects.annotate(moved=moved).iterator(chunk_size=2000):
        if duty.moved:
            again = duties.recomputed_due_at(duty)
        else:
            # Nothing to look up: most duties are neither paused nor extended.
            calendar, schedule = calendars[duty.calendar_id], hours[duty.schedule_id]
            again = clock.deadline(duty.started_at, duty.limit, calendar, schedule, [], []).due_at
        if again != duty.due_at:
            yield f"责任事项 {duty.pk}（{duty.subject}）的时限与它的起算、限期、日历、暂停和延期算出来的不一致"
        if duty.answered_at and duty.answered_on_time != (duty.answered_at <= duty.due_at):
            yield f"责任事项 {duty.pk}（{duty.subject}）是否按时与它的答复时间和时限不一致"
