"""Taking one consistent cut out of a running database, on either engine, and counting what is in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from .seal import BackupRefused

SQLITE_FILE = "city.sqlite3"
POSTGRES_FILE = "city.pgdump"
# A contentless text index cannot be counted; the tables in which it keeps its tokens can.
_SQLITE_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    " AND sql NOT LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
)
_POSTGRES_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"


class Cursor(Protocol):
    """What sqlite3 and psycopg share."""

    def execute(self, query: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class Cut:
    """The database as it was at one moment: the copied file, and a cursor that sees exactly the same rows."""

    engine: str
    file: Path
    cursor: Cursor

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        return count_rows(self.cursor, self.engine)

    def only_row(self, table: str, *columns: str) -> tuple[Any, ...] | None:
        """The row of a table that has at most one."""
        self.cursor.execute(f'SELECT {", ".join(columns)} FROM "{table}"')  # noqa: S608 – as below
        return next(iter(self.cursor.fetchall()), None)

    def column(self, table: str, column: str) -> list[Any]:
        self.cursor.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608 – names come from our own models
        return [value for (value,) in self.cursor.fetchall()]


def count_rows(cursor: Cursor, engine: str) -> dict[str, int]:
    """Rows by table, for every table there is."""
    cursor.execute(_POSTGRES_TABLES if engine == "postgresql" else _SQLITE_TABLES)
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 – the database's own names
        counts[table] = cursor.fetchall()[0][0]
    return counts


@contextmanager
def cut_sqlite(database: Path, folder: Path) -> Iterator[Cut]:
    """Copy by VACUUM INTO: one read transaction, so writers go on and the copy is of one moment."""
    target = folder / SQLITE_FILE
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source:
        source.execute("VACUUM INTO ?", [str(target)])
    with closing(sqlite3.connect(f"file:{target}?immutable=1", uri=True)) as copy:
        (answer,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if answer != "ok":
            raise BackupRefused(f"数据库本身已损坏：{answer} (The database itself is damaged.)")
        yield Cut("sqlite", target, copy.cursor())


@contextmanager
def cut_postgres(url: str, folder: Path) -> Iterator[Cut]:
    """Dump the snapshot of a transaction that stays open, so that counts and dump see the same moment."""
    import psycopg

    target = folder / POSTGRES_FILE
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor = connection.cursor()
        cursor.execute("SELECT pg_export_snapshot()")
        ((snapshot,),) = cursor.fetchall()
        _run_tool(url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        yield Cut("postgresql", target, cursor)


def fill_postgres(url: str, dump: Path) -> None:
    """Load a dump into an empty database, in one transaction."""
    import psycopg

    with psycopg.connect(url) as connection:
        if connection.execute(_POSTGRES_TABLES).fetchone():
            raise BackupRefused("DATABASE_URL 指向的数据库不是空的，没有做任何改动。(The database is not empty.)")
    _run_tool(url, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
              f"--dbname={_environment(url)['PGDATABASE']}", str(dump))  # fmt: skip


def empty_postgres(url: str) -> None:
    """Take back what fill_postgres did to a database that was empty before."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _run_tool(url: str, tool: str, *arguments: str) -> None:
    """A PostgreSQL tool, with the connection in the environment: a command line shows passwords to every user."""
    if shutil.which(tool) is None:
        raise BackupRefused(f"缺少 {tool}，请先安装：sudo apt-get install postgresql-client ({tool} is missing.)")
    done = subprocess.run([tool, *arguments], env={**os.environ, **_environment(url)}, capture_output=True, text=True)
    if done.returncode:
        raise BackupRefused(f"{tool} 没有成功：{done.stderr.strip()[-2000:]}")


def _environment(url: str) -> Mapping[str, str]:
    parts = urlsplit(url)
    values = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }
    return {name: value for name, value in values.items() if value}
