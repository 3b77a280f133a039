"""Components (部件): lamps, manhole covers, railings - each with its code, its place, its owner and its history.

A component's kind is named by the full code of a problem type (`GB30428:C0137`); the types live downstream, in standards.
"""

from __future__ import annotations

import shapely
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from wenming.organisations.models import Account, Unit

from .places import Placement


class Condition(models.TextChoices):
    """How it was last seen to be (状态)."""

    GOOD = "good", _("完好")
    DAMAGED = "damaged", _("破损")
    MISSING = "missing", _("缺失")
    DISUSED = "disused", _("废弃")


class Standing(models.TextChoices):
    """Whether it counts."""

    IN_USE = "in_use", _("在册")
    RETIRED = "retired", _("已注销")
    # Brought in by a batch that was taken back: it never counted. The same code may come in again.
    WITHDRAWN = "withdrawn", _("已撤回")


class ComponentFacts(models.Model):
    """What is told of a component. The register holds the newest, each edition what was told then."""

    kind_code = models.CharField(_("小类"), max_length=32)
    name = models.CharField(_("名称"), max_length=60, blank=True)
    owner = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name=_("权属单位"), related_name="%(class)ss_owned")
    supervisor = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name=_("主管单位"), related_name="+", db_index=False)
    caretaker = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name=_("养护单位"), related_name="+", db_index=False)
    condition = models.CharField(_("状态"), max_length=10, choices=Condition, default=Condition.GOOD)
    standing = models.CharField(_("在册情况"), max_length=10, choices=Standing, default=Standing.IN_USE)
    placement = models.ForeignKey(Placement, models.PROTECT, verbose_name=_("位置"), related_name="%(class)ss")
    # A line or an area in CGCS2000 degrees, where it is more than a point.
    outline = models.BinaryField(null=True, editable=False)
    note = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def geometry(self) -> BaseGeometry:
        """Point, line or area in CGCS2000 degrees."""
        if self.outline is not None:
            return shapely.from_wkb(bytes(self.outline))
        return shapely.Point(self.placement.point or (0.0, 0.0))


class Component(ComponentFacts):
    """One component. The row repeats its newest edition, so that lists and "what is near" are one question."""

    code = models.CharField(_("标识码"), max_length=16, unique=True)
    min_lon = models.FloatField()
    min_lat = models.FloatField()
    max_lon = models.FloatField()
    max_lat = models.FloatField()
    valid_from = models.DateField(_("起始日"))
    editions_count = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("最近变更"))

    class Meta:
        verbose_name = _("部件")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="component_has_a_code"),
            models.CheckConstraint(
                condition=Q(min_lon__lte=F("max_lon"), min_lat__lte=F("max_lat")), name="component_lies_in_its_box"
            ),
        ]
        indexes = [
            models.Index(fields=["min_lat", "min_lon"], name="component_by_position"),
            models.Index(fields=["kind_code", "code"], name="components_of_a_kind"),
            # Few are more than a point, and their boxes must be looked for farther away.
            models.Index(fields=["min_lat"], condition=Q(outline__isnull=False), name="components_with_an_outline"),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def journal_key(self) -> str:
        return self.code

    @property
    def in_use(self) -> bool:
        return self.standing == Standing.IN_USE


class ComponentEdition(ComponentFacts):
    """What was told of a component from a day on, who said so, when and why (变更史). Append-only."""

    ACTS = [
        ("register", _("登记")), ("correct", _("更正")), ("retire", _("注销")), ("restore", _("恢复")),
        ("take_back", _("撤销导入")),
    ]  # fmt: skip

    component = models.ForeignKey(Component, models.PROTECT, related_name="editions")
    position = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=ACTS)
    valid_from = models.DateField(_("起始日"))
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    source = models.CharField(_("来源"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("部件变更")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["component", "position"], name="editions_of_a_component_are_counted"),
            models.CheckConstraint(
                condition=~Q(act__in=["correct", "retire", "restore"]) | ~Q(reason="") | ~Q(source=""),
                name="a_change_of_a_component_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component_id}.{self.position} {self.act}"
