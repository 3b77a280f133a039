"""The fees: charged, paid, waived, corrected by the same entry the other way round. Nothing is rewritten. Policy: 3.3.

seen: how many entries the ledger had when the amount was typed. Who presses twice, or was overtaken, is told and nothing is
booked: a second instalment of the same amount cannot be told from the first one sent again.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.documents.services import take_number
from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.territory.models import Premises

from ..models.frontages import FeeEntry
from ..rules.fee_ledger import EntryKind, LedgerAccount, balance, move, reversal, yuan
from .letters import receipt_mark
from .services import ENFORCE

MOST_FEN = 10_000_000_00


class FeeRefused(Refusal):
    """More than is owed, or a correction of a correction."""

    code = "frontage.fee-refused"


@transaction.atomic
def charge_fee(
    premises: Premises, *, amount_fen: int, what: str, due_on: date, by: Account | None, now: datetime, seen: int | None = None
) -> FeeEntry:
    """记应收: what is owed, for what, by when."""
    premises = _begin(premises, amount_fen, what, by, seen)
    return _book(premises, EntryKind.CHARGE, amount_fen, what, by=by, now=now, due_on=due_on)


@transaction.atomic
def receive_payment(
    premises: Premises, *, amount_fen: int, what: str, by: Account | None, now: datetime, seen: int | None = None
) -> FeeEntry:
    """收款, with a receipt whose number has no gap. Not more than is owed."""
    premises = _begin(premises, amount_fen, what, by, seen)
    _refuse_more_than_owed(premises, amount_fen)
    receipt = take_number(receipt_mark(premises), now=now)
    return _book(premises, EntryKind.PAYMENT, amount_fen, what, by=by, now=now, receipt=receipt)


@transaction.atomic
def waive_fee(
    premises: Premises, *, amount_fen: int, what: str, by: Account | None, now: datetime, seen: int | None = None
) -> FeeEntry:
    """减免: what is owed no more, and on what ground. Not more than is owed."""
    premises = _begin(premises, amount_fen, what, by, seen)
    _refuse_more_than_owed(premises, amount_fen)
    return _book(premises, EntryKind.WAIVER, amount_fen, what, by=by, now=now)


@transaction.atomic
def reverse_entry(entry: FeeEntry, *, reason: str, by: Account | None, now: datetime) -> FeeEntry:
    """冲正: the same amount back, once. What was wrong stays to be read."""
    premises = _begin(entry.premises, entry.amount_fen, reason, by)
    entry = FeeEntry.objects.get(pk=entry.pk)
    if entry.kind == EntryKind.REVERSAL:
        raise FeeRefused(_("这一笔本身就是冲正。要改回来请重新记一笔。"))
    if FeeEntry.objects.filter(reverses=entry).exists():
        raise FeeRefused(_("这一笔已经冲正过了。刷新页面看最新情况。"))
    back = reversal(entry.as_rule())
    if entry.kind == EntryKind.CHARGE and _owed(premises) < entry.amount_fen:
        raise FeeRefused(_("这笔应收已经收了款或减免了，请先冲正那几笔。"))
    made = FeeEntry(
        premises=premises, kind=EntryKind.REVERSAL, debit=back.debit, credit=back.credit, amount_fen=back.amount_fen,
        what=reason.strip()[:120], reverses=entry, at=now, by=by,
    )  # fmt: skip
    insert(made)
    journal.record(
        "frontage.fee-reversed", by=by, about=premises, now=now, entry=entry.pk, amount=made.amount_fen, reason=reason[:120]
    )
    return made


def _begin(premises: Premises, amount_fen: int, what: str, by: Account | None, seen: int | None = None) -> Premises:
    if by is not None and not by.may(ENFORCE):
        raise NotAllowed()
    if not 1 <= amount_fen <= MOST_FEN:
        raise BadInput(_("金额要在 0.01 元到 %(most)s 元之间。") % {"most": yuan(MOST_FEN)})
    if not what.strip():
        raise BadInput(_("请写明是什么费用或者依据。"))
    # Two at the counter at once: the second one waits, and sees what the first has booked.
    premises = Premises.objects.select_for_update(of=("self",)).select_related("community__parent").get(pk=premises.pk)
    if seen is not None and premises.fee_entries.count() != seen:
        raise FeeRefused(_("这一家的账上刚刚多了一笔，这次没有记。请看过最新的账，确实还要记再提交。"))
    return premises


def _owed(premises: Premises) -> int:
    return balance(entry.as_rule() for entry in FeeEntry.objects.filter(premises=premises)).due_fen


def _refuse_more_than_owed(premises: Premises, amount_fen: int) -> None:
    owed = _owed(premises)
    if amount_fen > owed:
        raise FeeRefused(_("多于应收：还欠 %(owed)s 元。请先记应收，或者改小金额。") % {"owed": yuan(owed)})


def _book(
    premises: Premises, kind: EntryKind, amount_fen: int, what: str, *, by: Account | None, now: datetime, due_on: date | None = None,
    receipt: str | None = None,
) -> FeeEntry:  # fmt: skip
    row = move(kind, amount_fen)
    entry = FeeEntry(
        premises=premises, kind=kind, debit=LedgerAccount(row.debit), credit=LedgerAccount(row.credit), amount_fen=amount_fen,
        what=what.strip()[:120], due_on=due_on, receipt=receipt, at=now, by=by,
    )  # fmt: skip
    insert(entry)
    facts = {"receipt": receipt} if receipt else {}
    journal.record("frontage.fee-booked", by=by, about=premises, now=now, kind=kind.value, amount=amount_fen, **facts)
    return entry
