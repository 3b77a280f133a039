"""Whichever statement or commit of an act is killed or fails, on either engine: entirely there or entirely absent."""

from __future__ import annotations

import pytest

from tests.faults.drills import drill, sqlite_only
from tests.running_city import City

ACTS = ("take_back_swap", "judge_components", "call_hearing")


@pytest.mark.slow
@sqlite_only
def test_no_statement_of_an_act_leaves_half_of_it(fresh_city_folder: City) -> None:
    acts = [each for name in ACTS for each in ("--act", name)]
    report = drill("statementsweep", fresh_city_folder, "--statements", "2", "--seed", "20261123", *acts)

    assert report["wrong"] == []
    assert report["left_before"] and report["left_after"], "faults must strike before and after the commit"
