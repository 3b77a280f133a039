"""边界案件: cases close to somebody else's border, made known to the neighbour; and how close that is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit

from ..rules.boundary import FARTHEST_M
from .cases import Case


class BoundaryDistance(models.Model):
    """Within how many metres of a border a case concerns the neighbour too. Set by the office; the newest row counts."""

    metres = models.PositiveSmallIntegerField()
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(metres__lte=FARTHEST_M), name="a_border_is_near")]

    def __str__(self) -> str:
        return f"{self.metres} m"

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class BoundaryCase(models.Model):
    """A neighbour to whom a case was made known: it knows, and owes nothing."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="neighbours")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    metres = models.PositiveSmallIntegerField()
    at = MomentField()

    class Meta:
        ordering = ["metres", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "case"], name="a_neighbour_is_told_of_a_case_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit} {self.metres} m"
