"""A proposal for the grids of a community, from counts that the system holds anyway; it becomes a step of a draft. Policy: 7.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from django.db.models import Q
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.refusals import BadInput

from ..models import Area, Component, DraftStep, GridDraft, GridKind, Landmark, Placement, Road, Standing, Water
from ..rules.geometry import Bounds
from ..rules.partitioning import Proposal, imbalance, propose
from ..rules.precedence import next_code
from ..services import NewCell
from .drafts import cells_of, replace_grids

MOST_GRIDS = 40
# What one of each weighs. People and dwellings come in as counts at points; the house itself knows the rest.
WEIGHTS = {"things": 1.0, "places": 4.0, "happenings": 2.0}
Weighed = tuple[float, float, float]


@dataclass(frozen=True)
class Compared:
    """A proposal beside the grids of today: how uneven both are by the same counts."""

    proposal: Proposal
    today: tuple[NewCell, ...]
    today_imbalance: float
    counted: int


def propose_grids(community: Area, many: int, *, draft: GridDraft, counts: Sequence[Weighed] = ()) -> Compared:
    """What the community could be cut into, and how that compares with the draft as it stands.

    counts: (lon, lat, how many) of people or dwellings, where the city has them; only counts are ever held.
    """
    if draft.kind != GridKind.BLOCK:
        raise BadInput(_("只有块状网格能按分布建议；条形和单位型请直接画。"))
    shape = community.geometry
    if shape is None:
        raise BadInput(_("这个社区还没有画边界，没法建议。请先导入社区边界。"))
    if not 1 <= many <= MOST_GRIDS:
        raise BadInput(_("一个社区分成 1 到 %(most)d 个网格。") % {"most": MOST_GRIDS})
    own = tuple(cell for cell in cells_of(draft).values() if cell.community.pk == community.pk)
    # The ground that its grids have today, so that what is beside the community stays joined to them point by point.
    ground = shapely.coverage_union_all([cell.geometry for cell in own]) if own else shape
    if ground.geom_type != "Polygon":
        raise BadInput(_("这个社区的网格不是连成一片的，没法建议。请先改好边界。"))
    points = [*_weighed(ground.bounds), *counts]
    made = propose(ground, _roads_and_rivers(ground.bounds), points, many)
    loads = [_load(cell, points) for cell in own]
    return Compared(made, own, imbalance(loads), sum(1 for lon, lat, _much in points if ground.intersects(shapely.Point(lon, lat))))


def take_proposal(
    draft: GridDraft, community: Area, many: int, *, seen: int, by: Account | None, now: datetime, counts: Sequence[Weighed] = ()
) -> DraftStep:
    """The proposal takes the place of the community's grids in the draft, to be edited by hand from there.

    A grid that keeps most of its ground keeps its code, and with it its people.
    """
    compared = propose_grids(community, many, draft=draft, counts=counts)
    named = _codes(compared, community, draft)
    return replace_grids(
        draft, "propose", named, instead_of=[cell.code for cell in compared.today], seen=seen, by=by, now=now
    )


def _codes(compared: Compared, community: Area, draft: GridDraft) -> list[NewCell]:
    left = {cell.code: cell for cell in compared.today}
    taken = {*cells_of(draft), *draft.drafted.values_list("code", flat=True)}
    made: list[NewCell] = []
    waiting = []
    shares = sorted(
        ((shape.intersection(cell.geometry).area, n, cell.code) for n, shape in enumerate(compared.proposal.cells) for cell in compared.today),
        reverse=True,
    )
    kept: dict[int, str] = {}
    for area, n, code in shares:
        if area > 0 and n not in kept and code in left:
            kept[n] = code
            left.pop(code)
    for n, shape in enumerate(compared.proposal.cells):
        if n in kept:
            name = next(cell.name for cell in compared.today if cell.code == kept[n])
            made.append(NewCell(kept[n], name, community, shape))
        else:
            waiting.append(shape)
    for shape in waiting:
        code = next_code(community.code, draft.kind, taken)
        taken.add(code)
        name = _("%(community)s第 %(serial)d 网格") % {"community": community.short_name, "serial": int(code[12:])}
        made.append(NewCell(code, name, community, shape))
    return made


def _weighed(bounds: Bounds) -> list[Weighed]:
    """Things, places and what happened in a box, as points with a weight."""
    west, south, east, north = bounds
    placed = {"placement__longitude__range": (west, east), "placement__latitude__range": (south, north)}
    things = Component.objects.filter(standing=Standing.IN_USE, **placed)
    at = things.values_list("placement__longitude", "placement__latitude")
    found = [(lon, lat, WEIGHTS["things"]) for lon, lat in at if lon is not None and lat is not None]
    box = {"longitude__range": (west, east), "latitude__range": (south, north)}
    found += [(lon, lat, WEIGHTS["places"]) for lon, lat in Landmark.objects.filter(**box).values_list("longitude", "latitude")]
    others = Placement.objects.filter(Q(components=None), **box).values_list("longitude", "latitude")
    return found + [(lon, lat, WEIGHTS["happenings"]) for lon, lat in others if lon is not None and lat is not None]


def _roads_and_rivers(bounds: Bounds) -> list[shapely.Geometry]:
    west, south, east, north = bounds
    touching = Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    roads = [road.geometry for road in Road.objects.filter(touching).order_by("pk")]
    rivers = [water.geometry for water in Water.objects.filter(touching).order_by("pk")]
    return [*(line for line in roads if line is not None), *(shape.boundary for shape in rivers if shape is not None)]


def _load(cell: NewCell, points: Sequence[Weighed]) -> float:
    if not points:
        return float(cell.geometry.area)
    inside = shapely.intersects_xy(cell.geometry, [p[0] for p in points], [p[1] for p in points])
    return float(sum(much for (_lon, _lat, much), is_in in zip(points, inside, strict=True) if is_in))
