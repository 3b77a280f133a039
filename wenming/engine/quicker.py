"""What depends on the newest row, done so that another writer who was quicker costs a second turn and no failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

TURNS = 5
Done = TypeVar("Done")


def after_whoever_was_quicker(act: Callable[[], Done]) -> Done:
    """Do it in a savepoint; where a unique row of somebody else came in between, look again and follow that one.

    A lock on the newest row is not enough: who waited for it on PostgreSQL is given the row that was the newest before,
    and where there is no row yet there is nothing to lock. The unique constraint is the last word.
    """
    for left in reversed(range(TURNS)):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("the last turn returns or raises")
