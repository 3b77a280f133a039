"""The escalation ladder: 临期 → 逾期 → 催办 → 督办."""

from __future__ import annotations

from datetime import datetime

import pytest

from wenming.responsibilities.rules.clock import Limit, Schedule
from wenming.responsibilities.rules.ladder import DEFAULT_LADDER, Rung, check_ladder, next_rung, warning_share
from wenming.responsibilities.rules.legal_calendar import seed_calendar

from .slow_clock import CN

LEGAL, OFFICE = seed_calendar(), Schedule()
STARTED, WARN, DUE = (datetime(2026, 10, 9, hour, tzinfo=CN) for hour in (8, 11, 12))


def _next(current, ladder=DEFAULT_LADDER):
    return next_rung(current, STARTED, DUE, WARN, LEGAL, OFFICE, ladder)


@pytest.mark.parametrize(
    ("current", "name", "moment"),
    [
        pytest.param(None, "warned", WARN, id="amber first"),
        pytest.param("", "warned", WARN, id="an empty rung is the ground"),
        pytest.param("warned", "overdue", DUE, id="red when due"),
        pytest.param(
            "overdue", "reminded", datetime(2026, 10, 10, 12, tzinfo=CN), id="a working day later: a worked Saturday"
        ),
        pytest.param(
            "reminded",
            "supervised",
            datetime(2026, 10, 13, 12, tzinfo=CN),
            id="three working days after the due moment",
        ),
    ],
)
def test_the_ladder_is_climbed_in_order(current, name, moment):
    rung, reached_at = _next(current)
    assert (rung.name, reached_at) == (name, moment)


def test_nothing_is_above_the_top():
    assert _next("supervised") is None


def test_a_city_may_have_a_ladder_of_its_own():
    short = (Rung("overdue", "逾期", 1.0, ("owner",)), Rung("red", "红牌", Limit.parse("2uh"), ("leader",)))
    check_ladder(short)
    assert _next(None, short)[0].name == "overdue"
    assert _next("overdue", short)[1] == datetime(2026, 10, 9, 14, tzinfo=CN)


def test_the_warning_share_is_the_ladders():
    assert warning_share() == 0.75
    assert warning_share([Rung("red", "红牌", Limit.parse("1d"), ())]) == 1.0


def test_a_rung_the_ladder_does_not_have_is_refused():
    with pytest.raises(ValueError):
        _next("forgiven")


def test_moments_out_of_order_are_refused():
    with pytest.raises(ValueError, match="in that order"):
        next_rung(None, DUE, STARTED, WARN, LEGAL, OFFICE)


def test_the_ladder_everybody_starts_with_can_be_climbed():
    check_ladder(DEFAULT_LADDER)


@pytest.mark.parametrize(
    "afters",
    [
        pytest.param([0.5, 0.75, 1.0], id="two warnings"),
        pytest.param([1.0, 0.75], id="falling shares"),
        pytest.param([1.5], id="more than the limit"),
        pytest.param([0.0], id="before the start"),
        pytest.param([Limit.parse("1d"), 1.0], id="the due moment after what follows it"),
    ],
)
def test_ladders_that_cannot_be_climbed_are_refused(afters):
    with pytest.raises(ValueError):
        check_ladder([Rung(f"r{i}", "级", after, ()) for i, after in enumerate(afters)])


def test_two_rungs_of_one_name_are_refused():
    with pytest.raises(ValueError, match="name of its own"):
        check_ladder([Rung("r", "级", 1.0, ()), Rung("r", "级", Limit.parse("1d"), ())])
