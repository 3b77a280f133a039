"""Public places as the closure proof sees them: gathered from the register, asked by `rules/place_closure.py`. Policy: 2.2, 7.5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wenming.organisations.models import Unit, UnitKind
from wenming.territory.models import Place, PlaceStanding

from ..rules.closure import CONFLICT, Ground, Order, close
from ..rules.matrix import Spot
from ..rules.place_closure import TWO_BODIES, Managed, PlaceOpening, close_places

PLACE = "place"


@dataclass(frozen=True)
class PlacesProved:
    """known: how many places are open; has_line: whether the matrix makes managing bodies answer at all."""

    known: int
    has_line: bool
    openings: tuple[PlaceOpening, ...]

    def told(self) -> dict[str, Any]:
        """As the report keeps it: places by number, units and towns by code."""
        return {
            "known": self.known, "has_line": self.has_line,
            "openings": [
                {
                    "kind": one.kind, "town": one.town_code, "numbers": list(one.numbers), "since": one.since.isoformat(),
                    "until": one.until.isoformat(), "units": list(one.units), "types": list(one.types), "why": one.why,
                }
                for one in self.openings
            ],
        }  # fmt: skip


def prove_places(order: Order, since: date, until: date) -> PlacesProved:
    """Every place that is open today, on each of these days."""
    managed: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    stood: dict[Spot, list[str]] = defaultdict(list)
    rows = Place.objects.filter(standing=PlaceStanding.OPEN).order_by("number").values_list(
        "number", "placement__town__code", "placement__community__code", "manager__code", "manager_name",
    )  # fmt: skip
    for number, town, community, body, name in rows.iterator(chunk_size=5000):
        managed[town or "", body or "", bool(name)].append(number)
        if body:
            stood[Spot(town or "", community or "", place_unit=body, place=PLACE)].append(number)
    openings = close_places([Managed(*key, tuple(numbers)) for key, numbers in managed.items()], order, town_units(), since, until)
    has_line = any(rule.accountable == PLACE for rule in order.rules)
    return PlacesProved(
        sum(map(len, managed.values())), has_line, (*openings, *(_two_bodies(stood, order, since, until) if has_line else ()))
    )


def town_units() -> dict[str, Sequence[str]]:
    """{town: the units that are its government by their own code}; whether they exist on a day is in the order."""
    found: dict[str, list[str]] = defaultdict(list)
    for area, code in Unit.objects.filter(kind=UnitKind.TOWN).exclude(area_code="").order_by("code").values_list("area_code", "code"):
        found[area].append(code)
    return dict(found)


def _two_bodies(stood: Mapping[Spot, Sequence[str]], order: Order, since: date, until: date) -> Iterator[PlaceOpening]:
    """Where the body and somebody else are both said to answer: two lines of equal standing."""
    spots = sorted(stood, key=lambda spot: (spot.town_code, spot.community_code, spot.place_unit or ""))
    grounds = [Ground((spot,), 0.0, 0.0, 0.0, len(stood[spot]), spot.town_code) for spot in spots]
    for one in close(grounds, order, since, until).openings:
        if one.kind != CONFLICT:
            continue
        by_town: dict[str, list[str]] = defaultdict(list)
        for number in one.grounds:
            by_town[spots[number].town_code] += stood[spots[number]]
        for town, numbers in by_town.items():
            yield PlaceOpening(TWO_BODIES, town, tuple(sorted(numbers)), one.since, one.until, one.units, one.why, one.types)
