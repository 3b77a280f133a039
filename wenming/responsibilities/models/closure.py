"""Reports of the closure proof (闭合证明): what was found on a day over a week, kept as it was."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from wenming.engine.hexadecimal import HexField
from wenming.engine.moments import MomentField
from wenming.organisations.models import Account


class ClosureReport(models.Model):
    """One proof. Append-only: `document` is the very text that was hashed, the journal's entry holds the same hash.

    journal_seq, journal_hash: the journal's head when it was made, so that paper copies witness what went before.
    """

    number = models.PositiveIntegerField(unique=True)
    made_at = MomentField()
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    since = models.DateField()
    until = models.DateField()
    document = models.TextField()
    sha256 = HexField()
    journal_seq = models.PositiveBigIntegerField()
    journal_hash = HexField()
    area_m2 = models.FloatField()
    open_area_m2 = models.FloatField()
    openings = models.PositiveIntegerField()
    uncovered_minutes = models.PositiveIntegerField(null=True)
    seconds = models.FloatField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="a_closure_report_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(document=""), name="a_closure_report_holds_its_document"),
        ]

    def __str__(self) -> str:
        return gettext("闭合证明第 %(number)d 号") % {"number": self.number}

    @property
    def journal_key(self) -> str:
        return str(self.number)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document, read."""
        read: dict[str, Any] = json.loads(self.document)
        return read
