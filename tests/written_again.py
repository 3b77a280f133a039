"""What every test begins with is worked out once in a process; after that its rows are written again, as they were.

Founding even a small city is several hundred statements, each with its checks. The first test of a process pays for
them and proves that they pass; the next thousand only need what they left behind.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.db import connection

Made = TypeVar("Made")
_WRITES = re.compile(r'^(?:INSERT INTO|UPDATE) "(\w+)"')


class WrittenAgain(Generic[Made]):
    """`WrittenAgain(make)()`: what `make()` returned, in a database that holds what `make()` wrote.

    Whatever `make` returns must be picklable: each caller has a copy of its own. What it writes must not depend on what
    was there before, apart from rows that it changes.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self.make = make
        self.made = b""
        self.rows: list[tuple[str, list[tuple[Any, ...]]]] = []

    def __call__(self) -> Made:
        if not self.made:
            self._make_and_keep()
        else:
            with connection.cursor() as cursor:
                for statement, rows in self.rows:
                    cursor.executemany(statement, rows)
        again: Made = pickle.loads(self.made)
        return again

    def _make_and_keep(self) -> None:
        tables: dict[str, None] = {}

        def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if written := _WRITES.match(sql):
                tables[written[1]] = None
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            made = self.make()
        self.made = pickle.dumps(made)
        self.rows = [_as_it_is(table) for table in tables]


def _as_it_is(table: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement that writes a table's rows, and the rows in the order they came in."""
    keys = {model._meta.db_table: str(model._meta.pk.column) for model in apps.get_models(include_auto_created=True)}
    quote, key = connection.ops.quote_name, keys[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(table)} ORDER BY {quote(key)}")
        columns, rows = [column[0] for column in cursor.description], cursor.fetchall()
    names, places = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
    changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in columns)
    statement = (
        f"INSERT INTO {quote(table)} ({names}) VALUES ({places}) "
        f"ON CONFLICT ({quote(key)}) DO UPDATE SET {changes}"
    )
    return statement, rows
