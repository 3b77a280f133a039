"""网格 at the office: the register, one grid, vacancies, the audit, drafts without scripts, versions."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.journal.worker import run_waiting
from wenming.organisations.models import Person, PostKind
from wenming.organisations.services import add_post, appoint
from wenming.territory.grids import drafts
from wenming.territory.grids.people import people_of
from wenming.territory.models import GridDraft, GridLayer, GridPost
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


def test_a_proposal_is_seen_beside_today_before_it_is_taken(office: Client, draft: GridDraft) -> None:
    shown = page(office, f"/office/grids/drafts/{draft.pk}/proposal/?community=442000001001&many=3")
    assert "最重的比平均多" in shown
    act(office, draft, "proposals", community="442000001001", many=3)
    codes = [code for code in drafts.cells_of(draft) if code.startswith("442000001001")]
    assert (len(codes), WEST in codes) == (3, True)
    assert drafts.audit_draft(draft).may_be_published


def test_a_file_is_seen_with_its_repair_before_it_comes_in(office: Client, draft: GridDraft) -> None:
    shapes = {"网格甲": square(0, 0, 1, 0.5), "网格乙": square(0, 0.5005, 1, 0.4995)}
    features = [{"type": "Feature", "properties": {"名称": name}, "geometry": shapely.geometry.mapping(shape)} for name, shape in shapes.items()]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()

    def send(**more: object) -> str:
        file = SimpleUploadedFile("网格.geojson", content)
        draft.refresh_from_db()
        answer = office.post(
            f"/office/grids/drafts/{draft.pk}/imports/", {"file": file, "datum": "cgcs2000", "seen": draft.steps_count, **more}
        )
        return answer.content.decode() if answer.status_code != 302 else ""

    shown = send()
    assert "修补建议" in shown
    assert "网格甲" in shown
    assert draft.steps.count() == 0, "nothing came in unseen"
    assert send(answer="repaired") == ""
    assert {cell.name for code, cell in drafts.cells_of(draft).items() if code.startswith("442000001001")} == {"网格甲", "网格乙"}
    assert drafts.audit_draft(draft).may_be_published
    bad = SimpleUploadedFile("a.exe", b"MZ")
    answer = office.post(f"/office/grids/drafts/{draft.pk}/imports/", {"file": bad, "datum": "cgcs2000", "seen": 1})
    assert answer.status_code == 422


def test_those_who_only_look_are_offered_nothing_to_draw(sit_down: Sit, small_city: SimpleNamespace, draft: GridDraft) -> None:
    dispatcher = sit_down(small_city.dispatcher)
    assert "由创文办公布" in page(dispatcher, f"/office/grids/drafts/{draft.pk}/")
    assert dispatcher.post(f"/office/grids/drafts/{draft.pk}/publication/").status_code == 403
    act(dispatcher, draft, "discarding")
    assert "已放弃" in page(dispatcher, "/office/grids/drafts/")
