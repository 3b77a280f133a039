"""Frontages (门前责任区): managed streets with their two sides, the premises along them, and who has which piece of the edge.

Lengths are whole centimetres along the street's line from its beginning, so that a side can be divided without rest.
"""

from __future__ import annotations

import shapely
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from wenming.organisations.models import Unit

from ..rules.street_edges import AlongTheEdge
from ..rules.strips import strip
from .places import Area, Placement, Shape


class Side(models.TextChoices):
    """The side of a street, as one walks along its line from the beginning."""

    LEFT = "left", _("左侧")
    RIGHT = "right", _("右侧")


class RunBy(models.TextChoices):
    """Who keeps a street's frontages going (3.1)."""

    TOGETHER = "together", _("政府、社区、商户共管")
    CONTRACTOR = "contractor", _("购买服务")


class ManagedStreet(Shape):
    """A street whose edges are divided among those in front of whose doors they lie (门前三包管理路段)."""

    code = models.CharField(_("路段编号"), max_length=16, unique=True)
    name = models.CharField(_("路名"), max_length=40)
    stretch = models.CharField(_("起止"), max_length=80, blank=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="managed_streets", verbose_name=_("镇街"))
    length_cm = models.PositiveIntegerField(_("长度（厘米）"))
    # How far the walls stand from the line, on either side: nobody's strip crosses the middle of the street.
    left_wall_cm = models.PositiveIntegerField(_("左侧墙基到中线（厘米）"))
    right_wall_cm = models.PositiveIntegerField(_("右侧墙基到中线（厘米）"))
    left_name = models.CharField(_("左侧叫法"), max_length=10, default="左侧")
    right_name = models.CharField(_("右侧叫法"), max_length=10, default="右侧")
    run_by = models.CharField(_("怎么管"), max_length=10, choices=RunBy, default=RunBy.TOGETHER)
    managed_from = models.DateField(_("从哪天起管理"))
    managed_to = models.DateField(_("到哪天止"), null=True, blank=True)

    class Meta:
        verbose_name = _("管理路段")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="managed_street_has_code_and_name"),
            models.CheckConstraint(
                condition=Q(length_cm__gte=1, left_wall_cm__gte=1, right_wall_cm__gte=1), name="managed_street_has_extent"
            ),
            models.CheckConstraint(
                condition=Q(managed_to=None) | Q(managed_to__gt=F("managed_from")), name="managed_street_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.stretch}".strip()

    @property
    def journal_key(self) -> str:
        return self.code

    @property
    def line(self) -> BaseGeometry:
        return shapely.from_wkb(bytes(self.wkb or b""))

    def wall_cm(self, side: str) -> int:
        return self.left_wall_cm if side == Side.LEFT else self.right_wall_cm

    def side_name(self, side: str) -> str:
        return self.left_name if side == Side.LEFT else self.right_name


class PremisesKind(models.TextChoices):
    SHOP = "shop", _("店铺")
    INSTITUTION = "unit", _("单位")
    HOUSEHOLD = "household", _("住户")


class Premises(models.Model):
    """A shop, unit or household along a managed street (沿街单位、店铺、住户), under one community."""

    number = models.CharField(_("登记号"), max_length=12, unique=True)
    # On the plate at the door: it opens the shop's own page without an account, so it cannot be guessed.
    plate_code = models.CharField(_("门牌码"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("种类"), max_length=10, choices=PremisesKind, default=PremisesKind.SHOP)
    trade = models.CharField(_("行业"), max_length=30, blank=True)
    door = models.CharField(_("门牌"), max_length=60, blank=True)
    # Whom to ask for, as a post (店长、值班经理): never a person's name or number.
    contact_post = models.CharField(_("联系岗位"), max_length=20, blank=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="premises", verbose_name=_("村居"))
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="premises", verbose_name=_("位置"))
    opened_on = models.DateField(_("登记日"))
    closed_on = models.DateField(_("注销日"), null=True, blank=True)

    class Meta:
        verbose_name = _("沿街单位店铺")
        verbose_name_plural = _("沿街单位店铺")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=~Q(number="") & ~Q(name=""), name="premises_have_number_and_name"),
            models.CheckConstraint(condition=Q(kind__in=PremisesKind.values), name="premises_kind_is_known"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="premises_close_after_they_open"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.closed_on is None


class EdgeStretch(AlongTheEdge, models.Model):
    """Somebody has this piece of a side from a day on (沿街责任段). Another division is new rows; the old ones end."""

    WAYS = [("measured", _("实地丈量")), ("midline", _("相邻取中线")), ("imported", _("导入"))]

    street = models.ForeignKey(ManagedStreet, models.PROTECT, related_name="stretches")
    side = models.CharField(_("哪一侧"), max_length=5, choices=Side)
    from_cm = models.IntegerField(_("起点（厘米）"))
    to_cm = models.IntegerField(_("止点（厘米）"))
    # One of the two. A unit stands where no door is: a crossing, a square, a bus stop (默认责任人).
    premises = models.ForeignKey(Premises, models.PROTECT, null=True, blank=True, related_name="stretches")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="street_stretches")
    depth_cm = models.PositiveIntegerField(_("纵深（厘米）"))
    boundary = models.CharField(_("边界描述"), max_length=120)
    how = models.CharField(_("怎么定的"), max_length=10, choices=WAYS, default="measured")
    valid_from = models.DateField(_("起始日"))
    valid_to = models.DateField(_("停用日"), null=True, blank=True)

    class Meta:
        verbose_name = _("沿街责任段")
        ordering = ["street", "side", "from_cm"]
        constraints = [
            models.CheckConstraint(condition=Q(to_cm__gt=F("from_cm")), name="stretch_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(depth_cm__gte=1) & ~Q(boundary=""), name="stretch_says_how_deep_it_is"),
            models.CheckConstraint(
                condition=Q(premises=None, unit__isnull=False) | Q(premises__isnull=False, unit=None),
                name="stretch_belongs_to_premises_or_to_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="stretch_holds_until_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["street", "side"], condition=Q(valid_to=None), name="stretches_that_hold")]

    def __str__(self) -> str:
        return f"{self.street_id} {self.side} {self.from_cm}–{self.to_cm}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    @property
    def holder(self) -> Premises | Unit:
        held = self.premises or self.unit
        assert held is not None
        return held

    @property
    def side_name(self) -> str:
        return self.street.side_name(self.side)

    @property
    def depth_m(self) -> float:
        return self.depth_cm / 100

    @property
    def area(self) -> BaseGeometry:
        """The strip in front of it, in degrees; what is claimed beyond the street's ends is not drawn."""
        street = self.street
        since, to = max(self.from_cm, 0), min(self.to_cm, street.length_cm)
        return strip(street.line, self.side, since, max(to, since + 1), street.wall_cm(self.side), self.depth_cm)
