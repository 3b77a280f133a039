"""The city cut into pieces by all its borders: towns, communities and the three kinds of grid. Policy: 7.5.

Cutting takes seconds, so it is kept per process under the layers' tokens; a draft is cut anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.db.models import Q
from shapely.geometry.base import BaseGeometry

from .grids.overlays import newest_layers
from .homes import current_index
from .models import Area, GridLayer, Level
from .rules.arrangement import Arrangement, arrange

KINDS = ("block", "strip", "unit")
LAYERS = ("town", "community", *KINDS)


@dataclass(frozen=True)
class DrawnCell:
    """One polygon of a layer: its code and shape in CGCS2000 degrees. For a grid, of which community and town."""

    code: str
    shape: BaseGeometry
    community_code: str = ""
    town_code: str = ""


@dataclass(frozen=True)
class CityMap:
    """Every layer by its name (`LAYERS`), and which edition of it this is."""

    layers: Mapping[str, Sequence[DrawnCell]]
    versions: Mapping[str, str] = field(default_factory=dict)

    def cut(self) -> Arrangement:
        """The arrangement; a piece's `cells` stand in the order of `LAYERS`."""
        return arrange([[cell.shape for cell in self.layers.get(name, ())] for name in LAYERS])

    def with_layer(self, kind: str, cells: Sequence[DrawnCell], version: str = "draft") -> CityMap:
        """The same city with one layer redrawn."""
        return CityMap({**self.layers, kind: cells}, {**self.versions, kind: version})


_cutting = threading.Lock()
_cut: tuple[object, CityMap, Arrangement] | None = None


def city_cut() -> tuple[CityMap, Arrangement]:
    """Today's map and its pieces; cut once for each edition of the layers."""
    global _cut
    version = _version()
    kept = _cut
    if kept is None or kept[0] != version:
        with _cutting:
            kept = _cut
            if kept is None or kept[0] != version:
                drawn = city_map()
                kept = _cut = version, drawn, drawn.cut()
    return kept[1], kept[2]


def city_map() -> CityMap:
    """Every layer in force."""
    areas = {level: list(_areas(level)) for level in (Level.TOWN, Level.COMMUNITY)}
    layers: dict[str, Sequence[DrawnCell]] = {"town": areas[Level.TOWN], "community": areas[Level.COMMUNITY]}
    versions = {}
    for layer in newest_layers(KINDS):
        layers[layer.kind] = cells_of(layer)
        versions[layer.kind] = f"{layer.version}:{layer.token}"
    return CityMap(layers, versions)


def cells_of(layer: GridLayer) -> list[DrawnCell]:
    """The grids of one edition, by code."""
    rows: list[Any] = list(layer.grids.order_by("code").values_list("code", "community__code", "community__parent__code", "wkb"))
    shapes = _shapes(row[3] for row in rows)
    return [DrawnCell(code, shape, of, town or "") for (code, of, town, _wkb), shape in zip(rows, shapes, strict=True)]


def areas_over(level: Level, ground: BaseGeometry) -> list[DrawnCell]:
    """The drawn towns or communities that touch a ground, by code."""
    west, south, east, north = ground.bounds
    boxed = Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    return [cell for cell in _areas(level, boxed) if cell.shape.intersects(ground)]


def _areas(level: Level, which: Q = Q()) -> list[DrawnCell]:  # noqa: B008 - never changed
    rows: list[Any] = list(
        Area.objects.filter(which, level=level, valid_to=None, wkb__isnull=False)
        .order_by("code")
        .values_list("code", "parent__code", "wkb")
    )
    shapes = _shapes(row[2] for row in rows)
    return [
        DrawnCell(code, shape, *((code, above or "") if level == Level.COMMUNITY else ("", code)))
        for (code, above, _wkb), shape in zip(rows, shapes, strict=True)
    ]


def _shapes(wkb: Iterable[Any]) -> list[BaseGeometry]:
    return [shapely.from_wkb(bytes(each)) for each in wkb]


def _version() -> object:
    # The index changes its version with the block layer, or with the areas while there is none.
    areas = Area.objects.filter(valid_to=None, wkb__isnull=False).values_list("pk", flat=True)
    return (
        current_index().version,
        tuple(layer.token for layer in newest_layers(KINDS)),
        len(areas),
        max(areas, default=0),
    )
