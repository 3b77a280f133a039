"""A proposal for the grids of a community, from counts that the system holds anyway; it becomes a step of a draft. Policy: 7.1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.refusals import BadInput

from ..models import (
    Area,
    Component,
    DraftStep,
    GridDraft,
    GridKind,
    Landmark,
    Place,
    Placement,
    Premises,
    Road,
    Standing,
    Water,
)
from ..rules.geometry import Bounds, sound
from ..rules.partitioning import Proposal, imbalance, propose
from ..services import NewCell
from .codes import codes_once_used, free_code
from .counts import Weighed, spread
from .drafts import cells_of, replace_grids

MOST_GRIDS = 40
# What one of each weighs: a public place is walked through, a person is met now and then. A city balances by which it likes.
WEIGHTS = {"people": 0.05, "dwellings": 0.1, "shops": 1.0, "things": 1.0, "places": 4.0, "addresses": 1.0, "happenings": 2.0}
Counts = Mapping[str, Sequence[Weighed]]


@dataclass(frozen=True)
class Load:
    """One grid, proposed or of today: how many of each lie in it, and what that weighs."""

    counts: Mapping[str, int]
    weight: float


@dataclass(frozen=True)
class Compared:
    """A proposal beside the grids of today: how uneven both are by the same counts. counted: how many of each there are."""

    proposal: Proposal
    loads: tuple[Load, ...]
    today: tuple[NewCell, ...]
    today_loads: tuple[Load, ...]
    counted: Mapping[str, int]

    @property
    def imbalance(self) -> float:
        return imbalance([one.weight for one in self.loads])

    @property
    def today_imbalance(self) -> float:
        return imbalance([one.weight for one in self.today_loads])


def propose_grids(community: Area, many: int, *, draft: GridDraft, by: Collection[str] = ()) -> Compared:
    """What the community could be cut into, and how that compares with the draft as it stands.

    by: which of WEIGHTS to balance, all of them where none is named; only counts are ever held.
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
    ground = shapely.coverage_union_all([sound(cell.geometry) for cell in own]) if own else shape
    if ground.geom_type != "Polygon":
        raise BadInput(_("这个社区的网格不是连成一片的，没法建议。请先改好边界。"))
    counts = {name: points for name, points in counts_over(community, ground).items() if not by or name in by}
    points = [(lon, lat, much * WEIGHTS[name]) for name, ones in counts.items() for lon, lat, much in ones]
    made = propose(ground, _roads_and_rivers(ground.bounds), points, many)
    proposed, today = ([_load(shape, counts) for shape in shapes] for shapes in (made.cells, [cell.geometry for cell in own]))
    return Compared(made, tuple(proposed), own, tuple(today), _load(ground, counts).counts)


def take_proposal(
    draft: GridDraft, community: Area, many: int, *, seen: int, by: Account | None, now: datetime, by_what: Collection[str] = ()
) -> DraftStep:
    """The proposal takes the place of the community's grids in the draft, to be edited by hand from there.

    A grid that keeps most of its ground keeps its code, and with it its people.
    """
    compared = propose_grids(community, many, draft=draft, by=by_what)
    named = _codes(compared, community, draft)
    return replace_grids(
        draft, "propose", named, instead_of=[cell.code for cell in compared.today], seen=seen, by=by, now=now
    )


def _codes(compared: Compared, community: Area, draft: GridDraft) -> list[NewCell]:
    left = {cell.code: cell for cell in compared.today}
    taken = {*cells_of(draft), *draft.drafted.values_list("code", flat=True), *codes_once_used(community)}
    made: list[NewCell] = []
    waiting = []
    shares = sorted(
        ((shape.intersection(sound(cell.geometry)).area, n, cell.code) for n, shape in enumerate(compared.proposal.cells) for cell in compared.today),
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
        code = free_code(community, draft.kind, taken)
        taken.add(code)
        name = _("%(community)s第 %(serial)d 网格") % {"community": community.short_name, "serial": int(code[12:])}
        made.append(NewCell(code, name, community, shape))
    return made


def counts_over(community: Area, ground: shapely.Geometry) -> dict[str, list[Weighed]]:
    """(lon, lat, how many) of everything that is counted on the ground's box, by its name in WEIGHTS."""
    west, south, east, north = ground.bounds
    box = {"longitude__range": (west, east), "latitude__range": (south, north)}
    placed = {f"placement__{name}": value for name, value in box.items()}
    rows: dict[str, QuerySet[Any]] = {
        "shops": Premises.objects.filter(closed_on=None, **placed), "things": Component.objects.filter(standing=Standing.IN_USE, **placed),
        "places": Place.objects.filter(**placed), "addresses": Landmark.objects.filter(**box),
        "happenings": Placement.objects.filter(Q(components=None), Q(places=None), Q(premises=None), **box),
    }  # fmt: skip
    found: dict[str, list[Weighed]] = spread(community, ground)
    for name, ones in rows.items():
        at = ("longitude", "latitude") if name in {"addresses", "happenings"} else ("placement__longitude", "placement__latitude")
        found[name] = [(lon, lat, 1.0) for lon, lat in ones.values_list(*at)]
    return found


def _roads_and_rivers(bounds: Bounds) -> list[shapely.Geometry]:
    west, south, east, north = bounds
    touching = Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    roads = [road.geometry for road in Road.objects.filter(touching).order_by("pk")]
    rivers = [water.geometry for water in Water.objects.filter(touching).order_by("pk")]
    return [*(line for line in roads if line is not None), *(shape.boundary for shape in rivers if shape is not None)]


def _load(shape: shapely.Geometry, counts: Counts) -> Load:
    inside = {name: _inside(shape, points) for name, points in counts.items()}
    weight = sum(WEIGHTS[name] * much for name, much in inside.items())
    # Where nothing was counted at all, the ground itself is what is shared out.
    return Load({name: round(much) for name, much in inside.items()}, weight or float(shape.area))


def _inside(shape: shapely.Geometry, points: Sequence[Weighed]) -> float:
    if not points:
        return 0.0
    hit = shapely.intersects_xy(shape, [p[0] for p in points], [p[1] for p in points])
    return float(sum(much for (_lon, _lat, much), is_in in zip(points, hit, strict=True) if is_in))
