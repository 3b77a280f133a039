"""The worker's part of the closure proof: somebody asked for one, so it is computed outside of any transaction and kept."""

from __future__ import annotations

from datetime import date, datetime

from wenming.journal.models import Entry
from wenming.journal.services import LookFirst
from wenming.organisations.models import Account

from .closure import Proof, keep_report, prove


def _look(entry: Entry, _now: datetime) -> Proof:
    return prove(date.fromisoformat(str(entry.facts["since"])))


def _keep(entry: Entry, now: datetime, found: Proof) -> None:
    keep_report(found, by=Account.objects.filter(username=entry.about.partition(":")[2]).first(), now=now)


prove_what_was_asked = LookFirst(_look, _keep)
