"""谁负责: a point, a moment, a matter, and the unit that answers (1.6, 7.5)."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import pytest
import shapely
from django.test import Client

from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY, at
from wenming.responsibilities.models import MatrixEntry, RosterEdition, RosterGroup, RosterShift, RosterTerms
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.services import add_matrix_entry
from wenming.territory.components.services import Drawn
from wenming.territory.models import Place, PlaceKind
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares

WEST = dict(zip(("longitude", "latitude"), middle_of(0, 0), strict=True))
PAGE = "/office/who/"


@pytest.fixture
def on_the_map(small_city: SimpleNamespace, layer: object) -> None:  # noqa: F811
    """The city of four squares is in force."""


@pytest.mark.usefixtures("on_the_map")
def test_a_point_and_a_matter_name_the_unit_and_its_line(desk: Client) -> None:
    page = desk.get(PAGE, {**WEST, "type": "TEST:E0192"}).content.decode()
    assert "环卫处" in page
    assert "权责第 1 条" in page and "权责清单第一条" in page
    assert "西坊社区" in page


@pytest.mark.usefixtures("on_the_map")
def test_a_hole_is_shown_with_what_to_do(desk: Client) -> None:
    page = desk.get(PAGE, {**WEST, "type": "TEST:C0101"}).content.decode()
    assert "没有人负责" in page and "请在权责矩阵里补上一条" in page


@pytest.mark.usefixtures("on_the_map")
def test_two_lines_that_disagree_are_shown_as_a_conflict(desk: Client) -> None:
    add_matrix_entry(
        type_pattern="E01*", accountable="unit:EAST", basis="另一份清单", on=FOUNDED, by=None, now=FOUNDED_AT
    )
    page = desk.get(PAGE, {**WEST, "type": "TEST:E0192"}).content.decode()
    assert "说法冲突，定不下来" in page and "东区" in page and "环卫处" in page


@pytest.mark.usefixtures("on_the_map")
def test_the_moment_decides_which_lines_hold(desk: Client) -> None:
    MatrixEntry.objects.update(valid_from="2026-06-01")
    asked = {**WEST, "type": "TEST:E0192"}
    assert "没有人负责" in desk.get(PAGE, {**asked, "at": "2026-05-31T23:59"}).content.decode()
    assert "权责第 1 条" in desk.get(PAGE, {**asked, "at": "2026-06-01T00:00"}).content.decode()


@pytest.mark.usefixtures("on_the_map")
def test_without_a_matter_every_matter_is_listed_with_its_unit(desk: Client) -> None:
    page = desk.get(PAGE, WEST).content.decode()
    assert "没有人负责，或说法冲突" in page and "上水井盖" in page and "环卫处" in page


@pytest.mark.usefixtures("on_the_map")
def test_a_point_outside_the_city_is_a_finding_and_not_a_guess(desk: Client) -> None:
    answer = desk.get(PAGE, {"longitude": 100, "latitude": 30, "type": "TEST:E0192"})
    assert answer.status_code == 200
    assert "不在本市的网格范围内" in answer.content.decode()


@pytest.mark.usefixtures("on_the_map")
def test_an_address_is_enough_and_a_wrong_one_is_said(desk: Client) -> None:
    assert "环卫处" in desk.get(PAGE, {"address": "西坊社区", "type": "TEST:E0192"}).content.decode()
    nowhere = desk.get(PAGE, {"address": "没有这个地方路", "type": "TEST:E0192"})
    assert nowhere.status_code == 422 and "没找到叫" in nowhere.content.decode()


@pytest.mark.usefixtures("on_the_map")
def test_nobody_is_named_who_holds_no_post(desk: Client, small_city: SimpleNamespace) -> None:
    page = desk.get(PAGE, {**WEST, "type": "TEST:E0192"}).content.decode()
    assert "的负责人岗位没有人" in page and "单位照样负责" in page


@pytest.mark.usefixtures("on_the_map")
def test_an_address_written_over_an_old_point_wins(desk: Client) -> None:
    east = {"address": "东桥社区", "type": "TEST:E0192", **WEST}
    left_over = f"{WEST['longitude']:.7f},{WEST['latitude']:.7f}|"
    assert "东桥社区第 1 网格" in desk.get(PAGE, {**east, "shown": left_over}).content.decode()
    assert "西坊社区第 1 网格" in desk.get(PAGE, east).content.decode(), "pointed at anew, the point wins"


@pytest.mark.usefixtures("on_the_map")
def test_whoever_is_on_duty_there_and_then_is_named_inside_the_office_only(
    desk: Client, small_city: SimpleNamespace
) -> None:
    group = RosterGroup.objects.create(
        code="W-1", name="西坊一组", town_code="442000001", grid_codes=["442000001001001"], post="patrol",
        unit=small_city.west, valid_from=FOUNDED,
    )  # fmt: skip
    terms = RosterTerms.objects.create(
        group=group,
        number=1,
        shifts=sample_patterns()["三班倒"],
        limits={},
        basis="测试",
        set_at=FOUNDED_AT,
        set_by=None,
    )
    edition = RosterEdition.objects.create(
        group=group, number=1, starts_on=MONDAY.date(), ends_on=MONDAY.date(), terms=terms, method="hand",
        published_at=FOUNDED_AT, published_by=None,
    )  # fmt: skip
    RosterShift.objects.create(
        edition=edition, account=small_city.west_handler, on=MONDAY.date(), shift_code="A", starts_at=at("11-16 08:00"),
        ends_at=at("11-16 16:00"),
    )  # fmt: skip
    asked = {**WEST, "type": "TEST:E0192"}
    there = desk.get(PAGE, {**asked, "at": "2026-11-16T09:00"}).content.decode()
    assert "这时谁值班" in there and "west_handler" in there and "排班表第 1 版" in there
    assert "west_handler" not in desk.get(PAGE, {**asked, "at": "2026-11-16T17:00"}).content.decode()
    beside = dict(zip(("longitude", "latitude"), middle_of(1, 0), strict=True))
    assert (
        "west_handler"
        not in desk.get(PAGE, {**beside, "type": "TEST:E0192", "at": "2026-11-16T09:00"}).content.decode()
    )
    assert (
        "west_handler"
        not in desk.get(
            "/api/v1/who", {**WEST, "problem_type": "TEST:E0192", "at": "2026-11-16T09:00"}
        ).content.decode()
    )


@pytest.fixture
def market(small_city: SimpleNamespace, layer: object) -> Place:  # noqa: F811
    """A market in 西坊, managed by 环卫处."""
    where = PlaceWhere(Drawn(shapely.Point(*middle_of(0, 0)), address="西坊路 1 号"))
    telling = PlaceTelling(PlaceKind.MARKET, "西坊农贸市场", manager=small_city.sanitation)
    return register_place(telling, where, on=FOUNDED, by=small_city.officer, now=MONDAY, number="NM-001")


def test_a_place_is_asked_for_by_name_by_number_and_by_the_code_on_its_plate(desk: Client, market: Place) -> None:
    for said in ("西坊农贸市场", "NM-001", "nm-001", market.short_code):
        page = desk.get(PAGE, {"address": said, "type": "TEST:E0192"}).content.decode()
        assert "西坊社区" in page and "NM-001" in page, said
        assert "这个答复的链接" in page


@pytest.mark.usefixtures("on_the_map")
def test_a_grid_is_asked_for_by_its_code(desk: Client) -> None:
    assert "西坊社区第 1 网格" in desk.get(PAGE, {"address": "442000001001001", "type": "TEST:E0192"}).content.decode()
    assert desk.get(PAGE, {"address": "442000009999001", "type": "TEST:E0192"}).status_code == 422


def test_the_body_that_manages_the_place_answers_where_the_matrix_says_so(desk: Client, market: Place, small_city: SimpleNamespace) -> None:
    add_matrix_entry(type_pattern="E0192", accountable="place", basis="场所管理办法", on=FOUNDED, by=None, now=FOUNDED_AT, order=1)
    asked = {"longitude": f"{market.placement.point[0]:.7f}", "latitude": f"{market.placement.point[1]:.7f}", "type": "TEST:E0192"}

    at_the_place = desk.get(PAGE, {**asked, "place": "NM-001"}).content.decode()
    moved = desk.get(PAGE, {**asked, "longitude": "113.0000001", "place": "NM-001"}).content.decode()

    assert "场所管理办法" in at_the_place and "NM-001" in at_the_place
    assert ">NM-001<" not in moved, "a pin that was moved asks about another point"


@pytest.mark.usefixtures("on_the_map")
def test_a_link_that_is_passed_on_keeps_point_matter_and_moment(desk: Client) -> None:
    page = desk.get(PAGE, {**WEST, "type": "TEST:E0192"}).content.decode()
    found = re.search(r'href="(\?[^"]+)">这个答复的链接', page)
    assert found is not None
    link = html.unescape(found.group(1))
    assert "at=" in link and "type=TEST%3AE0192" in link and "shown=" not in link

    again = desk.get(PAGE + link).content.decode()

    assert "环卫处" in again and "权责第 1 条" in again


@pytest.mark.usefixtures("on_the_map")
def test_where_somebody_should_be_on_duty_and_nobody_is_that_is_said_with_why(desk: Client, small_city: SimpleNamespace) -> None:
    RosterGroup.objects.create(
        code="W-2", name="西坊二组", town_code="442000001", post="patrol", unit=small_city.west, valid_from=FOUNDED,
    )  # fmt: skip
    page = desk.get(PAGE, {**WEST, "type": "TEST:E0192", "at": "2026-11-16T09:00"}).content.decode()
    assert "没有人在岗" in page and "西坊二组：这一段还没有发布排班表" in page
