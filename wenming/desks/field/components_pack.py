"""部件 in the offline pack: what stands in the area of a shift, so compact that a phone keeps it, for finds without network.

A row is [what the code ends with, kind, x, y, owner, name, width, height]: kind and owner count into their lists, 0 is
nobody; x, y, width and height are hundred-thousandths of a degree (about a metre) from the origin; what is empty at the
end is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from wenming.organisations.models import Account
from wenming.standards.selectors import kind_names
from wenming.territory.components.selectors import nearest_in, newest_edition, register_begun
from wenming.territory.models import Area, Component
from wenming.territory.selectors import towns

from .places import AT_HAND_M, FAR_M, MOST_TAPPABLE
from .tasks import tasks_for

# Some 200 kB on the way and a fraction of a megabyte in the phone; more is said, not silently left out.
MOST_COMPONENTS = 5000
PER_DEGREE = 100_000
DIVISION, ALWAYS = 6, 4
# Where tasks of the day lie moves a little with each; only a kilometre or so is another place.
ABOUT = 2


@dataclass(frozen=True)
class Patch:
    """What a shift takes along: an area (None: no area of one's own), and the point around which it counts."""

    town: Area | None
    longitude: float
    latitude: float


def patch_of(user: Account) -> Patch | None:
    """The own town around the tasks of the day, for the command centre's people the tasks alone; None where there is neither."""
    town = towns().filter(code=user.unit.area_code[:9]).first() if user.unit.area_code else None
    places = [(case.placement.longitude, case.placement.latitude) for case in tasks_for(user)[:200]]
    points = [(lon, lat) for lon, lat in places if lon is not None and lat is not None]
    if points:
        return Patch(town, round(fmean(lon for lon, _ in points), ABOUT), round(fmean(lat for _, lat in points), ABOUT))
    if town is None or town.label_lon is None or town.label_lat is None:
        return None
    return Patch(town, town.label_lon, town.label_lat)


def version_for(user: Account) -> str:
    """Another register or another patch is another version; "" where there is nothing to take along."""
    patch = patch_of(user) if register_begun() else None
    if patch is None:
        return ""
    told = [newest_edition(), patch.town.code if patch.town else "", patch.longitude, patch.latitude]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def components_for(user: Account) -> dict[str, Any]:
    """The components to take along, the nearest to the patch's middle first. cut: there are more than may be taken."""
    patch = patch_of(user) if register_begun() else None
    found = nearest_in(patch.town, patch.longitude, patch.latitude, at_most=MOST_COMPONENTS + 1) if patch else []
    taken = found[:MOST_COMPONENTS]
    return {
        "most": MOST_COMPONENTS, "cut": len(found) > MOST_COMPONENTS, "within_m": [AT_HAND_M, FAR_M],
        "tappable": MOST_TAPPABLE, **compact(taken),
    }  # fmt: skip


def compact(taken: Sequence[Component]) -> dict[str, Any]:
    names = kind_names({one.kind_code for one in taken})
    kinds = sorted({names.get(one.kind_code, "") for one in taken})
    owners = ["", *sorted({one.owner.short_name for one in taken if one.owner})]
    kind_at, owner_at = {name: n for n, name in enumerate(kinds)}, {name: n for n, name in enumerate(owners)}
    divisions = {one.code[:DIVISION] for one in taken}
    prefix = divisions.pop() if len(divisions) == 1 else ""
    west = min((_whole(one.min_lon) for one in taken), default=0)
    south = min((_whole(one.min_lat) for one in taken), default=0)
    rows = []
    for one in taken:
        x, y = _whole(one.min_lon), _whole(one.min_lat)
        row: list[Any] = [
            one.code[len(prefix) :], kind_at[names.get(one.kind_code, "")], x - west, y - south,
            owner_at[one.owner.short_name if one.owner else ""], one.name, _whole(one.max_lon) - x, _whole(one.max_lat) - y,
        ]  # fmt: skip
        while len(row) > ALWAYS and not row[-1]:
            row.pop()
        rows.append(row)
    return {"prefix": prefix, "kinds": kinds, "owners": owners, "per_degree": PER_DEGREE, "origin": [west, south], "rows": rows}


def _whole(degrees: float) -> int:
    return round(degrees * PER_DEGREE)
