"""Sending what waits: claimed in one short transaction, sent outside of any, noted in another.

A sender killed at any point leaves the message claimed; when the claim runs out it is sent again under the same key. So
a message arrives at least once, and whoever receives it knows a repetition by the key. Messages about one case go to one
receiver one after the other: the next is claimed only when the one before has arrived or was laid aside.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import close_old_connections, connections, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations import vault

from .egress import Answer, post
from .models import Delivery, Receiver
from .rules.retrying import FAILURES_UNTIL_STOPPED, is_done, pause_after, rests_the_receiver
from .rules.signing import signature

log = logging.getLogger(__name__)
AT_ONCE = 8
CLAIM = timedelta(seconds=60)
KEPT_FOR = timedelta(days=30)
SECRET = "webhook"  # noqa: S105  the purpose under which secrets are sealed
_under_way = threading.Lock()


def deliver_aside(now: datetime) -> None:
    """Send what is due in a thread of its own, so that a slow receiver holds up nothing else the worker does."""
    if not sendable(now).exists() or not _under_way.acquire(blocking=False):
        return
    # Not a daemon: a worker that is asked to stop waits for the answers (seconds) instead of leaving claims behind.
    threading.Thread(target=_one_round, name="deliver").start()


def _one_round() -> None:
    try:
        close_old_connections()
        deliver_due(timezone.now())
    except Exception:
        # Everything is still marked as to do; the next turn tries again.
        log.exception("sending to other systems failed")
    finally:
        connections.close_all()
        _under_way.release()


def deliver_due(now: datetime) -> int:
    """One round: claim up to AT_ONCE messages, send them at the same time, note what became of each. How many."""
    claimed = claim(now)
    if not claimed:
        return 0
    with ThreadPoolExecutor(len(claimed), thread_name_prefix="send") as pool:
        answers = list(pool.map(_send, claimed, [now] * len(claimed)))
    for delivery, answer in zip(claimed, answers, strict=True):
        note(delivery, answer, now=now)
    return len(claimed)


def sendable(now: datetime) -> QuerySet[Delivery]:
    """Messages that may leave now, each the first of its case for its receiver."""
    waiting = Q(done_at=None, laid_aside_at=None)
    before = Delivery.objects.filter(
        waiting, receiver=OuterRef("receiver"), about=OuterRef("about"), seq__lt=OuterRef("seq")
    )
    return (
        Delivery.objects.filter(waiting, due_at__lte=now, receiver__stopped_at=None)
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .filter(Q(receiver__rests_until=None) | Q(receiver__rests_until__lte=now))
        .exclude(Exists(before))
        .order_by("due_at", "pk")
    )


@transaction.atomic
def claim(now: datetime) -> Sequence[Delivery]:
    """Take messages for the next minute; another worker passes over them."""
    found = list(
        sendable(now).select_related("receiver").select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]
    )
    Delivery.objects.filter(pk__in=[one.pk for one in found]).update(leased_until=now + CLAIM)
    return found


@transaction.atomic
def note(delivery: Delivery, answer: Answer, *, now: datetime) -> None:
    """Keep what became of an attempt: arrived, to be tried again after a pause, or laid aside for a person."""
    kept = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if kept.done_at or kept.laid_aside_at:
        return
    kept.attempts += 1
    kept.leased_until, kept.last_tried_at = None, now
    kept.last_status, kept.last_error = answer.status, answer.trouble[:200]
    receiver = Receiver.objects.select_for_update().get(pk=kept.receiver_id)
    if answer.status is not None and is_done(answer.status):
        kept.done_at = now
        receiver.failures, receiver.rests_until = 0, None
    else:
        _failed(kept, receiver, answer, now)
    kept.save(update_fields=[
        "attempts", "leased_until", "last_tried_at", "last_status", "last_error", "done_at", "due_at", "laid_aside_at",
    ])  # fmt: skip
    receiver.save(update_fields=["failures", "rests_until", "stopped_at"])
    if receiver.stopped_at == now:
        journal.record(
            "receiver.stopped", by=None, about=receiver, now=now, name=receiver.name, failures=receiver.failures,
            status=answer.status,
        )  # fmt: skip


def _failed(kept: Delivery, receiver: Receiver, answer: Answer, now: datetime) -> None:
    kept.due_at = now + pause_after(kept.attempts)
    if kept.due_at > kept.try_until:
        kept.laid_aside_at = now
    # Messages that were on their way together fail together: that is one failure of the receiver, not eight.
    together = receiver.rests_until is not None and receiver.rests_until > now
    if rests_the_receiver(answer.status) and not together:
        receiver.failures += 1
        receiver.rests_until = now + pause_after(receiver.failures)
    elif kept.laid_aside_at and not together:
        receiver.failures += 1
    if receiver.failures >= FAILURES_UNTIL_STOPPED and receiver.stopped_at is None:
        receiver.stopped_at = now


def forget_what_arrived(now: datetime) -> int:
    """Delete messages that arrived a month ago; what was laid aside stays until somebody has dealt with it."""
    return Delivery.objects.filter(done_at__lt=now - KEPT_FOR).delete()[0]


def _send(delivery: Delivery, now: datetime) -> Answer:
    """No database in here: it runs beside others in a thread."""
    body, timestamp = delivery.body.encode(), int(now.timestamp())
    try:
        secret = vault.open_sealed(bytes(delivery.receiver.sealed_secret), purpose=SECRET)
    except ValueError:
        return Answer(None, _("签名密钥打不开，可能换过城市的密钥。请为这个接收方换一个新的签名密钥。"))
    return post(
        delivery.receiver.url, body,
        {
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "Wenming", "Wenming-Event": delivery.kind,
            "Wenming-Delivery": str(delivery.key), "Wenming-Attempt": str(delivery.attempts + 1),
            "Wenming-Timestamp": str(timestamp), "Wenming-Signature": signature(secret, timestamp, body),
        },
    )  # fmt: skip
