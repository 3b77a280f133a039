"""Issuing documents and recording their service. A number is taken in the transaction that keeps the paper, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence import services as evidence
from wenming.evidence.models import Role, Subject
from wenming.journal import services as journal
from wenming.journal.selectors import head
from wenming.journal.services import Actor
from wenming.refusals import BadInput, Refusal

from .letters import Letter, Stamp, witness_words
from .models import Document, NumberRegister, ProofOfService, Way
from .rules.numbering import document_number
from .typesetting.host import typeset

# Setting a letter takes a fifth of a second: done before the lock, and again when somebody else took the number meanwhile.
TRIES_BEFORE_THE_LOCK = 3
# How long a public notice must have stood before it counts as service.
PUBLIC_DAYS = timedelta(days=30)
Done = TypeVar("Done")


class AlreadyServed(Refusal):
    """The proof of service is there; another one would contradict it."""

    code = "document.already-served"


class _NumberMoved(Exception):
    """Somebody else issued under the same mark between setting and keeping."""


def issue(
    letter: Letter, *, mark: str, subject: str, by: Actor | None, now: datetime, and_then: Callable[[Document], Done]
) -> Done:
    """印发: the next number under this mark, the paper, and whatever the caller does with it, in one transaction.

    and_then: the caller's own rows, given the document; what it raises undoes everything, the number too. The letter is
    set before the transaction, with the number that would be next; when another one was faster it is set again, at last
    under the lock. Raises NotTypeset.
    """
    year = timezone.localdate(now).year
    for turn in range(TRIES_BEFORE_THE_LOCK + 1):
        serial = _next_serial(mark, year)
        set_before = _set(letter, mark, year, serial, now) if turn < TRIES_BEFORE_THE_LOCK else None
        try:
            with transaction.atomic():
                document = _keep(letter, set_before, mark=mark, year=year, subject=subject, by=by, now=now)
                return and_then(document)
        except _NumberMoved:
            continue
    raise AssertionError("under the lock no number moves")


@transaction.atomic
def record_service(
    document: Document, *, way: str, served_at: datetime, receiver: str, by: Actor | None, now: datetime, witness: str = ""
) -> ProofOfService:
    """送达: it reached them then. Not before it was issued, not in the future, and once. Raises AlreadyServed, BadInput.

    What was made public (公告送达) counts as served when PUBLIC_DAYS have passed (民事诉讼法, 2023, art. 95); the notice cannot
    have been put up before the document was issued.
    """
    if way not in Way.values:
        raise BadInput(_("请选送达方式。"))
    if served_at < document.issued_at:
        raise BadInput(_("送达时间早于印发时间。请检查日期和时间。"))
    if served_at > now:
        raise BadInput(_("送达时间在现在之后。请在送达以后再登记。"))
    if way == Way.PUBLIC and served_at < document.issued_at + PUBLIC_DAYS:
        earliest = timezone.localtime(document.issued_at + PUBLIC_DAYS)
        raise BadInput(_("公告送达要公告满 30 日才算送达，这一份最早是 %(day)s。期满以后再登记。") % {"day": f"{earliest:%Y-%m-%d %H:%M}"})
    if not receiver.strip():
        raise BadInput(_("请填签收人和身份，比如“店员 陈某”。留置送达也要写清当时谁在场。"))
    if way == Way.LEFT and not witness.strip():
        raise BadInput(_("留置送达要有见证人。请填上见证人。"))
    Document.objects.select_for_update().get(pk=document.pk)
    if ProofOfService.objects.filter(document=document).exists():
        raise AlreadyServed(_("这份公文已经登记过送达。刷新页面看最新情况。"))
    proof = ProofOfService.objects.create(
        document=document, way=way, issued_at=document.issued_at, served_at=served_at, receiver=receiver.strip()[:60],
        witness=witness.strip()[:60], recorded_at=now, recorded_by=by.username if by else "",
    )  # fmt: skip
    journal.record("document.served", by=by, about=document, now=now, way=way, served_at=served_at.isoformat())
    return proof


def take_number(mark: str, *, now: datetime) -> str:
    """The next number under a mark for something that is no letter (a receipt), inside the caller's transaction: no gaps."""
    year = timezone.localdate(now).year
    register = _locked_register(mark, year)
    register.last_serial += 1
    register.save(update_fields=["last_serial"])
    return document_number(mark, year, register.last_serial)


def _next_serial(mark: str, year: int) -> int:
    last = NumberRegister.objects.filter(mark=mark, year=year).values_list("last_serial", flat=True).first()
    return (last or 0) + 1


@dataclass(frozen=True)
class _Paper:
    """A letter set with a number, safe on disk, and the head of the journal at that moment."""

    number: str
    told: dict[str, Any]
    prepared: evidence.Prepared
    seq: int
    hash: str


def _set(letter: Letter, mark: str, year: int, serial: int, now: datetime) -> _Paper:
    number = document_number(mark, year, serial)
    seq, hash_ = head()
    stamp = Stamp(number, timezone.localdate(now), witness_words(seq, hash_))
    paper = evidence.prepare(BytesIO(typeset(letter, stamp)), kind="document")
    return _Paper(number, letter.as_told(stamp), paper, seq, hash_)


def _locked_register(mark: str, year: int) -> NumberRegister:
    NumberRegister.objects.get_or_create(mark=mark, year=year)
    return NumberRegister.objects.select_for_update().get(mark=mark, year=year)


def _keep(
    letter: Letter, ready: _Paper | None, *, mark: str, year: int, subject: str, by: Actor | None, now: datetime
) -> Document:
    register = _locked_register(mark, year)
    register.last_serial += 1
    ready = ready or _set(letter, mark, year, register.last_serial, now)
    if ready.number != document_number(mark, year, register.last_serial):
        raise _NumberMoved
    register.save(update_fields=["last_serial"])
    paper = evidence.attach(ready.prepared, role=Role.ATTACHMENT, subject=Subject("document", ready.number), by=by, now=now)
    document = Document.objects.create(
        register=register, serial=register.last_serial, number=ready.number, kind=letter.kind, title=letter.title[:120],
        issuer=letter.issuer[:80], to=letter.to[:120], subject=subject, paper=paper,
        sha256=ready.prepared.sha256, told=ready.told, witness_seq=ready.seq, witness_hash=ready.hash, issued_at=now,
        issued_by=by.username if by else "",
    )  # fmt: skip
    journal.record(
        "document.issued", by=by, about=document, now=now, kind=letter.kind, subject=subject, sha256=document.sha256
    )
    return document
