"""The ledger always balances, whatever is booked in whatever order. Policy: 3.3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.responsibilities.rules.fee_ledger import EntryKind, LedgerAccount, balance, move, reversal, yuan

AMOUNTS = st.integers(1, 10_000_000)
BOOKED = st.lists(st.tuples(st.sampled_from([EntryKind.CHARGE, EntryKind.PAYMENT, EntryKind.WAIVER]), AMOUNTS), max_size=40)


@given(BOOKED, st.data())
def test_it_balances_after_every_entry_and_every_correction(booked: list[tuple[EntryKind, int]], data: st.DataObject) -> None:
    rows = [move(kind, amount) for kind, amount in booked]
    wrong = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True)) if rows else []
    rows += [reversal(rows[index]) for index in wrong]
    kept = [one for index, one in enumerate(booked) if index not in wrong]

    for many in range(len(rows) + 1):
        assert balance(rows[:many]).sum_fen == 0
    charged = sum(amount for kind, amount in kept if kind is EntryKind.CHARGE)
    settled = sum(amount for kind, amount in kept if kind is not EntryKind.CHARGE)
    assert balance(rows).due_fen == charged - settled, "what was reversed counts in nothing"


def test_each_kind_has_its_accounts() -> None:
    assert move(EntryKind.PAYMENT, 5).debit is LedgerAccount.CASH and move(EntryKind.PAYMENT, 5).credit is LedgerAccount.RECEIVABLE


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_entry(amount: int) -> None:
    with pytest.raises(ValueError, match="at least one fen"):
        move(EntryKind.CHARGE, amount)


@pytest.mark.parametrize(("fen", "words"), [(1250, "12.50"), (-5, "-0.05"), (123456789, "1,234,567.89"), (0, "0.00")])
def test_amounts_are_read_in_yuan(fen: int, words: str) -> None:
    assert yuan(fen) == words
