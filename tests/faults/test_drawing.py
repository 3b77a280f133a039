"""A worker killed while it draws up a roster leaves no draft; one that comes after it leaves a whole one, once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.faults.city import ROOT
from tests.faults.killstorm import ask_keeper
from tests.running_city import City


@pytest.mark.slow
def test_a_killed_worker_leaves_no_draft_or_a_whole_one(fresh_city_folder: City) -> None:
    ask_keeper(fresh_city_folder, "fill")
    assert _ask(fresh_city_folder, "ask")["state"] == "asked"
    for number, where in enumerate(["drawing", "keeping", "drawing", "keeping"]):
        killed = _run(fresh_city_folder, "kill", where, str(2 * number))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        left = _ask(fresh_city_folder, "look")
        assert (left["drafts"], left["state"], left["wrong"]) == ([], "drawing", [])

    told = _ask(fresh_city_folder, "finish", "8")
    assert told == {"drafts": [21], "state": "done", "told": 1, "waiting": 0, "wrong": []}
    assert _ask(fresh_city_folder, "finish", "16") == told


def _ask(city: City, *said: str) -> Any:
    done = _run(city, *said)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _run(city: City, *said: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.drawer", *said]
    return subprocess.run(command, env=city.variables(), cwd=ROOT, capture_output=True, text=True)
