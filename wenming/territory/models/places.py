"""Where: areas over time, layers of grids, the base map, and every position that anything in the house has.

Geometry is WKB in an ordinary column with its bounding box beside it, in CGCS2000 degrees (EPSG:4490).
"""

from __future__ import annotations

import uuid

import shapely
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from ..rules.coordinates import Datum


class Shape(models.Model):
    """A geometry and its bounding box; `set_geometry` keeps the two together."""

    wkb = models.BinaryField(null=True, editable=False)
    min_lon = models.FloatField(null=True)
    min_lat = models.FloatField(null=True)
    max_lon = models.FloatField(null=True)
    max_lat = models.FloatField(null=True)

    class Meta:
        abstract = True

    @property
    def geometry(self) -> BaseGeometry | None:
        """The shape in CGCS2000 degrees, or None when nobody has drawn it."""
        return shapely.from_wkb(bytes(self.wkb)) if self.wkb is not None else None

    def set_geometry(self, geometry: BaseGeometry) -> None:
        self.wkb = shapely.to_wkb(geometry)
        self.min_lon, self.min_lat, self.max_lon, self.max_lat = geometry.bounds


class Level(models.TextChoices):
    CITY = "city", _("市")
    TOWN = "town", _("镇街")
    COMMUNITY = "community", _("村居")


class Area(Shape):
    """An administrative unit for as long as it had this code and name (行政区划).

    A renamed or merged unit is a new row; `Succession` leads from the old one to the new.
    """

    code = models.CharField(_("区划代码"), max_length=12)
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    name = models.CharField(_("全称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=30)
    kind = models.CharField(_("类别"), max_length=10, help_text=_("市、街道、镇、社区、村"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid_from = models.DateField(_("启用日"))
    valid_to = models.DateField(_("停用日"), null=True, blank=True, help_text=_("这一天起不再使用"))
    label_lon = models.FloatField(null=True)
    label_lat = models.FloatField(null=True)

    class Meta:
        verbose_name = _("区划")
        ordering = ["code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="area_begins_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="one_current_area_per_code"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="area_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["level", "valid_to"], name="area_by_level")]

    def __str__(self) -> str:
        return self.short_name

    @property
    def journal_key(self) -> str:
        return self.code


class Succession(models.Model):
    """On this day one unit's territory passed to another (区划变更): a merger is several rows with one `to_area`."""

    from_area = models.ForeignKey(Area, models.PROTECT, related_name="successions")
    to_area = models.ForeignKey(Area, models.PROTECT, related_name="predecessions")
    on = models.DateField(_("变更日"))
    note = models.CharField(_("依据或说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("区划变更")
        constraints = [
            models.UniqueConstraint(fields=["from_area", "to_area"], name="area_succeeds_another_once"),
            models.CheckConstraint(condition=~Q(from_area=F("to_area")), name="area_does_not_succeed_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.from_area} → {self.to_area}"


class GridKind(models.TextChoices):
    """The policy's three kinds of grid (三类网格), each with its own layers."""

    BLOCK = "block", _("块状网格")
    STRIP = "strip", _("条形网格")
    UNIT = "unit", _("单位型网格")


class GridLayer(models.Model):
    """One edition of one kind of grid. Invisible until published; never redrawn, only followed by the next version."""

    kind = models.CharField(_("类型"), max_length=10, choices=GridKind)
    version = models.PositiveIntegerField(_("版本"))
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    synthetic = models.BooleanField(_("合成的演示边界"), default=False)
    review_number = models.CharField(_("审图号"), max_length=40, blank=True)
    # Tells two layers apart even where a restored or rolled-back database gives out the same pk again.
    token = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("网格图层")
        ordering = ["kind", "version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="layer_version_is_used_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"

    @property
    def journal_key(self) -> str:
        return f"{self.kind}-{self.version}"


class Grid(Shape):
    """A grid unit (单元网格): 15 digits = community code + serial, never across a community's border."""

    layer = models.ForeignKey(GridLayer, models.CASCADE, related_name="grids")
    code = models.CharField(_("网格编码"), max_length=15)
    name = models.CharField(_("名称"), max_length=60)
    community = models.ForeignKey(Area, models.PROTECT, related_name="grids")

    class Meta:
        verbose_name = _("单元网格")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["layer", "code"], name="grid_code_is_unique_in_its_layer")]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return self.code


class Road(Shape):
    """A road of the base map, as a line."""

    class Rank(models.TextChoices):
        MAIN = "main", _("干道")
        STREET = "street", _("街道")

    name = models.CharField(_("路名"), max_length=40, db_index=True)
    rank = models.CharField(_("等级"), max_length=10, choices=Rank, default=Rank.STREET)
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="roads")

    class Meta:
        verbose_name = _("道路")

    def __str__(self) -> str:
        return self.name


class Water(Shape):
    """A river, creek or lake of the base map, as a polygon."""

    name = models.CharField(_("水域"), max_length=40)

    class Meta:
        verbose_name = _("水域")

    def __str__(self) -> str:
        return self.name


class Landmark(models.Model):
    """A known place with an address (地名地址): turns text into a point and a point into words."""

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类别"), max_length=20, blank=True)
    road = models.CharField(_("路名"), max_length=40, blank=True, db_index=True)
    number = models.PositiveIntegerField(_("门牌号"), null=True, blank=True)
    longitude = models.FloatField()
    latitude = models.FloatField()
    town = models.ForeignKey(Area, models.PROTECT, related_name="landmarks")

    class Meta:
        verbose_name = _("地名地址")
        indexes = [models.Index(fields=["latitude", "longitude"], name="landmark_by_position")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """「石岐街道宁和路 18 号」; without a number the road alone."""
        number = f" {self.number} 号" if self.number else ""
        return f"{self.town.short_name}{self.road}{number}"


class Source(models.TextChoices):
    """How a position became known."""

    GPS = "gps", _("手机定位")
    MAP = "map", _("地图上点选")
    ADDRESS = "address", _("按地址查得")
    NONE = "none", _("没有定位")


class Placement(models.Model):
    """The position of a thing, and the units it lies in (位置). Whatever has a position points here.

    `town`, `community`, `grid` and `layer` repeat the newest homing, so that lists need no geometry. The point itself
    never changes: a correction is a new placement.
    """

    longitude = models.FloatField(_("经度"), null=True)
    latitude = models.FloatField(_("纬度"), null=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    community = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, related_name="+")
    layer = models.ForeignKey(GridLayer, models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField(_("来源"), max_length=10, choices=Source)
    accuracy_m = models.FloatField(_("定位误差（米）"), null=True)
    given_datum = models.CharField(
        _("原坐标系"), max_length=10, blank=True, choices=[(datum.value, datum.label) for datum in Datum]
    )
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("位置")
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None) | Q(longitude__isnull=False, latitude__isnull=False),
                name="placement_has_both_coordinates_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(longitude=None) | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="placement_is_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(longitude=None, source=Source.NONE) | Q(longitude__isnull=False) & ~Q(source=Source.NONE),
                name="placement_without_point_has_no_source",
            ),
            models.CheckConstraint(
                condition=Q(accuracy_m=None) | Q(accuracy_m__gte=0), name="placement_accuracy_is_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["latitude", "longitude"], name="placement_by_position")]

    def __str__(self) -> str:
        return self.address or self.area_text

    @property
    def is_located(self) -> bool:
        return self.longitude is not None

    @property
    def point(self) -> tuple[float, float] | None:
        """(longitude, latitude) in CGCS2000 degrees."""
        if self.longitude is None or self.latitude is None:
            return None
        return self.longitude, self.latitude

    @property
    def area_text(self) -> str:
        """「石岐街道太平社区」 as far as it is known."""
        return "".join(area.short_name for area in (self.town, self.community) if area)

    @property
    def layer_version(self) -> int | None:
        return self.layer.version if self.layer else None


class PlacementHoming(models.Model):
    """From this moment a placement belonged to these units (归属变更). Append-only.

    A placement that never moved has none: its first homing is written together with its second.
    """

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="homings")
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_index=False)
    community = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_index=False)
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, related_name="+", db_index=False)
    layer = models.ForeignKey(GridLayer, models.PROTECT, null=True, related_name="+", db_index=False)
    from_at = models.DateTimeField(_("起始时间"))
    reason = models.CharField(_("原因"), max_length=100)

    class Meta:
        verbose_name = _("归属变更")
        ordering = ["from_at", "pk"]

    def __str__(self) -> str:
        return f"{self.placement} {self.from_at:%Y-%m-%d} {self.reason}"


class OverlayHoming(models.Model):
    """A redrawn layer of strips or units laid a placement into another grid of its kind (条形、单位型的归属变更). Append-only.

    In which strip or unit a point lies today is asked of the layers in force; what stays here is what each new version
    changed. before, after: the grids; None: in none of that kind.
    """

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="overlay_homings")
    layer = models.ForeignKey(GridLayer, models.PROTECT, related_name="overlay_homings")
    before = models.ForeignKey(Grid, models.PROTECT, null=True, related_name="+", db_index=False)
    after = models.ForeignKey(Grid, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(_("起始时间"))

    class Meta:
        verbose_name = _("条形、单位型归属变更")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["placement", "layer"], name="a_layer_moves_a_placement_once"),
            models.CheckConstraint(
                condition=~(Q(before=None) & Q(after=None)), name="an_overlay_homing_leaves_or_comes_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.placement} {self.before or '—'} → {self.after or '—'}"
