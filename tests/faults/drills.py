"""How the suite runs a drill: in a process of its own, on a copy of the run's empty city, its report as JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.running_city import City
from tests.settings import ENGINE

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace not installed: apt-get install strace")
sqlite_only = pytest.mark.skipif(ENGINE != "sqlite", reason="a drill on SQLite's own files")


def drill(name: str, city: City, *options: str) -> Any:
    """`python -m tests.faults.NAME OPTIONS` on that empty city; what it reported, whole or not."""
    command = [sys.executable, "-m", f"tests.faults.{name}", "--city", str(city.folder), *options]
    environment = {**os.environ, "DATABASE_URL": city.database_url}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
