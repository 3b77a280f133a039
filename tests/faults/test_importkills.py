"""Whoever is killed while a file comes in, at whatever row: the next one goes on, and nothing has come in twice."""

from __future__ import annotations

import pytest

from tests.faults.drills import drill
from tests.running_city import City

KILLS = 8


@pytest.mark.slow
def test_an_import_killed_at_any_row_goes_on_without_doubles(fresh_city_folder: City) -> None:
    report = drill("importkills", fresh_city_folder, "--rows", "60", "--kills", str(KILLS), "--seed", "20261123")

    assert report["wrong"] == []
    assert all(report["kills"].values()), "a job that nobody was killed at proves nothing"
