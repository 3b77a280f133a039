"""Taking in what a phone kept while it had no network: each record once, answered by the same receipt every time.

The phone deletes its copy only when the receipt's hash is the hash of what it sent (P1, P3). What is refused is not
stored, and the phone keeps it until its owner has decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wenming.evidence.refusals import UploadGone
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from .models import HandedIn
from .rules.receipts import handed_in_hash


class OtherPersons(Refusal):
    """Kept in the phone by one person, sent under the name of another."""

    code = "handed-in.other-person"


class ChangedOnTheWay(BadInput):
    """What arrived does not hash to what the phone says it sent."""

    code = "handed-in.changed-on-the-way"


@dataclass(frozen=True)
class Handing:
    """What was received, as plain values; photographs by their hashes, "" for one that is no longer held."""

    kind: str
    client_id: str
    by: Account
    seen_at: datetime
    fields: Sequence[tuple[str, str]]
    photos: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept_by: str = ""
    claimed_hash: str = ""

    @property
    def content_hash(self) -> str:
        return handed_in_hash(self.client_id, self.fields, self.photos)

    @property
    def photo_count(self) -> int:
        return sum(len(hashes) for hashes in self.photos.values())


@dataclass(frozen=True)
class HandedInReceipt:
    """The same for every repetition of the same sending."""

    number: str
    content_hash: str
    received_at: datetime
    repeated: bool


def known_receipt(client_id: str, by: Account) -> HandedInReceipt | None:
    """The receipt of what this person already handed in under this key."""
    row = HandedIn.objects.filter(client_id=client_id, by=by).first()
    return _receipt(row, repeated=True) if row is not None else None


def receive_once(handing: Handing, act: Callable[[], str], *, now: datetime) -> HandedInReceipt:
    """Do `act`, which returns the number people know it by, and keep the receipt: both or neither, and once.

    Raises OtherPersons, evidence's UploadGone, ChangedOnTheWay, and whatever `act` refuses.
    """
    known = known_receipt(handing.client_id, handing.by)
    if known is not None:
        return known
    _refuse_what_cannot_be(handing)
    try:
        return _receive(handing, act, now)
    except (IntegrityError, Refusal):
        # The same sending arrived twice at the same moment: the other one moved the case, claimed the photographs or
        # took the key. Answer with its receipt.
        known = known_receipt(handing.client_id, handing.by)
        if known is None:
            raise
        return known


def _refuse_what_cannot_be(handing: Handing) -> None:
    taken = HandedIn.objects.filter(client_id=handing.client_id).exists()
    if taken or (handing.kept_by and handing.kept_by != handing.by.username):
        raise OtherPersons(_("这一条是别人存在手机里的，请由本人登录后再传。"))
    if any("" in hashes for hashes in handing.photos.values()):
        raise UploadGone
    if handing.claimed_hash and handing.claimed_hash != handing.content_hash:
        raise ChangedOnTheWay(_("收到的和手机里存的不一样，没有收下，会自动重传。"))


@transaction.atomic
def _receive(handing: Handing, act: Callable[[], str], now: datetime) -> HandedInReceipt:
    number = act()
    row = HandedIn.objects.create(
        client_id=handing.client_id, kind=handing.kind, number=number, by=handing.by, content_hash=handing.content_hash,
        photo_count=handing.photo_count, seen_at=min(handing.seen_at, now), received_at=now,
    )  # fmt: skip
    return _receipt(row, repeated=False)


def _receipt(row: HandedIn, *, repeated: bool) -> HandedInReceipt:
    return HandedInReceipt(row.number, row.content_hash, row.received_at, repeated)
