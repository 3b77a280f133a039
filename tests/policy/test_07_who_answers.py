"""Policy 7.5 and 1.6: for any point, moment and matter the system names who answers for it, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.journal.worker import run_waiting
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


@pytest.mark.policy("7.5")
@pytest.mark.policy("1.6")
def test_the_whole_city_and_week_is_proved_and_what_is_open_is_listed(
    small_city: SimpleNamespace, layer: object, at_desk: Callable[[str], Client]  # noqa: F811
) -> None:
    """The office asks for the proof of a week; the report names each opening with its ground, and a line closes it."""
    office, today = at_desk("officer"), timezone.localdate().isoformat()
    office.post("/office/who/proof/wanted/", {"since": today})
    run_waiting()
    assert "有缺口" in office.get("/office/who/proof/").content.decode()
    page = office.get("/office/who/proof/1/").content.decode()
    assert "没有人负责" in page and "上水井盖" in page and "平方公里" in page and "原文没有动过" in page
    sheet = b"".join(office.get("/office/who/proof/1/open.csv").streaming_content).decode("utf-8-sig")
    assert sheet.count("TEST:C0101") == 4, "a row for each of the four communities"

    draft = {"type_pattern": "C01*", "town_code": "*", "accountable": "unit:SAN", "basis": "补一条", "order": 100, "on": today}
    before = office.post("/admin/matrix/new/", draft).content.decode()
    assert "没有一处会因此变得没人负责" in before, "before the line is added it is said what it would open"
    office.post("/admin/matrix/new/", {**draft, "save": "1"})
    office.post("/office/who/proof/wanted/", {"since": today})
    run_waiting()
    assert "都有且只有一个责任单位" in office.get("/office/who/proof/2/").content.decode()


@pytest.mark.policy("7.5")
def test_the_plate_of_a_grid_tells_everybody_which_unit_answers(
    small_city: SimpleNamespace, layer: object, at_desk: Callable[[str], Client], citizen: Client  # noqa: F811
) -> None:
    """The office prints it; whoever scans it reads the units, never a person, and can report at once."""
    code = f"{small_city.east.area_code}001001"
    printed = at_desk("officer").get(f"/office/grids/plates/?grid={code}").content.decode()
    assert code in printed and '<svg class="qr"' in printed
    assert at_desk("officer").get("/office/grids/plates/?grid=442000001001999").status_code == 404

    page = citizen.get(f"/q/G{code}/").content.decode()
    assert "块状网格" in page and small_city.east.name in page and "/report/" in page
    assert citizen.get("/q/G442000001001999/").status_code == 404
