"""What a new version of the grids would change: areas, and how much that has a place would move. Policy: 7.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.db.models import QuerySet

from wenming.engine.counting import counts_of

from ..models import Component, Place, Placement, Premises, Standing
from ..rules.geometry import area_m2, sound
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
    moved = area_m2(sound(was.geometry).symmetric_difference(sound(now.geometry)))
    if moved < NO_AREA and was.name == now.name:
        return None
    renamed = was.name if was.name != now.name else ""
    return GridChange(code, now.name, area_m2(was.geometry), area_m2(now.geometry), moved, renamed)


@dataclass(frozen=True)
class Moving:
    """Placements that would come into another grid, and how many of what is registered are among them."""

    placements: QuerySet[Placement]
    count: int
    components: int = 0
    places: int = 0
    premises: int = 0


def what_would_move(before: Mapping[str, NewCell], after: Mapping[str, NewCell]) -> Moving:
    """Everything with a place whose grid of this kind would be another."""
    ids = [one.placement for one in moves_between(before, after)]
    return moving_of(Placement.objects.filter(pk__in=ids), len(ids))


def moving_of(placements: QuerySet[Placement], count: int) -> Moving:
    """What is registered at these placements."""
    if not count:
        return Moving(Placement.objects.none(), 0)
    registered = counts_of(
        components=Component.objects.filter(placement__in=placements).exclude(standing=Standing.WITHDRAWN),
        places=Place.objects.filter(placement__in=placements), premises=Premises.objects.filter(placement__in=placements, closed_on=None),
    )  # fmt: skip
    return Moving(placements, count, **registered)


@dataclass(frozen=True)
class Move:
    """A placement and the codes of its grid in two versions; "": in none of that kind."""

    placement: int
    before: str
    after: str


def moves_between(before: Mapping[str, NewCell], after: Mapping[str, NewCell]) -> list[Move]:
    """Every placement on the ground that changed whose grid is another."""
    codes = {one.code for one in differences(before, after) if one.what != "renamed"}
    changed = [cells[code].geometry for cells in (before, after) for code in sorted(codes) if code in cells]
    if not changed:
        return []
    rows = list(_placed_on(changed).values_list("pk", "longitude", "latitude"))
    points = shapely.points([lon for _pk, lon, _lat in rows], [lat for _pk, _lon, lat in rows])
    # Asked of all cells: a point on an edge belongs to the lowest code, which may be a neighbour that nobody touched.
    was, becomes = (_codes_at(points, list(cells.values())) for cells in (before, after))
    return [Move(row[0], one, other) for row, one, other in zip(rows, was, becomes, strict=True) if one != other]


def _placed_on(shapes: Sequence[Any]) -> QuerySet[Placement]:
    west, south, east, north = shapely.total_bounds(list(shapes)).tolist()
    return Placement.objects.filter(latitude__range=(south, north), longitude__range=(west, east)).order_by("pk")


def _codes_at(points: Any, cells: Sequence[NewCell]) -> list[str]:
    """The lowest code of these cells over each point, "" for none."""
    found = [""] * len(points)
    if cells and len(points):
        hits = shapely.STRtree([cell.geometry for cell in cells]).query(points, "intersects")
        for point, cell in zip(*hits.tolist(), strict=True):
            found[point] = min(filter(None, [found[point], cells[cell].code]))
    return found
