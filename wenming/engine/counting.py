"""Counting up, where reading a counter and writing it back would be four statements and a race; counting several things at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Count, QuerySet, Value


def count_up(model: type[models.Model], *, counter: str = "count", **key: Any) -> int:
    """Add one to a row's counter, or make the row with a count of one, in one statement; the new count.

    key: {field: value} of one of the model's unique constraints.
    """
    field, value = key.popitem()
    (count,) = count_up_each(model, field, [value], counter=counter, **key).values()
    return count


def count_up_each(
    model: type[models.Model], field: str, values: Sequence[Any], *, counter: str = "count", **key: Any
) -> dict[Any, int]:
    """`count_up` for several rows that differ in one field, in one statement; {the field's value: its new count}.

    values: text or numbers, each once, the rows that many callers share last, so that no two wait for each other.
    """
    name = connection.ops.quote_name
    fields = [each for each in model._meta.concrete_fields if each.name in {field, *key}]
    columns = ", ".join(name(str(each.column)) for each in fields)
    table, counted = name(model._meta.db_table), name(counter)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))}, 1)"] * len(values))
    differing = name(str(model._meta.get_field(field).column))  # type: ignore[union-attr]
    sql = (
        f"INSERT INTO {table} ({columns}, {counted}) VALUES {places} "  # noqa: S608 - our own table's names
        f"ON CONFLICT ({columns}) DO UPDATE SET {counted} = {table}.{counted} + 1 RETURNING {differing}, {counted}"
    )
    rows = [{**key, field: value} for value in values]
    with connection.cursor() as cursor:
        cursor.execute(sql, [each.get_db_prep_save(row[each.name], connection) for row in rows for each in fields])
        return {value: int(count) for value, count in cursor.fetchall()}


def counts_of(**questions: QuerySet[Any]) -> dict[str, int]:
    """{name: how many rows its question has}, in one statement."""
    first, *others = (
        found.order_by().values(counted=Value(name)).annotate(many=Count("pk")).values_list("counted", "many")
        for name, found in questions.items()
    )
    return dict.fromkeys(questions, 0) | dict(first.union(*others, all=True))
