"""Writing many rows at once, journal entries among them: the same chain, sealed by the same rule, much sooner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone

from wenming.journal.models import Entry, Head
from wenming.journal.rules.chain import ALGORITHM, GENESIS, Link, seal
from wenming.journal.services import about_key
from wenming.organisations.models import Account

ROWS = 500
"""Rows per statement and per transaction: SQLite has one writer, and a web process may be waiting."""
ORIGIN = "demo"


@dataclass(frozen=True)
class Happening:
    """One journal entry to be."""

    at: datetime
    action: str
    about: str
    by: Account | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def happening(at: datetime, action: str, about: models.Model, by: Account | None = None, **facts: Any) -> Happening:
    return Happening(at, action, about_key(about), by, facts)


class Keys:
    """Primary keys handed out before the rows are saved, so that rows can name one another and go in together.

    Only for a city that nobody else writes to; `give_back` tells PostgreSQL which keys are taken.
    """

    def __init__(self) -> None:
        self._next: dict[type[models.Model], Iterator[int]] = {}

    def __call__(self, model: type[models.Model]) -> int:
        if model not in self._next:
            newest = model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0
            self._next[model] = count(newest + 1)
        return next(self._next[model])

    def give_back(self) -> None:
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), list(self._next)):
                cursor.execute(sql)


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model whose keys are set; `bulk_create` spends most of its time on building the statement."""
    if not rows:
        return
    table, fields = rows[0]._meta.db_table, rows[0]._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    sql = f"INSERT INTO {connection.ops.quote_name(table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS):
            cursor.executemany(sql, [_values(row, fields) for row in rows[start : start + ROWS]])


def _values(row: models.Model, fields: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def record_all(happenings: Sequence[Happening]) -> None:
    """Seal the happenings in their order at the end of the chain. Wakes no reactions: nobody waits for the past."""
    for start in range(0, len(happenings), ROWS):
        _record(happenings[start : start + ROWS])


@transaction.atomic
def _record(happenings: Sequence[Happening]) -> None:
    head = Head.objects.select_for_update().filter(pk=1).first() or Head.objects.create(pk=1, hash=GENESIS)
    entries, recorded_at = [], timezone.now()
    for each in happenings:
        by = each.by.username if each.by else ""
        link = Link(head.seq + 1, each.at, recorded_at, each.action, by, ORIGIN, each.about, each.facts)
        head.seq, head.hash = link.seq, seal(link, head.hash)
        entries.append(
            Entry(
                seq=link.seq, at=link.at, recorded_at=recorded_at, action=link.action, by=link.by, origin=link.origin, about=link.about,
                facts=each.facts, algorithm=ALGORITHM, hash=head.hash,
            )
        )  # fmt: skip
    insert_all(entries)
    head.save(update_fields=["seq", "hash"])
