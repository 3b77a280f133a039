"""Which ground nobody watches: grids, towns and the city over one another; agreed with counting minute by minute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.responsibilities.rules.watch import Bare, Ground, Place, Watch, bare, in_stretches, minutes_of, only_in

EAST, A, B = "442000002", "442000002001001", "442000002001002"
GRID_A = Place("patrol", EAST, A)


@pytest.mark.parametrize(
    ("ground", "place", "holds"),
    [
        pytest.param(Ground("patrol", EAST, (A,)), GRID_A, True, id="its own grid"),
        pytest.param(Ground("patrol", EAST, (B,)), GRID_A, False, id="another grid"),
        pytest.param(Ground("patrol", EAST), GRID_A, True, id="a town watches its grids"),
        pytest.param(Ground("patrol", "*"), GRID_A, True, id="the city watches everything"),
        pytest.param(Ground("patrol", "442000001"), GRID_A, False, id="another town"),
        pytest.param(Ground("desk", "*"), GRID_A, False, id="another post"),
        pytest.param(
            Ground("patrol", EAST, (A,)), Place("patrol", EAST), False, id="a grid does not stand for its town"
        ),
    ],
)
def test_who_watches_what(ground: Ground, place: Place, holds: bool) -> None:
    assert ground.holds(place) is holds


def test_a_grid_is_bare_only_while_neither_its_own_group_nor_the_towns_is_there() -> None:
    grounds = {"g": Ground("patrol", EAST, (A,)), "t": Ground("patrol", EAST)}
    watches = [Watch("g", 0, 10), Watch("t", 15, 30)]

    assert bare(0, 40, grounds, watches, [GRID_A]) == [Bare(GRID_A, 10, 15), Bare(GRID_A, 30, 40)]


def test_grids_that_lie_bare_together_are_one_line_and_count_once() -> None:
    found = [Bare(GRID_A, 0, 480), Bare(Place("patrol", EAST, B), 0, 480)]

    (one,) = in_stretches(found)
    assert (len(one.places), one.minutes, minutes_of(found)) == (2, 480, 480)


GROUNDS = {
    "a": Ground("patrol", EAST, (A,)),
    "b": Ground("patrol", EAST, (A, B)),
    "t": Ground("patrol", EAST),
    "d": Ground("desk", "*"),
}
PLACES = sorted({place for ground in GROUNDS.values() for place in ground.places})
watching = st.lists(
    st.builds(
        lambda who, at, long: Watch(who, at, at + long),
        st.sampled_from(sorted(GROUNDS)),
        st.integers(-10, 60),
        st.integers(1, 30),
    ),
    max_size=8,
)


def counted(watches: list[Watch]) -> set[tuple[Place, int]]:
    """The long way: each minute of each place asked by itself."""
    return {
        (place, minute)
        for place in PLACES
        for minute in range(50)
        if not any(GROUNDS[one.group].holds(place) and one.starts <= minute < one.ends for one in watches)
    }


def minutes(found: list[Bare]) -> set[tuple[Place, int]]:
    return {(one.place, minute) for one in found for minute in range(one.starts, one.ends)}


@given(watching, watching)
@settings(max_examples=300)
def test_intervals_agree_with_counting_and_so_does_what_a_change_opens(before: list[Watch], after: list[Watch]) -> None:
    was, then = (bare(0, 50, GROUNDS, watches, PLACES) for watches in (before, after))

    assert minutes(was) == counted(before)
    assert minutes(only_in(then, was)) == counted(after) - counted(before)
    assert minutes_of(was) == len({minute for _place, minute in counted(before)})
