"""What a new version of the grids would change: areas, and how much that has a place would move. Policy: 7.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from django.db.models import QuerySet

from ..models import Component, GridKind, Place, Placement, Standing
from ..rules.geometry import area_m2
from ..services import NewCell

NO_AREA = 0.5
"""Square metres below which a border is taken to be where it was."""


@dataclass(frozen=True)
class GridChange:
    """One grid before and after; None: it is not in that version. moved_m2: ground that it lost or gained."""

    code: str
    name: str
    before_m2: float | None
    after_m2: float | None
    moved_m2: float
    renamed_from: str = ""

    @property
    def what(self) -> str:
        if self.before_m2 is None:
            return "added"
        if self.after_m2 is None:
            return "removed"
        return "moved" if self.moved_m2 >= NO_AREA else "renamed"


def differences(before: Mapping[str, NewCell], after: Mapping[str, NewCell]) -> list[GridChange]:
    """Every grid that differs between two versions, the largest change first."""
    found = [_change(code, before.get(code), after.get(code)) for code in sorted({*before, *after})]
    return sorted((one for one in found if one is not None), key=lambda one: (-one.moved_m2, one.code))


def _change(code: str, was: NewCell | None, now: NewCell | None) -> GridChange | None:
    if was is None or now is None:
        one = now or was
        assert one is not None
        size = area_m2(one.geometry)
        return GridChange(code, one.name, None if was is None else size, None if now is None else size, size)
    if was.name == now.name and shapely.equals_exact(was.geometry, now.geometry):
        return None
    moved = area_m2(was.geometry.symmetric_difference(now.geometry))
    if moved < NO_AREA and was.name == now.name:
        return None
    renamed = was.name if was.name != now.name else ""
    return GridChange(code, now.name, area_m2(was.geometry), area_m2(now.geometry), moved, renamed)


@dataclass(frozen=True)
class Moving:
    """Placements that would come into another grid, and how many components and public places are among them."""

    placements: QuerySet[Placement]
    count: int
    components: int = 0
    places: int = 0


def what_would_move(kind: str, before: Mapping[str, NewCell], after: Mapping[str, NewCell]) -> Moving:
    """Everything with a place whose block grid would be another (条形、单位型 lie over the blocks and move nothing)."""
    nobody = Placement.objects.none()
    if kind != GridKind.BLOCK:
        return Moving(nobody, 0)
    codes = [one.code for one in differences(before, after) if one.what != "renamed"]
    new = [after[code] for code in codes if code in after]
    touched = [cell.geometry for cell in (*new, *(before[code] for code in codes if code in before))]
    if not touched:
        return Moving(nobody, 0)
    ids = _moved_ids(new, {cell.code for cell in new}, touched)
    moving = Placement.objects.filter(pk__in=ids)
    components = Component.objects.filter(placement__in=ids).exclude(standing=Standing.WITHDRAWN).count()
    return Moving(moving, len(ids), components, Place.objects.filter(placement__in=ids).count())


def _moved_ids(new: list[NewCell], codes: set[str], touched: list[Any]) -> list[int]:
    west, south, east, north = shapely.total_bounds(touched).tolist()
    inside = Placement.objects.filter(latitude__range=(south, north), longitude__range=(west, east))
    rows = list(inside.values_list("pk", "longitude", "latitude", "grid__code"))
    if not rows:
        return []
    tree = shapely.STRtree([cell.geometry for cell in new])
    home = [""] * len(rows)
    for point, cell in zip(*tree.query(shapely.points([[lon, lat] for _pk, lon, lat, _code in rows]), "intersects"), strict=True):
        home[point] = min(filter(None, [home[point], new[cell].code]))
    hit = set(shapely.STRtree(touched).query(shapely.points([[r[1], r[2]] for r in rows]), "intersects")[0].tolist())
    return [row[0] for n, row in enumerate(rows) if n in hit and home[n] != (row[3] or "") and (home[n] or row[3] not in codes)]
