"""What moved while a dispatcher was looking: asked of the journal, so that nothing is missed and nothing polled twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from wenming.cases.models import Case
from wenming.journal.following import numbers_touched
from wenming.journal.selectors import head

from .dispatching import DeskRow, desk_rows

# Beyond so many journal entries since it last asked, a desk reads its whole list again.
MOST_NEWS = 200


@dataclass(frozen=True)
class News:
    """What happened since a desk last asked: lines that are new or other than they were, numbers no longer listed."""

    seq: int
    at: datetime
    rows: Sequence[DeskRow] = ()
    gone: Sequence[str] = ()
    too_much: bool = False


def news_since(seq: int, asked_at: datetime, cases: QuerySet[Case], now: datetime) -> News:
    """From the journal: every act on a case since entry `seq`, and the clocks that ran out since `asked_at`."""
    newest, _hash = head()
    if newest - seq > MOST_NEWS:
        return News(newest, now, too_much=True)
    touched = numbers_touched(Case, since=seq) if newest > seq else []
    ran_out = Q(due_at__gte=asked_at, due_at__lt=now) | Q(warn_at__gte=asked_at, warn_at__lt=now)
    rows = desk_rows(cases.filter(ran_out | Q(number__in=touched))[:MOST_NEWS], now)
    listed = {row.case.number for row in rows}
    return News(newest, now, rows, [number for number in touched if number not in listed])
