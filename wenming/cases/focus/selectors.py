"""The cases of a focus behind a figure, and the places where there are most. Each figure names its rows (law 6).

Refused, void and merged cases are no further trouble and count nowhere, as with black spots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from wenming.observations.models import AreaKind
from wenming.observations.patrols.areas import area_called, lies_in
from wenming.territory.roads import roads_at

from ..models import Case
from ..rules.lifecycle import UNDER_WAY
from .counting import came_back, in_figure
from .reach import NOWHERE, Reach

COUNTED_PLACES = (AreaKind.GRID, AreaKind.ROAD, AreaKind.COMMUNITY)


def rows_behind(
    reach: Reach, cases: QuerySet[Case], figure: str, *, since: date, until: date, now: datetime, place: str = ""
) -> QuerySet[Case]:
    """The cases of `cases` that a figure of the focus counted. place: `grid:442…`, `road:442…|民权路`: only there."""
    found = reach.cases().filter(in_figure(figure, since, until, now))
    if figure == "recurrent":
        found = found.filter(came_back())
    if place:
        found = found.filter(_in_place(place))
    return cases.filter(pk__in=found.values("pk"))


@dataclass(frozen=True)
class Place:
    """One of the worst places: `key` names it in addresses."""

    key: str
    name: str
    new: int
    open: int


def worst_places(reach: Reach, *, since: date, until: date, most: int = 8) -> dict[str, list[Place]]:
    """{grid, road, community: where most cases were opened in the period}: one statement, and one for the roads."""
    opened = list(_opened(reach, since, until))
    placed = [(each.longitude, each.latitude) for each in opened if each.longitude is not None and each.latitude is not None]
    roads = iter(roads_at(placed))
    seen: dict[str, list[tuple[str, str, bool]]] = {kind: [] for kind in COUNTED_PLACES}
    for each in opened:
        still = each.state in UNDER_WAY
        road = next(roads) if each.longitude is not None and each.latitude is not None else None
        seen[AreaKind.GRID].append((each.grid or "", each.grid_name or "", still))
        seen[AreaKind.ROAD].append((road.key, road.words, still) if road else ("", "", still))
        seen[AreaKind.COMMUNITY].append((each.community or "", f"{each.town_name or ''}{each.community_name or ''}", still))
    return {kind: _worst(kind, rows, most) for kind, rows in seen.items()}


def place_words(place: str) -> str:
    """What a place key stands for; "" for one that nothing answers to."""
    kind, _colon, code = place.partition(":")
    area = area_called(kind, code) if kind in AreaKind.values else None
    return area.name if area else ""


class _Opened(NamedTuple):
    state: str
    longitude: float | None
    latitude: float | None
    grid: str | None
    grid_name: str | None
    community: str | None
    community_name: str | None
    town_name: str | None


def _opened(reach: Reach, since: date, until: date) -> Iterable[_Opened]:
    # By key: of a place that was renamed, the name that the newest case knows is the one that stays.
    cases = reach.cases().filter(in_figure("new", since, until, timezone.now())).order_by("pk")
    rows = cases.values_list(
        "state", "placement__longitude", "placement__latitude", "placement__grid__code", "placement__grid__name",
        "placement__community__code", "placement__community__short_name", "placement__community__parent__short_name",
    )  # fmt: skip
    return (_Opened(*row) for row in rows.iterator(chunk_size=2000))


def _worst(kind: str, rows: Iterable[tuple[str, str, bool]], most: int) -> list[Place]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    names: dict[str, str] = {}
    for code, name, still in rows:
        if code:
            counts[code][0] += 1
            counts[code][1] += still
            names[code] = name
    worst = sorted(counts.items(), key=lambda row: (-row[1][0], -row[1][1], row[0]))[:most]
    return [Place(f"{kind}:{code}", names[code], new, still) for code, (new, still) in worst]


def _in_place(place: str) -> Q:
    kind, _colon, code = place.partition(":")
    return lies_in(kind, code) if kind in AreaKind.values else NOWHERE
