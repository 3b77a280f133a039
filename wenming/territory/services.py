"""Verbs that change where things are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.engine.inserting import insert_keyed
from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.refusals import BadInput, Refusal

from .homes import Home, HomeIndex, current_index
from .models import Area, Grid, GridKind, GridLayer, Level, Placement, PlacementHoming, Source
from .rules.coordinates import Datum, to_cgcs2000
from .rules.coverage import Audit, Cell, Fault, Finding, audit_overlays, audit_partition
from .rules.geometry import METRES_PER_DEGREE

# A phone at the city's edge may report a point just outside it: within its own error, and never more than this.
SNAP_AT_MOST_M = 100.0
# Long write transactions keep everybody else waiting (SQLite has one writer).
ROWS_PER_TRANSACTION = 500
ROWS_PER_STATEMENT = 500


class OutsideCity(BadInput):
    """The point lies in no unit of this city."""

    code = "territory.outside-city"


class NotAPlace(BadInput):
    """The numbers are no longitude and latitude."""

    code = "territory.not-a-place"


class LayerNotClean(BadInput):
    """A layer with gaps, overlaps or unusable cells is not published."""

    code = "territory.layer-not-clean"


class LayerOvertaken(Refusal):
    """Two versions were published at the same moment: one of them was first."""

    code = "territory.layer-overtaken"


@dataclass(frozen=True)
class Position:
    """A position as it was handed in, for `place_many`."""

    longitude: float
    latitude: float
    source: str
    datum: Datum = Datum.CGCS2000
    address: str = ""
    accuracy_m: float | None = None


@dataclass(frozen=True)
class NewCell:
    """A grid of a layer to be published."""

    code: str
    name: str
    community: Area
    geometry: BaseGeometry


@transaction.atomic
def place(
    *,
    longitude: float,
    latitude: float,
    datum: Datum = Datum.WGS84,
    source: str,
    now: datetime,
    address: str = "",
    accuracy_m: float | None = None,
) -> Placement:
    """Register a position and find the units it lies in (登记位置).

    datum: of the given numbers; stored are CGCS2000 degrees to seven decimals (1 cm). Raises NotAPlace and OutsideCity;
    a point outside by less than its own error (at most 100 m) counts as the nearest grid's. Writes no journal entry:
    a position is part of somebody else's act.
    """
    given = Position(longitude, latitude, source, Datum(datum), address, _usable_accuracy(accuracy_m))
    lon, lat = _converted(given)
    placement = _placement(given, lon, lat, _home_or_refusal(lon, lat, given.accuracy_m), now)
    insert(placement)
    return placement


def place_unlocated(*, address: str, now: datetime, town: Area | None = None) -> Placement:
    """Register a place known only by words (没有定位), with its town when somebody said which."""
    placement = Placement(address=address.strip()[:200], town=town, source=Source.NONE, created_at=now)
    insert(placement)
    return placement


@transaction.atomic
def place_many(positions: Sequence[Position], *, now: datetime | Sequence[datetime]) -> list[Placement]:
    """`place` for many positions in one transaction, in the same order, all or none.

    now: one moment, or one for each. Keep batches below 500.
    """
    points = [_converted(position) for position in positions]
    homes = current_index().homes_of([lon for lon, _lat in points], [lat for _lon, lat in points])
    moments = [now] * len(points) if isinstance(now, datetime) else list(now)
    placements = [
        _placement(given, *point, home or _home_or_refusal(*point, given.accuracy_m), moment)
        for given, point, home, moment in zip(positions, points, homes, moments, strict=True)
    ]
    insert_keyed(placements)
    return placements


def publish_layer(
    *,
    kind: str,
    cells: Sequence[NewCell],
    by: journal.Actor | None,
    now: datetime,
    note: str = "",
    synthetic: bool = False,
    signed: Collection[str] = (),
    and_then: Callable[[GridLayer], object] | None = None,
) -> GridLayer:
    """Publish the next version of one kind of grid (发布网格图层). Placements follow by reaction (`rehome_portion`).

    Block grids must cover the city once, strips and units may leave ground free; none may overlap within its kind, and a
    code begins with its community's: raises LayerNotClean for any finding but those signed for (their keys). Audited
    and encoded before the lock, the rows go in by one transaction: a thousand grids take it some 30 ms.
    and_then: the caller's own rows, in the same transaction; what it raises undoes everything.
    """
    _refuse_unclean(kind, cells, signed)
    grids = [_grid(cell) for cell in cells]
    with transaction.atomic():
        layer = _next_layer(kind, note, synthetic, now)
        for grid in grids:
            grid.layer = layer
        Grid.objects.bulk_create(grids, batch_size=ROWS_PER_STATEMENT)
        if and_then is not None:
            # Before the journal, as in every edit of a draft: two who take the same two locks take them in the same order.
            and_then(layer)
        journal.record("territory.layer-published", by=by, about=layer, now=now, cells=len(cells), note=note)
    return layer


def rehome_placements(*, layer: GridLayer, by: journal.Actor | None, now: datetime) -> int:
    """Give every placement its home in a newly published base layer (重新归属); returns how many changed units.

    The history stays: a placement whose grid, community or town changed keeps its former homing beside the new one.
    May be stopped and called again; it goes on with what is left.
    """
    before = _homed_by(layer)
    while rehome_portion(layer=layer, by=by, now=now):
        pass
    return _homed_by(layer) - before


@transaction.atomic
def rehome_portion(*, layer: GridLayer, by: journal.Actor | None, now: datetime) -> bool:
    """One portion of the placements that the layer has not homed yet, in one transaction; whether there was any left.

    The last one records how many changed units. It counts the history, not the turns: whoever was killed on the way
    does not know what those before it did.
    """
    portion = _still_elsewhere(layer)
    if not portion:
        return False
    _rehome(portion, layer, now)
    if _still_elsewhere(layer):
        return True
    journal.record("territory.rehomed", by=by, about=layer, now=now, changed=_homed_by(layer))
    return False


def _homed_by(layer: GridLayer) -> int:
    return (
        PlacementHoming.objects.filter(layer=layer, from_at__gte=layer.published_at)
        .values("placement")
        .distinct()
        .count()
    )


def _usable_accuracy(accuracy_m: float | None) -> float | None:
    return accuracy_m if accuracy_m is not None and isfinite(accuracy_m) and accuracy_m >= 0 else None


def _converted(given: Position) -> tuple[float, float]:
    try:
        lon, lat = to_cgcs2000(given.longitude, given.latitude, given.datum)
    except ValueError as error:
        raise NotAPlace(
            _("经度和纬度要写成度数，比如 113.38 和 22.52。请在地图上点选，或者用文字写明地点。")
        ) from error
    return round(lon, 7), round(lat, 7)


def _home_or_refusal(longitude: float, latitude: float, accuracy_m: float | None) -> Home:
    index = current_index()
    if home := index.home_of(longitude, latitude) or _nearest(index, longitude, latitude, accuracy_m):
        return home
    raise OutsideCity(
        _("这个位置不在本市范围内。请在地图上重新点选，或者不带定位、用文字写明地点。"),
        longitude=longitude,
        latitude=latitude,
    )


def _nearest(index: HomeIndex, longitude: float, latitude: float, accuracy_m: float | None) -> Home | None:
    slack = min(accuracy_m or 0.0, SNAP_AT_MOST_M) / METRES_PER_DEGREE
    return index.home_within(longitude, latitude, slack) if slack else None


def _within_its_error(index: HomeIndex, placement: Placement) -> Home | None:
    return _nearest(index, placement.longitude or 0.0, placement.latitude or 0.0, placement.accuracy_m)


def _placement(given: Position, longitude: float, latitude: float, home: Home, now: datetime) -> Placement:
    return Placement(
        longitude=longitude,
        latitude=latitude,
        address=given.address.strip()[:200],
        source=given.source,
        accuracy_m=given.accuracy_m,
        given_datum=given.datum.value,
        created_at=now,
        **_home_fields(home),
    )


def _home_fields(home: Home | None) -> dict[str, object]:
    if home is None:
        return {"town": None, "community": None, "grid_id": None, "layer_id": None}
    return {
        "town": home.town,
        "community": home.community,
        "grid_id": home.grid.id if home.grid else None,
        "layer_id": home.layer_id,
    }


def audit_layer(kind: str, cells: Sequence[NewCell], *, within_communities: bool = False, beside: Collection[str] = ()) -> Audit:
    """Everything that is wrong with a layer of that kind.

    within_communities: also what reaches beyond a community. beside: codes that grids of other kinds have.
    """
    asked = [Cell(cell.code, cell.geometry, cell.community.code) for cell in cells]
    outline, communities = _outlines(with_communities=within_communities)
    if kind == GridKind.BLOCK:
        return audit_partition(asked, outline, communities, beside)
    return audit_overlays(asked, outline, communities, beside)


def _refuse_unclean(kind: str, cells: Sequence[NewCell], signed: Collection[str]) -> None:
    if not cells:
        raise LayerNotClean(_("图层里一个网格也没有。"))
    open_findings = [one for one in audit_layer(kind, cells).findings if one.key not in signed]
    if not open_findings:
        return
    worst = open_findings[0]
    codes = list(dict.fromkeys(code for one in open_findings for code in one.codes))[:5]
    raise LayerNotClean(_why_not(worst, open_findings) + _("涉及：%(codes)s") % {"codes": "、".join(codes)}, codes=codes)


def _why_not(worst: Finding, findings: Sequence[Finding]) -> str:
    if worst.fault is Fault.INVALID:
        return _("网格 %(code)s：%(defect)s") % {"code": worst.codes[0], "defect": worst.of}
    if worst.fault is Fault.BAD_CODE:
        return _("网格编码 %(code)s 要有 15 位数字，前 12 位是社区代码。") % {"code": worst.codes[0]}
    if worst.fault is Fault.CODE_CLASH:
        return _("网格编码 %(code)s 用了不止一次，请改成不同的编码。") % {"code": worst.codes[0]}
    if worst.fault is Fault.UNMATCHED:
        return _("相邻网格的边线没有逐点重合，交界处的位置会无人负责，请先对齐边界。")
    overlap = sum(one.area_m2 for one in findings if one.fault is Fault.OVERLAP or one.of == "overlap")
    gap = sum(one.area_m2 for one in findings if one.fault in {Fault.GAP, Fault.HOLE, Fault.UNOWNED} or one.of == "gap")
    beyond = sum(one.area_m2 for one in findings if one.fault is Fault.OUTSIDE)
    return _("网格之间重叠 %(overlap)d 平方米、漏空 %(gap)d 平方米，超出市界 %(beyond)d 平方米，请先改好边界。") % {
        "overlap": overlap, "gap": gap, "beyond": beyond,
    }  # fmt: skip


def city_outline() -> BaseGeometry | None:
    city = Area.objects.filter(level=Level.CITY, valid_to=None, wkb__isnull=False).first()
    return city.geometry if city else None


def _outlines(*, with_communities: bool) -> tuple[BaseGeometry | None, dict[str, BaseGeometry] | None]:
    """The city's outline and every community's by its code, in one question; None where the communities are not asked for."""
    if not with_communities:
        return city_outline(), None
    drawn = Area.objects.filter(level__in=[Level.CITY, Level.COMMUNITY], valid_to=None, wkb__isnull=False)
    city: BaseGeometry | None = None
    communities: dict[str, BaseGeometry] = {}
    for area in drawn.order_by("code"):
        if area.level == Level.CITY:
            city = city or area.geometry
        elif (shape := area.geometry) is not None:
            communities[area.code] = shape
    return city, communities


def _next_layer(kind: str, note: str, synthetic: bool, now: datetime) -> GridLayer:
    """Raises LayerOvertaken where another version of the kind came in at the same moment: it has the number."""
    newest = GridLayer.objects.filter(kind=kind).order_by("-version").first()
    version = newest.version + 1 if newest else 1
    try:
        with transaction.atomic():
            return GridLayer.objects.create(kind=kind, version=version, published_at=now, note=note, synthetic=synthetic)
    except IntegrityError as error:
        raise LayerOvertaken(_("别人刚刚公布了新的一版，这一次没有公布。请对照新版再来。")) from error


def _grid(cell: NewCell) -> Grid:
    grid = Grid(code=cell.code, name=cell.name, community=cell.community)
    grid.set_geometry(cell.geometry)
    return grid


def _still_elsewhere(layer: GridLayer) -> list[Placement]:
    located = Placement.objects.filter(longitude__isnull=False).exclude(layer=layer)
    return list(located.select_related("grid").order_by("pk")[:ROWS_PER_TRANSACTION])


def _rehome(portion: Sequence[Placement], layer: GridLayer, now: datetime) -> int:
    index = current_index()
    found = index.homes_of([p.longitude or 0.0 for p in portion], [p.latitude or 0.0 for p in portion])
    # A phone at the city's edge was taken in by its own error, and is not put out again by a new version.
    homes = [home or _within_its_error(index, placement) for placement, home in zip(portion, found, strict=True)]
    homed_before = set(PlacementHoming.objects.filter(placement__in=portion).values_list("placement_id", flat=True))
    history, changed = [], 0
    for placement, home in zip(portion, homes, strict=True):
        if _is_other_home(placement, home):
            changed += 1
            if placement.pk not in homed_before:
                history.append(_homing(placement, placement.created_at, _("登记时")))
            _move(placement, home, layer)
            history.append(_homing(placement, now, _("网格图层第 %(version)d 版发布") % {"version": layer.version}))
        else:
            _move(placement, home, layer)
    PlacementHoming.objects.bulk_create(history)
    Placement.objects.bulk_update(portion, ["town", "community", "grid", "layer"])
    return changed


def _is_other_home(placement: Placement, home: Home | None) -> bool:
    before = (placement.town_id, placement.community_id, placement.grid.code if placement.grid else None)
    if home is None:
        return before != (None, None, None)
    after = (home.town.pk, home.community.pk if home.community else None, home.grid.code if home.grid else None)
    return before != after


def _move(placement: Placement, home: Home | None, layer: GridLayer) -> None:
    for field, value in _home_fields(home).items():
        setattr(placement, field, value)
    placement.layer = layer


def _homing(placement: Placement, from_at: datetime, reason: str) -> PlacementHoming:
    return PlacementHoming(
        placement=placement,
        town_id=placement.town_id,
        community_id=placement.community_id,
        grid_id=placement.grid_id,
        layer_id=placement.layer_id,
        from_at=from_at,
        reason=reason,
    )
