"""Public places (公共场所): streets, parks, markets, stations … each with its number, its dossier and its history.

What is good at a place (its checklist) lives downstream, in standards; what was seen there in observations; what its
managing body owes (pact, guides, education) in responsibilities.
"""

from __future__ import annotations

import shapely
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from wenming.organisations.models import Account, Unit

from .places import Placement


class PlaceKind(models.TextChoices):
    """The sixteen kinds that the policy names (2.1), in its order."""

    ROAD = "road", _("道路")
    INTERSECTION = "intersection", _("路口")
    LANE = "lane", _("街巷")
    PARK = "park", _("公园")
    SQUARE = "square", _("广场")
    STADIUM = "stadium", _("体育场馆")
    CINEMA = "cinema", _("影剧院")
    CAMPUS = "campus", _("校园")
    SHOPPING_STREET = "shopping_street", _("商业街")
    MALL = "mall", _("商场超市")
    MARKET = "market", _("集贸市场")
    STATION = "station", _("车站")
    TRANSPORT = "transport", _("公共交通工具")
    HOTEL = "hotel", _("宾馆")
    ENTERTAINMENT = "entertainment", _("娱乐场所")
    SITE = "site", _("建筑工地")


class PlaceCondition(models.TextChoices):
    """In which state it was last seen (现状)."""

    UNKNOWN = "unknown", _("还没有核过")
    GOOD = "good", _("良好")
    WORN = "worn", _("有缺损")
    POOR = "poor", _("较差")


class PlaceStanding(models.TextChoices):
    """Whether it counts."""

    OPEN = "open", _("在册")
    CLOSED = "closed", _("已关闭")
    # Brought in by a batch that was taken back: it never counted. The same number may come in again.
    WITHDRAWN = "withdrawn", _("已撤回")


class PlaceOrigin(models.TextChoices):
    """Who first told of it: three lists that know little of one another, from which the missing are estimated."""

    CENSUS = "census", _("普查导入")
    PATROL = "patrol", _("现场发现")
    COMPLAINT = "complaint", _("上报提到")
    OFFICE = "office", _("日常登记")


class PlaceFacts(models.Model):
    """What is told of a place. The register holds the newest, each edition what was told then."""

    kind = models.CharField(_("类别"), max_length=16, choices=PlaceKind)
    name = models.CharField(_("名称"), max_length=80)
    manager = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name=_("管理单位"), related_name="%(class)ss_managed")
    # A managing body that has no desk of its own here: then the town answers, and says for whom.
    manager_name = models.CharField(_("管理单位名称"), max_length=80, blank=True)
    responsible_post = models.CharField(_("负责岗位"), max_length=40, blank=True)
    # Purpose: whom the office asks about the place (2.2). Kept with the history of the dossier, never shown in public.
    responsible_name = models.CharField(_("负责人"), max_length=40, blank=True)
    condition = models.CharField(_("现状"), max_length=10, choices=PlaceCondition, default=PlaceCondition.UNKNOWN)
    standing = models.CharField(_("在册情况"), max_length=10, choices=PlaceStanding, default=PlaceStanding.OPEN)
    # A vehicle's placement is its town alone.
    placement = models.ForeignKey(Placement, models.PROTECT, verbose_name=_("位置"), related_name="%(class)ss")
    outline = models.BinaryField(null=True, editable=False)
    note = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def geometry(self) -> BaseGeometry | None:
        """Point, line or area in CGCS2000 degrees; None for what moves."""
        if self.outline is not None:
            return shapely.from_wkb(bytes(self.outline))
        return shapely.Point(self.placement.point) if self.placement.point else None

    @property
    def managing_body(self) -> str:
        """Who manages it, by name; "" where nobody has said."""
        return self.manager.name if self.manager else self.manager_name


class Place(PlaceFacts):
    """One public place. The row repeats its newest edition and its last verification, so that lists are one question."""

    number = models.CharField(_("编号"), max_length=24, unique=True)
    # On the plate at the spot; never given to another place.
    short_code = models.CharField(_("二维码编号"), max_length=12, unique=True)
    origin = models.CharField(_("最初来源"), max_length=10, choices=PlaceOrigin, default=PlaceOrigin.OFFICE)
    valid_from = models.DateField(_("起始日"))
    editions_count = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("最近变更"))
    # Repeated from the newest verification, downstream; a place that nobody has looked at is due from the first day.
    verified_on = models.DateField(_("上次核对"), null=True)
    due_on = models.DateField(_("下次核对"), null=True)
    # How much of the dossier is there: facts told and checklist items answered, of those that its kind asks for.
    told = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)
    answered = models.PositiveSmallIntegerField(default=0)
    items = models.PositiveSmallIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("公共场所")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=~Q(number="") & ~Q(short_code=""), name="place_has_a_number_and_a_code"),
            models.CheckConstraint(condition=~Q(name=""), name="place_has_a_name"),
            models.CheckConstraint(
                condition=Q(told__lte=F("asked"), answered__lte=F("items"), failed__lte=F("answered")),
                name="place_is_no_more_than_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "number"], name="places_of_a_kind"),
            models.Index(fields=["due_on"], name="places_by_due_day"),
            models.Index(fields=["name"], name="places_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.standing == PlaceStanding.OPEN

    def complete_percent(self, items_of_kind: int) -> int:
        """How much of the dossier is there: (facts told + items answered) of (facts asked + items), whole percent.

        items_of_kind: what its kind's checklist asks, for a place that nobody has looked at yet.
        """
        return 100 * (self.told + self.answered) // ((self.asked + (self.items or items_of_kind)) or 1)


class PlaceEdition(PlaceFacts):
    """What was told of a place from a day on, who said so, when and why (变更史). Append-only."""

    ACTS = [
        ("register", _("登记")), ("correct", _("更正")), ("close", _("关闭")), ("reopen", _("重新开放")), ("take_back", _("撤销导入")),
    ]  # fmt: skip

    place = models.ForeignKey(Place, models.PROTECT, related_name="editions")
    position = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=ACTS)
    valid_from = models.DateField(_("起始日"))
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    source = models.CharField(_("来源"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("公共场所变更")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["place", "position"], name="editions_of_a_place_are_counted"),
            models.CheckConstraint(
                condition=~Q(act__in=["correct", "close", "reopen"]) | ~Q(reason="") | ~Q(source=""),
                name="a_change_of_a_place_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}.{self.position} {self.act}"
