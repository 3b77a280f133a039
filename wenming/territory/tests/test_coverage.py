"""The coverage audit: every fault put into a partition is found, and a clean one is called clean. Policy: 7.5."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.territory.rules.coverage import (
    Cell,
    Fault,
    audit_overlays,
    audit_partition,
    codes_in_several_layers,
    mean_width_m,
)
from wenming.territory.rules.geometry import METRES_PER_DEGREE, area_m2, metres_per_degree

BOX = (113.36, 22.50, 113.40, 22.54)
METRE = 1 / METRES_PER_DEGREE


def partition(seed: int, many: int) -> tuple[list[Cell], shapely.Geometry]:
    """A random cut of a square of about 4 km: Voronoi cells, their shared borders the same point by point."""
    rng = np.random.default_rng(seed)
    seeds = shapely.MultiPoint(rng.uniform(BOX[:2], BOX[2:], (many, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=shapely.box(*BOX)))
    return [Cell(f"4420000010010{n:02d}", cell, "442000001001") for n, cell in enumerate(cells)], shapely.coverage_union_all(cells)


def square(column: float, row: float, wide: float = 1.0, high: float = 1.0) -> shapely.Geometry:
    """Squares of 0.01° beside one another."""
    return shapely.box(*(round(one, 7) for one in (113 + column / 100, 22 + row / 100, 113 + (column + wide) / 100, 22 + (row + high) / 100)))


FOUR = [Cell(f"44200000100100{n}", square(n % 2, n // 2)) for n in range(4)]
WHOLE = shapely.coverage_union_all([cell.geometry for cell in FOUR])


def with_shape(number: int, shape: shapely.Geometry) -> list[Cell]:
    return [Cell(cell.code, shape if n == number else cell.geometry) for n, cell in enumerate(FOUR)]


def faults(cells: list[Cell], territory: shapely.Geometry | None = WHOLE) -> list[Fault]:
    return [one.fault for one in audit_partition(cells, territory).findings]


# --- any partition ---------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(2, 40))
def test_a_clean_partition_is_always_called_clean(seed: int, many: int) -> None:
    cells, territory = partition(seed, many)
    audit = audit_partition(cells, territory, {"442000001001": territory})
    assert audit.findings == ()
    assert audit.area_m2 == pytest.approx(area_m2(territory), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 40), data=st.data())
def test_a_border_moved_by_one_metre_is_always_found(seed: int, many: int, data: st.DataObject) -> None:
    """One cell's border drawn back, or pushed out, by a metre along its whole length: nothing like it escapes."""
    cells, territory = partition(seed, many)
    broad = [n for n, cell in enumerate(cells) if not cell.geometry.buffer(-METRE * 3).is_empty]
    number = data.draw(st.sampled_from(broad))
    by = data.draw(st.sampled_from([-METRE, METRE]))
    cell = cells[number]
    cells[number] = Cell(cell.code, cell.geometry.buffer(by, join_style="mitre"), cell.community)
    missing = area_m2(cell.geometry) - area_m2(cells[number].geometry)

    audit = audit_partition(cells, territory)

    assert audit.findings, f"{by / METRE:+.0f} m"
    measured = audit.total_m2(Fault.SLIVER, Fault.GAP, Fault.HOLE, Fault.UNOWNED, Fault.OVERLAP, Fault.OUTSIDE)
    assert measured == pytest.approx(abs(missing), rel=0.02), "its size is the ground that was moved"
    assert any(one.fault in {Fault.SLIVER, Fault.OUTSIDE} for one in audit.findings)
    beside = shapely.buffer(cell.geometry, METRE * 3)
    assert all(beside.contains(shapely.Point(one.longitude, one.latitude)) for one in audit.findings), "and its place is there"


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 40), data=st.data())
def test_a_single_point_moved_by_a_metre_is_always_found(seed: int, many: int, data: st.DataObject) -> None:
    cells, territory = partition(seed, many)
    number = data.draw(st.integers(0, len(cells) - 1))
    ring = shapely.get_coordinates(cells[number].geometry.exterior)
    corner = data.draw(st.integers(0, len(ring) - 2))
    turn = data.draw(st.floats(0, 6.28))
    moved = ring.copy()
    moved[corner] += np.array([np.cos(turn), np.sin(turn)]) * METRE
    if corner == 0:
        moved[-1] = moved[0]
    cells[number] = Cell(cells[number].code, shapely.Polygon(moved), cells[number].community)
    assert not audit_partition(cells, territory).is_clean


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 40), data=st.data())
def test_a_cell_left_out_or_put_in_twice_is_always_found_with_its_size(seed: int, many: int, data: st.DataObject) -> None:
    cells, territory = partition(seed, many)
    number = data.draw(st.integers(0, len(cells) - 1))
    size = area_m2(cells[number].geometry)
    without = audit_partition([*cells[:number], *cells[number + 1 :]], territory)
    assert without.total_m2(Fault.GAP, Fault.HOLE, Fault.UNOWNED, Fault.SLIVER) == pytest.approx(size, rel=1e-3)
    twice = audit_partition([*cells, Cell("442000001001999", cells[number].geometry, "442000001001")], territory)
    assert twice.total_m2(Fault.OVERLAP, Fault.SLIVER) == pytest.approx(size, rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 30), wide=st.floats(0.3, 1.8), data=st.data())
def test_a_ditch_cut_through_the_city_is_always_found(seed: int, many: int, wide: float, data: st.DataObject) -> None:
    """A strip of ground taken out of every grid that it crosses: nobody's metres, all of them counted."""
    cells, territory = partition(seed, many)
    west, south, east, north = territory.bounds
    at = data.draw(st.floats(0.2, 0.8))
    middle = south + at * (north - south)
    ditch = shapely.box(west, middle, east, middle + wide * METRE)
    cut = [Cell(cell.code, shapely.difference(cell.geometry, ditch), cell.community) for cell in cells]
    audit = audit_partition([cell for cell in cut if not cell.geometry.is_empty], territory)
    lost = area_m2(shapely.intersection(territory, ditch))
    assert audit.total_m2(Fault.SLIVER, Fault.GAP, Fault.HOLE, Fault.UNOWNED) == pytest.approx(lost, rel=0.01)


# --- each fault by its name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        pytest.param(FOUR, [], id="clean"),
        pytest.param(FOUR[1:], [Fault.UNOWNED], id="a corner of the city in no grid"),
        pytest.param(with_shape(0, square(0, 0, 1.3)), [Fault.OVERLAP], id="a grid reaching into its neighbour"),
        pytest.param(with_shape(0, square(0, 0, 1.001)), [Fault.SLIVER], id="by one metre"),
        pytest.param(with_shape(0, square(0, 0).difference(square(0.4, 0.4, 0.2, 0.2))), [Fault.HOLE], id="a hole in one grid"),
        pytest.param(with_shape(0, square(-0.2, 0, 1.2)), [Fault.OUTSIDE], id="beyond the city"),
        pytest.param(
            with_shape(0, shapely.Polygon([(113, 22), (113.01, 22.01), (113.01, 22), (113, 22.01)])),
            [Fault.INVALID, Fault.UNOWNED, Fault.UNOWNED], id="a bow tie, and what it leaves",
        ),
        pytest.param([*FOUR[:3], Cell(FOUR[0].code, FOUR[3].geometry)], [Fault.CODE_CLASH], id="a code used twice"),
    ],
)  # fmt: skip
def test_each_fault_has_its_name(cells: list[Cell], found: list[Fault]) -> None:
    assert [one for one in faults(cells) if one is not Fault.UNMATCHED] == found


def test_a_gap_between_grids_says_whose_borders_it_touches() -> None:
    apart = [Cell(FOUR[n].code, shape) for n, shape in enumerate([square(0, 0, 0.9), square(1, 0), square(0, 1), square(1, 1)])]
    inner = [Cell("442000001001009", square(-1, -1, 4, 4).difference(WHOLE)), *apart]
    (found,) = [one for one in audit_partition(inner, square(-1, -1, 4, 4)).findings if one.fault is not Fault.UNMATCHED]
    assert (found.fault, len(found.codes)) == (Fault.GAP, 5)
    assert found.area_m2 == pytest.approx(area_m2(square(0.9, 0, 0.1)), rel=1e-3)


def test_borders_that_do_not_meet_point_by_point_are_named_though_nothing_is_missing() -> None:
    """A neighbour with one more point on the common border: the first edit on either side would tear it open."""
    ring = [(113.01, 22), (113.02, 22), (113.02, 22.01), (113.01, 22.01), (113.01, 22.005)]
    cells = with_shape(1, shapely.Polygon(ring))
    (found,) = audit_partition(cells, WHOLE).findings
    assert (found.fault, found.area_m2) == (Fault.UNMATCHED, 0.0)
    assert {FOUR[0].code, FOUR[1].code} <= set(found.codes)


def test_without_a_territory_only_what_is_surrounded_is_missed() -> None:
    assert faults(FOUR, None) == []
    ring = [Cell(str(n), square(n % 3, n // 3)) for n in range(9) if n != 4]
    (hole,) = audit_partition(ring, None).findings
    assert (hole.fault, len(hole.codes)) == (Fault.GAP, 8)


def test_a_grid_across_its_communitys_border_is_named_with_what_is_beyond() -> None:
    homes = {"442000001001": square(0, 0, 1, 2), "442000001002": square(1, 0, 1, 2)}
    shapes = [square(0, 0, 1.2, 1), square(1.2, 0, 0.8, 1), square(0, 1), square(1, 1)]
    cells = [
        Cell(f"{home}00{n}", shape, home)
        for n, (shape, home) in enumerate(zip(shapes, ["442000001001", "442000001002"] * 2, strict=True))
    ]
    strays = [one for one in audit_partition(cells, WHOLE, homes).findings if one.fault is Fault.STRAY]
    assert [(one.codes, round(one.area_m2)) for one in strays] == [
        (("442000001001000",), round(area_m2(square(1, 0, 0.2)))),
    ]
    assert faults([Cell("12345", WHOLE, "442000001001")]) == [Fault.BAD_CODE]


# --- strips and units ------------------------------------------------------------------------------------------------


def test_overlays_may_leave_ground_free_but_never_overlap() -> None:
    road, river = Cell("1", square(0, 0.4, 2, 0.1)), Cell("2", square(0.4, 0, 0.1, 2))
    (crossing,) = audit_overlays([road, river], WHOLE).findings
    assert (crossing.fault, crossing.codes) == (Fault.OVERLAP, ("1", "2"))
    assert audit_overlays([road, Cell("2", square(0.4, 0.5, 0.1, 1))], WHOLE).is_clean
    assert [one.fault for one in audit_overlays([Cell("1", square(1.5, 0))], WHOLE).findings] == [Fault.OUTSIDE]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(4, 40), data=st.data())
def test_any_strips_and_units_beside_one_another_are_clean_and_a_metre_over_a_neighbour_is_found(
    seed: int, many: int, data: st.DataObject
) -> None:
    """Any cells of any cut, with ground left free between them: nothing is wrong. One of them pushed out by a metre: just that."""
    cells, territory = partition(seed, many)
    kept = [cells[n] for n in sorted(data.draw(st.sets(st.integers(0, len(cells) - 1), min_size=2)))]
    assert audit_overlays(kept, territory).findings == ()

    number = data.draw(st.integers(0, len(kept) - 1))
    pushed = Cell(kept[number].code, kept[number].geometry.buffer(METRE, join_style="mitre"), kept[number].community)
    others = [one for one in kept if one is not kept[number]]
    beside = {one.code for one in others if shapely.area(shapely.intersection(one.geometry, pushed.geometry)) > 0}
    beyond = bool(shapely.area(shapely.difference(pushed.geometry, territory)) > 0)

    found = audit_overlays([*others, pushed], territory).findings

    over = {code for one in found if one.fault in {Fault.OVERLAP, Fault.SLIVER} for code in one.codes} - {pushed.code}
    assert over == beside, "every neighbour that it lies over, and no other"
    assert {one.fault for one in found} <= {Fault.OVERLAP, Fault.SLIVER, Fault.OUTSIDE}
    assert any(one.fault is Fault.OUTSIDE or one.of == "outside" for one in found) is beyond


def test_a_code_of_two_kinds_is_a_clash() -> None:
    assert codes_in_several_layers([["a", "b"], ["b"], ["c"]]) == {"b"}


def test_the_width_of_a_ditch_is_its_width() -> None:
    east, _north = metres_per_degree(22)
    assert mean_width_m(shapely.box(113, 22, 113 + 1 / east, 22.01)) == pytest.approx(1, rel=0.01)
