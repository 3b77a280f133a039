"""Every metre of a side has exactly one, or is listed: random streets with injected faults. Policy: 3.2."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.territory.rules.street_edges import (
    Difference,
    PieceKind,
    Served,
    Stretch,
    Tiling,
    middle_lines,
    reconcile,
    tile,
)


@st.composite
def whole_sides(draw: st.DrawFn) -> tuple[int, list[Stretch]]:
    """A side divided without rest: (length, its stretches)."""
    lengths = draw(st.lists(st.integers(1, 3_000), min_size=1, max_size=30))
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    return edges[-1], [Stretch(a, b, f"k{n}") for n, (a, b) in enumerate(itertools.pairwise(edges))]


@given(whole_sides(), st.randoms(use_true_random=False))
def test_a_whole_side_has_no_faults_however_its_rows_come(side: tuple[int, list[Stretch]], rng: object) -> None:
    length, stretches = side
    rng.shuffle(stretches)  # type: ignore[attr-defined]

    found = tile(length, stretches)

    assert found.is_whole and found.held_cm == length
    assert [piece.keys for piece in found.pieces] == [(one.key,) for one in sorted(stretches)]


@given(whole_sides(), st.data())
@settings(max_examples=300)
def test_every_injected_gap_is_found_exactly_and_nothing_else(side: tuple[int, list[Stretch]], data: st.DataObject) -> None:
    length, stretches = side
    missing: list[tuple[int, int]] = []
    kept: list[Stretch] = []
    for one in stretches:
        cut = data.draw(st.integers(0, one.length_cm))
        if cut:
            missing.append((one.to_cm - cut, one.to_cm))
        if cut < one.length_cm:
            kept.append(Stretch(one.from_cm, one.to_cm - cut, one.key))

    found = tile(length, kept)

    assert sum(to - since for since, to in missing) == found.gap_cm and found.overlap_cm == 0
    lost = {centimetre for since, to in missing for centimetre in (since, to - 1)}
    assert all(any(gap.from_cm <= each < gap.to_cm for gap in found.gaps) for each in lost)
    held = [(piece.from_cm, piece.to_cm) for piece in found.pieces if piece.kind is PieceKind.HELD]
    assert held == [(one.from_cm, one.to_cm) for one in kept]


@given(whole_sides(), st.data())
@settings(max_examples=300)
def test_every_injected_overlap_is_found_exactly_and_nothing_else(side: tuple[int, list[Stretch]], data: st.DataObject) -> None:
    length, stretches = side
    since = data.draw(st.integers(0, length - 1))
    to = data.draw(st.integers(since + 1, length))

    found = tile(length, [*stretches, Stretch(since, to, "intruder")])

    assert found.gap_cm == 0 and found.overlap_cm == to - since
    assert (found.overlaps[0].from_cm, found.overlaps[-1].to_cm) == (since, to)
    assert all("intruder" in piece.keys for piece in found.overlaps)


@given(st.integers(1, 5_000), st.lists(st.tuples(st.integers(-500, 5_500), st.integers(1, 2_000), st.integers(0, 9)), max_size=12))
@settings(max_examples=300)
def test_the_pieces_are_always_the_whole_side_once_and_agree_with_counting(length: int, told: list[tuple[int, int, int]]) -> None:
    stretches = [Stretch(since, since + long, f"k{key}-{n}") for n, (since, long, key) in enumerate(told)]

    found = tile(length, stretches)

    assert found.pieces[0].from_cm == 0 and found.pieces[-1].to_cm == length
    assert all(a.to_cm == b.from_cm for a, b in zip(found.pieces, found.pieces[1:], strict=False))
    for piece in found.pieces:
        for centimetre in {piece.from_cm, (piece.from_cm + piece.to_cm) // 2, piece.to_cm - 1}:
            assert piece.keys == tuple(sorted(s.key for s in stretches if s.from_cm <= centimetre < s.to_cm))
    inside = sum(piece.length_cm * len(piece.keys) for piece in found.pieces)
    assert inside + sum(one.length_cm for one in found.outside) == sum(one.length_cm for one in stretches)


def test_one_centimetre_is_a_gap() -> None:
    found = tile(1_000, [Stretch(0, 499, "a"), Stretch(500, 1_000, "b")])

    assert [(gap.from_cm, gap.to_cm) for gap in found.gaps] == [(499, 500)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(0, 400), (600, 1000)], [(0, 500), (500, 1000)], id="a gap between two is parted in its middle"),
        pytest.param([(0, 600), (400, 1000)], [(0, 500), (500, 1000)], id="an overlap of two is parted in its middle"),
        pytest.param([(0, 100), (900, 1000)], [], id="a gap wider than the limit is nobody's yard"),
        pytest.param([(200, 500), (500, 800)], [], id="the ends of the street are for people to say"),
        pytest.param([(0, 1000), (300, 400)], [], id="a claim within another one is a quarrel, not a middle line"),
        pytest.param([(0, 401), (600, 1000)], [(0, 500), (500, 1000)], id="an odd centimetre goes to one of them, not to nobody"),
    ],
)
def test_the_middle_line_is_proposed(told: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    stretches = [Stretch(since, to, str(n)) for n, (since, to) in enumerate(told)]

    found = middle_lines(1_000, stretches, widest_cm=600)

    assert [(one.from_cm, one.to_cm) for one in found] == expected


@given(whole_sides(), st.data())
def test_accepting_every_middle_line_closes_what_lay_between_neighbours(side: tuple[int, list[Stretch]], data: st.DataObject) -> None:
    """Shops measured at their own doors, a little short each: the middle lines make the side whole, its ends apart."""
    length, stretches = side
    doors = [one for one in stretches if one.length_cm >= 10]
    shrunk = [Stretch(one.from_cm + data.draw(st.integers(0, 4)), one.to_cm - data.draw(st.integers(0, 4)), one.key) for one in doors]
    moved = {one.stretch.key: one for one in middle_lines(length, shrunk, widest_cm=8 + 9 * len(stretches))}
    after = [Stretch(m.from_cm, m.to_cm, s.key) if (m := moved.get(s.key)) else s for s in shrunk]

    found = tile(length, after)

    assert not found.overlaps
    if doors == stretches:
        assert all(gap.from_cm == 0 or gap.to_cm == length for gap in found.gaps)


@given(st.integers(1, 2_000), st.lists(st.tuples(st.integers(-50, 2_000), st.integers(1, 900)), max_size=7), st.integers(1, 600))
@settings(max_examples=500)
def test_no_middle_line_makes_a_quarrel_larger(length: int, told: list[tuple[int, int]], widest: int) -> None:
    """However tangled the claims are: accepted together, the lines open no gap and let nobody stand on more of another's metres."""
    stretches = [Stretch(since, since + long, str(n)) for n, (since, long) in enumerate(told)]
    proposed = middle_lines(length, stretches, widest_cm=widest)
    moved = {one.stretch.key: one for one in proposed}
    after = [Stretch(m.from_cm, m.to_cm, s.key) if (m := moved.get(s.key)) else s for s in stretches]

    was, found = tile(length, stretches), tile(length, after)

    for before, then in zip(_holders(was), _holders(found), strict=True):
        assert (then == 0) <= (before == 0) and (before <= 1 or then <= before) and (before > 1 or then <= 1)
    assert len(moved) == len(proposed), "each is moved once"


def _holders(side: Tiling) -> list[int]:
    """How many have each centimetre."""
    return [len(piece.keys) for piece in side.pieces for _centimetre in range(piece.length_cm)]


def test_a_contractors_list_and_the_register_are_told_apart_by_kind() -> None:
    area = [Served("A:left", 0, 5_000)]
    lies = [("M1", Served("A:left", 0, 500)), ("M2", Served("A:left", 500, 900)), ("M3", Served("A:right", 0, 500))]

    found = reconcile({"M1", "M3", "M4", "M5", "M6"}, {"M1", "M2", "M3", "M6"}, {"M4"}, lies, area)

    assert found == [
        (Difference.MISSING, "M2"), (Difference.OUTSIDE, "M3"), (Difference.CLOSED, "M4"), (Difference.UNKNOWN, "M5"),
        (Difference.NO_FRONTAGE, "M6"),
    ]  # fmt: skip
    assert reconcile({"M1", "M2"}, {"M1", "M2"}, set(), lies[:2], area) == []
