"""人口户数: counts come in by a table or by hand, never persons; a proposal is balanced by them and says so."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.journal.models import Entry
from wenming.territory.grids import drafts
from wenming.territory.grids.counts import counts_in_force, spread
from wenming.territory.grids.proposals import propose_grids
from wenming.territory.models import Area, CountEdition, HeadCount
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, square  # noqa: F401 - the city of four squares

COMMUNITY = "442000001001"
pytestmark = pytest.mark.usefixtures("small_city", "layer")


@pytest.fixture
def office(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


def hand_in(office: Client, text: str, **more: str) -> HttpResponse:
    file = SimpleUploadedFile("人口.csv", text.encode("gb18030"))
    return office.post("/office/grids/counts/", {"file": file, "datum": "cgcs2000", "counted_on": "2026-11-01", **more})


def at(column: float, row: float) -> str:
    return f"{ORIGIN[0] + column * SIDE:.7f},{ORIGIN[1] + row * SIDE:.7f}"


def test_counts_of_buildings_come_in_and_a_proposal_is_balanced_by_them(office: Client, small_city: SimpleNamespace) -> None:
    """Nine tenths of the people live in the western fifth: cut by people, the west is cut finer than by ground alone."""
    towers = [f"{COMMUNITY},西{n},{at(0.02 + 0.018 * (n % 10), 0.05 + 0.09 * (n // 10))},90,30" for n in range(100)]
    houses = [f"{COMMUNITY},东{n},{at(0.25 + 0.07 * (n % 10), 0.05 + 0.09 * (n // 10))},10,4" for n in range(100)]
    table = "\n".join(["社区代码,楼栋,经度,纬度,人数,户数", *towers, *houses])
    assert hand_in(office, table).status_code == 302
    draft = drafts.open_draft("block", name="按人口", by=small_city.officer, now=timezone.now())
    community = Area.objects.get(code=COMMUNITY)
    made = propose_grids(community, 4, draft=draft, by=["people"])
    assert made.counted == {"people": 10_000}
    assert made.imbalance < 0.25
    assert sum(one.counts["people"] for one in made.loads) == 10_000
    widths = sorted(cell.bounds[2] - cell.bounds[0] for cell in made.proposal.cells)
    assert widths[0] < 0.35 * SIDE, "crowded ground is cut finer"
    shown = office.get(f"/office/grids/drafts/{draft.pk}/proposal/?community={COMMUNITY}&many=4&by=people&by=dwellings").content.decode()
    assert "人口.csv" in shown
    assert "人数 10000" in shown
    assert "最重的比平均多" in shown
    office.post(f"/office/grids/drafts/{draft.pk}/proposals/", {"seen": 0, "community": COMMUNITY, "many": 4, "by": ["people"]})
    assert drafts.audit_draft(draft).may_be_published
    assert Entry.objects.get(action="territory.counts-entered").facts["people"] == 10_000


def test_one_community_by_hand_is_spread_over_its_ground_and_the_newest_holds(office: Client) -> None:
    for people in (800, 1000):
        given = {"community": COMMUNITY, "people": people, "dwellings": 300, "counted_on": "2026-11-01"}
        assert office.post("/office/grids/counts/rows/", given).status_code == 302
    edition, rows = counts_in_force(Area.objects.get(code=COMMUNITY))
    assert edition is not None
    assert [row.people for row in rows] == [1000]
    found = spread(Area.objects.get(code=COMMUNITY), square(0, 0))
    assert sum(much for *_at, much in found["people"]) == pytest.approx(1000)
    assert len(found["people"]) > 100
    assert CountEdition.objects.count() == 2, "the former one stays"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        HeadCount.objects.update(people=1)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param("社区代码,姓名,人数\n442000001001,某人,1", "不要人", id="a table of persons"),
        pytest.param("楼栋,人数\n甲,1", "表头要有", id="of no community"),
        pytest.param("社区代码,人数\n442000001001,很多", "第 2 行：“很多”不是数字", id="no number"),
        pytest.param("社区代码,人数\n442000001001,1.5", "整数", id="half a person"),
        pytest.param("社区,人数\n没有的社区,5", "认不出是哪个社区", id="an unknown name"),
        pytest.param("社区代码,人数\n999,5", "没有代码是 999 的社区", id="an unknown code"),
        pytest.param("社区代码,经度,纬度,人数\n442000001001,113.5,22.9,5", "不在西坊社区里", id="a point elsewhere"),
        pytest.param("社区代码,经度,纬度,人数\n442000001001,东,22,5", "经纬度要写成度数", id="no degrees"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_taken_is_refused_whole_and_in_words(office: Client, table: str, words: str) -> None:
    answer = hand_in(office, table)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not HeadCount.objects.exists()


def test_a_day_to_come_and_an_empty_table_are_refused(office: Client) -> None:
    assert "不能在今天以后" in hand_in(office, "社区代码,人数\n442000001001,5", counted_on="2999-01-01").content.decode()
    assert hand_in(office, "社区代码,人数\n").status_code == 422
    assert office.post("/office/grids/counts/rows/", {"community": COMMUNITY, "people": -1}).status_code == 422
