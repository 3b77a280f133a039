"""Checklists of the sixteen kinds of public places, in versions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wenming.organisations.models import Account
from wenming.territory.models import PlaceKind

from ..models import Confidence
from ..rules.place_checklist import PlaceItem


class PlaceChecklist(models.Model):
    """One version of what a kind of place is looked at for. Append-only; the newest is in force."""

    kind = models.CharField(max_length=16, choices=PlaceKind)
    version = models.PositiveIntegerField()
    cycle_days = models.PositiveSmallIntegerField()
    # [{key, part, words, confidence}, …] in their order.
    items = models.JSONField()
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=8, choices=Confidence)
    reason = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="place_checklist_version_is_used_once"),
            models.CheckConstraint(condition=Q(cycle_days__gte=1), name="a_place_is_verified_every_day_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"

    @property
    def journal_key(self) -> str:
        return f"{self.kind}-{self.version}"

    @property
    def asked(self) -> tuple[PlaceItem, ...]:
        """Its items as plain facts."""
        return tuple(PlaceItem(**item) for item in self.items)

    @property
    def is_sample(self) -> bool:
        """Whether it came with the house and no city has put its own in its place."""
        return self.confidence == Confidence.RECON
