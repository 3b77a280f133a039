"""One grid's page: everything in it today and over the weeks, and what lies just beyond its border."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import shapely
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.desks.common.tests.sitting import Sit
from wenming.desks.office.grid_inside import everything_in
from wenming.observations.services import Where
from wenming.organisations.models import Person, PostKind
from wenming.organisations.services import add_post, appoint
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.frontages.services import register_premises
from wenming.territory.grids.people import assign_post
from wenming.territory.models import Grid, Placement
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.coordinates import Datum
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, middle_of  # noqa: F401 - four squares

WEST, NORTH = "442000001001001", "442000002001001"
pytestmark = pytest.mark.usefixtures("small_city", "layer")


@pytest.fixture
def full(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    """In the western grid one place, one shop, one component, a chief; a case twelve metres north of its border."""
    lon, lat = middle_of(0, 0)
    town = small_city
    register_place(PlaceTelling("market", "西坊市场"), PlaceWhere(Drawn(shapely.Point(lon, lat))), on=FOUNDED, by=town.officer, now=MONDAY)
    register_premises("清和茶铺", longitude=lon, latitude=lat, on=FOUNDED, by=town.officer, now=MONDAY)
    register_component("4420000101000001", Facts("TEST:C0101"), Drawn(shapely.Point(lon, lat)), on=FOUNDED, by=town.officer, now=MONDAY)
    post = add_post(town.west, kind=PostKind.INSPECTOR, title="网格长", by=None, now=MONDAY)
    appoint(Person.objects.create(name="陈一"), to=post, on=FOUNDED, by=None, now=MONDAY)
    assign_post(post, covers=WEST, role="chief", on=FOUNDED, by=None, now=MONDAY)
    return town


def test_everything_in_it_is_on_the_page_and_every_figure_has_its_weeks(
    full: SimpleNamespace, case_of: Callable[..., Case], sit_down: Sit
) -> None:
    lon, lat = middle_of(0, 0)
    case = case_of("dispatch", where=Where(lon, lat, datum=Datum.CGCS2000))
    page = sit_down(full.officer).get(f"/office/grids/{WEST}/").content.decode()
    for words in (
        "西坊市场", "清和茶铺", "4420000101000001", "陈一", case.number, "公共场所 1 个", "沿街门店 1 家", "部件 1 个", "没办完的责任事项 1 项",
    ):  # fmt: skip
        assert words in page, words
    grid = Grid.objects.get(code=WEST, layer__version=1)
    told = {str(one.name): one for one in everything_in(grid, full.officer, timezone.now())["trend"]}
    assert {name: one.now for name, one in told.items() if name.startswith("在册")} == {"在册公共场所": 1, "在册沿街门店": 1, "在册部件": 1}
    assert (told["在岗的人"].now, told["空缺的岗位"].now) == (1, 0)
    assert told["没办完的责任事项"].now == 1
    assert sum(told["新增案件"].values) in (0, 1)
    assert all(len(one.values) == 12 for one in told.values())


def test_the_weeks_follow_what_came_and_went(full: SimpleNamespace) -> None:
    grid = Grid.objects.get(code=WEST, layer__version=1)
    before = FOUNDED - timedelta(days=1)
    start = timezone.make_aware(datetime(before.year, before.month, before.day, 12))
    told = {str(one.name): one.values for one in everything_in(grid, full.officer, start + timedelta(weeks=2))["trend"]}
    assert told["在册公共场所"][-3:] == [0, 1, 1]
    assert told["在岗的人"][-3:] == [0, 1, 1]


def test_neighbours_see_what_lies_just_beyond_the_border_and_nothing_farther(
    full: SimpleNamespace, case_of: Callable[..., Case], sit_down: Sit
) -> None:
    lon, border = ORIGIN[0] + 0.5 * SIDE, ORIGIN[1] + SIDE
    near = case_of("dispatch", where=Where(lon, border + 12 / 111_320, datum=Datum.CGCS2000))
    far = case_of("dispatch", where=Where(lon, border + 400 / 111_320, datum=Datum.CGCS2000))
    office = sit_down(full.officer)
    page = office.get(f"/office/grids/{WEST}/").content.decode()
    beside = re.search(r"边界事项 1 件.*?相邻的网格", page, re.S)
    assert beside is not None
    assert near.number in beside[0]
    assert far.number not in page
    assert near.number in office.get(f"/office/grids/{NORTH}/").content.decode(), "on its own side it is simply there"
    assert not Placement.objects.filter(longitude__isnull=False, grid=None).exists()


def test_an_empty_grid_says_so(full: SimpleNamespace, sit_down: Sit) -> None:
    page = sit_down(full.officer).get("/office/grids/442000002002001/").content.decode()
    for words in ("没有登记公共场所", "没有登记门店", "没有登记部件", "没有没办完的", "边界那一侧没有在办的案件"):
        assert words in page

