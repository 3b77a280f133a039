"""Policy 7: grids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from shapely import Point, unary_union
from shapely.geometry import mapping, shape

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.test_boundary import south_of_the_border
from wenming.journal.worker import run_waiting
from wenming.observations.services import Where
from wenming.organisations.models import Person
from wenming.organisations.services import add_post, appoint
from wenming.territory.grids.overlays import grids_at
from wenming.territory.models import GridLayer, Placement
from wenming.territory.rules.geometry import METRES_PER_DEGREE
from wenming.territory.tests.conftest import (  # noqa: F401 - the city of four squares
    ORIGIN,
    SIDE,
    areas,
    cells,
    layer,
    square,
)


@pytest.mark.policy("7.6")
def test_a_case_on_a_boundary_reaches_both(
    report: Callable[..., object], at_desk: Callable[[str], Client], small_city: SimpleNamespace, layer: object  # noqa: F811
) -> None:
    """Twelve metres inside one town it is known in the other, which owes nothing until it is asked to do a part."""
    now = timezone.now()
    handed_in = report(where=south_of_the_border(12), now=now).report  # type: ignore[attr-defined]
    run_waiting(now)
    case = Case.objects.get(case_reports__report=handed_in)
    case = cases.establish(case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=now)
    case = cases.dispatch(case, to=small_city.west, by=small_city.dispatcher, now=now)
    neighbour = at_desk("east_handler")

    assert case.number in neighbour.get("/unit/beside/").content.decode()
    assert "知道就行，不用办" in neighbour.get(f"/unit/cases/{case.number}/").content.decode()
    assert case.number not in neighbour.get("/unit/").content.decode()

    at_desk("dispatcher").post(f"/office/cases/{case.number}/parts/", {"unit": "EAST", "asks": "清你们那一侧"})
    assert "清你们那一侧" in neighbour.get("/unit/").content.decode(), "joint handling: its own part, on its own clock"
    part = case.supports.get()
    neighbour.post(f"/unit/cases/{case.number}/parts/{part.pk}/answers/", {"text": "清好了"})
    assert "清好了" in at_desk("west_handler").get(f"/unit/cases/{case.number}/").content.decode()


# --- 7.1, 7.2, 7.3, 7.5: grids that are proven -----------------------------------------------------------------------

WEST = "442000001001001"


@pytest.fixture
def whole(small_city: SimpleNamespace, layer: object, at_desk: Callable[[str], Client]) -> Client:  # noqa: F811
    """The civility office of a city whose four squares are its block grids."""
    return at_desk("officer")


def begun(office: Client, kind: str = "block") -> str:
    """The address of a new draft."""
    return str(office.post("/office/grids/drafts/", {"kind": kind, "name": "秋季调整"})["Location"])


@pytest.mark.policy("7.1")
def test_a_partition_is_proposed_balanced_within_its_community_and_edited_by_hand(whole: Client) -> None:
    """Contiguous, balanced by a figure, within the community; a draft to be edited; counts, never persons."""
    draft = begun(whole)
    shown = whole.get(f"{draft}proposal/?community=442000001001&many=4").content.decode()
    assert re.search(r"最重的比平均多 \d+%", shown), "balance is a figure"
    assert "在社区边界以内" in shown

    whole.post(f"{draft}proposals/", {"seen": 0, "community": "442000001001", "many": 4})
    made = whole.get(f"{draft}cells.geojson").json()["features"]
    mine = [shape(one["geometry"]) for one in made if one["id"].startswith("442000001001")]
    assert [one.geom_type for one in mine] == ["Polygon"] * 4, "contiguous"
    assert unary_union(mine).symmetric_difference(square(0, 0)).area < 1e-12, "exactly the community"
    assert "可以公布" in whole.get(draft).content.decode(), "no gap, no overlap, no stray"

    whole.post(f"{draft}splits/", {"seen": 1, "code": "442000002001001", "way": "ns"})
    assert whole.get(f"{draft}cells.geojson").json()["seen"] == 2, "edited by hand from there"
    for kind in ("strip", "unit"):
        over = begun(whole, kind)
        corners = ", ".join(f"{x} {y}" for x, y in square(0.2, 0.2, 0.2, 0.2).exterior.coords)
        whole.post(f"{over}additions/", {"seen": 0, "community": "442000001001", "name": "大院", "shape": corners})
        whole.post(f"{over}publication/")
    lon, lat = ORIGIN[0] + 0.3 * SIDE, ORIGIN[1] + 0.3 * SIDE
    assert [one.kind for one in grids_at(lon, lat)] == ["unit", "strip", "block"], "three kinds, and which answers first"


@pytest.mark.policy("7.2")
def test_a_redrawn_grid_rehomes_everything_in_it_with_history(whole: Client, report: Callable[..., object]) -> None:
    """A case lies in a grid; redrawn, the case follows, and where it lay stays known; taken back, it returns."""
    where = Where(longitude=ORIGIN[0] + 0.5 * SIDE, latitude=ORIGIN[1] + 0.9 * SIDE, datum="cgcs2000", source="map")
    report(where=where, now=timezone.now())
    run_waiting(timezone.now())
    case = Case.objects.latest("pk")
    assert case.placement.grid.code == WEST
    assert case.number in whole.get(f"/office/grids/{WEST}/").content.decode()

    draft = begun(whole)
    whole.post(f"{draft}splits/", {"seen": 0, "code": WEST, "way": "ew"})
    split = whole.get(f"{draft}cells.geojson").json()["features"]
    home = next(one["id"] for one in split if shape(one["geometry"]).covers(Point(*case.placement.point)))
    if home == WEST:  # the larger part keeps the code: let the other part be the one with the code
        whole.post(f"{draft}withdrawals/", {"seen": 1})
        line = ", ".join(f"{ORIGIN[0] + x * SIDE} {ORIGIN[1] + 0.7 * SIDE}" for x in (-1, 3))
        whole.post(f"{draft}splits/", {"seen": 2, "code": WEST, "way": "line", "line": line})
        home = "442000001001003"
    assert "1 个位置会换网格" in whole.get(draft).content.decode(), "told before it is done"
    whole.post(f"{draft}publication/")
    run_waiting(timezone.now())
    assert case.number in whole.get(f"/office/grids/{home}/").content.decode()
    placement = Case.objects.get(pk=case.pk).placement
    assert [one.grid.code for one in placement.homings.order_by("from_at")] == [WEST, home], "with history"

    first = GridLayer.objects.get(kind="block", version=1)
    whole.post(f"/office/grids/versions/{first.pk}/restoration/")
    run_waiting(timezone.now())
    assert case.number in whole.get(f"/office/grids/{WEST}/").content.decode(), "and undone"
    assert not Placement.objects.filter(longitude__isnull=False, grid=None).exists(), "nothing located is without a grid"


@pytest.mark.policy("7.3")
def test_each_grid_shows_its_chief_members_and_liaisons_and_vacancies_are_listed(
    whole: Client, small_city: SimpleNamespace
) -> None:
    """Named persons by post; a post nobody holds and a grid without a chief stand in one list."""
    today, now = timezone.localdate(), timezone.now()
    assert "没有设网格长" in whole.get("/office/grids/vacancies/").content.decode()
    for role, title, name, width in (("chief", "网格长", "陈一", "15"), ("member", "网格员", "", "12"), ("liaison", "联络人", "黄三", "9")):
        post = add_post(small_city.west, kind="inspector", title=title, by=None, now=now)
        if name:
            appoint(Person.objects.create(name=name), to=post, on=today, by=None, now=now)
        given = {"role": role, "unit": small_city.west.code, "title": title, "width": width, "on": today.isoformat()}
        assert whole.post(f"/office/grids/{WEST}/posts/", given).status_code == 302
    shown = whole.get(f"/office/grids/{WEST}/").content.decode()
    assert "陈一" in shown
    assert "黄三" in shown
    assert "空缺" in shown, "the member's post is vacant, and says so"
    listed = whole.get("/office/grids/vacancies/?town=442000001").content.decode()
    assert "设了岗，没有人任职" in listed
    assert f"/office/grids/{WEST}/" not in listed


@pytest.mark.policy("7.5")
def test_the_coverage_audit_catches_one_metre_and_nothing_is_published_with_it(whole: Client) -> None:
    """Every place in exactly one block grid is proven; a border one metre back is found with its area and place."""
    assert "没有发现问题" in whole.get("/office/grids/audit/").content.decode()
    draft = begun(whole)
    metre = 1 / METRES_PER_DEGREE
    torn = {"seen": 0, "shapes": {WEST: mapping(square(0, 0, 1, 1 - metre / SIDE))}}
    whole.post(f"{draft}borders/", json.dumps(torn), content_type="application/json")
    shown = whole.get(draft).content.decode()
    assert "细缝（漏空）" in shown
    area = float(re.search(r'data-label="平方米">([\d.]+)', shown)[1])
    assert area == pytest.approx(1 * 1028, rel=0.02), "a metre wide, as long as the border"
    assert whole.post(f"{draft}publication/").status_code == 422
    assert GridLayer.objects.filter(kind="block").count() == 1
