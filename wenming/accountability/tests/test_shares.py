"""How sure a share is."""

from __future__ import annotations

import pytest

from wenming.accountability.rules.shares import Share, surely_above, surely_below


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Wilson's score interval without continuity correction; the first two lines stand in Newcombe (1998), table I.
        pytest.param(81, 263, 25.53, 36.62, id="81 of 263"),
        pytest.param(15, 148, 6.24, 16.05, id="15 of 148"),
        pytest.param(0, 20, 0.0, 16.11, id="none of 20 is not proof of none"),
        pytest.param(1, 1, 20.65, 100.0, id="one of one says little"),
        pytest.param(0, 0, 0.0, 100.0, id="nothing counted, everything possible"),
    ],
)
def test_interval(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval() == pytest.approx((low, high), abs=0.01)


@pytest.mark.parametrize(
    ("own", "city", "above"),
    [
        pytest.param(Share(10, 83), Share(60, 1000), True, id="12 % of 83 against 6 %"),
        pytest.param(Share(2, 4), Share(60, 1000), True, id="half of four is sure, so the rule asks for a number too"),
        pytest.param(Share(1, 8), Share(60, 1000), False, id="one of eight may be chance"),
        pytest.param(Share(900, 10000), Share(600, 10000), False, id="sure, but too near to matter"),
        pytest.param(Share(0, 0), Share(60, 1000), False, id="nothing counted"),
        pytest.param(Share(5, 10), Share(0, 0), False, id="nothing to compare with"),
    ],
)
def test_surely_above(own: Share, city: Share, above: bool) -> None:
    assert surely_above(own, city, 5.0) is above


def test_below_is_above_turned_round() -> None:
    assert surely_below(Share(71, 100), Share(930, 1000), 5.0)
    assert not surely_below(Share(93, 100), Share(930, 1000), 5.0)


def test_a_part_is_never_more_than_the_whole() -> None:
    with pytest.raises(ValueError, match="no part of"):
        Share(2, 1)
