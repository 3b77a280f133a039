"""How facts are stored: as the very text that is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from .rules.chain import facts_as_text, facts_from_text


class FactsField(models.Field):
    """Facts as canonical JSON text on both engines. Python sees a dict; queries search the text (`__icontains`).

    Text and not `jsonb`: a database that sorts and spaces JSON its own way cannot give the sealed bytes back. With
    PostgreSQL's prompt use `facts::jsonb`, with SQLite's the `json_…` functions.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def get_prep_value(self, value: Any) -> Any:
        return facts_as_text(value) if isinstance(value, Mapping) else super().get_prep_value(value)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return None if value is None else facts_from_text(value)
