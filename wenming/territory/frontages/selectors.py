"""Asking the register of frontages: who has which metre, what is missing, what lies at a point. Policy: 3.1, 3.2."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from wenming.organisations.models import Account
from wenming.organisations.selectors import sees_whole_city

from ..models import EdgeStretch, ManagedStreet, Premises, Side
from ..rules.geometry import box_around, metres_per_degree
from ..rules.street_edges import AlongTheEdge, PieceKind, Proposal, Stretch, Tiling, middle_lines, tile

# A wider gap between two doors is a yard, a lane or a crossing, and somebody has to say whose it is.
WIDEST_MIDDLE_LINE_CM = 600
LOOK_AGAIN_AFTER_SECONDS = 60.0
_begun = False
_looked_at = -LOOK_AGAIN_AFTER_SECONDS
_JOINS = ("community__parent", "placement__town", "placement__community", "placement__grid")


def streets_visible_to(user: Account | AnonymousUser) -> QuerySet[ManagedStreet]:
    """The managed streets of the city, or of one's own town."""
    if not isinstance(user, Account) or not user.may("frontages.see"):
        return ManagedStreet.objects.none()
    found = ManagedStreet.objects.select_related("town").filter(managed_to=None)
    return found if sees_whole_city(user) else found.filter(town__code__in=_own_towns(user))


def premises_visible_to(user: Account | AnonymousUser) -> QuerySet[Premises]:
    """The whole register, or that of one's own town; also what has closed."""
    if not isinstance(user, Account) or not user.may("frontages.see"):
        return Premises.objects.none()
    found = Premises.objects.select_related(*_JOINS)
    return found if sees_whole_city(user) else found.filter(community__parent__code__in=_own_towns(user))


def premises_matching(found: QuerySet[Premises], words: str) -> QuerySet[Premises]:
    """Those with this number, or with these words in their name or at their door; all of them where nothing is asked."""
    asked = words.strip()
    return found.filter(Q(number__iexact=asked) | Q(name__contains=asked) | Q(door__contains=asked)) if asked else found


def frontages_begun() -> bool:
    """Whether there are any premises at all. A city without a register is asked once a minute, not for every case."""
    global _begun, _looked_at
    if not _begun and time.monotonic() - _looked_at > LOOK_AGAIN_AFTER_SECONDS:
        _begun, _looked_at = Premises.objects.exists(), time.monotonic()
    return _begun


def note_begun() -> None:
    """The register has just been written to, by this process."""
    global _begun
    _begun = True


def premises_by_plate(code: str) -> Premises | None:
    """The open premises whose plate bears this code; however it was typed."""
    asked = code.strip().lower().replace("-", "").replace(" ", "")
    return Premises.objects.select_related(*_JOINS).filter(plate_code=asked, closed_on=None).first() if asked else None


def stretches_of(premises: Premises) -> QuerySet[EdgeStretch]:
    """What it has today, in the order of the streets."""
    return premises.stretches.filter(valid_to=None).select_related("street__town").order_by("street__code", "side", "from_cm")


@dataclass(frozen=True)
class SideShown:
    """One side of a street: its tiling, with the rows behind each piece."""

    street: ManagedStreet
    side: str
    tiling: Tiling
    stretches: dict[str, EdgeStretch]

    @property
    def name(self) -> str:
        return self.street.side_name(self.side)

    def holders(self, keys: Iterable[str]) -> list[EdgeStretch]:
        return [self.stretches[key] for key in keys]


def sides_of(streets: Sequence[ManagedStreet]) -> list[SideShown]:
    """Both sides of each street as they are divided today; one statement for all streets."""
    rows = EdgeStretch.objects.filter(street__in=[one.pk for one in streets], valid_to=None).select_related("premises", "unit")
    by_side: dict[tuple[int, str], list[EdgeStretch]] = {}
    for row in rows.order_by("from_cm", "pk"):
        by_side.setdefault((row.street_id, row.side), []).append(row)
    found = []
    for street in streets:
        for side in Side.values:
            own = by_side.get((street.pk, side), [])
            for row in own:
                row.street = street
            tiling = tile(street.length_cm, [as_rule(row) for row in own])
            found.append(SideShown(street, side, tiling, {str(row.pk): row for row in own}))
    return found


def as_rule(row: EdgeStretch) -> Stretch:
    return Stretch(row.from_cm, row.to_cm, str(row.pk))


def middle_line_proposals(street: ManagedStreet, side: str) -> tuple[Proposal, ...]:
    """What 相邻取中线 would change on this side today; nothing is changed by asking."""
    rows = EdgeStretch.objects.filter(street=street, side=side, valid_to=None)
    return middle_lines(street.length_cm, [as_rule(row) for row in rows], widest_cm=WIDEST_MIDDLE_LINE_CM)


@dataclass(frozen=True)
class Fault(AlongTheEdge):
    """A piece of a managed street that nobody has, or more than one: what the list of gaps shows."""

    side: SideShown
    from_cm: int
    to_cm: int
    kind: str
    holders: tuple[str, ...]


def faults_of(sides: Sequence[SideShown]) -> list[Fault]:
    """Every gap and every overlap, and what is claimed beyond an end of the street, the longest first."""
    found = []
    for side in sides:
        for piece in side.tiling.pieces:
            if piece.kind is not PieceKind.HELD:
                names = tuple(str(row.holder) for row in side.holders(piece.keys))
                found.append(Fault(side, piece.from_cm, piece.to_cm, piece.kind.value, names))
        for beyond in side.tiling.outside:
            names = tuple(str(row.holder) for row in side.holders([beyond.key]))
            found.append(Fault(side, beyond.from_cm, beyond.to_cm, "outside", names))
    return sorted(found, key=lambda fault: (-fault.length_cm, fault.side.street.code, fault.from_cm))


@dataclass(frozen=True)
class NearFrontage:
    """A frontage and how far its strip is from the point; 0: the point lies in it."""

    stretch: EdgeStretch
    distance_m: float

    @property
    def metres(self) -> int:
        return round(self.distance_m)


def frontages_near(longitude: float, latitude: float, *, within_m: float = 15.0, at_most: int = 6) -> list[NearFrontage]:
    """The stretches whose strip the point lies in or near to, the nearest first; premises and units alike."""
    # The farthest strip reaches its wall's distance from the line: look that much farther for the street.
    west, south, east, north = box_around(longitude, latitude, within_m + 60)
    streets = Q(street__min_lon__lte=east, street__max_lon__gte=west, street__min_lat__lte=north, street__max_lat__gte=south)
    rows = EdgeStretch.objects.filter(streets, valid_to=None, street__managed_to=None)
    scale = metres_per_degree(latitude)
    here = shapely.Point(0, 0)
    found = []
    for row in rows.select_related("street", "premises__community", "unit"):
        flat = shapely.transform(row.area, lambda points: (points - (longitude, latitude)) * scale)
        metres = float(shapely.distance(flat, here))
        if metres <= within_m:
            found.append(NearFrontage(row, metres))
    return sorted(found, key=lambda one: (one.distance_m, one.stretch.pk))[:at_most]


def _own_towns(user: Account) -> list[str]:
    return [user.unit.area_code[:9]] if user.unit.area_code else []
