"""The matrix of territory (块) and department (条) as data (1.6)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit
from wenming.standards.models import ProblemType

from ..rules import matrix as rules


class MatrixEntry(models.Model):
    """One line of the matrix: for such matters at such places, this is who answers and who supports.

    Lines are closed by a day and followed by new ones, so that any past answer can be explained.
    """

    number = models.PositiveIntegerField(unique=True)
    order = models.PositiveIntegerField(default=100)
    type_pattern = models.CharField(max_length=40, default="*")
    kind = models.CharField(max_length=10, blank=True)
    town_code = models.CharField(max_length=12, default="*")
    accountable = models.CharField(max_length=60)
    supporting = models.JSONField(default=list, blank=True)
    basis = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["order", "number"]
        constraints = [
            models.CheckConstraint(condition=~Q(basis=""), name="a_matrix_entry_states_its_basis"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="matrix_entry_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return gettext("权责第 %(number)d 条") % {"number": self.number}

    @property
    def journal_key(self) -> str:
        return str(self.number)

    def as_rule(self) -> rules.MatrixRule:
        return rules.MatrixRule(
            id=self.number, order=self.order, type_pattern=self.type_pattern, kind=self.kind or None,
            town_code=self.town_code, accountable=self.accountable, supporting=tuple(self.supporting),
            basis=self.basis, valid_from=self.valid_from, valid_to=self.valid_to,
        )  # fmt: skip


class MatrixProposal(models.Model):
    """A line that the matrix ought to have, as a ruling on one case saw it. It changes nothing until it is decided."""

    problem_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="+", db_index=False)
    town_code = models.CharField(max_length=12, default="*")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    basis = models.CharField(max_length=200)
    because = models.CharField(max_length=1000)
    # What it was learned from, as the journal names it: the matrix stands upstream of cases.
    about = models.CharField(max_length=96)
    proposed_at = MomentField()
    proposed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = MomentField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    accepted = models.BooleanField(null=True)
    note = models.CharField(max_length=500, blank=True)
    entry = models.OneToOneField(MatrixEntry, on_delete=models.PROTECT, null=True, related_name="proposal")

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(basis=""), name="a_proposed_entry_states_its_basis"),
            models.CheckConstraint(
                condition=Q(accepted=True, entry__isnull=False) | ~Q(accepted=True), name="an_accepted_proposal_has_its_entry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem_type} {self.town_code} → {self.unit}"


class RoleHolding(models.Model):
    """Which unit plays a role of the trade (环卫机构, 供水企业 …) in which town; town `*` is the whole city."""

    role = models.CharField(max_length=40)
    town_code = models.CharField(max_length=12, default="*")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="role_holdings")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["role", "town_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["role", "town_code"], condition=Q(valid_to=None), name="a_role_has_one_holder_per_town"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.town_code}: {self.unit}"
