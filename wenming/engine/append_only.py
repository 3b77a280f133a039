"""Tables that refuse UPDATE and DELETE, on both engines, for everybody (law 4: nothing is rewritten)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = """
CREATE TRIGGER {table}_refuses_{verb} BEFORE {VERB} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION wenming_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_POSTGRES = """
CREATE TRIGGER {table}_refuses_{verb} BEFORE {VERB} ON {table} FOR EACH ROW {when}
EXECUTE FUNCTION wenming_append_only()
"""
_POSTGRES_TRUNCATE = """
CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION wenming_append_only()
"""


def append_only(*tables: str) -> migrations.RunPython:
    """A migration step: from here on these tables take INSERT and nothing else."""
    return migrations.RunPython(lambda _apps, editor: _protect(editor, tables), lambda _apps, editor: lift(editor, tables))


def _protect(editor: BaseDatabaseSchemaEditor, tables: Sequence[str]) -> None:
    postgres = editor.connection.vendor == "postgresql"
    if postgres:
        editor.execute(_POSTGRES_FUNCTION, params=None)
    for table in tables:
        for verb in ("update", "delete"):
            template = _POSTGRES if postgres else _SQLITE
            editor.execute(template.format(table=table, verb=verb, VERB=verb.upper(), when=""))
        if postgres:
            editor.execute(_POSTGRES_TRUNCATE.format(table=table))


def lift(editor: BaseDatabaseSchemaEditor, tables: Sequence[str]) -> None:
    """Take the protection off again: for reversed migrations and for tests that play the intruder."""
    postgres = editor.connection.vendor == "postgresql"
    for table in tables:
        for verb in ("update", "delete", *(["truncate"] if postgres else [])):
            suffix = f" ON {table}" if postgres else ""
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{verb}{suffix}")


def tables_of(*models: Any) -> tuple[str, ...]:
    """The table names of models, for code that must not spell them twice."""
    return tuple(model._meta.db_table for model in models)
