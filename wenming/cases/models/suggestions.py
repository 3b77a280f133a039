"""What the house suggested before a person decided, kept so that its error can be published; and what it learned from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.standards.models import ProblemType

from .cases import Case


class Method(models.TextChoices):
    """On what ground a type was suggested."""

    LEARNED = "learned", _("从本市往期案件学到的文字")
    KEYWORDS = "keywords", _("文字里的关键词")
    TAPPED = "tapped", _("市民点选的类别和近期案件")


class TypeSuggestion(models.Model):
    """The type and unit suggested for a case when it came in. Append-only; what a person chose is in the case's moves."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="type_suggestion", primary_key=True)
    method = models.CharField(max_length=8, choices=Method.choices)
    problem_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="+", db_index=False)
    # None where the method knows no confidence.
    confidence_percent = models.PositiveSmallIntegerField(null=True)
    # The office's threshold was reached: the type was filled in. Otherwise the choice was left to a person.
    filled_in = models.BooleanField()
    others = models.JSONField(default=list)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="suggestions_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence_percent=None) | Q(confidence_percent__lte=100), name="confidence_is_a_share"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.problem_type_id}"


class LearnedTypes(models.Model):
    """A judge of texts taught on the city's own history; the newest is in use. Append-only."""

    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    content = models.BinaryField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class ConfidenceAsked(models.Model):
    """From which confidence a type is filled in; below it a person chooses. Set by the office; the newest row counts."""

    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=50, percent__lte=99), name="confidence_asked_is_a_majority")
        ]

    def __str__(self) -> str:
        return f"{self.percent}%"

    @property
    def journal_key(self) -> str:
        return str(self.pk)
