"""The collections: which rows each holds, what of them is told, who may see it.

Cases are what the public map shows and no more: solved a day ago or longer, nobody who reported them wished otherwise,
at the middle of a cell that holds enough addresses. The search by bbox goes by that middle too: whoever asks smaller and
smaller boxes finds nothing finer. Components stand under our streets, so their collection is for those with a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from wenming.cases.models import Case
from wenming.cases.selectors import public_cases
from wenming.desks.common.access import PUBLIC
from wenming.standards.selectors import kind_names
from wenming.territory.coarse import CELL_SIZES, coarse_points
from wenming.territory.components.selectors import public_components
from wenming.territory.grids.overlays import newest_layers
from wenming.territory.homes import base_layer
from wenming.territory.models import (
    Area,
    Component,
    EdgeStretch,
    Grid,
    GridKind,
    Level,
    ManagedStreet,
    Place,
    Placement,
    Premises,
    PremisesKind,
)
from wenming.territory.public_places.selectors import public_places

from .asking import Asked, Interval

PORTION = 500
# Of cases outside a box that cannot be told from those inside by an index, no more are looked at for one page.
MOST_LOOKED_AT = 5_000
# A cell reaches this much farther than its middle.
AROUND_DEGREES = CELL_SIZES[-1] * 1.5
# No strip in front of a door reaches farther than this from the middle of its street.
STRIP_DEGREES = 0.001
Feature = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Features of one page; `last` is the key to go on after, 0 where there is nothing more."""

    features: list[Feature]
    last: int


@dataclass(frozen=True)
class Layer:
    """One collection. rows: all of them; within, during: the rows that may match; shown: rows to (key, feature, geometry)."""

    name: str
    title: str | Promise
    description: str | Promise
    permission: str
    key: str
    rows: Callable[[datetime], QuerySet[Any]]
    shown: Callable[[Sequence[Any]], list[tuple[int, Feature, BaseGeometry | None]]]
    within: Callable[[tuple[float, float, float, float]], Q]
    during: Callable[[Interval], Q] | None = None


def page_of(layer: Layer, asked: Asked, now: datetime) -> Page:
    """The next features that lie in the box and in the time asked for, in the order of their keys."""
    rows = layer.rows(now).order_by("pk")
    if asked.interval and layer.during:
        rows = rows.filter(layer.during(asked.interval))
    if asked.bbox:
        rows = rows.filter(_both_sides(layer, asked.bbox))
    features: list[Feature] = []
    last, looked_at = asked.after, 0
    while True:
        portion = list(rows.filter(pk__gt=last)[: PORTION + 1])
        for key, feature, geometry in layer.shown(portion[:PORTION]):
            if len(features) == asked.limit:
                return Page(features, last)
            last = key
            if asked.bbox is None or _meets(geometry, asked.bbox):
                features.append(feature)
        looked_at += PORTION
        if len(portion) <= PORTION:
            return Page(features, 0)
        if looked_at >= MOST_LOOKED_AT:
            return Page(features, last)


def one_of(layer: Layer, feature_id: str, now: datetime) -> Feature | None:
    """The feature of that id, None where there is none that may be seen."""
    if layer.key == "pk" and not (feature_id.isascii() and feature_id.isdigit() and len(feature_id) < 19):
        return None
    rows = list(layer.rows(now).filter(**{layer.key: feature_id})[:1])
    return layer.shown(rows)[0][1] if rows else None


def _both_sides(layer: Layer, bbox: tuple[float, float, float, float]) -> Q:
    west, south, east, north = bbox
    if west <= east:
        return layer.within(bbox)
    # Across the line where -180 and 180 meet.
    return layer.within((west, south, 180.0, north)) | layer.within((-180.0, south, east, north))


def _meets(geometry: BaseGeometry | None, bbox: tuple[float, float, float, float]) -> bool:
    if geometry is None:
        return False
    west, south, east, north = bbox
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(shapely.box(left, south, right, north).intersects(geometry) for left, right in boxes)


def _feature(key: str, geometry: BaseGeometry | None, **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "id": key,
        "geometry": shapely.geometry.mapping(geometry) if geometry is not None else None,
        "properties": properties,
    }


# --- cases -----------------------------------------------------------------------------------------------------------


def _cases(now: datetime) -> QuerySet[Case]:
    return public_cases(now).select_related("problem_type__scheme", "placement__town")


def _cases_shown(cases: Sequence[Case]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    points = coarse_points([case.placement.point for case in cases])
    return [(case.pk, *_case_shown(case, point)) for case, point in zip(cases, points, strict=True)]


def _case_shown(case: Case, point: tuple[float, float] | None) -> tuple[Feature, BaseGeometry | None]:
    geometry, kind, town = shapely.Point(*point) if point else None, case.problem_type, case.placement.town
    properties = {
        "title": case.title, "kind_code": kind.full_code if kind else None, "kind": kind.name if kind else None,
        "town_code": town.code if town else None, "town": town.short_name if town else None,
        "opened_at": case.opened_at, "closed_at": case.closed_at,
    }  # fmt: skip
    return _feature(case.number, geometry, **properties), geometry


def _cases_within(bbox: tuple[float, float, float, float]) -> Q:
    west, south, east, north = bbox
    return Q(
        placement__longitude__range=(west - AROUND_DEGREES, east + AROUND_DEGREES),
        placement__latitude__range=(south - AROUND_DEGREES, north + AROUND_DEGREES),
    )


def _cases_during(interval: Interval) -> Q:
    since, until = interval
    return (Q(closed_at__gte=since) if since else Q()) & (Q(opened_at__lte=until) if until else Q())


# --- grids, communities, towns ---------------------------------------------------------------------------------------


def _boxed(bbox: tuple[float, float, float, float]) -> Q:
    west, south, east, north = bbox
    return Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)


def _grids(now: datetime) -> QuerySet[Grid]:
    return Grid.objects.filter(layer=base_layer()).select_related("community__parent", "layer")


def _overlaid(kind: GridKind) -> Callable[[datetime], QuerySet[Grid]]:
    def rows(now: datetime) -> QuerySet[Grid]:
        return Grid.objects.filter(layer__in=newest_layers((kind,))).select_related("community__parent", "layer")

    return rows


def _grids_shown(grids: Sequence[Grid]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    return [
        (
            grid.pk,
            _feature(
                grid.code, geometry := grid.geometry, code=grid.code, name=grid.name, community_code=grid.community.code,
                community=grid.community.short_name, town=grid.community.parent.short_name if grid.community.parent else None,
                version=grid.layer.version, synthetic=grid.layer.synthetic,
            ),
            geometry,
        )
        for grid in grids
    ]  # fmt: skip


def _areas(level: Level) -> Callable[[datetime], QuerySet[Area]]:
    return lambda now: Area.objects.filter(level=level, valid_to=None, wkb__isnull=False).select_related("parent")


def _areas_shown(areas: Sequence[Area]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    return [
        (
            area.pk,
            _feature(
                area.code, geometry := area.geometry, code=area.code, name=area.name, short_name=area.short_name, kind=area.kind,
                parent_code=area.parent.code if area.parent else None, valid_from=area.valid_from,
            ),
            geometry,
        )
        for area in areas
    ]  # fmt: skip


# --- components ------------------------------------------------------------------------------------------------------


def _components(now: datetime) -> QuerySet[Component]:
    return public_components().select_related("placement__community", "placement__grid", "supervisor", "caretaker")


def _components_shown(components: Sequence[Component]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    names = kind_names({one.kind_code for one in components})
    return [(one.pk, *_component_shown(one, names)) for one in components]


def _component_shown(one: Component, names: dict[str, str]) -> tuple[Feature, BaseGeometry]:
    geometry, place = one.geometry, one.placement
    units = {name: unit.name if unit else None for name, unit in _units_of(one)}
    properties = {
        "code": one.code, "kind_code": one.kind_code, "kind": names.get(one.kind_code), "name": one.name,
        "condition": one.condition, **units, "town": place.town.short_name if place.town else None,
        "community": place.community.short_name if place.community else None, "grid": place.grid.code if place.grid else None,
        "address": place.address, "valid_from": one.valid_from,
    }  # fmt: skip
    return _feature(one.code, geometry, **properties), geometry


def _units_of(one: Component) -> Iterator[tuple[str, Any]]:
    yield from (("owner", one.owner), ("supervisor", one.supervisor), ("caretaker", one.caretaker))


def _components_during(interval: Interval) -> Q:
    """Whatever stands there now stands there since its newest edition, and still."""
    _since, until = interval
    return Q(valid_from__lte=timezone.localdate(until)) if until else Q()


# --- places, premises, streets ----------------------------------------------------------------------------------------


def _at_placement(bbox: tuple[float, float, float, float]) -> Q:
    west, south, east, north = bbox
    return Q(placement__longitude__range=(west, east), placement__latitude__range=(south, north))


def _place_rows(now: datetime) -> QuerySet[Place]:
    return public_places().select_related("placement__town", "placement__community", "placement__grid", "manager").exclude(placement__longitude=None)


def _places_shown(places: Sequence[Place]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    """What a place's plate tells everybody; of its people the unit alone."""
    return [
        (
            one.pk,
            _feature(
                one.number, geometry := shapely.Point(*one.placement.point) if one.placement.point else None, number=one.number, name=one.name,
                kind=one.kind, kind_name=str(one.get_kind_display()), manager=one.manager.name if one.manager else None,
                **_units_around(one.placement), valid_from=one.valid_from,
            ),
            geometry,
        )
        for one in places
    ]  # fmt: skip


def _premises_rows(now: datetime) -> QuerySet[Premises]:
    """Shops and institutions; where people live is nobody's layer."""
    open_ones = Premises.objects.filter(closed_on=None, placement__longitude__isnull=False).exclude(kind=PremisesKind.HOUSEHOLD)
    return open_ones.select_related("placement__town", "placement__community", "placement__grid")


def _premises_shown(premises: Sequence[Premises]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    return [
        (
            one.pk,
            _feature(
                one.number, geometry := shapely.Point(*one.placement.point) if one.placement.point else None, number=one.number, name=one.name,
                kind=one.kind, trade=one.trade, door=one.door, **_units_around(one.placement), opened_on=one.opened_on,
            ),
            geometry,
        )
        for one in premises
    ]  # fmt: skip


def _units_around(place: Placement) -> dict[str, str | None]:
    return {
        "town": place.town.short_name if place.town else None, "community": place.community.short_name if place.community else None,
        "grid": place.grid.code if place.grid else None,
    }  # fmt: skip


def _street_rows(now: datetime) -> QuerySet[ManagedStreet]:
    return ManagedStreet.objects.filter(wkb__isnull=False, managed_to=None).select_related("town")


def _streets_shown(streets: Sequence[ManagedStreet]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    return [
        (
            one.pk,
            _feature(
                one.code, geometry := one.geometry, code=one.code, name=one.name, stretch=one.stretch, town=one.town.short_name,
                length_m=one.length_cm / 100, run_by=one.run_by, managed_from=one.managed_from,
            ),
            geometry,
        )
        for one in streets
    ]  # fmt: skip


def _edge_rows(now: datetime) -> QuerySet[EdgeStretch]:
    held = EdgeStretch.objects.filter(valid_to=None, street__wkb__isnull=False, street__managed_to=None)
    return held.select_related("street__town", "premises", "unit")


def _edges_shown(edges: Sequence[EdgeStretch]) -> list[tuple[int, Feature, BaseGeometry | None]]:
    """The strip of ground in front of each door, with whose it is; of a household the number alone."""
    return [(one.pk, *_edge_shown(one)) for one in edges]


def _edge_shown(one: EdgeStretch) -> tuple[Feature, BaseGeometry | None]:
    street, door = one.street, one.premises
    geometry = one.area
    holder = one.unit.name if one.unit else door.name if door and door.kind != PremisesKind.HOUSEHOLD else None
    properties = {
        "street_code": street.code, "street": street.name, "side": street.side_name(one.side), "from_m": one.from_cm / 100, "to_m": one.to_cm / 100,
        "depth_m": one.depth_cm / 100, "holder": holder, "premises": door.number if door else None, "boundary": one.boundary,
        "town": street.town.short_name, "valid_from": one.valid_from,
    }  # fmt: skip
    return _feature(str(one.pk), geometry, **properties), geometry


def _near_street(bbox: tuple[float, float, float, float]) -> Q:
    """Streets that reach into the box, with the depth of a strip around them."""
    west, south, east, north = bbox
    return Q(
        street__min_lon__lte=east + STRIP_DEGREES, street__max_lon__gte=west - STRIP_DEGREES, street__min_lat__lte=north + STRIP_DEGREES,
        street__max_lat__gte=south - STRIP_DEGREES,
    )  # fmt: skip


LAYERS = {
    layer.name: layer
    for layer in (
        Layer("cases", _("已办结的案件"), _("办结满一天、上报人没有要求不公开的案件；位置是所在格子的中心，不是原处。"), PUBLIC, "number",
              _cases, _cases_shown, _cases_within, _cases_during),
        Layer("grids", _("单元网格"), _("现行的块状网格。"), PUBLIC, "code", _grids, _grids_shown, _boxed),
        Layer("strips", _("条形网格"), _("现行的条形网格：道路、河道。"), PUBLIC, "code", _overlaid(GridKind.STRIP), _grids_shown, _boxed),
        Layer("units", _("单位型网格"), _("现行的单位型网格：校园、市场、院落。"), PUBLIC, "code", _overlaid(GridKind.UNIT), _grids_shown, _boxed),
        Layer("communities", _("村居"), _("现行的村居范围。"), PUBLIC, "code", _areas(Level.COMMUNITY), _areas_shown, _boxed),
        Layer("towns", _("镇街"), _("现行的镇街范围。"), PUBLIC, "code", _areas(Level.TOWN), _areas_shown, _boxed),
        Layer("components", _("部件"), _("在册的城市部件和它的权属；凭密钥读取。"), "components.see", "code", _components,
              _components_shown, _boxed, _components_during),
        Layer("places", _("公共场所"), _("开放的公共场所：类别、名称、管理单位，各在它的点上。"), PUBLIC, "number", _place_rows, _places_shown,
              _at_placement),
        Layer("streets", _("管理路段"), _("实行门前三包的路段中线。"), PUBLIC, "code", _street_rows, _streets_shown, _boxed),
        Layer("premises", _("沿街门店"), _("沿街的店铺和单位，没有住户；凭密钥读取。"), "streets.read", "number", _premises_rows,
              _premises_shown, _at_placement),
        Layer("street_edges", _("门前责任段"), _("每一段门前地面归谁，住户只有编号；凭密钥读取。"), "streets.read", "pk", _edge_rows, _edges_shown,
              _near_street),
    )
}  # fmt: skip
