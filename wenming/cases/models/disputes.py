"""归属争议与裁定: a return that nobody but the office decides about, and what it decided. Both append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit

from ..rules.disputes import CLOCK_ZH, GROUNDS_ZH, ClockEffect, Ground
from .cases import Case


class Dispute(models.Model):
    """One contested return: who says it is whose, and what the matrix said then."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disputes")
    ground = models.CharField(max_length=8, choices=[(ground.value, _(GROUNDS_ZH[ground])) for ground in Ground])
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    named = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=1000)
    matrix_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    matrix_why = models.CharField(max_length=1000, blank=True)
    at = MomentField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_dispute_states_its_reason")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ground}"


class Arbitration(models.Model):
    """裁定: whose the case is, why, and what becomes of the clock. It binds the unit that it names."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="arbitration")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    clock = models.CharField(max_length=10, choices=[(one.value, _(CLOCK_ZH[one])) for one in ClockEffect])
    reason = models.CharField(max_length=1000)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="an_arbitration_states_its_reason")]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.unit}"
