"""The doors count directions, not people: slow lane first, refusal far above, and nothing that could be traced back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wenming.observations import door
from wenming.observations.door import DoorShut, Lane, Limits, direction, forget_old_counts, knock
from wenming.observations.models.reports import DoorCount

NOW = datetime(2026, 11, 16, 9, 3, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def narrow_door(db: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(door.LIMITS, "report", Limits(calm=2, ceiling=4, calm_for_everybody=6))


def knocks(times: int, address: str = "10.0.0.1", now: datetime = NOW) -> list[Lane]:
    return [knock("report", address=address, now=now) for _ in range(times)]


def test_many_from_one_direction_go_to_the_slow_lane_and_far_too_many_are_asked_to_wait(narrow_door: None) -> None:
    assert knocks(4) == [Lane.FAST, Lane.FAST, Lane.SLOW, Lane.SLOW]

    with pytest.raises(DoorShut):
        knocks(1)


def test_another_direction_and_the_next_window_are_not_held_up(narrow_door: None) -> None:
    knocks(4)

    assert knocks(1, address="10.0.0.2") == [Lane.FAST]
    assert knocks(1, now=NOW + timedelta(minutes=10)) == [Lane.FAST]


def test_a_flood_from_everywhere_is_kept_in_the_slow_lane(narrow_door: None) -> None:
    lanes = [knock("report", address=f"10.0.1.{n}", now=NOW) for n in range(8)]

    assert lanes == [Lane.FAST] * 6 + [Lane.SLOW] * 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("10.0.0.1", "10.0.0.2", False, id="two addresses are two directions"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True, id="one home's IPv6 network is one direction"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:3::1", False, id="two homes are two"),
        pytest.param("", "not an address", True, id="what is no address is one direction"),
    ],
)
def test_what_counts_as_one_direction(one: str, other: str, same: bool) -> None:
    assert (direction(one, NOW) == direction(other, NOW)) is same


def test_the_address_is_not_stored_and_tomorrow_looks_different(narrow_door: None) -> None:
    knocks(1, address="203.0.113.77")

    assert not any("203.0.113" in str(row) for row in DoorCount.objects.values_list())
    assert direction("203.0.113.77", NOW) != direction("203.0.113.77", NOW + timedelta(days=1))


def test_old_counts_are_forgotten(narrow_door: None) -> None:
    knocks(1)

    assert forget_old_counts(NOW + timedelta(hours=1)) == 0
    assert forget_old_counts(NOW + timedelta(days=2)) == 2
    assert not DoorCount.objects.exists()
