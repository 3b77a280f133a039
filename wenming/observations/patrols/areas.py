"""The area of a patrol plan: a town, a community, a grid or a road, and what lies in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from wenming.territory.models import Area, Grid, Level, Placement
from wenming.territory.roads import STROKE, bounds_of_road, road_words, roads_of
from wenming.territory.selectors import base_layer

from ..models import AreaKind

_LEVELS: dict[str, Level] = {AreaKind.TOWN: Level.TOWN, AreaKind.COMMUNITY: Level.COMMUNITY}
NOWHERE = Q(pk=None)


@dataclass(frozen=True)
class PatrolArea:
    """What a plan covers. middle: where to begin when nothing in it stands out; None where nobody has drawn it."""

    kind: str
    code: str
    name: str
    town_code: str
    middle: tuple[float, float] | None


def area_called(kind: str, code: str) -> PatrolArea | None:
    """The area of today that goes by this code; None when there is none."""
    if kind == AreaKind.ROAD:
        return _road(code)
    if kind == AreaKind.GRID:
        return _grid(code)
    area = Area.objects.filter(level=_LEVELS.get(kind, ""), code=code, valid_to=None).first()
    if area is None:
        return None
    middle = (area.label_lon, area.label_lat) if area.label_lon is not None and area.label_lat is not None else None
    return PatrolArea(kind, code, area.short_name, code[:9], middle)


def lies_in(kind: str, code: str, placement: str = "placement") -> Q:
    """The condition under which something with a placement lies in the area; placement: the name of that column."""
    if kind == AreaKind.ROAD:
        return Q(**{f"{placement}__in": _at_the_road(code)})
    column = {AreaKind.TOWN: "town", AreaKind.COMMUNITY: "community", AreaKind.GRID: "grid"}.get(AreaKind(kind))
    return Q(**{f"{placement}__{column}__code": code})


def _grid(code: str) -> PatrolArea | None:
    grid = Grid.objects.filter(layer=base_layer(), code=code).first()
    if grid is None:
        return None
    shape = grid.geometry
    middle = shape.representative_point() if shape else None
    return PatrolArea(AreaKind.GRID, code, grid.name, code[:9], (middle.x, middle.y) if middle else None)


def _road(code: str) -> PatrolArea | None:
    box = bounds_of_road(code)
    if box is None:
        return None
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return PatrolArea(AreaKind.ROAD, code, road_words(code), code.partition(STROKE)[0], middle)


def _at_the_road(code: str) -> list[int]:
    box = bounds_of_road(code)
    if box is None:
        return []
    west, south, east, north = box
    inside = Placement.objects.filter(latitude__range=(south, north), longitude__range=(west, east))
    rows = list(inside.values_list("pk", "longitude", "latitude"))
    roads = roads_of([(lon or 0.0, lat or 0.0) for _pk, lon, lat in rows])
    return [pk for (pk, _lon, _lat), road in zip(rows, roads, strict=True) if road == code]
