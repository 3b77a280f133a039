"""F1, F5: whichever system call of an act is killed or fails, the act is entirely there or entirely absent."""

from __future__ import annotations

import pytest

from tests.faults.drills import drill, needs_strace, sqlite_only
from tests.running_city import City


@pytest.mark.slow
@needs_strace
@sqlite_only
def test_a_sample_of_all_fault_points_leaves_no_half_act(fresh_city_folder: City) -> None:
    report = drill("faultsweep", fresh_city_folder, "--sample", "48", "--seed", "20261123")

    assert report["wrong"] == []
    assert report["points_tried"] >= 40
    assert report["left_before"] and report["left_after"], "faults must strike before and after the commit"
