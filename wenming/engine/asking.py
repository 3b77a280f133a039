"""Questions that every act asks: Django puts each together once, and from then on it is only asked.

To put together a query that finds one row by its key costs Django five to ten times what the database needs to answer
it. Only the question is kept, never an answer: every time the rows are read anew, so nothing here can be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import QuerySet, get_related_populators

M = TypeVar("M", bound=models.Model)


class Given(Expression):
    """The place of a value in a question, known by a name.

    field: the column's own, which says how the database keeps such a value; a number or a text needs none.
    """

    def __init__(self, name: str, field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=field or models.Field())
        self.name, self.prepared_by = name, field

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def value(self, given: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it."""
        value = given[self.name]
        return self.prepared_by.get_db_prep_value(value, connection) if self.prepared_by else value


class Question(Generic[M]):
    """A queryset over whole rows (`select_related` and `select_for_update` included) with places for values.

        LOCKED = Question(lambda: Duty.objects.select_for_update().filter(pk=Given("pk")))
        duty = LOCKED.get(pk=7)

    queryset: a function, because models are not ready while modules load. Annotations, `values`, `defer`, `only` and
    prefetching are not understood.
    """

    def __init__(self, queryset: Callable[[], QuerySet[M]]) -> None:
        self._queryset = queryset

    def all(self, **given: Any) -> list[M]:
        """Every row that answers."""
        connection = connections[DEFAULT_DB_ALIAS]
        asked = self._put_together(connection)
        assert connection.in_atomic_block or not asked.locks, "a lock is held until the end of a transaction"
        with connection.cursor() as cursor:
            values = [each.value(given, connection) if isinstance(each, Given) else each for each in asked.values]
            cursor.execute(asked.sql, values)
            return [asked.row(found, connection) for found in cursor.fetchall()]

    def first(self, **given: Any) -> M | None:
        """The first row that answers, or None."""
        return next(iter(self.all(**given)), None)

    def get(self, **given: Any) -> M:
        """The one row that answers. Raises the model's DoesNotExist."""
        if (found := self.first(**given)) is None:
            raise self._queryset().model.DoesNotExist  # type: ignore[attr-defined]
        return found

    def _put_together(self, connection: Any) -> _Asked[M]:
        # Kept on the connection: what Django puts together holds its connection's own converters.
        kept = vars(connection).setdefault("wenming_questions", {})
        if self not in kept:
            kept[self] = _put_together(self._queryset(), connection)
        asked: _Asked[M] = kept[self]
        return asked


@dataclass(frozen=True)
class _Asked(Generic[M]):
    """A question as the database takes it, and how its rows become objects."""

    sql: str
    values: Sequence[Any]
    locks: bool
    model: type[M]
    names: Sequence[str]
    span: slice
    converters: Sequence[tuple[int, tuple[Sequence[Any], Any]]]
    related: Sequence[Any]

    def row(self, found: Sequence[Any], connection: Any) -> M:
        values = list(found)
        for position, (converters, expression) in self.converters:
            for convert in converters:
                values[position] = convert(values[position], expression, connection)
        row = self.model.from_db(DEFAULT_DB_ALIAS, self.names, values[self.span])
        for populator in self.related:
            populator.populate(values, row)
        return row


def _put_together(queryset: QuerySet[M], connection: Any) -> _Asked[M]:
    """The same steps as Django's own ModelIterable, up to the point where the values are needed."""
    compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, values = compiler.as_sql()
    info: Any = compiler.klass_info
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    return _Asked(
        sql=sql,
        values=values,
        locks=queryset.query.select_for_update and connection.features.has_select_for_update,
        model=info["model"],
        names=[column[0].target.attname for column in compiler.select[first:last]],
        span=slice(first, last),
        converters=list(compiler.get_converters([each[0] for each in compiler.select]).items()),
        related=get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
    )
