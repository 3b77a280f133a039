"""申诉: a unit says that a late answer or a rework should not count against it; the office decides. Both append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty

from .cases import Case

LATE, REWORK = "late", "rework"


class Appeal(models.Model):
    """One appeal about one handling of a case. The fact itself stays; only whether it counts is asked."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals")
    handling = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="+", db_index=False)
    about = models.CharField(max_length=8, choices=[(LATE, _("没有按期")), (REWORK, _("返工"))])
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["handling", "about"], name="a_handling_is_appealed_once_about_one_thing"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_appeal_states_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.about}"


class Ruling(models.Model):
    """What the office decided about an appeal, and why."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="ruling")
    granted = models.BooleanField()
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_ruling_states_its_reason")]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.granted}"
