"""Duty (责任事项): who owes what to whom, by when, on which clock. Case stages, letters and orders are all duties."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from wenming.engine.coding import CodedField
from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit

from ..rules.clock import Limit, LimitUnit
from ..rules.duty import DutyState
from .calendar import CalendarVersion, WorkSchedule

OPEN_STATES = (DutyState.OPEN, DutyState.RETURNED)
LIMIT_UNITS = [(u.value, u.value) for u in LimitUnit]
# As the database keeps them: a number is never given to another word.
STATE_CODES = {"open": 1, "answered": 2, "returned": 3, "suspended": 4, "discharged": 5, "withdrawn": 6}
UNIT_CODES = {"work_hours": 1, "work_days": 2, "whole_days": 3, "hours": 4, "days": 5}


class Duty(models.Model):
    """Something a unit owes. The due moment is stored with the calendar and hours that gave it (P4)."""

    kind = models.CharField(max_length=32)
    # The thing the duty is about, as the journal names it: a duty stands upstream of cases, letters, resolutions.
    subject = models.CharField(max_length=96)
    title = models.CharField(max_length=160)
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="duties", db_index=False)
    owed_to = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="duties_owed_to_it", db_index=False
    )
    supervisor = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="duties_it_supervises", db_index=False
    )
    state = CodedField(codes=STATE_CODES, choices=[(s.value, s.value) for s in DutyState], default=DutyState.OPEN)
    limit_amount = models.PositiveIntegerField()
    limit_unit = CodedField(codes=UNIT_CODES, choices=LIMIT_UNITS)
    calendar = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    schedule = models.ForeignKey(WorkSchedule, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = MomentField()
    due_at = MomentField()
    warn_at = MomentField()
    provisional = models.BooleanField(default=False)
    acknowledged_at = MomentField(null=True)
    answered_at = MomentField(null=True)
    ended_at = MomentField(null=True)
    # The clock is standing since then: suspended (挂账), or answered and waiting for somebody else's verdict.
    paused_at = MomentField(null=True)
    # Decided once, when answered: later changes of the calendar do not turn a punctual answer into a late one.
    answered_on_time = models.BooleanField(null=True)
    rework_count = models.PositiveSmallIntegerField(default=0)
    extension_count = models.PositiveSmallIntegerField(default=0)
    rung = models.CharField(max_length=16, blank=True)
    next_rung = models.CharField(max_length=16, blank=True)
    next_rung_at = MomentField(null=True)

    class Meta:
        indexes = [
            # Of what has not ended: one duty in a hundred. Ask with `ended_at=None`, or the index is not used.
            models.Index(fields=["owner", "due_at"], condition=Q(ended_at=None), name="duties_a_unit_still_has"),
            models.Index(fields=["next_rung_at"], condition=~Q(next_rung_at=None), name="duties_to_escalate"),
            models.Index(fields=["subject"], name="duties_about_one_thing"),
            models.Index(fields=["kind", "due_at"], name="duties_of_one_kind"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="duty_is_due_after_it_starts"),
            models.CheckConstraint(condition=Q(limit_amount__gte=1), name="duty_has_a_limit"),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=F("started_at")), name="duty_is_answered_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def limit(self) -> Limit:
        return Limit(self.limit_amount, LimitUnit(self.limit_unit))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def lateness(self, now: datetime) -> str:
        """The status word of UX §6: late, soon, go, hold or done."""
        if self.ended_at or self.answered_at:
            return "done"
        if self.paused_at:
            return "hold"
        return "late" if now > self.due_at else "soon" if now >= self.warn_at else "go"


class DutyMove(models.Model):
    """What happened to a duty that a person should read later: returned, extended, suspended, reminded. Append-only."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="moves")
    act = models.CharField(max_length=24)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    due_before = MomentField(null=True)
    due_after = MomentField(null=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"


class DutyPause(models.Model):
    """A span in which the clock stood (挂账, or waiting for verification): the wait is not the unit's."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="pauses")
    start = MomentField()
    end = MomentField()
    cause = models.CharField(max_length=16)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="pause_ends_after_it_begins")]

    def __str__(self) -> str:
        return f"{self.cause} {self.start} – {self.end}"


class DutyExtension(models.Model):
    """A request for more time (延期), made before the deadline and decided by the command centre."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="extensions")
    amount = models.PositiveIntegerField()
    limit_unit = models.CharField(max_length=12, choices=LIMIT_UNITS)
    reason = models.CharField(max_length=500)
    asked_at = MomentField()
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    decided_at = MomentField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    granted = models.BooleanField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["duty"], condition=Q(decided_at=None), name="one_extension_request_waits_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_states_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} +{self.amount} {self.limit_unit}"

    @property
    def limit(self) -> Limit:
        return Limit(self.amount, LimitUnit(self.limit_unit))
