"""A draft of a change, its edits, and what was published of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account

from ..models import Scheme


class RuleDraft(models.Model):
    """A change in the making (草稿): of types, of stage limits, of lines of the matrix. Nobody works by it."""

    name = models.CharField(max_length=60)
    base = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="drafts")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="a_draft_has_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class DraftEdit(models.Model):
    """One thing changed in a draft. Taken back it stays, with who took it back."""

    ACTS = [
        ("change", _("改小类")), ("add", _("增加小类")), ("retire", _("停用小类")), ("stage", _("改环节时限")),
        ("matrix-add", _("增加权责")), ("matrix-end", _("停用权责")),
    ]  # fmt: skip

    draft = models.ForeignKey(RuleDraft, on_delete=models.PROTECT, related_name="edits")
    position = models.PositiveIntegerField()
    act = models.CharField(max_length=12, choices=ACTS)
    # What it is about: E0192, case.accept, the number of a line of the matrix; empty for a new line.
    subject = models.CharField(max_length=24, blank=True)
    content = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["draft", "position"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "position"], name="edits_of_a_draft_are_counted"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="an_undone_edit_says_who_undid_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id}.{self.position} {self.act} {self.subject}"


class RuleChange(models.Model):
    """A draft as it was published: why, from which day on, and whether clocks that run were moved. Final.

    scheme: the new version; None where no type was changed. in_force_at: when it took effect; the day may lie ahead,
    and until it has come the change may be withdrawn.
    """

    draft = models.OneToOneField(RuleDraft, on_delete=models.PROTECT, related_name="published")
    scheme = models.OneToOneField(Scheme, on_delete=models.PROTECT, null=True, related_name="change")
    reason = models.CharField(max_length=500)
    valid_from = models.DateField()
    moves_clocks = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    in_force_at = models.DateTimeField(null=True)
    clocks_moved = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_change_of_rules_states_its_reason"),
            models.CheckConstraint(
                condition=Q(in_force_at=None) | Q(in_force_at__gte=F("at")), name="a_change_is_in_force_after_publishing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft} {self.valid_from}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class RuleWithdrawal(models.Model):
    """A published change that was taken back before its day (撤回): nobody ever worked by it, and it stays readable."""

    change = models.OneToOneField(RuleChange, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_withdrawal_of_rules_states_its_reason")]

    def __str__(self) -> str:
        return f"{self.change} {self.reason}"
