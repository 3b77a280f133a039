"""In front of whose door a case is, as far as a person has said."""

from __future__ import annotations

from django.db import models

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account
from wenming.territory.models import Premises

from .cases import Case


class CaseFrontage(models.Model):
    """A person said that the case is about these premises' frontage, or about none. Append-only; the newest counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="frontages", db_index=False)
    position = models.PositiveIntegerField()
    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, null=True, related_name="case_links")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = MomentField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="frontages_of_a_case_are_counted")]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.position} {self.premises_id}"
