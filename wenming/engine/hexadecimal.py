"""Hashes in half the room: bytes in the database, hexadecimal digits everywhere else."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class HexField(models.Field):
    """A hash. Python sees lower-case hexadecimal digits; the database keeps the bytes (`SELECT hex(hash) …`)."""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else bytes(value).hex()

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        digits = value if prepared else self.get_prep_value(value)
        return None if digits is None else connection.Database.Binary(bytes.fromhex(digits))  # type: ignore[attr-defined]

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> str | None:
        return None if value is None else bytes(value).hex()
