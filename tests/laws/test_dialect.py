"""Law 8: no dialect outside its port."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[2] / "wenming"
FORBIDDEN = re.compile(
    r"connection\.vendor|contrib\.postgres|ArrayField|HStoreField|SearchVector|\.distinct\([\"']|\.extra\(|RawSQL|"
    r"PRAGMA|import sqlite3|import psycopg"
)
# Ports: the engine itself, and operations, which moves whole databases from disk to disk.
PORTS = ("engine", "operations", "settings.py")
# A GeoPackage is a file in SQLite's format, whatever database the city itself is kept in.
FILE_FORMATS = {"observations/geo_tables.py"}
SOURCES = [
    path
    for path in sorted(ROOM.rglob("*.py"))
    if path.relative_to(ROOM).parts[0] not in PORTS and "tests" not in path.parts and "migrations" not in path.parts
    and str(path.relative_to(ROOM)) not in FILE_FORMATS
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOM)))
def test_the_file_speaks_no_dialect(path: Path) -> None:
    found = FORBIDDEN.findall(path.read_text())
    assert not found, f"{found} belongs into wenming/engine"
