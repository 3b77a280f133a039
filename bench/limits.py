"""What is measured against: the same database without us, the same bytes without a chain."""

from __future__ import annotations

import io
import itertools
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from PIL import Image

TABLE = "CREATE TABLE IF NOT EXISTS bench_raw (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"
BODY = "x" * 300
Act = Callable[[], object]


class RawDatabase:
    """The city's own database through a bare driver: same file or server, same durability, no framework.

    The table it writes to belongs to the copy of the city that the run throws away.
    """

    def __init__(self) -> None:
        self._keys = itertools.count(1)
        if connection.vendor == "sqlite":
            self._sqlite = _opened(settings.DATABASES["default"]["NAME"])
            self._sqlite.execute(TABLE)
        else:
            self._postgres = psycopg.connect(settings.DATABASE_URL, autocommit=True)
            self._postgres.execute(TABLE.replace("INTEGER", "BIGINT"))

    def commit_rows(self, rows: int = 1) -> None:
        """One durable transaction that inserts so many rows."""
        values = [(next(self._keys), BODY) for _ in range(rows)]
        if connection.vendor == "sqlite":
            self._commit_sqlite(values)
        else:
            with self._postgres.transaction(), self._postgres.cursor() as cursor:
                for value in values:
                    cursor.execute("INSERT INTO bench_raw VALUES (%s, %s)", value)

    def _commit_sqlite(self, values: Sequence[tuple[int, str]]) -> None:
        self._sqlite.execute("BEGIN IMMEDIATE")
        for value in values:
            self._sqlite.execute("INSERT INTO bench_raw VALUES (?, ?)", value)
        self._sqlite.execute("COMMIT")


def _opened(path: Path) -> sqlite3.Connection:
    options = settings.DATABASES["default"]["OPTIONS"]
    raw = sqlite3.connect(path, timeout=options["timeout"], isolation_level=None)
    raw.executescript(options["init_command"])
    return raw


def decode_and_encode(photo: bytes, longest_px: int = 1600) -> int:
    """What a photograph costs whoever only makes a smaller copy of it; the size of the copy."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo)) as image:
        image.thumbnail((longest_px, longest_px))
        image.convert("RGB").save(out, "JPEG", quality=80)
    return out.tell()
