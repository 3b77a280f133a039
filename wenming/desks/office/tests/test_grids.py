"""网格 at the office: the register, one grid, vacancies, the audit, drafts without scripts, versions."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.journal.worker import run_waiting
from wenming.organisations.models import Person, PostKind
from wenming.organisations.services import add_post, appoint
from wenming.responsibilities.services import add_matrix_entry
from wenming.territory.grids import drafts
from wenming.territory.grids.people import people_of
from wenming.territory.grids.staging import forget_staged
from wenming.territory.models import GridDraft, GridLayer, GridPost, StagedGrids
from wenming.territory.tests.conftest import (  # noqa: F401 - the city of four squares
    ORIGIN,
    SIDE,
    areas,
    cells,
    layer,
    square,
)

WEST = "442000001001001"
pytestmark = pytest.mark.usefixtures("small_city", "layer")


@pytest.fixture
def office(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


@pytest.fixture
def draft(small_city: SimpleNamespace) -> GridDraft:
    return drafts.open_draft("block", name="秋季调整", by=small_city.officer, now=timezone.now())


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def act(client: Client, draft: GridDraft, noun: str, status: int = 302, **given: object) -> str:
    draft.refresh_from_db()
    answer = client.post(f"/office/grids/drafts/{draft.pk}/{noun}/", {"seen": draft.steps_count, **given})
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_list_the_map_and_one_grid_share_one_selection(office: Client) -> None:
    whole = page(office, f"/office/grids/?grid={WEST}")
    assert "西坊社区第 1 网格" in whole
    assert "map-outline is-chosen" in whole
    assert "缺网格长" in whole
    assert "没有在办的案件" in page(office, f"/office/grids/{WEST}/")
    page(office, "/office/grids/442000001001999/", 404)
    assert "西桥" not in page(office, "/office/grids/?q=西坊")


def test_a_vacancy_is_filled_and_leaves_the_list(office: Client, small_city: SimpleNamespace) -> None:
    assert "没有设网格长" in page(office, "/office/grids/vacancies/")
    post = add_post(small_city.west, kind=PostKind.INSPECTOR, title="网格长", by=None, now=timezone.now())
    appoint(Person.objects.create(name="陈一"), to=post, on=timezone.localdate(), by=None, now=timezone.now())
    given = {"role": "chief", "unit": small_city.west.code, "title": "网格长", "width": "9", "on": timezone.localdate().isoformat()}
    assert office.post(f"/office/grids/{WEST}/posts/", {**given, "title": "没有的"}).status_code == 422
    assert office.post(f"/office/grids/{WEST}/posts/", given).status_code == 302
    assert "陈一" in page(office, f"/office/grids/{WEST}/")
    assert WEST not in page(office, "/office/grids/vacancies/?town=442000001")
    assert office.post(f"/office/grids/{WEST}/posts/", given).status_code == 422, "a second chief"
    ending = GridPost.objects.get()
    office.post(f"/office/grids/posts/{ending.pk}/ending/", {"on": timezone.localdate().isoformat(), "grid": WEST})
    assert people_of(WEST, timezone.localdate()).chief is None


def test_the_audit_of_what_is_in_force_says_that_it_is_whole(office: Client) -> None:
    assert "没有发现问题" in page(office, "/office/grids/audit/")


def test_a_draft_is_edited_with_plain_forms_and_published(office: Client, draft: GridDraft) -> None:
    act(office, draft, "splits", code=WEST, way="ew")
    act(office, draft, "names", code="442000001001002", name="西坊北网格")
    assert "西坊北网格" in page(office, f"/office/grids/drafts/{draft.pk}/")
    act(office, draft, "withdrawals")
    act(office, draft, "mergers", code=WEST, others="442000001001002")
    act(office, draft, "withdrawals")
    corner = f"{ORIGIN[0]} {ORIGIN[1]}"
    assert "读不懂" in act(office, draft, "shapes", 422, code=WEST, shape="随便")
    assert "正好分成两块" in act(office, draft, "splits", 422, code=WEST, way="line", line=f"{corner}, 113 22")
    assert "可以公布" in page(office, f"/office/grids/drafts/{draft.pk}/")
    act(office, draft, "publication")
    run_waiting(timezone.now())
    made = GridLayer.objects.get(version=2)
    assert "新增" in page(office, f"/office/grids/versions/{made.pk}/")
    first = GridLayer.objects.get(version=1)
    assert office.post(f"/office/grids/versions/{first.pk}/restoration/").status_code == 302
    assert GridLayer.objects.get(version=3).note == "退回第 1 版"
    assert "第 3 版" in page(office, "/office/grids/versions/")


def test_the_maps_editor_saves_both_sides_of_a_border_or_the_audit_says_what_it_tore(office: Client, draft: GridDraft) -> None:
    address = f"/office/grids/drafts/{draft.pk}/"
    box = ",".join(map(str, square(0, 0, 2, 2).bounds))
    collection = json.loads(page(office, f"{address}cells.geojson?box={box}"))
    assert len(collection["features"]) == 4
    sent = {"seen": collection["seen"], "shapes": {WEST: shapely.geometry.mapping(square(0, 0, 1, 1 - 1e-5 / SIDE))}}
    answer = office.post(f"{address}borders/", json.dumps(sent), content_type="application/json")
    assert "要改好或签认" in answer.json()["sentence"]
    assert "细缝（漏空）" in page(office, address)
    assert office.post(f"{address}borders/", json.dumps(sent), content_type="application/json").status_code == 409, "seen too little"
    assert office.post(f"{address}borders/", "{", content_type="application/json").status_code == 422
    assert office.post(f"{address}publication/").status_code == 422
    for one in drafts.audit_draft(draft).open:
        act(office, draft, "signatures", key=one.key, why="待测绘")
    assert "待测绘" in page(office, address)


def test_what_publishing_would_open_stands_beside_the_audit_and_is_signed_for_apart(
    office: Client, draft: GridDraft, small_city: SimpleNamespace
) -> None:
    add_matrix_entry(accountable="unit:EAST", basis="兜底", on=date(2026, 1, 1), by=None, now=timezone.now())
    address = f"/office/grids/drafts/{draft.pk}/"
    assert "不会打开" in page(office, address)
    drafts.redraw(draft, {WEST: square(0, 0, 1, 1 - 1e-5 / SIDE)}, seen=0, by=small_city.officer, now=timezone.now())
    for one in drafts.audit_draft(draft).open:
        act(office, draft, "signatures", key=one.key, why="待测绘")
    shown = page(office, address)
    assert "没有网格" in shown
    assert "上水井盖" in shown
    assert "还不能公布" in shown
    assert office.post(f"{address}publication/").status_code == 422
    (key,) = set(re.findall(r'value="(opens:[0-9a-f]+)"', shown))
    act(office, draft, "signatures", key=key, why="水利局代管")
    assert "已经签认过" in act(office, draft, "signatures", 422, key=key, why="水利局代管")
    assert "水利局代管" in page(office, address)
    act(office, draft, "publication")
    made = GridLayer.objects.get(version=2)
    assert "水利局代管" in page(office, f"/office/grids/versions/{made.pk}/")
    first = GridLayer.objects.get(version=1)
    office.post(f"/office/grids/versions/{first.pk}/restoration/")
    assert "退回会打开 1 处" in page(office, f"/office/grids/versions/{made.pk}/")
    office.post(f"/office/grids/versions/{made.pk}/restoration/")
    assert GridDraft.objects.first().name == "退回第 2 版", "not in force before each opening is signed for"


def test_a_proposal_is_seen_beside_today_before_it_is_taken(office: Client, draft: GridDraft) -> None:
    shown = page(office, f"/office/grids/drafts/{draft.pk}/proposal/?community=442000001001&many=3")
    assert "最重的比平均多" in shown
    act(office, draft, "proposals", community="442000001001", many=3)
    codes = [code for code in drafts.cells_of(draft) if code.startswith("442000001001")]
    assert (len(codes), WEST in codes) == (3, True)
    assert drafts.audit_draft(draft).may_be_published


def sent(office: Client, draft: GridDraft, shapes: dict[str, object], crs: str = "", **more: object) -> HttpResponse:
    """A GeoJSON file, as somebody sends it; crs: what it declares in the old member of that name."""
    told = [{"type": "Feature", "properties": {"名称": name}, "geometry": shapely.geometry.mapping(shape)} for name, shape in shapes.items()]
    content: dict[str, object] = {"type": "FeatureCollection", "features": told}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{crs.replace(':', '::')}"}}
    file = SimpleUploadedFile("网格.geojson", json.dumps(content).encode())
    given = {"file": file, "datum": "declared", "seen": draft.steps_count, **more}
    return office.post(f"/office/grids/drafts/{draft.pk}/imports/", given)


def test_a_file_is_sent_once_seen_with_its_repair_and_then_comes_in(office: Client, draft: GridDraft) -> None:
    shapes = {"网格甲": square(0, 0, 1, 0.5), "网格乙": square(0, 0.5005, 1, 0.4995)}
    at = sent(office, draft, shapes)["Location"]
    shown = page(office, at)
    assert "修补建议" in shown
    assert "网格甲" in shown
    assert "按文件写明的坐标系读：WGS-84" in shown
    assert draft.steps.count() == 0, "nothing came in unseen"
    assert StagedGrids.objects.count() == 1
    assert office.post(at, {"seen": 0, "system": "wgs84"}).status_code == 422, "neither mended nor as it is was said"
    assert office.post(at, {"seen": 0, "system": "wgs84", "answer": "repaired"}).status_code == 302, "without the file once more"
    assert {cell.name for code, cell in drafts.cells_of(draft).items() if code.startswith("442000001001")} == {"网格甲", "网格乙"}
    assert drafts.audit_draft(draft).may_be_published
    assert not StagedGrids.objects.exists(), "what was read of the file is gone"
    assert office.get(at).status_code == 404
    bad = SimpleUploadedFile("a.exe", b"MZ")
    assert office.post(f"/office/grids/drafts/{draft.pk}/imports/", {"file": bad, "datum": "declared", "seen": 1}).status_code == 422


def metres(shape: shapely.Geometry) -> shapely.Geometry:
    """The same in web Mercator, whose forward formula is short."""
    return shapely.transform(
        shape, lambda at: np.column_stack([np.radians(at[:, 0]), np.arctanh(np.sin(np.radians(at[:, 1])))]) * 6_378_137.0
    )


def test_a_file_in_metres_comes_in_by_what_it_declares(office: Client, draft: GridDraft) -> None:
    whole = square(0, 0)
    at = sent(office, draft, {"整块": metres(whole)}, crs="EPSG:3857")["Location"]
    assert "EPSG%3A3857" in at
    assert "按文件写明的坐标系读" in page(office, at)
    office.post(at, {"seen": 0, "system": "EPSG:3857", "answer": "as-it-is"})
    (cell,) = [cell for code, cell in drafts.cells_of(draft).items() if code.startswith("442000001001")]
    assert cell.geometry.symmetric_difference(whole).area < 1e-12


def test_metres_without_a_name_are_asked_about_with_the_places_where_they_would_lie(office: Client, draft: GridDraft) -> None:
    at = sent(office, draft, {"整块": metres(square(0, 0))})["Location"]
    assert "system" not in at, "never guessed"
    shown = page(office, at)
    assert "数字是米" in shown
    assert "EPSG%3A3857" in shown or "EPSG:3857" in shown
    assert "在本市" in shown
    assert "113.38" in shown
    assert "网络地图的墨卡托投影" in page(office, f"{at}?system=EPSG:3857")
    assert "落不到地面上" in page(office, f"{at}?system=EPSG:4547", 422)
    assert "不是经纬度" in page(office, f"{at}?system=cgcs2000", 422)
    assert office.post(f"{at}dropping/").status_code == 302
    assert not StagedGrids.objects.exists()


def test_what_nobody_took_is_gone_after_a_day_and_with_its_draft(office: Client, draft: GridDraft) -> None:
    sent(office, draft, {"整块": square(0, 0)})
    assert forget_staged(timezone.now()) == 0
    assert forget_staged(timezone.now() + timedelta(days=1, minutes=1)) == 1
    sent(office, draft, {"整块": square(0, 0)})
    sent(office, draft, {"整块": square(0, 0)})
    assert StagedGrids.objects.count() == 1, "one file waits for each person"
    act(office, draft, "discarding")
    assert forget_staged(timezone.now()) == 1


def test_those_who_only_look_are_offered_nothing_to_draw(sit_down: Sit, small_city: SimpleNamespace, draft: GridDraft) -> None:
    dispatcher = sit_down(small_city.dispatcher)
    assert "由创文办公布" in page(dispatcher, f"/office/grids/drafts/{draft.pk}/")
    assert dispatcher.post(f"/office/grids/drafts/{draft.pk}/publication/").status_code == 403
    act(dispatcher, draft, "discarding")
    assert "已放弃" in page(dispatcher, "/office/grids/drafts/")
