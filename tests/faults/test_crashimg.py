"""F4: whenever the power fails, everything acknowledged is on the disk; and the test can tell."""

from __future__ import annotations

import pytest

from tests.faults.drills import drill, needs_strace, sqlite_only
from tests.running_city import City


@pytest.mark.slow
@needs_strace
@sqlite_only
def test_no_power_cut_loses_what_was_acknowledged(fresh_city_folder: City) -> None:
    shipped, normal, careless = drill("crashimg", fresh_city_folder, "--images", "110", "--acts", "140", "--seed", "20261123")

    assert (shipped["lost"], shipped["corrupt"], shipped["broken"]) == (0, 0, 0), shipped["examples"]
    assert normal["lost"] > 0, "with synchronous=NORMAL the same test must find losses, or it proves nothing"
    assert careless["broken"] > 0, "with photographs not synced the same test must find rows without files"
