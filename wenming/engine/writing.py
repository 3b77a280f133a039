"""Writing one row, where `Model.save` spends most of its time putting the same statement together again.

Both are statements of the caller's transaction and send no signals. What a row refers to must have been saved; every
constraint of the database holds as always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models

from .inserting import ROWS_PER_STATEMENT, Columns


def insert(row: models.Model) -> None:
    """Insert a new row; it learns its key where the database gives one."""
    meta = row._meta
    row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]
    fields = [field for field in meta.concrete_fields if not (field.primary_key and row.pk is None)]
    name = connection.ops.quote_name
    columns, places = ", ".join(name(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    sql = (
        f"INSERT INTO {name(meta.db_table)} ({columns}) VALUES ({places}) "  # noqa: S608 - our own table's names
        f"RETURNING {name(str(meta.pk.column))}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, add=True))
        (key,) = cursor.fetchone()
    if row.pk is None:
        row.pk = key
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(row: models.Model, *names: str) -> None:
    """Write the named fields of a row that is there. Raises DatabaseError when it is gone."""
    meta = row._meta
    row._prepare_related_fields_for_save(operation_name="update")  # type: ignore[attr-defined]
    fields: list[Any] = [meta.get_field(each) for each in names]
    name = connection.ops.quote_name
    changes = ", ".join(f"{name(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {name(meta.db_table)} SET {changes} WHERE {name(str(meta.pk.column))} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_values(row, fields, add=False), row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{meta.label} {row.pk} is not there any more")


def update_all(rows: Sequence[models.Model], *names: str) -> None:
    """Write the named fields of many rows of one model, each with its own values, by one statement put together once.

    A row that is gone is passed over: whoever must know locks the rows first.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.get_field(each) for each in names]
    name = connection.ops.quote_name
    changes = ", ".join(f"{name(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {name(meta.db_table)} SET {changes} WHERE {name(str(meta.pk.column))} = %s"  # noqa: S608
    told = Columns(fields, add=False)
    for row in rows:
        row._prepare_related_fields_for_save(operation_name="update_all")  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            cursor.executemany(sql, [[*told.values(row), row.pk] for row in rows[start : start + ROWS_PER_STATEMENT]])


def _values(row: models.Model, fields: Sequence[Any], *, add: bool) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=add), connection) for field in fields]
