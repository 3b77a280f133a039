"""A point in time in eight bytes on both engines.

PostgreSQL's `timestamptz` is eight bytes already and is used as it is. SQLite has no such type and Django writes 26
letters; here it is the number of microseconds since 1970, UTC, which sorts and compares as the moments do. At a prompt:
`SELECT datetime(at / 1000000, 'unixepoch', 'localtime') …`. Decision 9.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func
from django.db.models.expressions import Expression

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """How many since 1970, UTC, exactly; the moment must name its zone."""
    return (moment - EPOCH) // ONE


def moment_of(count: int) -> datetime:
    """The aware moment, in UTC, so many microseconds after 1970 began."""
    return EPOCH + timedelta(microseconds=count)


class MomentField(models.DateTimeField):
    """A DateTimeField for tables of millions of rows. Python sees aware datetimes, as ever.

    Compares, orders, and has its minimum and maximum. Not on SQLite: the lookups that take a moment apart (`__date`,
    `__year` and the like) and `Trunc`; ask for a range, which an index can answer. They raise instead of guessing.
    """

    def get_internal_type(self) -> str:
        # Not Django's own name: its SQLite backend would parse the numbers as text.
        return "MomentField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint" if connection.vendor == "sqlite" else "timestamp with time zone"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        moment = value if prepared else self.get_prep_value(value)
        return microseconds(moment) if connection.vendor == "sqlite" and moment is not None else moment

    def from_db_value(self, value: Any, _expression: Any, connection: BaseDatabaseWrapper) -> datetime | None:
        return moment_of(value) if isinstance(value, int) else value

    def get_lookup(self, lookup_name: str) -> Any:
        return None if lookup_name in _APART else super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return None if lookup_name in _APART else super().get_transform(lookup_name)


# Refused on PostgreSQL too, so that a query written there does not fail here.
_APART = frozenset(
    [
        "date",
        "year",
        "iso_year",
        "quarter",
        "month",
        "week",
        "week_day",
        "iso_week_day",
        "day",
        "time",
        "hour",
        "minute",
        "second",
    ]
)


class Microseconds(Func):
    """A MomentField's count itself, on both engines: for reading millions of rows without making datetimes."""

    output_field = BigIntegerField()

    def __init__(self, moment: str | Expression, **extra: Any) -> None:
        super().__init__(F(moment) if isinstance(moment, str) else moment, **extra)

    def get_db_converters(self, connection: Any) -> list[Any]:
        # Both engines give an integer; Django would call int() on it once more, for each of millions.
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # extract() gives a numeric with six digits: exact.
        template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
        return self.as_sql(compiler, connection, template=template, **extra)
