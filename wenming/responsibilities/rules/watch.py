"""Which ground nobody watches, and what a change of rosters would open: exactly, by intervals. Policy: 7.4, 7.5.

A place is what some group keeps up a post for: a grid, a town, the whole city. A group of a town watches each grid in
it, a group of the city watches everything; a group of a grid watches that grid and does not stand for the town.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .roster import outside

EVERYWHERE = "*"


class Place(NamedTuple):
    """A grid of a town; no grid: the whole town; town `*`: the whole city."""

    post: str
    town: str
    grid: str = ""


class Watch(NamedTuple):
    """[starts, ends) in minutes of the calendar, with somebody of the group on duty."""

    group: str
    starts: int
    ends: int


@dataclass(frozen=True)
class Ground:
    """The post and the ground of a group."""

    post: str
    town: str
    grids: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(Place(self.post, self.town, grid) for grid in self.grids or ("",))

    def holds(self, place: Place) -> bool:
        """Whether the group's people are on duty for that place."""
        if self.post != place.post:
            return False
        if self.grids:
            return place.grid in self.grids
        return self.town in (EVERYWHERE, place.town)


class Bare(NamedTuple):
    """Minutes in which nobody keeps up the post at a place."""

    place: Place
    starts: int
    ends: int


def bare(
    starts: int, ends: int, grounds: Mapping[str, Ground], watches: Iterable[Watch], places: Iterable[Place]
) -> list[Bare]:
    """Every stretch of [starts, ends) with nobody at each of the places. grounds: by group."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for watch in watches:
        a, b = max(starts, watch.starts), min(ends, watch.ends)
        if a < b:
            spans[watch.group].append((a, b))
    return [
        Bare(place, a, b)
        for place in sorted(set(places))
        for a, b in outside(
            starts, ends, [span for code, ground in grounds.items() if ground.holds(place) for span in spans[code]]
        )
    ]


def only_in(some: Sequence[Bare], others: Sequence[Bare]) -> list[Bare]:
    """What of some is in none of the others: the same place, minute by minute."""
    there: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    for one in others:
        there[one.place].append((one.starts, one.ends))
    return [
        Bare(one.place, a, b) for one in some for a, b in outside(one.starts, one.ends, _within(one, there[one.place]))
    ]


def _within(one: Bare, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(max(a, one.starts), min(b, one.ends)) for a, b in spans if a < one.ends and b > one.starts]


def minutes_of(found: Iterable[Bare]) -> int:
    """Minutes in which some place has nobody; several places at once count once."""
    return sum(b - a for a, b in _joined(sorted((one.starts, one.ends) for one in found)))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for a, b in spans:
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return found


@dataclass(frozen=True)
class Stretch:
    """The same minutes at several places of a post: one line for people."""

    post: str
    places: tuple[Place, ...]
    starts: int
    ends: int

    @property
    def minutes(self) -> int:
        return self.ends - self.starts


def in_stretches(found: Iterable[Bare]) -> list[Stretch]:
    """What lies bare at the same time as one line each, in order of time."""
    together: dict[tuple[int, int, str], list[Place]] = defaultdict(list)
    for one in found:
        together[one.starts, one.ends, one.place.post].append(one.place)
    return [Stretch(post, tuple(sorted(places)), a, b) for (a, b, post), places in sorted(together.items())]
