"""What is good: schemes of problem types (部件/事件) in versions, with conditions to establish and to close (4.1)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .rules.limits import Limit, LimitUnit


class Confidence(models.TextChoices):
    """How well a figure is sourced; what is not high ships as an editable sample and says so."""

    HIGH = "high", _("有两处以上来源")
    MEDIUM = "medium", _("单一来源")
    LOW = "low", _("二手来源")
    RECON = "recon", _("按惯例重构，上线前请核对")


class Scheme(models.Model):
    """One edition of a classification. Once published it never changes; a correction is the next edition."""

    code = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=400)
    confidence = models.CharField(max_length=8, choices=Confidence.choices)
    note = models.TextField(blank=True)
    # SHA-256 of the file it came from: loading the same file again changes nothing, another one is refused.
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    is_current = models.BooleanField(default=False)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scheme_version_is_used_once"),
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_scheme_is_current"),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(published_at__isnull=False), name="the_current_scheme_is_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def journal_key(self) -> str:
        return f"{self.code}-{self.version}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class PublicCategory(models.Model):
    """What a citizen taps instead of a problem type (市民选项): six words at most, and 说不清."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=12)
    hint = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


def short_code(kind: str, code: str) -> str:
    """`E0192`: C is a component, E an incident."""
    return f"{'C' if kind == 'component' else 'E'}{code}"


def full_code(scheme: str, kind: str, code: str) -> str:
    """`GB30428:E0192`."""
    return f"{scheme}:{short_code(kind, code)}"


class ProblemType(models.Model):
    """A kind of problem (小类): a component 部件 that is broken, or an incident 事件 that happened."""

    KINDS = [("component", _("部件")), ("incident", _("事件"))]

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="types")
    kind = models.CharField(max_length=10, choices=KINDS)
    code = models.CharField(max_length=6)
    big_code = models.CharField(max_length=2)
    big_name = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    local = models.BooleanField(default=False)
    # Roles of the trade (环卫机构, 镇街 …), not units: the matrix says which unit plays a role where.
    do_roles = models.JSONField(default=list)
    sup_roles = models.JSONField(default=list)
    confidence = models.CharField(max_length=8, choices=Confidence.choices)
    public_category = models.ForeignKey(
        PublicCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="types"
    )

    class Meta:
        ordering = ["scheme", "kind", "code"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "kind", "code"], name="type_code_is_used_once_in_a_scheme"),
            models.CheckConstraint(
                condition=Q(kind__in=["component", "incident"]), name="type_is_component_or_incident"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_code(self) -> str:
        """`GB30428:E0192`: codes of two schemes look alike and mean different things, so the scheme stands in front."""
        return full_code(self.scheme.code, self.kind, self.code)

    @property
    def short_code(self) -> str:
        """`E0192`: unique within its scheme."""
        return short_code(self.kind, self.code)


class EstablishRule(models.Model):
    """One line of the type's table: condition to establish 立案条件, condition to close 结案要求, limit 时限."""

    LIMIT_UNITS = [
        (LimitUnit.WORK_HOURS.value, _("工作时")),
        (LimitUnit.WORK_DAYS.value, _("工作日")),
        (LimitUnit.HOURS.value, _("小时（紧急，昼夜连续）")),
        (LimitUnit.DAYS.value, _("天（紧急，昼夜连续）")),
    ]

    problem_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="rules")
    position = models.PositiveSmallIntegerField()
    condition = models.CharField(max_length=120)
    close_condition = models.CharField(max_length=80)
    limit_amount = models.PositiveSmallIntegerField()
    limit_unit = models.CharField(max_length=12, choices=LIMIT_UNITS)
    urgent = models.BooleanField(default=False)
    # The same condition in the first version that had it, however it was reworded since; empty in that one.
    origin = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="later_versions", db_index=False
    )

    class Meta:
        ordering = ["problem_type", "position"]
        constraints = [
            models.UniqueConstraint(fields=["problem_type", "position"], name="rule_position_is_used_once"),
            models.CheckConstraint(condition=Q(limit_amount__gte=1), name="rule_has_a_limit"),
        ]
        indexes = [models.Index(fields=["origin"], condition=~Q(origin=None), name="rules_by_their_first_version")]

    def __str__(self) -> str:
        return self.condition

    @property
    def limit(self) -> Limit:
        return Limit(self.limit_amount, LimitUnit(self.limit_unit))

    @property
    def root(self) -> int:
        """The key of its first version."""
        return self.origin_id or self.pk


class TypeMapping(models.Model):
    """Which type of one scheme is which of another; codes alone do not tell."""

    from_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="mappings")
    to_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="mapped_from")
    confidence = models.CharField(max_length=8, choices=Confidence.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["from_type", "to_type"], name="a_mapping_is_stated_once")]

    def __str__(self) -> str:
        return f"{self.from_type} → {self.to_type}"


# Drafts, the focus problems and the checklists of places are stories of their own; Django finds tables only through this module.
from .drafts.models import DraftEdit, RuleChange, RuleDraft, RuleWithdrawal  # noqa: E402, F401
from .focus.models import FocusEdition, FocusItem  # noqa: E402, F401
from .places.models import PlaceChecklist  # noqa: E402, F401
