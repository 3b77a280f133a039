"""Limits are written one way."""

from __future__ import annotations

import pytest

from wenming.standards.rules.limits import Limit, LimitUnit


@pytest.mark.parametrize(
    ("notation", "limit"),
    [
        ("4h", Limit(4, LimitUnit.WORK_HOURS)),
        ("2d", Limit(2, LimitUnit.WORK_DAYS)),
        ("2uh", Limit(2, LimitUnit.HOURS)),
        ("1ud", Limit(1, LimitUnit.DAYS)),
    ],
)
def test_the_notation_of_the_standards(notation, limit):
    assert Limit.parse(notation) == limit


@pytest.mark.parametrize("notation", ["", "4", "h", "0h", "-1h", "4H", "4m", "u4h", "4hu", "12345h", " 4h", "４h"])
def test_anything_else_is_refused(notation):
    with pytest.raises(ValueError, match="written like"):
        Limit.parse(notation)


@pytest.mark.parametrize("amount", [0, -1, 10_000])
def test_a_limit_is_a_sensible_amount(amount):
    with pytest.raises(ValueError, match="a limit is"):
        Limit(amount, LimitUnit.HOURS)


def test_only_urgent_units_run_day_and_night():
    assert [unit for unit in LimitUnit if unit.is_natural] == [LimitUnit.HOURS, LimitUnit.DAYS]
