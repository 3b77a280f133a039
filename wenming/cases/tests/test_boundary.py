"""边界案件: a case close to somebody's border is made known to the neighbour, who knows and owes nothing (7.6)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases.boundary import boundary_distance, cases_beside, set_boundary_distance, tell_neighbours
from wenming.cases.models import BoundaryCase, Case
from wenming.cases.rules.boundary import neighbours_to_tell
from wenming.cases.selectors import cases_visible_to, open_steps
from wenming.journal.worker import run_waiting
from wenming.observations.services import Where
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import Duty
from wenming.territory.selectors import homes_around
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer  # noqa: F401 - the city of four squares

from .story import MONDAY, at

A_METRE = 1 / 111_320


def south_of_the_border(metres: float) -> Where:
    """In the western town, so far south of the eastern one, whose unit is EAST."""
    return Where(longitude=ORIGIN[0] + SIDE / 2, latitude=ORIGIN[1] + SIDE - metres * A_METRE, datum="cgcs2000", source="map")


@pytest.mark.parametrize(
    ("around", "told"),
    [
        pytest.param([("A", 0.0)], {}, id="far from any border"),
        pytest.param([("A", 0.0), ("A", 12.0)], {}, id="another grid of the same people"),
        pytest.param([("A", 0.0), ("B", 12.0), ("B", 9.0)], {"B": 9.0}, id="once, with the nearest of its grids"),
        pytest.param([("A", 0.0), ("C", 20.0), ("B", 9.0)], {"B": 9.0, "C": 20.0}, id="a corner of three"),
    ],
)
def test_who_is_told(around: list[tuple[str, float]], told: dict[str, float]) -> None:
    assert neighbours_to_tell("A", around) == told
    assert list(neighbours_to_tell("A", around)) == list(told), "the nearest first"


@pytest.mark.usefixtures("layer")
@pytest.mark.parametrize(("metres", "cells_found"), [(29.5, 2), (31, 1)])
def test_how_far_a_border_is_is_measured_in_metres(metres: float, cells_found: int) -> None:
    point = south_of_the_border(metres)
    found = homes_around(point.longitude, point.latitude, 30)  # type: ignore[arg-type]

    assert len(found) == cells_found
    assert max(away for _home, away in found) == pytest.approx(metres if cells_found == 2 else 0, abs=0.3)


@pytest.fixture
def bring(small_city: SimpleNamespace, report: Callable[..., object], layer: object) -> Callable[[float], Case]:  # noqa: F811
    def at_the_border(metres: float) -> Case:
        handed_in = report(where=south_of_the_border(metres)).report  # type: ignore[attr-defined]
        run_waiting(at("11-16 09:05"))
        return Case.objects.get(case_reports__report=handed_in)

    return at_the_border


def test_the_neighbour_knows_and_owes_nothing(bring: Callable[[float], Case], small_city: SimpleNamespace) -> None:
    case = bring(12)

    (known,) = cases_beside(small_city.east_handler)
    assert (known.case, known.unit, known.metres) == (case, small_city.east, 12)
    assert not Duty.objects.filter(owner=small_city.east).exists()
    assert open_steps(case, small_city.east_handler) == []
    assert not cases_visible_to(small_city.east_handler).exists(), "it is in none of the lists of what the unit does"
    assert not cases_beside(small_city.west_handler).exists() and not cases_beside(small_city.leader).exists()


def test_a_case_in_the_middle_concerns_its_own_people_alone(bring: Callable[[float], Case]) -> None:
    bring(400)

    assert not BoundaryCase.objects.exists()


def test_asked_again_it_tells_nobody_twice(bring: Callable[[float], Case]) -> None:
    case = bring(12)
    tell_neighbours(case, at("11-16 09:30"))

    assert BoundaryCase.objects.count() == 1


def test_what_is_over_concerns_nobody_any_more(bring: Callable[[float], Case], small_city: SimpleNamespace) -> None:
    cases.refuse(bring(12), reason="没有了", by=small_city.dispatcher, now=at("11-16 09:30"))

    assert not cases_beside(small_city.east_handler).exists()


def test_the_distance_is_the_citys(bring: Callable[[float], Case], small_city: SimpleNamespace) -> None:
    assert boundary_distance() == 30
    set_boundary_distance(0, by=small_city.officer, now=MONDAY)
    bring(12)
    assert not BoundaryCase.objects.exists(), "0: nobody is told"

    set_boundary_distance(100, by=small_city.officer, now=MONDAY)
    bring(80)
    assert BoundaryCase.objects.get().metres == 80


def test_who_may_set_it_and_how_far(small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        set_boundary_distance(50, by=small_city.dispatcher, now=MONDAY)
    for metres in (-1, 501):
        with pytest.raises(BadInput):
            set_boundary_distance(metres, by=small_city.officer, now=MONDAY)
    assert boundary_distance() == 30
