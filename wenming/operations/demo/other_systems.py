"""Another system that is told of cases. Invented and stopped: a demo city calls nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from wenming.cases.models import Case
from wenming.exchange.models import Delivery, Receiver
from wenming.exchange.rules.retrying import TRIED_FOR
from wenming.exchange.services import register_receiver, stop_receiver
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role

from .city import DemoCity

# `.example` leads nowhere, by the rules of the net (RFC 2606).
NAME, URL = "12345 热线平台（演示）", "https://hotline.example/wenming"
KINDS = ("case.established", "case.dispatched", "case.answered", "case.closed", "case.reopened")
REFUSED = "对方答复 410，没有收下。"


def other_systems(city: DemoCity) -> None:
    """One receiver with what it was told lately: arrived, laid aside, waiting."""
    begun = city.now - timedelta(days=3)
    by = Account.objects.get(username="admin")
    system = Account.objects.filter(role=Role.API).earliest("pk")
    receiver, _secret = register_receiver(name=NAME, url=URL, account=system, kinds=KINDS, by=by, now=begun)
    cases = list(Case.objects.filter(closed_at__lte=begun).order_by("-closed_at")[:6])
    Delivery.objects.bulk_create(_told(receiver, case, n, city.now) for n, case in enumerate(cases))
    stop_receiver(receiver, by=by, now=city.now - timedelta(hours=1))


def _told(receiver: Receiver, case: Case, n: int, now: datetime) -> Delivery:
    at = now - timedelta(hours=2 + 5 * n)
    # No journal entry of its own: these say nothing that a receiver has not been told by the entry's own message.
    told = Delivery(
        receiver=receiver, kind="case.closed", seq=-1 - n, about=case.number, body="{}", written_at=at, due_at=at,
        try_until=at + TRIED_FOR, attempts=1, last_status=200,
    )  # fmt: skip
    if n == 0:
        told.attempts, told.last_status = 0, None
    elif n == 3:
        told.attempts, told.last_status, told.last_error, told.laid_aside_at = 31, 410, REFUSED, now
    else:
        told.done_at = at + timedelta(seconds=1)
    return told
