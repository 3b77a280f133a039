"""A proposed partition is contiguous, covers the community exactly, stays inside it, and its balance is a figure. Policy: 7.1."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.territory.rules.coverage import Cell, audit_partition
from wenming.territory.rules.partitioning import imbalance, propose

from .test_coverage import partition, square


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(1, 9), roads=st.integers(0, 6))
def test_any_proposal_is_contiguous_exact_and_within_the_community(seed: int, many: int, roads: int) -> None:
    rng = np.random.default_rng(seed)
    cells, _whole = partition(seed, 8)
    community = cells[int(rng.integers(8))].geometry
    west, south, east, north = community.bounds
    lines = [shapely.LineString(rng.uniform((west, south), (east, north), (3, 2))) for _road in range(roads)]
    points = [(float(x), float(y), 1.0) for x, y in rng.uniform((west, south), (east, north), (60, 2))]
    proposal = propose(community, lines, points, many)
    assert len(proposal.cells) == many
    assert {cell.geom_type for cell in proposal.cells} == {"Polygon"}, "contiguous"
    assert audit_partition([Cell(str(n), cell) for n, cell in enumerate(proposal.cells)], community).is_clean
    assert 0 <= proposal.along_share <= 1
    assert proposal.imbalance == pytest.approx(imbalance(proposal.loads))
    assert [c.wkb for c in propose(community, lines, points, many).cells] == [c.wkb for c in proposal.cells], "repeatable"


def test_an_even_load_is_cut_evenly() -> None:
    points = [(113 + (i + 0.5) / 4000, 22 + (j + 0.5) / 4000, 1.0) for i in range(40) for j in range(40)]
    proposal = propose(square(0, 0), [], points, 4)
    assert proposal.imbalance < 0.15


def test_a_crowded_corner_gets_smaller_grids() -> None:
    crowd = [(113.001 + i / 20000, 22.001 + j / 20000, 5.0) for i in range(20) for j in range(20)]
    proposal = propose(square(0, 0), [], crowd, 4)
    around = sorted((cell.area, cell.intersects(shapely.box(113.001, 22.001, 113.002, 22.002))) for cell in proposal.cells)
    assert around[0][1], "the smallest lies in the crowd"


def test_borders_follow_a_road_that_balances_as_well() -> None:
    road = shapely.LineString([(112.99, 22.005), (113.02, 22.005)])
    points = [(113 + (i + 0.5) / 2000, 22 + (j + 0.5) / 2000, 1.0) for i in range(20) for j in range(20)]
    proposal = propose(square(0, 0), [road], points, 2)
    assert proposal.along_share > 0.9
    assert proposal.imbalance < 0.05


@pytest.mark.parametrize(("loads", "figure"), [([1, 1, 1], 0.0), ([3, 1, 2], 0.5), ([], 0.0)])
def test_balance_is_a_figure(loads, figure) -> None:
    assert imbalance(loads) == figure
