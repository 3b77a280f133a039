"""P6: every edit of sealed history is found; what is not sealed is known by name."""

from __future__ import annotations

import pytest

from tests.faults.drills import drill, sqlite_only
from tests.faults.tamper import SEALED
from tests.running_city import City


@pytest.mark.slow
@sqlite_only
def test_every_edit_of_sealed_history_is_found(fresh_city_folder: City) -> None:
    report = drill("tamper", fresh_city_folder, "--edits", "190", "--seed", "20261124")

    assert report["false_alarms"] == []
    assert report["missed"] == []
    assert set(report["sealed"]) == set(SEALED), "every kind of edit was tried"
