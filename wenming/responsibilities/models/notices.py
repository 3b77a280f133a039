"""The in-app inbox: what a unit is told. Written only after a journal entry, by its reaction."""

from __future__ import annotations

from django.db import models

from wenming.engine.moments import MomentField
from wenming.organisations.models import Unit


class Notice(models.Model):
    """One message to one unit (通知). `entry_seq` is the journal entry behind it; a retry cannot tell twice."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notices", db_index=False)
    entry_seq = models.BigIntegerField()
    subject = models.CharField(max_length=96)
    text = models.CharField(max_length=200)
    at = MomentField()
    read_at = MomentField(null=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["unit", "entry_seq"], name="a_unit_is_told_once_of_an_entry")]
        indexes = [models.Index(fields=["unit", "read_at", "-at"], name="notices_of_a_unit")]

    def __str__(self) -> str:
        return self.text
