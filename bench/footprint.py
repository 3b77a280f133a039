"""How much room 100,000 cases take, and how much memory web and worker under load."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from wenming.cases.models import Case
from wenming.journal.models import Entry
from wenming.organisations.models import Account

from .acting import a_photo, a_visitor, logged_in, post_form, post_photo
from .client import client_of, request
from .figures import Goal, tell, tell_value
from .inside import Effort
from .intake import Reporters
from .over_http import CLIENTS
from .stack import Stack, stack

SHOWN_TABLES = 6
DISK, MEMORY = Goal(150, " MB"), Goal(500, " MB")


def measure(effort: Effort) -> None:
    _disk()
    _memory(effort)


def _disk() -> None:
    cases = Case.objects.count()
    tell("the city", f"{cases:,} cases", f"{Entry.objects.count() / cases:.1f} journal entries each")
    as_is = _database_mb()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else "VACUUM FULL")
    tell_value("database per 100,000 cases, as it is", as_is * 100_000 / cases, " MB", DISK)
    tell_value("database per 100,000 cases, vacuumed", _database_mb() * 100_000 / cases, " MB", DISK)
    for name, mb in _largest():
        tell_value(f"– {name}", mb * 100_000 / cases, " MB", note="with its indexes")


def _database_mb() -> float:
    if connection.vendor == "sqlite":
        path = Path(settings.DATABASES["default"]["NAME"])
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size / 1e6
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 1e6


def _largest() -> list[tuple[str, float]]:
    """The largest tables in MB; empty where this build of SQLite cannot say."""
    of_sqlite = (
        "SELECT s.tbl_name, sum(d.pgsize) / 1e6 FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
        f" GROUP BY 1 ORDER BY 2 DESC LIMIT {SHOWN_TABLES}"
    )
    of_postgres = (
        "SELECT relname, pg_total_relation_size(oid) / 1e6 FROM pg_class WHERE relkind = 'r'"
        f" ORDER BY 2 DESC LIMIT {SHOWN_TABLES}"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(of_sqlite if connection.vendor == "sqlite" else of_postgres)
            return [(name, float(mb)) for name, mb in cursor.fetchall()]
    except OperationalError:  # no such table: dbstat
        return []


def _memory(effort: Effort) -> None:
    """The highest sum seen while citizens report and people read lists and turn cases."""
    seen: list[float] = []
    with stack(worker=True) as city, client_of(city.port) as client:
        watching = _watch(city, seen)
        for _ in range(effort.pairs):
            client.send(_mixed(effort.block), connections=CLIENTS, expect=303)
            client.send(_lists() * max(1, effort.block // 8), connections=CLIENTS, expect=200)
        watching.set()
    tell_value("memory of web and worker under load", max(seen), " MB", MEMORY, note="the highest of all readings, PSS")


def _mixed(count: int) -> list[bytes]:
    """Reports, every fourth with a photograph."""
    reporters = Reporters()
    return [
        post_photo("/report/", reporters.fields(), a_photo(n), a_visitor()) if n % 4 == 0
        else post_form("/report/", reporters.fields(), a_visitor())
        for n in range(count)
    ]  # fmt: skip


def _lists() -> list[bytes]:
    dispatcher, handler = (logged_in(Account.objects.get(username=name)) for name in ("dispatcher", "handler"))
    pages = {"/office/": dispatcher, "/office/cases/": dispatcher, "/unit/": handler, "/unit/cases/?state=all": handler}
    return [request("GET", path, headers=headers) for path, headers in pages.items()]


def _watch(city: Stack, seen: list[float]) -> threading.Event:
    enough = threading.Event()

    def look() -> None:
        while not enough.is_set():
            seen.append(city.memory_mb())
            time.sleep(0.2)

    threading.Thread(target=look, daemon=True).start()
    return enough
