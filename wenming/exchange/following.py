"""Reading along in the journal: every act that a receiver wants to know of becomes one message, once and in order.

Not one reaction per entry: most cities tell nobody, and each act would pay for it. The journal is numbered without a gap
under one lock, so "read up to here" is one number; it moves in the transaction that writes the messages. A kill leaves
both done or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.engine.inserting import insert_all
from wenming.journal.models import Entry
from wenming.journal.selectors import head

from .messages import written
from .models import Delivery, Receiver
from .rules.kinds import kind_of
from .rules.retrying import TRIED_FOR

ENTRIES_PER_TURN = 500
# What comes in by the thousand from another system's past, or is invented, is no news.
NO_NEWS_FROM = frozenset({"import", "demo"})
NEWS_FOR = timedelta(days=2)


def follow_the_journal(now: datetime) -> int:
    """Write the messages about everything that happened since each receiver's last reading; how many were written."""
    last = head()[0]
    behind = Receiver.objects.filter(stopped_at=None, read_to__lt=last).values_list("pk", flat=True)
    return sum(_read_on(pk, last, now) for pk in behind)


@transaction.atomic
def _read_on(pk: int, last: int, now: datetime) -> int:
    receiver = Receiver.objects.select_for_update().get(pk=pk)
    until = min(last, receiver.read_to + ENTRIES_PER_TURN)
    if receiver.stopped_at or until <= receiver.read_to:
        return 0
    entries = Entry.objects.filter(seq__gt=receiver.read_to, seq__lte=until, action__startswith="case.").order_by("seq")
    news = [one for one in entries if kind_of(one.action) in receiver.kinds and _is_news(one)]
    messages = _messages(news, receiver, now)
    insert_all(messages)
    Receiver.objects.filter(pk=pk).update(read_to=until)
    return len(messages)


def _messages(news: Sequence[Entry], receiver: Receiver, now: datetime) -> list[Delivery]:
    cases = _visible(receiver, {_number(entry) for entry in news}) if news else {}
    said = [(entry, written(entry, cases[_number(entry)], receiver)) for entry in news if _number(entry) in cases]
    return [
        Delivery(
            receiver=receiver, kind=kind_of(entry.action) or "", seq=entry.seq, about=_number(entry), body=body,
            written_at=now, due_at=now, try_until=now + TRIED_FOR,
        )
        for entry, body in said
        if body is not None
    ]  # fmt: skip


def _visible(receiver: Receiver, numbers: set[str]) -> dict[str, Case]:
    """Through the same door as the receiver's own key: what its account may not see, it is not told of."""
    found = cases_visible_to(receiver.account).select_related("problem_type__scheme", "unit").filter(number__in=numbers)
    return {case.number: case for case in found}


def _is_news(entry: Entry) -> bool:
    """Not what was entered long after it happened: the replayed history of an import."""
    return entry.origin not in NO_NEWS_FROM and entry.recorded_at - entry.at <= NEWS_FOR


def _number(entry: Entry) -> str:
    return entry.about.partition(":")[2]
