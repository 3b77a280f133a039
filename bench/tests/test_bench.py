"""Every benchmark runs at its smallest; how long anything takes is nobody's test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHMARKS
from bench.paired import pairs_of, percentile, spread
from tests.settings import ENGINE

ROOT = Path(__file__).resolve().parents[2]


def test_the_median_of_pair_ratios_is_not_the_ratio_of_medians() -> None:
    pairs = pairs_of([2.0, 20.0, 3.0], [1.0, 10.0, 1.0])

    assert pairs.ratio.median == 2.0
    assert pairs.ratio.low <= pairs.ratio.median <= pairs.ratio.high


def test_the_same_values_give_the_same_interval() -> None:
    assert spread([1.0, 5.0, 2.0, 4.0]) == spread([1.0, 5.0, 2.0, 4.0])


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs(name: str) -> None:
    command = [sys.executable, "-m", "bench", name, "--quick", "--engine", ENGINE]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| figure | ours |" in done.stdout
