"""`python -m bench.growth [TIMES]`: make this city so many times as large (ten), for lists at a million cases.

Rows of everything that a list of cases reads are copied inside the database, one statement for each table and copy,
under new keys and numbers. What lists do not read is not copied: journal entries, verifications, ratings, notices. Such
a city is for reading; `verify` still holds for its journal, but most of its cases have no entries there.

On SQLite the copying gives up what a city never may: nothing is forced to the disk before the end. Indexes that are not
needed to keep rows apart are taken down and made again at once, which is several times as fast as growing them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import django
from django.core.management.color import no_style
from django.db import connection, models

# Parents before children. Keys into these tables move with their rows; others (units, types, areas) stay.
COPIED = (
    "territory.Placement", "observations.Report", "responsibilities.Duty", "cases.Case", "cases.CaseReport",
    "cases.CaseMove", "evidence.Exhibit",
)  # fmt: skip
# What no two rows may share is lengthened by the number of the copy.
NUMBERED = {"receipt", "client_id", "number", "subject", "source_number"}
Steps = dict[type[models.Model], int]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("times", type=int, nargs="?", default=10)
    times = parser.parse_args().times
    django.setup()
    from django.apps import apps

    from wenming.cases.search import rebuild

    tables = [apps.get_model(name) for name in COPIED]
    steps = {table: table._default_manager.aggregate(top=models.Max("pk"))["top"] or 0 for table in tables}
    _timed("in haste", _hurry)
    down = [index for table in tables for index in _indexes(table)]
    for index, _again in down:
        _execute(f'DROP INDEX "{index}"')
    for copy in range(1, times):
        _timed(f"copy {copy} of {times - 1}", lambda copy=copy: [_execute(_copying(table, copy, steps)) for table in tables])
    _timed("indexes", lambda: [_execute(again) for _index, again in down])
    _timed("text index", rebuild)
    _timed("statistics", lambda: [_execute(sql) for sql in (*_next_keys(tables), "ANALYZE")])


def _copying(table: type[models.Model], copy: int, steps: Steps) -> str:
    """One INSERT … SELECT of the first generation of rows, as the copy of that number."""
    values = dict(_values(table, copy, steps))
    columns = ", ".join(f'"{column}"' for column in values)
    name = table._meta.db_table
    return f"INSERT INTO {name} ({columns}) SELECT {', '.join(values.values())} FROM {name} WHERE id <= {steps[table]}"


def _values(table: type[models.Model], copy: int, steps: Steps) -> Iterator[tuple[str, str]]:
    """{column: the expression that gives its value in the copy}."""
    for field in table._meta.concrete_fields:
        column = f'"{field.column}"'
        if field.primary_key:
            yield field.column, f"{column} + {copy * steps[table]}"
        elif field.name == "identity":
            yield field.column, "NULL"  # one person's contact belongs to one report
        elif field.related_model in steps:
            yield field.column, f"{column} + {copy * steps[field.related_model]}"
        elif field.name in NUMBERED:
            yield field.column, f"CASE {column} WHEN '' THEN '' ELSE {column} || '.{copy}' END"
        elif isinstance(field, models.UUIDField):
            yield field.column, _new_uuid()
        elif field.name == "subject_id":
            yield field.column, _moved_subject(column, copy, steps)
        else:
            yield field.column, column


def _moved_subject(column: str, copy: int, steps: Steps) -> str:
    """Exhibits name a report by its key and a case by its number."""
    reports = next(step for table, step in steps.items() if table.__name__ == "Report")
    by_key = f"CAST(CAST({column} AS BIGINT) + {copy * reports} AS TEXT)"
    return f"CASE \"subject_type\" WHEN 'report' THEN {by_key} ELSE {column} || '.{copy}' END"


def _new_uuid() -> str:
    return "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"


def _hurry() -> None:
    """This connection only; a crash here costs a city that can be grown again."""
    if connection.vendor == "sqlite":
        _execute("PRAGMA synchronous=OFF")
        _execute("PRAGMA cache_size=-1000000")
        _execute("PRAGMA foreign_keys=OFF")


def _indexes(table: type[models.Model]) -> list[tuple[str, str]]:
    """(name, the statement that makes it) of the table's indexes that enforce nothing."""
    if connection.vendor == "sqlite":
        ours = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE%%' AND tbl_name = %s"
    else:
        ours = "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef NOT LIKE 'CREATE UNIQUE%%' AND tablename = %s"
    with connection.cursor() as cursor:
        cursor.execute(ours, [table._meta.db_table])
        return list(cursor.fetchall())


def _next_keys(tables: list[type[models.Model]]) -> list[str]:
    """So that a case opened afterwards gets a key of its own (PostgreSQL; SQLite finds out)."""
    return connection.ops.sequence_reset_sql(no_style(), tables)


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _timed(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    print(f"  {what}  {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
