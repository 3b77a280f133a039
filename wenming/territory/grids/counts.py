"""Counts of people and dwellings: taken in, and spread over the ground where grids are proposed. Policy: 7.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import shapely
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput

from ..models import Area, CountEdition, HeadCount, Landmark, Level

MOST_ROWS = 50_000
# What was counted for a community as a whole is spread over so many points a side where it has no doors.
LATTICE = 12
Weighed = tuple[float, float, float]


@dataclass(frozen=True)
class Counted:
    """One row: of a building with its point (CGCS2000 degrees), or of a community as a whole."""

    community: str
    people: int
    dwellings: int
    building: str = ""
    point: tuple[float, float] | None = None


@transaction.atomic
def enter_counts(rows: Sequence[Counted], *, name: str, counted_on: date, by: Account, now: datetime) -> CountEdition:
    """Take counts in, all or none; for the communities they speak of they hold from now on.

    Raises BadInput for a community that does not exist, a point outside of it, nothing at all.
    """
    if not rows or len(rows) > MOST_ROWS:
        raise BadInput(_("要有 1 到 %(most)d 行数字。") % {"most": MOST_ROWS})
    if counted_on > localdate(now):
        raise BadInput(_("统计日不能在今天以后。"))
    areas = {area.code: area for area in Area.objects.filter(level=Level.COMMUNITY, valid_to=None, code__in={row.community for row in rows})}
    for row in rows:
        _refuse_wrong(row, areas)
    edition = CountEdition.objects.create(name=name.strip()[:100], counted_on=counted_on, by=by, at=now)
    HeadCount.objects.bulk_create([_row(edition, row, areas[row.community]) for row in rows], batch_size=500)
    people = sum(row.people for row in rows)
    journal.record("territory.counts-entered", by=by, about=edition, now=now, rows=len(rows), people=people, communities=len(areas))
    return edition


def _refuse_wrong(row: Counted, areas: dict[str, Area]) -> None:
    area = areas.get(row.community)
    if area is None:
        raise BadInput(_("没有代码是 %(code)s 的社区。请核对 12 位社区代码。") % {"code": row.community or "—"})
    if min(row.people, row.dwellings) < 0:
        raise BadInput(_("%(area)s：人数和户数不能是负数。") % {"area": area})
    if row.point is None or area.min_lon is None:
        return
    shape = area.geometry
    if shape is not None and not shape.intersects(shapely.Point(*row.point)):
        told = {"building": row.building or "—", "area": area}
        raise BadInput(_("“%(building)s”的经纬度不在%(area)s里。请核对坐标和坐标系。") % told)


def _row(edition: CountEdition, row: Counted, area: Area) -> HeadCount:
    lon, lat = row.point or (None, None)
    return HeadCount(
        edition=edition, community=area, building=row.building[:60], longitude=lon, latitude=lat, people=row.people, dwellings=row.dwellings
    )


def counts_in_force(community: Area) -> tuple[CountEdition | None, list[HeadCount]]:
    """The newest edition that speaks of the community, and its rows there."""
    newest = HeadCount.objects.filter(community__code=community.code).order_by("-edition_id").values_list("edition_id", flat=True).first()
    if newest is None:
        return None, []
    rows = HeadCount.objects.filter(edition_id=newest, community__code=community.code).select_related("edition").order_by("pk")
    found = list(rows)
    return found[0].edition, found


def spread(community: Area, ground: BaseGeometry) -> dict[str, list[Weighed]]:
    """(lon, lat, how many) of people and of dwellings. A count of the whole community is spread over its doors, or its ground."""
    _edition, rows = counts_in_force(community)
    found: dict[str, list[Weighed]] = {"people": [], "dwellings": []}
    for row in rows:
        lon, lat = row.longitude, row.latitude
        points = [(lon, lat)] if lon is not None and lat is not None else _doors(ground) or _lattice(ground)
        for x, y in points:
            found["people"].append((x, y, row.people / len(points)))
            found["dwellings"].append((x, y, row.dwellings / len(points)))
    return found


def _doors(ground: BaseGeometry) -> list[tuple[float, float]]:
    west, south, east, north = ground.bounds
    near = Landmark.objects.filter(longitude__range=(west, east), latitude__range=(south, north)).order_by("pk")
    at = list(near.values_list("longitude", "latitude"))
    inside = shapely.intersects_xy(ground, [lon for lon, _lat in at], [lat for _lon, lat in at]) if at else []
    return [point for point, is_in in zip(at, inside, strict=True) if is_in]


def _lattice(ground: BaseGeometry) -> list[tuple[float, float]]:
    west, south, east, north = ground.bounds
    shares = (np.arange(LATTICE) + 0.5) / LATTICE
    xs, ys = (grid.ravel() for grid in np.meshgrid(west + shares * (east - west), south + shares * (north - south)))
    inside = shapely.intersects_xy(ground, xs, ys)
    return list(zip(xs[inside].tolist(), ys[inside].tolist(), strict=True))
