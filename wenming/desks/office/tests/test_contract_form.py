"""登记服务合同: whole streets, or from metre to metre of one side."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from wenming.cases.tests.story import MONDAY
from wenming.desks.office.frontages_page import NewContractForm


def filled(city: SimpleNamespace, **told: object) -> NewContractForm:
    given = {
        "number": "HT-9", "contractor": city.sweepers.code, "since": MONDAY.date(), "to": MONDAY.date() + timedelta(days=365),
        "terms": "每日两扫", "promised_on_time_percent": "95", "listed": "", **told,
    }  # fmt: skip
    form = NewContractForm(given)
    form.is_valid()
    return form


def test_a_piece_of_one_side_is_enough(street_city: SimpleNamespace) -> None:
    form = filled(street_city, pieces="DQ-001，北侧，0，20.5\nDQ-001,右侧,10,60\n")
    assert not form.errors
    assert [(one.side, one.from_cm, one.to_cm) for one in form.cleaned_data["areas"]] == [("left", 0, 2050), ("right", 1000, 6000)]


def test_a_whole_street_still_means_both_sides(street_city: SimpleNamespace) -> None:
    form = filled(street_city, streets=["DQ-001"])
    assert [(one.side, one.to_cm) for one in form.cleaned_data["areas"]] == [("left", 6000), ("right", 6000)]


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        pytest.param("", "还没有说承包哪里", id="nothing at all"),
        pytest.param("DQ-001，北侧，0", "要有四项", id="an end is missing"),
        pytest.param("XX-9，北侧，0，5", "没有编号是 XX-9", id="no such street"),
        pytest.param("DQ-001，东侧，0，5", "要写“北侧”或“南侧”", id="no such side"),
        pytest.param("DQ-001，北侧，零，5", "要填数字", id="words for metres"),
        pytest.param("DQ-001，北侧，5，61", "不超过全长 60.0 米", id="beyond the end"),
        pytest.param("DQ-001，北侧，9，5", "从小到大", id="turned round"),
        pytest.param("DQ-001，北侧，0，9\nDQ-001，北侧，8，20", "第 2 行和前面的重复", id="a metre twice"),
    ],
)
def test_what_cannot_be_covered_is_said_by_its_line(street_city: SimpleNamespace, pieces: str, why: str) -> None:
    form = filled(street_city, pieces=pieces)
    assert why in str(form.errors)
