"""What speaks for a black spot, what is to be expected, and when it may be struck from the register."""

from __future__ import annotations

import numpy as np
import pytest

from wenming.cases.rules.black_spots import (
    EVIDENCE,
    History,
    Plane,
    at_least,
    came_back,
    evidence,
    expected,
    findings,
    is_forming,
    learn,
)
from wenming.cases.rules.spot_life import (
    SpotState,
    SpotStepOutOfPlace,
    Verdict,
    acts_on_spot,
    step_spot,
    watch_verdict,
)

TODAY = 1000.0
CORNER, PARK = (10, 10), (50, 50)


def history(*cases: tuple[tuple[int, int], float]) -> History:
    """`history((CORNER, 12))`: a case at the corner, twelve days before today."""
    return History.of(np.array([cell for cell, _ago in cases]), np.array([TODAY - ago for _cell, ago in cases]))


def column(table: np.ndarray, name: str) -> np.ndarray:
    return table[:, EVIDENCE.index(name)]


def test_the_middle_of_a_square_lies_in_it() -> None:
    plane = Plane(22.5)

    (cell,) = plane.cells_of(np.array([113.3812]), np.array([22.5165]))
    longitude, latitude = plane.centre_of((int(cell[0]), int(cell[1])))

    assert abs(longitude - 113.3812) < 0.0008 and abs(latitude - 22.5165) < 0.0008
    assert (plane.cells_of(np.array([longitude]), np.array([latitude])) == cell).all()


def test_evidence_sees_nothing_from_the_day_on() -> None:
    past = [(CORNER, 5.0), (CORNER, 45.0), (PARK, 400.0)]
    later = [(CORNER, 0.0), (PARK, -3.0), (PARK, -20.0)]

    told = evidence(history(*past, *later), TODAY)

    assert (told == evidence(history(*past), TODAY)).all()


def test_evidence_counts_the_last_period_and_the_periods_with_cases() -> None:
    told = evidence(history((CORNER, 3.0), (CORNER, 29.0), (CORNER, 31.0), (PARK, 200.0)), TODAY)

    assert column(told, "last_period").tolist() == [2.0, 0.0]
    assert column(told, "periods_with").tolist() == pytest.approx([2 / 12, 1 / 12])


def test_a_neighbour_counts_for_the_square_beside_it() -> None:
    told = evidence(history((CORNER, 3.0), ((11, 10), 3.0), (PARK, 3.0)), TODAY)

    around = dict(zip([CORNER, (11, 10), PARK], column(told, "around"), strict=True))
    assert around[CORNER] == around[(11, 10)] > 0
    assert around[PARK] == 0


@pytest.mark.parametrize(
    ("periods", "recurs"),
    [
        pytest.param((2, 0, 0, 2, 0, 0, 1, 0, 0, 0, 1, 0), True, id="four periods, six cases, lately too"),
        pytest.param((3, 0, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0), False, id="quiet for two periods"),
        pytest.param((0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 2), False, id="three periods are no habit"),
        pytest.param((1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1), False, id="five cases are too few"),
    ],
)
def test_it_came_back(periods: tuple[int, ...], recurs: bool) -> None:
    assert came_back(periods) is recurs


@pytest.mark.parametrize(
    ("periods", "forms"),
    [
        pytest.param((0,) * 11 + (3,), True, id="three where there was nothing"),
        pytest.param((0,) * 11 + (2,), False, id="two may be chance"),
        pytest.param((2,) * 11 + (3,), False, id="three where two are usual"),
        pytest.param((2,) * 11 + (8,), True, id="eight where two are usual"),
    ],
)
def test_it_is_forming(periods: tuple[int, ...], forms: bool) -> None:
    assert is_forming(periods) is forms


def test_the_chance_of_at_least_so_many() -> None:
    assert at_least(0, 2.0) == 1.0
    assert at_least(3, 2.0) == pytest.approx(0.3233, abs=1e-4)


def test_findings_name_their_reasons_and_the_worst_comes_first() -> None:
    corner = [(CORNER, 30.0 * period + 1) for period in range(12) for _case in range(2)]
    park = [(PARK, 2.0)] * 4
    once = [((90, 90), 5.0)]

    found = findings(history(*corner, *park, *once), TODAY)

    assert {one.cell: (one.recurs, one.emerges) for one in found} == {CORNER: (True, False), PARK: (False, True)}
    assert [one.expected for one in found] == sorted((one.expected for one in found), reverse=True)


def test_an_empty_city_has_no_findings() -> None:
    assert findings(History.of(np.empty((0, 2), dtype=int), np.empty(0)), TODAY) == []


def test_with_less_than_two_years_nothing_is_learned_and_rates_are_used() -> None:
    short = history(*[(CORNER, float(ago)) for ago in range(1, 400, 30)])

    assert learn(short, TODAY) is None
    assert expected(evidence(short, TODAY), None) == pytest.approx([1.0], rel=0.35)


def test_what_was_learned_from_the_past_expects_more_where_more_was() -> None:
    rng = np.random.default_rng(7)
    cells = np.array([(n, 2 * n) for n in range(40)])
    rates = np.linspace(0.2, 6, 40)
    cases = [
        (tuple(cell), float(ago))
        for cell, rate in zip(cells, rates, strict=True)
        for ago in rng.uniform(0, 900, int(rate * 30))
    ]

    told = history(*cases)
    coming = expected(evidence(told, TODAY), learn(told, TODAY))

    assert np.corrcoef(coming, rates)[0, 1] > 0.95
    assert coming.sum() == pytest.approx(rates.sum(), rel=0.2)


def test_the_life_of_a_spot() -> None:
    assert step_spot(SpotState.FOUND, "register") == SpotState.REGISTERED
    assert step_spot(SpotState.WATCH, "treat") == SpotState.TREATMENT
    assert [step.act for step in acts_on_spot(SpotState.WATCH)] == ["treat", "delist"]
    with pytest.raises(SpotStepOutOfPlace):
        step_spot(SpotState.REGISTERED, "delist")


@pytest.mark.parametrize(
    ("usual", "days", "cases", "verdict"),
    [
        pytest.param(4.0, 30, 0, Verdict.TOO_EARLY, id="a month is too early"),
        pytest.param(4.0, 60, 2, Verdict.QUIET, id="a quarter of the usual eight"),
        pytest.param(4.0, 60, 3, Verdict.LINGERS, id="more than a quarter"),
        pytest.param(4.0, 60, 4, Verdict.RELAPSED, id="half of the usual eight"),
        pytest.param(4.0, 5, 2, Verdict.RELAPSED, id="half a usual month in five days"),
        pytest.param(0.3, 90, 1, Verdict.QUIET, id="one case is forgiven"),
        pytest.param(0.3, 90, 2, Verdict.RELAPSED, id="two where one was usual"),
    ],
)
def test_when_it_may_be_delisted(usual: float, days: int, cases: int, verdict: Verdict) -> None:
    assert watch_verdict(usual=usual, days_watched=days, cases_since=cases) == verdict
