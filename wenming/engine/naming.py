"""What the database underneath is called, for people."""

from __future__ import annotations

from django.db import connection

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def database_name() -> str:
    """`SQLite 3.40.1`: for the health page and for reports of faults."""
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{NAMES.get(connection.vendor, connection.vendor)} {version}"
