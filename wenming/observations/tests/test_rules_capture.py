"""Capture and recapture: how many places are missing, with the interval, and when the figure says nothing."""

from __future__ import annotations

import random

import pytest

from wenming.observations.rules.capture import chapman, estimate


@pytest.mark.parametrize(
    ("first", "second", "both", "total"),
    [
        pytest.param(200, 150, 100, 299.51, id="the textbook formula: 201·151/101 − 1"),
        pytest.param(10, 10, 10, 10, id="both saw the same ten: nothing is missing"),
        pytest.param(0, 0, 0, 0, id="nothing told of"),
        pytest.param(20, 0, 0, 20, id="one list alone estimates no more than itself"),
    ],
)
def test_chapmans_estimate(first: int, second: int, both: int, total: float) -> None:
    found = chapman(first, second, both)
    assert found.total == pytest.approx(total, abs=0.01)
    assert first + second - both <= found.low <= found.total <= found.high, "never fewer than are known"


def test_more_in_both_than_in_one_is_refused() -> None:
    with pytest.raises(ValueError):
        chapman(3, 5, 4)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """1,000 towns of 400 places, found by two lists with 60 % and 30 %: about 95 of 100 intervals hold the 400."""
    chance, held = random.Random(4), 0
    for _town in range(1000):
        lists = [(chance.random() < 0.6, chance.random() < 0.3) for _place in range(400)]
        found = chapman(sum(a for a, _b in lists), sum(b for _a, b in lists), sum(a and b for a, b in lists))
        held += found.low <= 400 <= found.high
    assert 920 <= held <= 980


def test_three_lists_are_told_in_pairs_and_the_census_against_the_others() -> None:
    found = estimate({(True, False, False): 60, (True, True, False): 20, (True, False, True): 10, (True, True, True): 10,
                      (False, True, False): 8, (False, False, True): 4})  # fmt: skip

    assert found.known == 112
    assert [(one, other, pair.first, pair.second, pair.both) for one, other, pair in found.pairs] == [
        ("census", "patrol", 100, 38, 30), ("census", "complaint", 100, 24, 20), ("patrol", "complaint", 38, 24, 10),
    ]  # fmt: skip
    assert (found.census_other.first, found.census_other.second, found.census_other.both) == (100, 52, 40)
    missing = found.missing
    assert missing is not None and missing[1] <= missing[0] <= missing[2] and missing[0] == round(101 * 53 / 41 - 1 - 112)


def test_too_few_in_both_lists_is_no_figure() -> None:
    assert estimate({(True, False, False): 50, (True, True, False): 2}).missing is None
