"""Who answers for it: leaders' orders. Meetings, resolutions and interviews join this room with their clauses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty


class LeaderOrder(models.Model):
    """What a city leader wrote on an exception (批示). It is a duty of the unit with the same clock as any other."""

    number = models.CharField(max_length=12, unique=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders")
    to = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders")
    # What the leader was looking at: the exception's sentence as it stood.
    about = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=500)
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="order")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="an_order_says_something")]

    def __str__(self) -> str:
        return self.text

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """Enough of it to recognise it in a list."""
        return self.text if len(self.text) <= 24 else f"{self.text[:23]}…"
