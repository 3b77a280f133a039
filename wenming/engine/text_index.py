"""An index of texts for search, on both engines: pairs of characters (bigrams.py) in FTS5 or in a tsvector.

A room that wants one writes an unmanaged model with a key and a `TokensField`, and two steps in a migration: the model,
then `make_text_index`. The index holds the tokens only, never the text: SQLite's is contentless, and rows are added and
never changed, so whoever fills it writes what does not change. `rows.filter(tokens__says="宁和路 垃圾")` asks it.

    class CaseText(models.Model):
        case = models.BigIntegerField(primary_key=True, db_column="rowid")   # FTS5 knows its rows by this name
        tokens = TokensField()

        class Meta:
            managed = False
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

from .bigrams import Phrase, phrases

# Tokens come ready-made: the `ascii` tokenizer only parts them at the spaces and leaves Chinese alone.
_SQLITE = "CREATE VIRTUAL TABLE {table} USING fts5(tokens, content='', columnsize=0, tokenize='ascii')"
_POSTGRES = ("CREATE TABLE {table} (rowid bigint PRIMARY KEY, tokens tsvector NOT NULL)",
             "CREATE INDEX {table}_tokens ON {table} USING gin (tokens) WITH (fastupdate = off)")  # fmt: skip
PAGES_AT_ONCE = 500


class TokensField(models.Field):
    """The tokens of one document, in order. Written and searched, never read back."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str):
            return value
        return _tsvector(value) if connection.vendor == "postgresql" else " ".join(value)


@TokensField.register_lookup
class Says(models.Lookup):
    """`tokens__says`: every word that a person typed stands in the document. Words that say nothing find nothing."""

    lookup_name = "says"
    prepare_rhs = False

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} MATCH %s", [*params, self._asked(connection)]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", [*params, self._asked(connection)]

    def _asked(self, connection: BaseDatabaseWrapper) -> str:
        asked = phrases(str(self.rhs))
        if not asked:
            raise EmptyResultSet
        return _query(asked, connection)


def make_text_index(table: str) -> migrations.RunPython:
    """A migration step: the table of an unmanaged model with a `TokensField`."""
    return migrations.RunPython(lambda _apps, editor: _make(editor, table), lambda _apps, editor: _drop(editor, table))


def said_along_the_way(model: type[models.Model], words: str, *, row_by_row: bool = False) -> Q:
    """The condition on another model that shares the index's keys: its row says the words, which many do.

    `Q(pk__in=texts.filter(tokens__says=…))` looks rare words up first and goes to their rows. Common ones are better
    asked about along the way, so that a list in its own order stops at the end of the page instead of sorting them all.

    row_by_row: ask the index anew for each row instead of gathering the keys first. That is dear for a row and cheap for a
    page, where every third row says the words; words of which the last is only begun are gathered all the same.
    """
    found = model._default_manager.filter(tokens__says=words)
    if connection.vendor == "postgresql" or (row_by_row and not any(each.open_end for each in phrases(words))):
        return Q(Exists(found.filter(pk=OuterRef("pk"))))
    # A sum is no column: SQLite cannot enter the table by it, and tests each row against the keys it gathered once.
    return Q(In(F("pk") + 0, found.values("pk")))


def how_many(model: type[models.Model], words: Sequence[str], *, at_most: int) -> list[int]:
    """For each of these searches how many rows it finds, in one statement; counting stops at `at_most`."""
    if not words:
        return []
    says = "tokens @@ %s::tsquery" if connection.vendor == "postgresql" else "tokens MATCH %s"
    counting = f"(SELECT COUNT(*) FROM (SELECT 1 FROM {_name_of(model)} WHERE {says} LIMIT {int(at_most)}) AS found)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([counting] * len(words))}", [_query(phrases(each), connection) for each in words]
        )
        return list(cursor.fetchone())


def empty(model: type[models.Model]) -> None:
    """Take everything out, in the caller's transaction."""
    table = _name_of(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table's name
        else:
            cursor.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")  # noqa: S608 - our own table's name


def tidy(model: type[models.Model]) -> None:
    """Join the pieces that many small additions leave, a few pages in each statement so that no writer waits long."""
    table = _name_of(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {table}")
            return
        # A negative number begins a merge of everything, positive ones go on until a statement changes nothing more.
        pages = -PAGES_AT_ONCE
        while _changes_by(cursor, f"INSERT INTO {table}({table}, rank) VALUES ('merge', {pages})") > 1:  # noqa: S608
            pages = PAGES_AT_ONCE


def missing(model: type[models.Model], expected: Mapping[int, Sequence[str]]) -> list[int]:
    """The keys whose row does not say these tokens in this order."""
    if not expected:
        return []
    table = _name_of(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = ", ".join(["(%s, %s::tsvector)"] * len(expected))
            cursor.execute(
                f"SELECT wanted.key FROM (VALUES {rows}) AS wanted (key, tokens) LEFT JOIN {table} AS kept "  # noqa: S608
                "ON kept.rowid = wanted.key WHERE kept.tokens IS DISTINCT FROM wanted.tokens ORDER BY 1",
                [value for key, tokens in expected.items() for value in (key, _tsvector(tokens))],
            )
            return [key for (key,) in cursor.fetchall()]
        # FTS5 keeps no list of what it holds; each row is asked for by its whole text.
        sql = f"SELECT 1 FROM {table} WHERE {table} MATCH %s AND rowid = %s"  # noqa: S608 - our own table's name
        return [key for key, tokens in expected.items() if not _is_found(cursor, sql, tokens, key)]


def _is_found(cursor: Any, sql: str, tokens: Sequence[str], key: int) -> bool:
    cursor.execute(sql, [_fts5(Phrase(tokens, open_end=False)), key])
    return cursor.fetchone() is not None


def _changes_by(cursor: Any, sql: str) -> int:
    """How many rows a statement changed, those of FTS5's own tables among them."""
    cursor.execute("SELECT total_changes()")
    before = cursor.fetchone()[0]
    cursor.execute(sql)
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0] - before)


def _name_of(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _make(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    for statement in _POSTGRES if editor.connection.vendor == "postgresql" else (_SQLITE,):
        editor.execute(statement.format(table=table), params=None)


def _drop(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    editor.execute(f"DROP TABLE {table}", params=None)


def _query(asked: Sequence[Phrase], connection: BaseDatabaseWrapper) -> str:
    """All of the phrases, in the language of the engine."""
    return " & ".join(map(_tsquery, asked)) if connection.vendor == "postgresql" else " AND ".join(map(_fts5, asked))


def _fts5(phrase: Phrase) -> str:
    """`"宁和 和路"`, with a star behind it where the last token is only begun. Tokens hold letters and digits alone."""
    return f'"{" ".join(phrase.tokens)}"{" *" if phrase.open_end else ""}'


def _tsquery(phrase: Phrase) -> str:
    quoted = [f"'{token}'" for token in phrase.tokens]
    return f"({' <-> '.join(quoted)}{':*' if phrase.open_end else ''})"


def _tsvector(tokens: Sequence[str]) -> str:
    """`'宁和':1,9 '和路':2`."""
    positions: dict[str, list[str]] = defaultdict(list)
    for position, token in enumerate(tokens, start=1):
        positions[token].append(str(position))
    return " ".join(f"'{token}':{','.join(where)}" for token, where in positions.items())
