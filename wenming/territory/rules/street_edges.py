"""The edge of a street, divided among those who answer for it (门前责任区沿街划分). Policy: 3.2.

A side of a street is a line from 0 to its length. Everything is whole centimetres, so that "every metre has exactly one"
is counted and never rounded. Stretches are taken as they are told: what nobody has is a gap, what several have is an
overlap, and both are listed. Nothing is closed silently: the middle line between neighbours is only proposed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SHORTEST_CM = 1


class AlongTheEdge:
    """Something that lies along an edge, from a whole centimetre up to but without another; in metres for people."""

    from_cm: int
    to_cm: int

    @property
    def length_cm(self) -> int:
        return self.to_cm - self.from_cm

    @property
    def from_m(self) -> float:
        return self.from_cm / 100

    @property
    def to_m(self) -> float:
        return self.to_cm / 100

    @property
    def length_m(self) -> float:
        return self.length_cm / 100


@dataclass(frozen=True, order=True)
class Stretch(AlongTheEdge):
    """A piece of the edge that somebody is told to have, from `from_cm` up to but without `to_cm`."""

    from_cm: int
    to_cm: int
    key: str

    def __post_init__(self) -> None:
        if self.to_cm - self.from_cm < SHORTEST_CM:
            raise ValueError(f"a stretch ends after it begins: {self.from_cm} – {self.to_cm}")


class PieceKind(StrEnum):
    HELD = "held"
    GAP = "gap"
    OVERLAP = "overlap"


@dataclass(frozen=True)
class Piece(AlongTheEdge):
    """A piece of the edge on which the same ones stand all along. keys: who has it; none in a gap, several in an overlap."""

    from_cm: int
    to_cm: int
    keys: tuple[str, ...]

    @property
    def kind(self) -> PieceKind:
        if not self.keys:
            return PieceKind.GAP
        return PieceKind.HELD if len(self.keys) == 1 else PieceKind.OVERLAP


@dataclass(frozen=True)
class Tiling:
    """One side of a street from its beginning to its end. pieces: in order, together exactly the whole side.

    outside: what stretches claim before the beginning or beyond the end.
    """

    length_cm: int
    pieces: tuple[Piece, ...]
    outside: tuple[Stretch, ...] = ()

    @property
    def gaps(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind is PieceKind.GAP)

    @property
    def overlaps(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind is PieceKind.OVERLAP)

    @property
    def is_whole(self) -> bool:
        """Every centimetre has exactly one, and nobody claims what is not there."""
        return not (self.gaps or self.overlaps or self.outside)

    @property
    def held_cm(self) -> int:
        return sum(piece.length_cm for piece in self.pieces if piece.kind is PieceKind.HELD)

    @property
    def gap_cm(self) -> int:
        return sum(piece.length_cm for piece in self.gaps)

    @property
    def overlap_cm(self) -> int:
        return sum(piece.length_cm for piece in self.overlaps)


def tile(length_cm: int, stretches: Iterable[Stretch]) -> Tiling:
    """Cut a side at every beginning and end of a stretch, and say of each piece who has it. Policy: 3.2."""
    if length_cm < 1:
        raise ValueError(f"a side has a length, not {length_cm}")
    told = sorted(stretches)
    inside = [cut for one in told if (cut := _within(one, 0, length_cm))]
    outside = [cut for one in told for cut in (_within(one, one.from_cm, 0), _within(one, length_cm, one.to_cm)) if cut]
    cuts = sorted({0, length_cm, *(edge for one in inside for edge in (one.from_cm, one.to_cm))})
    begins: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for one in inside:
        begins.setdefault(one.from_cm, []).append(one.key)
        ends.setdefault(one.to_cm, []).append(one.key)
    here: list[str] = []
    pieces: list[Piece] = []
    for since, to in itertools.pairwise(cuts):
        for key in ends.get(since, ()):
            here.remove(key)
        here.extend(begins.get(since, ()))
        _add(pieces, Piece(since, to, tuple(sorted(here))))
    return Tiling(length_cm, tuple(pieces), tuple(outside))


def _add(pieces: list[Piece], piece: Piece) -> None:
    """Two gaps side by side are one; two stretches of the same holder stay two, as they were told."""
    if pieces and not piece.keys and not pieces[-1].keys:
        piece = Piece(pieces.pop().from_cm, piece.to_cm, ())
    pieces.append(piece)


def _within(stretch: Stretch, since: int, to: int) -> Stretch | None:
    begin, end = max(stretch.from_cm, since), min(stretch.to_cm, to)
    return Stretch(begin, end, stretch.key) if end - begin >= SHORTEST_CM else None


@dataclass(frozen=True)
class Proposal(AlongTheEdge):
    """Another division that somebody may accept: this stretch would run from here to there instead."""

    stretch: Stretch
    from_cm: int
    to_cm: int


def middle_lines(length_cm: int, stretches: Sequence[Stretch], *, widest_cm: int) -> tuple[Proposal, ...]:
    """间隔取中线: what the edges of neighbours would be, were each gap and each overlap between two parted in its middle.

    Only between two neighbours and only up to `widest_cm`: a wider gap is no space between shops, and whose the ends of
    the street are is for people to say. Stretches that lie wholly within another one are left as they are, and so is
    whatever a third one claims too: no line in the middle would settle that, only move it.
    """
    told = sorted(stretches)
    edges = {index: [one.from_cm, one.to_cm] for index, one in enumerate(told)}
    for index, (one, other) in enumerate(itertools.pairwise(told)):
        between = other.from_cm - one.to_cm
        nested = other.to_cm <= one.to_cm
        if between == 0 or abs(between) > widest_cm or nested or _claimed_by_a_third(told, index):
            continue
        middle = (one.to_cm + other.from_cm) // 2
        edges[index][1] = edges[index + 1][0] = middle
    found = []
    for index, (since, to) in edges.items():
        if to - since >= SHORTEST_CM and (since, to) != (told[index].from_cm, told[index].to_cm):
            found.append(Proposal(told[index], since, to))
    return tuple(found)


def _claimed_by_a_third(told: Sequence[Stretch], index: int) -> bool:
    """Whether any other one reaches into what lies between this stretch and the next, or on which both stand."""
    low, high = sorted((told[index].to_cm, told[index + 1].from_cm))
    others = (one for number, one in enumerate(told) if number not in (index, index + 1))
    return any(one.from_cm < high and one.to_cm > low for one in others)


class Difference(StrEnum):
    """How the list of a contractor and the register of frontages disagree (3.1)."""

    UNKNOWN = "unknown"  # on the contractor's list, not in the register
    CLOSED = "closed"  # on the list, but the register says that it has closed
    OUTSIDE = "outside"  # on the list, but its frontage lies outside the contract's area
    MISSING = "missing"  # its frontage lies in the area, but it is not on the list
    NO_FRONTAGE = "no_frontage"  # on the list, but has no frontage on any street


@dataclass(frozen=True)
class Served(AlongTheEdge):
    """A piece of a side that a contract covers, or on which a frontage of the register lies. edge: street and side."""

    edge: str
    from_cm: int
    to_cm: int

    def meets(self, other: Served) -> bool:
        return self.edge == other.edge and self.from_cm < other.to_cm and other.from_cm < self.to_cm


def reconcile(
    claimed: Iterable[str], open_ones: set[str], closed: set[str], lies: Sequence[tuple[str, Served]], area: Sequence[Served]
) -> list[tuple[Difference, str]]:
    """Every difference between a contractor's list and the register, by number. Empty: they agree.

    claimed: numbers on the list; lies: (number, piece of the edge) of the register; area: what the contract covers.
    """
    on_list = set(claimed)
    fronts: dict[str, list[Served]] = {}
    for number, piece in lies:
        fronts.setdefault(number, []).append(piece)
    inside = {number for number, pieces in fronts.items() if any(a.meets(p) for p in pieces for a in area)}
    found: list[tuple[Difference, str]] = []
    for number in on_list:
        if number in closed:
            found.append((Difference.CLOSED, number))
        elif number not in open_ones:
            found.append((Difference.UNKNOWN, number))
        elif number not in fronts:
            found.append((Difference.NO_FRONTAGE, number))
        elif number not in inside:
            found.append((Difference.OUTSIDE, number))
    found += [(Difference.MISSING, number) for number in (inside & open_ones) - on_list]
    return sorted(found, key=lambda one: (one[1], one[0]))
