"""Which component a case is about, as far as a person has said."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account
from wenming.territory.models import Component

from .cases import Case

# How somebody came to say so.
FIELD, DISPATCH, CHOSEN = "field", "dispatch", "chosen"


class CaseComponent(models.Model):
    """A person said that the case is about this component, or about none. Append-only; the newest counts."""

    WAYS = [(FIELD, _("现场认定")), (DISPATCH, _("随派遣认定")), (CHOSEN, _("指挥中心认定"))]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="components", db_index=False)
    position = models.PositiveIntegerField()
    component = models.ForeignKey(Component, on_delete=models.PROTECT, null=True, related_name="case_links")
    distance_m = models.FloatField(null=True)
    how = models.CharField(max_length=10, choices=WAYS)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = MomentField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="components_of_a_case_are_counted")]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.position} {self.component_id}"
