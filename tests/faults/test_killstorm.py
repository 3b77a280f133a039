"""F2, F3: kill -9 of web workers, web server and worker under eight clients: nothing promised is lost, nothing is twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killstorm import storm
from tests.running_city import City

KILLS, SECONDS, LEAST = 25, 20.0, 5


@pytest.mark.slow
def test_nothing_promised_is_lost_however_often_we_kill(fresh_city_folder: City, tmp_path: Path) -> None:
    log = tmp_path / "promised.jsonl"
    report = storm(fresh_city_folder, kills=KILLS, seconds=SECONDS, least=LEAST, seed=20261123, log=log)

    assert report.wrong == []
    assert sum(report.kills.values()) >= LEAST
    assert sum(report.promised.values()) >= 10, "a storm in which nobody was promised anything proves nothing"
