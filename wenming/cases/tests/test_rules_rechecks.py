"""The lot that nobody chooses, the unit that had nothing to do with it, and what a sample says about the rest."""

from __future__ import annotations

from datetime import date

import pytest

from wenming.cases.rules.rechecks import (
    SAMPLE,
    Quarter,
    Tally,
    city_share,
    drawn,
    exact_interval,
    population_hash,
    seed_of,
    who_looks_again,
)

NUMBERS = [f"26-0801-{n:04d}" for n in range(1, 401)]
SEED = seed_of("a" * 64, "442000001", Quarter(2026, 3))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        pytest.param("2026-01-01", "2026-01-01", "2026-03-31", id="the year's first day"),
        pytest.param("2026-06-30", "2026-04-01", "2026-06-30", id="a last day"),
        pytest.param("2026-12-31", "2026-10-01", "2026-12-31", id="the year's last day"),
    ],
)
def test_a_quarter(day: str, first: str, last: str) -> None:
    quarter = Quarter.of(date.fromisoformat(day))

    assert (quarter.first_day, quarter.last_day) == (date.fromisoformat(first), date.fromisoformat(last))
    assert quarter.following.before == quarter < quarter.following


def test_the_same_seed_draws_the_same_cases_whatever_their_order() -> None:
    lot = drawn(NUMBERS, SEED)

    assert lot == drawn(reversed(NUMBERS), SEED) and len(set(lot)) == SAMPLE == 59
    assert set(lot) != set(drawn(NUMBERS, seed_of("b" * 64, "442000001", Quarter(2026, 3))))
    assert SEED != seed_of("a" * 64, "442000002", Quarter(2026, 3)) != seed_of("a" * 64, "442000002", Quarter(2026, 2))


def test_a_town_with_few_is_drawn_whole() -> None:
    assert sorted(drawn(NUMBERS[:20], SEED)) == NUMBERS[:20]
    assert drawn([], SEED) == []


def test_every_case_is_drawn_about_equally_often() -> None:
    """Over a thousand seeds each of forty cases falls ten times out of forty: no number is favoured."""
    times = dict.fromkeys(NUMBERS[:40], 0)
    for one in range(1000):
        for number in drawn(NUMBERS[:40], str(one), 10):
            times[number] += 1

    assert all(200 <= often <= 300 for often in times.values())


def test_what_it_was_drawn_from_can_be_compared() -> None:
    assert population_hash(NUMBERS) == population_hash(list(reversed(NUMBERS))) != population_hash(NUMBERS[1:])


TREE = {"EAST": "/C/EAST/", "WEST": "/C/WEST/", "SAN": "/C/SAN/", "SWEEP": "/C/SAN/SWEEP/"}


@pytest.mark.parametrize(
    ("involved", "not_here", "allowed"),
    [
        pytest.param({"/C/SAN/"}, "WEST", {"EAST"}, id="neither the handler, nor below it, nor the town itself"),
        pytest.param({"/C/SAN/SWEEP/"}, "", {"EAST", "WEST"}, id="nor the unit above the handler"),
        pytest.param({"/C/EAST/"}, "", {"WEST", "SAN", "SWEEP"}, id="others may"),
        pytest.param({"/C/EAST/", "/C/WEST/", "/C/SAN/"}, "", set(), id="nobody is free of it"),
    ],
)
def test_who_looks_again(involved: set[str], not_here: str, allowed: set[str]) -> None:
    found = {who_looks_again(str(n), TREE, involved=frozenset(involved), not_here=not_here) for n in range(60)}

    assert found == (allowed or {None}), "every unit that is free comes up under some seed, and no other"


@pytest.mark.parametrize(
    ("wrong", "checked", "population", "low", "high"),
    [
        # The first two from tables of Clopper and Pearson; the others by adding up the hypergeometric distribution.
        pytest.param(0, 59, 10**6, 0.0, 0.0606, id="none of fifty-nine"),
        pytest.param(3, 59, 10**6, 0.0106, 0.1415, id="three of fifty-nine"),
        pytest.param(0, 59, 59, 0.0, 0.0, id="all were looked at, none wrong"),
        pytest.param(4, 40, 40, 0.1, 0.1, id="all were looked at: the share itself"),
        pytest.param(0, 59, 80, 0.0, 0.025, id="a small town is known better"),
    ],
)
def test_the_interval(wrong: int, checked: int, population: int, low: float, high: float) -> None:
    assert exact_interval(wrong, checked, population) == pytest.approx((low, high), abs=5e-4)


def test_fifty_nine_without_a_fault_say_fewer_than_five_in_a_hundred() -> None:
    """With 95 % certainty on one side, and fifty-eight would not yet."""
    assert exact_interval(0, 59, 10**6, confidence=0.90)[1] < 0.05 < exact_interval(0, 58, 10**6, confidence=0.90)[1]


def test_the_interval_keeps_its_word() -> None:
    """Over every true number of wrong ones in a town of two hundred, the truth lies inside at least 95 times in 100."""
    from wenming.cases.rules.rechecks import _chances

    inside = {}
    for wrong in range(31):
        inside[wrong] = exact_interval(wrong, 30, 200)
    for total in range(0, 201, 10):
        covered = sum(
            chance
            for wrong, chance in enumerate(_chances(total, 30, 200))
            if inside[wrong][0] <= total / 200 <= inside[wrong][1]
        )
        assert covered >= 0.95, f"{total} of 200 wrong: {covered:.3f}"


def test_a_tally() -> None:
    tally = Tally(population=400, size=59, checked=50, wrong=1, again=2, unseen=4)

    assert (tally.waiting, tally.share, tally.whole) == (5, 0.02, False)
    assert Tally(population=0, size=0).share is None and Tally(population=12, size=12, checked=12).whole


def test_the_city_weighs_towns_by_what_they_closed() -> None:
    """A large town without a fault weighs more than a small one with half of them wrong."""
    large, small = Tally(900, 59, checked=59), Tally(100, 59, checked=58, wrong=29)
    found = city_share([large, small, Tally(50, 50)])

    assert found is not None
    share, low, high = found
    assert share == pytest.approx(0.05) and low < share < high
    assert city_share([]) is None
