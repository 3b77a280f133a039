"""The small demo city of one Friday, in a transaction that is never kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

FRIDAY = date(2026, 11, 20)
MARK = settings.CITY.root / "DEMO"


@contextmanager
def small_demo_city() -> Iterator[None]:
    with transaction.atomic():
        call_command("demo_city", size="small", seed=7, today=FRIDAY, verbosity=0)
        yield
        transaction.set_rollback(True)
    MARK.unlink()
