"""The formulas of the appraisal, against a month that a city has published, and as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from wenming.cases.rules.appraisal import FORMULAS, appraised_rate, below_the_line, percent, period_before, rate

# Tianmen, monthly report of digital city management for December 2016: 996 filed, 972 due, 911 closed (93.72 %),
# 737 closed on time (75.82 %). Source S7 of the reference; figures are facts.
TIANMEN = {"filed": 996, "owed": 972, "due": 972, "suspended": 0, "closed": 911, "on_time_closed": 737}


def test_a_published_month_comes_out_exactly() -> None:
    assert rate("closed_rate", TIANMEN) == Decimal("93.72")
    assert rate("on_time_closed_rate", TIANMEN) == Decimal("75.82")


@pytest.mark.parametrize(
    ("name", "figures", "expected"),
    [
        pytest.param("filed_rate", {"filed": 5, "received": 6}, "83.33", id="filed of received"),
        pytest.param("handled_rate", {"handled": 7, "due": 8}, "87.50", id="handled of due"),
        pytest.param("on_time_rate", {"on_time": 1, "due": 3}, "33.33", id="on time of due"),
        pytest.param("closed_rate", {"closed": 9, "owed": 10, "suspended": 1}, "90.00", id="suspended ones stay owed"),
        pytest.param(
            "on_time_closed_rate",
            {"on_time_closed": 9, "owed": 10, "suspended": 1},
            "100.00",
            id="less what is suspended",
        ),
        pytest.param("rework_rate", {"reworked": 1, "handled": 200}, "0.50", id="rework of handled"),
        pytest.param("delay_rate", {"delayed": 1, "due": 800}, "0.13", id="half is rounded up"),
        pytest.param("repeat_rate", {"repeated": 4, "filed": 16}, "25.00", id="repeats of filed"),
        pytest.param("closed_rate", {"closed": 0, "owed": 0}, None, id="nothing owed is no rate"),
        pytest.param("on_time_closed_rate", {"owed": 2, "suspended": 2}, None, id="everything suspended is no rate"),
    ],
)
def test_a_rate(name: str, figures: dict[str, int], expected: str | None) -> None:
    assert rate(name, figures) == (None if expected is None else Decimal(expected))


def test_a_granted_appeal_leaves_the_appraised_rate_and_stays_in_the_other() -> None:
    figures = {"on_time": 8, "due": 10, "late_exempt": 1, "handled": 10, "reworked": 2, "rework_exempt": 1}

    assert rate("on_time_rate", figures) == Decimal("80.00")
    assert appraised_rate("on_time_rate", figures) == Decimal("88.89")
    assert rate("rework_rate", figures) == Decimal("20.00")
    assert appraised_rate("rework_rate", figures) == Decimal("11.11")
    assert appraised_rate("handled_rate", figures) == rate("handled_rate", figures)


def test_every_formula_names_its_source_and_can_be_counted() -> None:
    for name, formula in FORMULAS.items():
        assert formula.source in {"S3", "S6", "S7"}
        assert below_the_line(name, {formula.below: 3}) == 3


def test_a_share_of_everything_is_a_hundred() -> None:
    assert percent(7, 7) == Decimal("100.00")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        pytest.param("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31"), id="a whole month"),
        pytest.param("2026-11-01", "2026-11-23", ("2026-10-01", "2026-10-23"), id="a month so far"),
        pytest.param("2026-03-01", "2026-03-30", ("2026-02-01", "2026-02-28"), id="a shorter month before"),
        pytest.param("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28"), id="February whole"),
        pytest.param("2026-07-01", "2026-09-30", ("2026-04-01", "2026-06-30"), id="a quarter"),
        pytest.param("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31"), id="a year"),
        pytest.param("2026-01-01", "2026-01-31", ("2025-12-01", "2025-12-31"), id="over the turn of the year"),
        pytest.param("2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15"), id="a week"),
        pytest.param("2026-11-16", "2026-11-16", ("2026-11-15", "2026-11-15"), id="a day"),
    ],
)
def test_the_period_before(since: str, until: str, expected: tuple[str, str]) -> None:
    found = period_before(date.fromisoformat(since), date.fromisoformat(until))

    assert found == (date.fromisoformat(expected[0]), date.fromisoformat(expected[1]))
