"""Words of a closed list, kept as small numbers: for tables of millions of rows that repeat the same ten words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class CodedField(models.Field):
    """One word of a closed list. Python, queries and migrations use the word, the database keeps its number.

    codes: {word: number}. A number, once given, is never given to another word; new words get new numbers. Filter
    with exact words (`=`, `in`); order and parts of words mean nothing here, and are refused. Decision 9.
    """

    # A new word changes nothing in the table: the migration that names it rebuilds no table and drops no trigger.
    non_db_attrs = (*models.Field.non_db_attrs, "codes")

    def __init__(self, *args: Any, codes: Mapping[str, int], **options: Any) -> None:
        self.codes = {str(word): number for word, number in codes.items()}
        self._words = {number: word for word, number in self.codes.items()}
        if len(self._words) != len(self.codes):
            raise ValueError("two words have the same number")
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "codes": self.codes}

    def get_internal_type(self) -> str:
        return "PositiveSmallIntegerField"

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        try:
            return self.codes[str(value)]
        except KeyError:
            raise ValueError(f"{self.name}: {value!r} is none of {', '.join(map(repr, self.codes))}") from None

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> str | None:
        # A number that this version does not know was put there by somebody else: shown, not hidden behind a crash.
        return None if value is None else self._words.get(value, f"?{value}")

    def to_python(self, value: Any) -> Any:
        return value if value is None else str(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "in", "isnull"} else None
