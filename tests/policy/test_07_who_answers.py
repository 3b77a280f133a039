"""Policy 7.5 and 1.6: for any point, moment and matter the system names who answers for it, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares


@pytest.mark.policy("7.5")
@pytest.mark.policy("1.6")
def test_any_point_moment_and_matter_has_an_answer_that_says_its_rule(
    small_city: SimpleNamespace, layer: object, at_desk: Callable[[str], Client], citizen: Client  # noqa: F811
) -> None:
    """The office reads the unit and the line; other systems read the same; where nobody answers, what to do is said."""
    longitude, latitude = middle_of(1, 1)
    where = {"longitude": longitude, "latitude": latitude}
    page = at_desk("officer").get("/office/who/", {**where, "type": "TEST:E0192"}).content.decode()
    assert "环卫处" in page and "权责第 1 条" in page and "东桥社区" in page

    told = citizen.get("/api/v1/who", {**where, "problem_type": "TEST:E0192"}).json()
    assert told["accountable"]["code"] == "SAN" and told["rule"]["number"] == 1

    hole = citizen.get("/api/v1/who", {**where, "problem_type": "TEST:C0101"}).json()
    assert hole["accountable"] is None and hole["findings"][0]["kind"] == "gap" and hole["findings"][0]["what_to_do"]
