"""The fees of frontages as double entry: each row moves one amount from one account to another, so the sum is always nought.

Amounts are whole fen. A mistake is mended by the same row the other way round. Policy: 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LedgerAccount(StrEnum):
    RECEIVABLE = "receivable"  # 应收
    INCOME = "income"  # 收入
    CASH = "cash"  # 实收
    WAIVED = "waived"  # 减免


class EntryKind(StrEnum):
    CHARGE = "charge"
    PAYMENT = "payment"
    WAIVER = "waiver"
    REVERSAL = "reversal"


# kind: (debit, credit)
MOVES: dict[EntryKind, tuple[LedgerAccount, LedgerAccount]] = {
    EntryKind.CHARGE: (LedgerAccount.RECEIVABLE, LedgerAccount.INCOME),
    EntryKind.PAYMENT: (LedgerAccount.CASH, LedgerAccount.RECEIVABLE),
    EntryKind.WAIVER: (LedgerAccount.WAIVED, LedgerAccount.RECEIVABLE),
}


@dataclass(frozen=True)
class Row:
    """One entry: debit (借) and credit (贷) of the same amount."""

    debit: LedgerAccount
    credit: LedgerAccount
    amount_fen: int


@dataclass(frozen=True)
class Balance:
    """What stands on each account, debits positive; the four together are always nought."""

    receivable: int = 0
    income: int = 0
    cash: int = 0
    waived: int = 0

    @property
    def due_fen(self) -> int:
        """What is still owed."""
        return self.receivable

    @property
    def sum_fen(self) -> int:
        return self.receivable + self.income + self.cash + self.waived


def balance(rows: Iterable[Row]) -> Balance:
    found = dict.fromkeys(LedgerAccount, 0)
    for row in rows:
        found[row.debit] += row.amount_fen
        found[row.credit] -= row.amount_fen
    return Balance(**{account.value: amount for account, amount in found.items()})


def move(kind: EntryKind, amount_fen: int) -> Row:
    """The row of a charge, payment or waiver. Raises ValueError for no amount."""
    if amount_fen < 1:
        raise ValueError("an entry moves at least one fen")
    debit, credit = MOVES[kind]
    return Row(debit, credit, amount_fen)


def reversal(row: Row) -> Row:
    """The same amount back."""
    return Row(row.credit, row.debit, row.amount_fen)


def yuan(fen: int) -> str:
    """“12.50”."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"
