"""Who is told: registering another system, trying it, stopping it, and sending again what was laid aside."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.selectors import head
from wenming.organisations import vault
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities.services import tell

from .delivering import SECRET
from .egress import inside, why_refused
from .messages import test_message
from .models import Delivery, Receiver
from .profiles import profiles
from .rules.addresses import AddressRefused, endpoint_of
from .rules.kinds import KINDS, PING
from .rules.retrying import TRIED_FOR


class AddressNotTaken(BadInput):
    """The address is none to which this house speaks."""

    code = "receiver.address"


class ReceiverRefused(Refusal):
    """The receiver is not where this act begins."""

    code = "receiver.step-refused"


@transaction.atomic
def register_receiver(
    *, name: str, url: str, account: Account, kinds: Sequence[str], by: Account, now: datetime, profile: str = ""
) -> tuple[Receiver, str]:
    """Tell another system of cases from now on; returns it with its secret, which is shown this once.

    Raises AddressNotTaken, and BadInput for an account that is no system's, no kinds, or a name in use.
    """
    _may(by)
    _refuse_what_makes_no_sense(name, url, account, kinds)
    if profile and profile not in profiles():
        raise BadInput(_("没有叫“%(name)s”的对照文件。请从列表里选。") % {"name": profile})
    secret = fresh_secret()
    receiver = Receiver.objects.create(
        name=name.strip(), url=url, account=account, kinds=sorted(kinds), profile=profile, created_at=now, created_by=by,
        sealed_secret=vault.seal(secret, purpose=SECRET), read_to=head()[0],
    )  # fmt: skip
    journal.record(
        "receiver.registered", by=by, about=receiver, now=now, name=receiver.name, url=_shown(url), kinds=receiver.kinds,
        account=account.username, profile=profile,
    )  # fmt: skip
    return receiver, secret


@transaction.atomic
def change_receiver(receiver: Receiver, *, url: str, kinds: Sequence[str], by: Account, now: datetime) -> None:
    """Another address or other news; what waits goes to the new address."""
    _may(by)
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    _refuse_address(url)
    _refuse_kinds(kinds)
    before = {"url": _shown(receiver.url), "kinds": receiver.kinds}
    receiver.url, receiver.kinds = url, sorted(kinds)
    receiver.save(update_fields=["url", "kinds"])
    journal.record(
        "receiver.changed", by=by, about=receiver, now=now, before=before, after={"url": _shown(url), "kinds": receiver.kinds}
    )


@transaction.atomic
def renew_secret(receiver: Receiver, *, by: Account, now: datetime) -> str:
    """A new secret, shown this once; from the next message on it is the one that signs."""
    _may(by)
    secret = fresh_secret()
    Receiver.objects.filter(pk=receiver.pk).update(sealed_secret=vault.seal(secret, purpose=SECRET))
    journal.record("receiver.secret-renewed", by=by, about=receiver, now=now, name=receiver.name)
    return secret


@transaction.atomic
def ping(receiver: Receiver, *, by: Account, now: datetime) -> Delivery:
    """A test message, sent like any other. Raises ReceiverRefused while the receiver is stopped."""
    _may(by)
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if receiver.stopped_at:
        raise ReceiverRefused(_("这个接收方已停用。请先恢复推送，再发测试消息。"))
    # Somebody waits for the answer: not for the end of a rest.
    Receiver.objects.filter(pk=receiver.pk).update(rests_until=None)
    sent = Delivery.objects.create(
        receiver=receiver, kind=PING, body=test_message(receiver, now), written_at=now, due_at=now, try_until=now
    )
    journal.record("receiver.pinged", by=by, about=receiver, now=now, name=receiver.name)
    return sent


@transaction.atomic
def stop_receiver(receiver: Receiver, *, by: Account, now: datetime) -> None:
    """Send nothing more for now; what happens meanwhile is read when it goes on."""
    _may(by)
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if receiver.stopped_at:
        raise ReceiverRefused(_("这个接收方已经停用了。刷新页面就能看到。"))
    receiver.stopped_at = now
    receiver.save(update_fields=["stopped_at"])
    # Nobody has to be told of what an administrator did on purpose; the entry is the record.
    journal.record("receiver.paused", by=by, about=receiver, now=now, name=receiver.name)


@transaction.atomic
def resume_receiver(receiver: Receiver, *, by: Account, now: datetime) -> None:
    """Go on where it stopped: what waits and what happened since is sent, in its order, for another day."""
    _may(by)
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if receiver.stopped_at is None:
        raise ReceiverRefused(_("这个接收方正在推送，不用恢复。"))
    receiver.stopped_at, receiver.rests_until, receiver.failures = None, None, 0
    receiver.save(update_fields=["stopped_at", "rests_until", "failures"])
    waiting = receiver.deliveries.filter(done_at=None, laid_aside_at=None)
    waiting.update(due_at=now, try_until=now + TRIED_FOR)
    journal.record("receiver.resumed", by=by, about=receiver, now=now, name=receiver.name)


@transaction.atomic
def send_again(delivery: Delivery, *, by: Account, now: datetime) -> None:
    """Try a message that was laid aside for another day, under its old key. Raises ReceiverRefused for any other."""
    _may(by)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.laid_aside_at is None:
        raise ReceiverRefused(_("这一条还在发送，或者已经送到，不用再发。"))
    delivery.laid_aside_at, delivery.due_at, delivery.try_until = None, now, now + TRIED_FOR
    delivery.attempts = 0
    delivery.save(update_fields=["laid_aside_at", "due_at", "try_until", "attempts"])
    journal.record(
        "receiver.sent-again", by=by, about=delivery.receiver, now=now, delivery=str(delivery.key), entry=delivery.seq
    )


def tell_of_the_stop(entry: Entry, now: datetime) -> None:
    """The reaction to a receiver that was given up: the unit of its account, and that of whoever registered it, read it."""
    receiver = Receiver.objects.select_related("account__unit", "created_by__unit").get(pk=entry.about.split(":", 1)[1])
    words = _("推送到“%(name)s”连续失败 %(n)d 次，已经停用。修好后请系统管理员在“对接系统”里恢复推送。") % {
        "name": receiver.name, "n": entry.facts["failures"],
    }  # fmt: skip
    for unit in {receiver.account.unit, receiver.created_by.unit}:
        tell(unit, text=words, subject=entry.about, entry_seq=entry.seq, now=now)


def fresh_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def _may(by: Account) -> None:
    if not by.may("interfaces.manage"):
        raise NotAllowed()


def _refuse_what_makes_no_sense(name: str, url: str, account: Account, kinds: Sequence[str]) -> None:
    if Receiver.objects.filter(name=name.strip()).exists():
        raise BadInput(_("已经有叫“%(name)s”的接收方了。请换一个名称。") % {"name": name.strip()})
    if account.role != Role.API or not account.is_active:
        raise BadInput(_("推送要用对接系统的账号，而且账号在用。请先在机构人员里开一个“对接系统”账号。"))
    _refuse_kinds(kinds)
    _refuse_address(url)


def _refuse_kinds(kinds: Sequence[str]) -> None:
    if not kinds or not set(kinds) <= set(KINDS):
        raise BadInput(_("还没有选要推送哪些事。请至少选一样。"))


def _refuse_address(url: str) -> None:
    try:
        endpoint_of(url, inside())
    except AddressRefused as refused:
        raise AddressNotTaken(why_refused(refused)) from None


def _shown(url: str) -> str:
    """Without what stands behind the question mark: some systems put a key there, and the journal is for ever."""
    return url.partition("?")[0]
