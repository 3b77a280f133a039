"""协办: the part of a case that another unit than its lead is asked to do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.coding import CodedField
from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty

from ..rules.supports import SUPPORT_STATES_ZH, SupportState
from .cases import Case

SUPPORT_STATES = [(state.value, _(SUPPORT_STATES_ZH[state])) for state in SupportState]
# As the database keeps them: a number is never given to another word.
SUPPORT_CODES = {"open": 1, "answered": 2, "returned": 3, "withdrawn": 4, "unanswered": 5}


class Support(models.Model):
    """One sub-task: a unit, what it is asked, its own duty. `state` and `said` repeat the newest move about it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="supports")
    asks = models.CharField(max_length=500)
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="support")
    state = CodedField(codes=SUPPORT_CODES, choices=SUPPORT_STATES, default=SupportState.OPEN)
    # What the unit answered, or why it is not its own.
    said = models.CharField(max_length=1000, blank=True)
    asked_at = MomentField()
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = MomentField(null=True)
    # 改派: this one is asked in the other's stead.
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(asks=""), name="a_sub_task_says_what_is_asked"),
            models.CheckConstraint(
                condition=Q(state=SupportState.OPEN, ended_at=None)
                | (~Q(state=SupportState.OPEN) & Q(ended_at__isnull=False)),
                name="a_sub_task_is_open_until_it_ends",
            ),
            models.UniqueConstraint(
                fields=["case", "unit"], condition=Q(ended_at=None), name="a_unit_has_one_open_part_of_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit}"

    @property
    def key(self) -> str:
        """Evidence for what was done names the sub-task."""
        return str(self.pk)
