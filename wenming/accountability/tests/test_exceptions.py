"""Which units a leader should look at: the rule as tables."""

from __future__ import annotations

import pytest

from wenming.accountability.rules.exceptions import (
    NOTHING,
    Figures,
    Level,
    Repeat,
    Signal,
    Standing,
    Thresholds,
    concerns,
    reasons_for,
)

CITY = Figures(due=1842, on_time=1720, handled=4000, reworked=120, rated=900, unhappy=54)
QUIET = Figures(due=40, on_time=38, handled=100, reworked=3, rated=40, unhappy=2)
POOR = Figures(due=40, on_time=28)


def standing(*weeks: Figures, **facts: object) -> Standing:
    """A unit whose newest week comes first; the weeks before were quiet."""
    return Standing("S", [*weeks, *[QUIET] * (5 - len(weeks))], **facts)  # type: ignore[arg-type]


def reasons(one: Standing) -> list[tuple[Signal, Level, int]]:
    return [(r.signal, r.level, r.weeks) for r in reasons_for(one, [CITY] * 5)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(NOTHING, [], id="nothing happened"),
        pytest.param(QUIET, [], id="as good as the city"),
        pytest.param(Figures(open_late=2), [], id="two late are no exception"),
        pytest.param(Figures(open_late=3), [(Signal.LATE, Level.WATCH)], id="three late: watch"),
        pytest.param(Figures(open_late=1, long_late=1), [(Signal.LATE, Level.WATCH)], id="one for days: watch"),
        pytest.param(Figures(open_late=9, long_late=2), [(Signal.LATE, Level.ASK)], id="two for days: ask"),
        pytest.param(Figures(open_late=8), [(Signal.LATE, Level.ASK)], id="eight late: ask"),
        pytest.param(POOR, [(Signal.ON_TIME, Level.WATCH)], id="70 % of 40 on time against 93 %"),
        pytest.param(Figures(due=3, on_time=0), [], id="none of three on time: too few to say"),
        pytest.param(
            Figures(rated=83, unhappy=10), [(Signal.UNHAPPY, Level.WATCH)], id="12 % unhappy against 6 %, n=83"
        ),
        pytest.param(Figures(rated=5, unhappy=5), [], id="five unhappy people are too few for a share"),
        pytest.param(Figures(handled=6, reworked=1), [], id="one rework of six"),
        pytest.param(Figures(handled=60, reworked=12), [(Signal.REWORK, Level.WATCH)], id="20 % rework against 3 %"),
    ],
)
def test_one_week(now: Figures, expected: list[tuple[Signal, Level]]) -> None:
    assert [(signal, level) for signal, level, _weeks in reasons(standing(now))] == expected


def test_a_share_that_stays_bad_is_asked_about() -> None:
    assert reasons(standing(POOR, POOR)) == [(Signal.ON_TIME, Level.ASK, 2)]


@pytest.mark.parametrize(
    ("weeks", "running"),
    [
        pytest.param([POOR], 1, id="new"),
        pytest.param([POOR, POOR, POOR], 3, id="three weeks"),
        pytest.param([POOR, QUIET, POOR], 1, id="a good week begins the count anew"),
        pytest.param([QUIET, POOR, POOR], 0, id="over"),
    ],
)
def test_weeks_running(weeks: list[Figures], running: int) -> None:
    assert [r[2] for r in reasons(standing(*weeks))] == ([running] if running else [])


def test_where_problems_come_back_is_watched_never_asked() -> None:
    one = standing(QUIET, repeats=[Repeat("桂园 3 网格", "垃圾满溢", 30)])

    assert reasons(one) == [(Signal.REPEAT, Level.WATCH, 1)]


def test_the_gravest_stands_first_in_a_unit_and_among_units() -> None:
    watch = Standing("A", [Figures(open_late=4)] * 5)
    ask = Standing("B", [Figures(open_late=9, long_late=2, due=40, on_time=28), *[QUIET] * 4])
    graver = Standing("C", [Figures(open_late=20, long_late=9), *[QUIET] * 4])

    found = concerns([watch, ask, graver, standing(QUIET)], [CITY] * 5)

    assert [(c.standing.code, c.level) for c in found] == [("C", Level.ASK), ("B", Level.ASK), ("A", Level.WATCH)]
    assert [r.signal for r in found[1].reasons] == [Signal.LATE, Signal.ON_TIME]


def test_a_city_may_set_its_own_thresholds() -> None:
    strict = Thresholds(open_late_watch=1)

    assert reasons_for(standing(Figures(open_late=1)), [CITY] * 5, strict)
