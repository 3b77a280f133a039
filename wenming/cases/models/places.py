"""What was not in order at a public place, and the case that is about it."""

from __future__ import annotations

from django.db import models

from wenming.engine.moments import MomentField
from wenming.observations.models import PlaceVerification

from .cases import Case


class PlaceFinding(models.Model):
    """An item of a place's checklist that a look found wanting. Found again while its case is open, it joins it. Append-only."""

    look = models.ForeignKey(PlaceVerification, on_delete=models.PROTECT, related_name="findings")
    # The item's name through all versions of its checklist.
    item = models.CharField(max_length=12)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="place_findings")
    at = MomentField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["look", "item"], name="an_item_is_found_once_in_a_look")]

    def __str__(self) -> str:
        return f"{self.look} {self.item}"
