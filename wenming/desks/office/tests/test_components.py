"""部件 at the office: the register as list, map and detail, a person's changes, files in and out."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import openpyxl
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.components import link_of
from wenming.cases.models import Case
from wenming.cases.selectors import moves_of
from wenming.cases.services import collect
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.desks.common.tests.sitting import Sit
from wenming.journal.models import Entry
from wenming.journal.worker import run_waiting
from wenming.observations.models import ImportBatch
from wenming.observations.services import Receipt, Where
from wenming.responsibilities.services import add_matrix_entry
from wenming.standards.models import Scheme
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.models import Area, Component, Condition, Level

COVER, OTHER = "4420000101000001", "4420000101000002"
LON, LAT = 113.385, 22.525
HEAD = "标识码,权属单位,状态,经度,纬度,位置\n"


@pytest.fixture
def office(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    box = shapely.box(113.3, 22.4, 113.5, 22.6)
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(box)
        area.save()
    return sit_down(small_city.officer)


@pytest.fixture
def cover(office: Client, small_city: SimpleNamespace) -> Component:
    return register_component(
        COVER, Facts("TEST:C0101", name="=1+1", owner=small_city.sanitation), Drawn(shapely.Point(LON, LAT), address="民权路 3 号"),
        on=date(2026, 3, 1), by=small_city.officer, now=timezone.now(),
    )  # fmt: skip


def facts(**other: object) -> dict[str, object]:
    return {"condition": "good", "datum": "cgcs2000", "on": timezone.localdate().isoformat(), **other}


def test_an_empty_register_says_how_it_fills(office: Client) -> None:
    assert "还没有登记部件" in office.get("/office/components/").content.decode()


def test_the_list_filters_and_the_selected_one_is_told_beside_it(office: Client, cover: Component) -> None:
    page = office.get(f"/office/components/?component={COVER}").content.decode()
    assert "上水井盖" in page and "环卫处" in page and COVER in page and "民权路 3 号" in page

    for query, found in (
        ("q=民权", True), (f"q={COVER[:10]}", True), ("q=别处", False), ("kind=TEST:C0101", True), ("owner=SAN", True), ("owner=-", False),
        ("condition=damaged", False), ("town=442000002", True), ("standing=retired", False),
    ):  # fmt: skip
        assert (COVER in office.get(f"/office/components/?{query}").content.decode()) is found, query


def test_one_is_registered_with_the_next_free_code(office: Client, cover: Component, small_city: SimpleNamespace) -> None:
    refused = office.post("/office/components/new/", facts(kind="TEST:C0101"))
    assert refused.status_code == 422 and "经度" in refused.content.decode(), "a component has a position"

    answer = office.post("/office/components/new/", facts(kind="TEST:C0101", longitude=LON, latitude=LAT, owner="EAST"))
    assert answer.status_code == 302 and answer.url.endswith(f"/{OTHER}/")
    made = Component.objects.get(code=OTHER)
    assert made.owner == small_city.east and made.editions.get().by == small_city.officer
    assert "已登记部件" in office.get(answer.url).content.decode()


def test_a_taken_code_is_said_on_the_form(office: Client, cover: Component) -> None:
    answer = office.post("/office/components/new/", facts(kind="TEST:C0101", code=COVER, longitude=LON, latitude=LAT))

    assert answer.status_code == 422 and "已经登记过了" in answer.content.decode()


def test_it_is_corrected_and_the_history_tells_who_when_what(office: Client, cover: Component) -> None:
    before = {"name": cover.name, "owner": "SAN", "address": "民权路 3 号", "edition": 1}
    answer = office.post(f"/office/components/{COVER}/corrections/", facts(**{**before, "condition": "damaged", "reason": "裂了"}))
    assert answer.status_code == 302

    page = office.get(answer.url).content.decode()
    assert "状态 完好→破损" in page and "裂了" in page and "officer" in page
    cover.refresh_from_db()
    assert cover.condition == Condition.DAMAGED and cover.placement.point == (LON, LAT), "no position given, none moved"
    late = office.post(f"/office/components/{COVER}/corrections/", facts(**before, reason="又看"))
    assert late.status_code == 409, "somebody else was quicker"
    same = office.post(
        f"/office/components/{COVER}/corrections/", facts(**{**before, "edition": 2, "condition": "damaged", "reason": "同"})
    )
    assert same.status_code == 422 and "没有要改的" in same.content.decode()


def test_the_page_tells_what_held_on_a_day(office: Client, cover: Component) -> None:
    office.post(f"/office/components/{COVER}/retirement/", {"reason": "拆了", "on": timezone.localdate().isoformat(), "edition": 1})

    page = office.get(f"/office/components/{COVER}/?on=2026-05-01").content.decode()
    assert "2026-05-01 那天：" in page and "在册，完好" in page and "已注销" in page
    assert "还没有登记。" in office.get(f"/office/components/{COVER}/?on=2026-01-01").content.decode()
    restored = {"reason": "看错了", "on": timezone.localdate().isoformat(), "edition": 2}
    assert office.post(f"/office/components/{COVER}/restoration/", restored).status_code == 302
    cover.refresh_from_db()
    assert cover.in_use


def test_the_register_leaves_as_files_that_the_import_reads_again(office: Client, cover: Component) -> None:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(office.get("/office/components/list.xlsx").streaming_content)))
    rows = list(book.active.values)
    assert rows[0][:5] == ("标识码", "小类", "小类代码", "名称", "权属单位")
    assert rows[1][:5] == (COVER, "上水井盖", "0101", "'=1+1", "环卫处"), "no cell is a formula"
    text = b"".join(office.get("/office/components/list.csv").streaming_content)
    collection = json.loads(b"".join(office.get("/office/components/list.geojson").streaming_content))
    (feature,) = collection["features"]
    assert feature["id"] == COVER and feature["geometry"]["coordinates"] == [LON, LAT]
    empty = b"".join(office.get("/office/components/list.geojson?q=没有").streaming_content)
    assert json.loads(empty)["features"] == []
    assert {entry.facts["name"] for entry in Entry.objects.filter(action="case.list-exported")} == {"components"}

    for name, content in (("又来.csv", text), ("又来.geojson", json.dumps(collection).encode())):
        batch = _upload(office, content, name)
        assert [row.state for row in batch.rows.all()] == ["known"], [row.reasons for row in batch.rows.all()]
    assert office.get("/office/components/list.pdf").status_code == 404


# --- cases on components ---------------------------------------------------------------------------------------------


@pytest.fixture
def case(office: Client, small_city: SimpleNamespace, report: Callable[..., Receipt]) -> Case:
    """A broken cover reported six metres south of the registered one; the matrix asks for the owner first."""
    add_matrix_entry(order=10, kind="component", accountable="owner", basis="部件先权属", on=FOUNDED, by=None, now=FOUNDED_AT)
    where = Where(LON, LAT - 6 / 111_320)
    return collect(report(where=where, problem_type=small_city.manhole, text="井盖裂了").report, now=MONDAY)


def test_one_press_dispatches_to_the_owner_and_keeps_the_component(
    office: Client, cover: Component, case: Case, small_city: SimpleNamespace
) -> None:
    url = f"/office/cases/{case.number}/"
    page = office.get(url).content.decode()
    assert "建议派给 环卫处" in page and "最近的同类部件" in page and "距 6 米" in page
    assert "部件先权属" in page and f"部件 {COVER}" in page
    form = dict(re.findall(r'<input type="hidden" name="(seen_moves|offered)" value="([^"]*)"', page))
    assert office.post(f"{url}dispatches/", {**form, "kind": "C0101 上水井盖", "unit": "SAN"}).status_code == 302

    page = office.get(url).content.decode()
    assert "随派遣认定" in page and f"/office/components/{COVER}/" in page
    assert f"部件 {COVER}" in next(move.facts["why"] for move in moves_of(case) if move.act == "dispatch"), "the ground is kept"
    assert case.number in office.get(f"/office/components/{COVER}/").content.decode()
    assert "这个部件的案件 1" in office.get(f"/office/components/?component={COVER}").content.decode()


def test_another_unit_than_the_owner_keeps_no_component(office: Client, cover: Component, case: Case) -> None:
    url = f"/office/cases/{case.number}/"
    form = dict(re.findall(r'<input type="hidden" name="(seen_moves|offered)" value="([^"]*)"', office.get(url).content.decode()))
    office.post(f"{url}dispatches/", {**form, "kind": "C0101 上水井盖", "unit": "EAST"})

    assert link_of(case) is None


def test_a_person_says_which_component_it_is_or_that_it_is_none(office: Client, cover: Component, case: Case) -> None:
    url = f"/office/cases/{case.number}/component/"
    page = office.get(url).content.decode()
    assert "还没有认定" in page and "6 米" in page and "同小类" in page
    assert office.post(url, {"code": COVER}).status_code == 302
    assert "指挥中心认定" in office.get(url).content.decode()
    assert "认定的部件" in office.get(f"/office/cases/{case.number}/").content.decode()

    office.post(url, {"code": ""})
    assert "这件不涉及部件" in office.get(url).content.decode()
    assert "最近的同类部件" not in office.get(f"/office/cases/{case.number}/").content.decode()
    assert office.post(url, {"code": "4420000101999999"}).status_code == 404


# --- imports ---------------------------------------------------------------------------------------------------------


def _upload(office: Client, content: bytes, name: str = "井盖.csv", datum: str = "cgcs2000") -> ImportBatch:
    scheme = Scheme.objects.get(is_current=True).pk
    answer = office.post(
        "/office/components/imports/", {"file": SimpleUploadedFile(name, content), "datum": datum, "scheme": scheme}
    )
    assert answer.status_code == 302, answer.content.decode()
    return ImportBatch.objects.latest("pk")


def test_a_file_is_looked_at_decided_brought_in_and_taken_back(office: Client) -> None:
    content = HEAD + f"{COVER},环卫处,完好,{LON},{LAT},民权路\n{OTHER},谁家的,完好,{LON},{LAT + 0.001},民权路\n9,,,{LON},{LAT},\n"
    batch = _upload(office, content.encode())
    url = f"/office/components/imports/{batch.pk}/"
    page = office.get(url).content.decode()
    assert "导入 1 行" in page and "有 1 行要您定" in page and "登记的单位里没有" in page and "16 位数字" in page
    assert "您选的坐标系：CGCS2000" in page

    office.post(f"{url}decisions/", {"answer": "accept", "rows": [3]})
    office.post(f"{url}confirmation/")
    run_waiting()
    assert sorted(Component.objects.values_list("code", "owner__code")) == [(COVER, "SAN"), (OTHER, None)]
    book = openpyxl.load_workbook(io.BytesIO(office.get(f"{url}annotated.xlsx").getvalue()))
    assert [row[0] for row in book.active.values] == ["导入结果", "已导入", "已导入", "不能导入"]
    assert f"/office/components/{COVER}/" in office.get(url).content.decode()

    office.post(f"{url}withdrawal/")
    run_waiting()
    assert "已经撤销" in office.get(url).content.decode()
    assert "还没有登记部件" in office.get("/office/components/").content.decode()
    assert "井盖.csv" in office.get("/office/components/imports/").content.decode()
    assert "井盖.csv" not in office.get("/office/imports/").content.decode(), "reports have a list of their own"


def test_the_datum_must_be_said(office: Client) -> None:
    answer = office.post("/office/components/imports/", {"file": SimpleUploadedFile("a.csv", HEAD.encode())})

    assert answer.status_code == 422 and "id_datum" in answer.content.decode()


def test_columns_are_chosen_on_the_page(office: Client) -> None:
    batch = _upload(office, f"甲,经度,纬度\n{COVER},{LON},{LAT}\n".encode())
    url = f"/office/components/imports/{batch.pk}/"
    missing = office.post(f"{url}columns/", {"longitude": "经度"})
    assert missing.status_code == 422

    office.post(f"{url}columns/", {"code": "甲", "longitude": "经度", "latitude": "纬度"})
    assert "导入 1 行" in office.get(url).content.decode()


def test_no_answer_without_a_row_and_none_to_a_row_that_asks_nothing(office: Client) -> None:
    batch = _upload(office, f"{HEAD}{COVER},谁家的,完好,{LON},{LAT},\n".encode())
    url = f"/office/components/imports/{batch.pk}/"
    assert "还没有选行" in office.post(f"{url}decisions/", {"answer": "skip"}, follow=True).content.decode()
    assert "已经定过了" in office.post(f"{url}decisions/", {"answer": "skip", "rows": [7]}, follow=True).content.decode()
    office.post(f"{url}decisions/", {"answer": "skip", "every": "1"})
    assert batch.rows.get().state == "skipped"


def test_units_do_not_keep_the_register(client: Client, small_city: SimpleNamespace) -> None:
    client.force_login(small_city.handler, backend="wenming.organisations.passwords.Accounts")
    for address in ("/office/components/", "/office/components/imports/", "/office/components/new/"):
        assert client.get(address).status_code == 403
