"""The durability settings are read back: a database that did not take them is not served."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from wenming.engine.sqlite.base import PROMISED, _read_back

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite only")


def test_the_city_runs_with_what_was_promised(db: object) -> None:
    with connection.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in PROMISED}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("pragma", ["journal_mode=DELETE", "synchronous=NORMAL", "foreign_keys=OFF"])
def test_a_setting_that_did_not_take_stops_the_start(tmp_path: Path, pragma: str) -> None:
    raw = sqlite3.connect(tmp_path / "city.sqlite3")
    for good in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", pragma):
        raw.execute(f"PRAGMA {good}")

    with pytest.raises(ImproperlyConfigured, match="没有接受设置"):
        _read_back(raw)
