"""Photographs are compared outside of any transaction: nobody who writes waits, and a killed worker leaves nothing half."""

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


@pytest.fixture
def same_picture_twice(fresh_city_folder: City) -> City:
    """Two reports whose photographs nobody has looked at yet."""
    ask_keeper(fresh_city_folder, "fill")
    _ask(fresh_city_folder, "hand-in")
    return fresh_city_folder


@pytest.mark.slow
def test_somebody_can_write_while_pixels_are_compared(same_picture_twice: City) -> None:
    told = _ask(same_picture_twice, "watch")

    assert set(told["waited"]) == {False}
    assert told["wrote"] == len(told["waited"]) and (told["hints"], told["told"], told["wrong"]) == (1, 1, [])


@pytest.mark.slow
def test_a_worker_may_be_killed_while_it_looks_and_while_it_writes(same_picture_twice: City) -> None:
    for number, where in enumerate(["comparing", "writing", "comparing", "writing"]):
        killed = _run(same_picture_twice, "kill", where, str(2 * number))
        assert killed.returncode == -signal.SIGKILL, killed.stderr

    told = _ask(same_picture_twice, "finish", "8")
    assert told == {"hints": 1, "told": 1, "wrote": 0, "waiting": 0, "wrong": []}
    assert _ask(same_picture_twice, "finish", "16") == told


def _ask(city: City, *said: str) -> Any:
    done = _run(city, *said)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _run(city: City, *said: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.looker", *said]
    return subprocess.run(command, env=city.variables(), cwd=ROOT, capture_output=True, text=True)
