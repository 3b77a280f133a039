"""Components that have an owner, in the closure proof: asked for their own kind, wherever an answer would bring their owner in.

Whoever asks stands beside what is meant, and a phone is some metres off: so a component brings its owner into every answer
within `COMPONENT_WITHIN_M`, over the border of its community too, and a long one (a railing, a cable) in all that it runs
through. Each such (place, owner, kind) is one ground without area. Policy: 1.6, 7.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import numpy as np
import shapely
from django.db.models import Q

from wenming.standards.selectors import kinds_alike
from wenming.territory.components.selectors import newest_edition, public_components
from wenming.territory.homes import current_index
from wenming.territory.rules.geometry import METRES_PER_DEGREE, Bounds, within_reach
from wenming.territory.services import NewCell

from .answering import COMPONENT_WITHIN_M
from .rules.closure import Ground, Opening, Order, close
from .rules.matrix import Spot

Owned = list[tuple[str, Ground]]
Place = tuple[str, str]  # codes of a town and a community
Reached = dict[Place, tuple[float, float]]


@dataclass(frozen=True)
class _Standing:
    """Components with an owner: kind, code of the owner, and the shape of each."""

    kinds: Sequence[str]
    owners: Sequence[str]
    shapes: np.ndarray


_kept: tuple[object, Owned] | None = None


def owned_grounds() -> Owned:
    """(kind, a ground for all components of one owner that are within reach of one place), in today's city.

    Kept until the register or the grids change: it is asked again for every line of the matrix that somebody considers.
    """
    global _kept
    version, held = (newest_edition(), current_index().version), _kept
    if not isinstance(version[1], UUID):  # a city without grids has no token that would tell it from another
        return _owned_now()
    if held is None or held[0] != version:
        held = _kept = version, _owned_now()
    return held[1]


def _owned_now() -> Owned:
    index = current_index()
    places = [(home.town.code, home.community.code if home.community else "") for home in index.homes]
    found = _standing(Q())
    return _grounds(
        (kind, owner, place, point)
        for kind, owner, reached in zip(found.kinds, found.owners, _reached(found.shapes, index.tree.geometries, places), strict=True)
        for place, point in reached.items()
    )


def close_owned(owned: Sequence[tuple[str, Ground]], order: Order, since: date, until: date) -> Iterable[Opening]:
    """What is open for components that have an owner: asked for their own kind, by whatever name the scheme in force has for it."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, (kind, _ground_there) in enumerate(owned):
        numbers[kind].append(number)
    alike = kinds_alike(matter.type_code for matter in order.matters) if owned else {}
    for matter in order.matters:
        mine = sorted(number for kind in alike.get(matter.type_code, ()) for number in numbers.get(kind, ()))
        if matter.kind == "component" and mine:
            for one in close([owned[number][1] for number in mine], replace(order, matters=(matter,)), since, until).openings:
                yield replace(one, grounds=tuple(mine[number] for number in one.grounds))


def owned_that_move(before: Mapping[str, NewCell], after: Mapping[str, NewCell], box: Bounds) -> tuple[Owned, Owned]:
    """For every place that components come into reach of by redrawing: the same grounds where they stand today, and there."""
    reach = 1.2 * COMPONENT_WITHIN_M / METRES_PER_DEGREE
    west, south, east, north = box
    found = _standing(
        Q(min_lon__lte=east + reach, max_lon__gte=west - reach, min_lat__lte=north + reach, max_lat__gte=south - reach)
    )
    was, becomes = (_reached_of(found.shapes, cells) for cells in (before, after))
    pairs: dict[tuple[str, str, Place, Place], list[tuple[float, float]]] = defaultdict(list)
    for kind, owner, one, other in zip(found.kinds, found.owners, was, becomes, strict=True):
        own, own_then = (next(iter(each), ("", "")) for each in (one, other))
        for place, point in (other or {("", ""): (0.0, 0.0)}).items():
            if place not in one or (place == own_then and own != own_then):
                pairs[kind, owner, own, place].append(point)
    return tuple(  # type: ignore[return-value]
        [(kind, _ground(places[n], owner, points)) for (kind, owner, *places), points in sorted(pairs.items())] for n in (0, 1)
    )


def _standing(which: Q) -> _Standing:
    rows = list(
        public_components().filter(which).exclude(owner=None).select_related(None)
        .values_list("kind_code", "owner__code", "outline", "placement__longitude", "placement__latitude")
    )  # fmt: skip
    shapes = shapely.points([[lon or 0.0, lat or 0.0] for *_rest, lon, lat in rows]) if rows else np.empty(0, dtype=object)
    for number, row in enumerate(rows):
        if row[2] is not None:
            shapes[number] = shapely.from_wkb(bytes(row[2]))
    return _Standing([row[0] for row in rows], [row[1] for row in rows], shapes)


def _reached_of(shapes: np.ndarray, cells: Mapping[str, NewCell]) -> list[Reached]:
    ones = [cells[code] for code in sorted(cells)]
    places = [(one.community.code[:9], one.community.code) for one in ones]
    return _reached(shapes, np.asarray([one.geometry for one in ones], dtype=object), places)


def _reached(shapes: np.ndarray, cells: np.ndarray, places: Sequence[Place]) -> list[Reached]:
    """For each shape the places within reach, its own first, with a point there."""
    found: list[Reached] = [{} for _shape in shapes]
    # Cells stand in the order of their codes: of several that hold it, the lowest is its own.
    for number, cell, point in within_reach(shapes, cells, COMPONENT_WITHIN_M):
        found[number].setdefault(places[cell], point)
    return found


def _grounds(told: Iterable[tuple[str, str, Place, tuple[float, float]]]) -> Owned:
    groups: dict[tuple[str, str, Place], list[tuple[float, float]]] = defaultdict(list)
    for kind, owner, place, point in told:
        groups[kind, owner, place].append(point)
    ordered = sorted(groups.items(), key=lambda one: (one[0][0], one[0][2], one[0][1]))
    return [(kind, _ground(place, owner, points)) for (kind, owner, place), points in ordered]


def _ground(place: Place, owner: str, points: Sequence[tuple[float, float]]) -> Ground:
    lon, lat = points[0]
    return Ground((Spot(*place, "", owner),), 0.0, round(lon, 7), round(lat, 7), len(points), place[0])
