"""Receipt numbers: unguessable, readable aloud, forgiving to type."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.observations.rules.receipts import ALPHABET, RANDOM_BYTES, receipt_number, tidy_number

DAY = date(2026, 11, 22)


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_a_number_survives_being_typed(random: bytes) -> None:
    number = receipt_number(DAY, random)

    assert tidy_number(number) == number
    assert tidy_number(number.lower().replace("-", " ")) == number


def test_sixty_bits_are_used() -> None:
    assert len(ALPHABET) == 32
    assert receipt_number(DAY, b"\x00" * 8) != receipt_number(DAY, b"\x00" * 7 + b"\x01")
    assert len({receipt_number(DAY, bytes([n]) * 8) for n in range(256)}) == 256


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("26-1122-K7QF-3MXD-9A2B", "26-1122-K7QF-3MXD-9A2B", id="as printed"),
        pytest.param("２６１１２２k7qf3mxd9a2b", "26-1122-K7QF-3MXD-9A2B", id="full width, small letters, no dashes"),
        pytest.param("26-1122-KOIL-3MXD-9A2B", "26-1122-K011-3MXD-9A2B", id="O for 0, I and L for 1"),
        pytest.param("0375", "0375", id="something else stays as it is"),
    ],
)
def test_typing_is_forgiven(typed: str, meant: str) -> None:
    assert tidy_number(typed) == meant
