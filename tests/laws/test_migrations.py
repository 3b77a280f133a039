"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command


def test_the_migrations_match_the_models(db: object) -> None:
    told = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=told)
    except SystemExit:
        pytest.fail(told.getvalue())
