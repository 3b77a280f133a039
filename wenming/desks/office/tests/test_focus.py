"""重点问题 at the office: the ten side by side, one with its rows, its plans and walks, its definition."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from wenming.cases.models import Case
from wenming.cases.services import collect
from wenming.observations.models import Patrol, PatrolPlan
from wenming.observations.patrols.services import see_point
from wenming.organisations.models import Account
from wenming.responsibilities.models import Duty
from wenming.standards.focus.selectors import focus
from wenming.standards.focus.services import load_focuses, publish_focus
from wenming.standards.models import FocusEdition
from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
from wenming.territory.models import Area, Level, Placement, Source

Sit = Callable[[Account], Client]
HREF = re.compile(r'href="([^"]+)"')


@pytest.fixture
def office(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


@pytest.fixture
def corners(small_city: SimpleNamespace) -> FocusEdition:
    """卫生死角 by this city's own scheme."""
    now = timezone.now() - timedelta(days=400)
    load_focuses(by=None, now=now)
    items = (ItemFacts("C1", "没有积存垃圾", "有垃圾记不合格", "TEST:E0192"), ItemFacts("C2", "没有污水", "有污水记不合格"))
    facts = FocusFacts("corners", "卫生死角", 6, 7, ("TEST:E01*",), items, source="测试")
    return publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=now)


@pytest.fixture
def east(small_city: SimpleNamespace) -> Area:
    return Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道",
        valid_from=timezone.localdate() - timedelta(days=900), label_lon=113.40, label_lat=22.51,
    )  # fmt: skip


@pytest.fixture
def full_bin(small_city: SimpleNamespace, report: Callable[..., object], east: Area) -> Case:
    now = timezone.now() - timedelta(days=2)
    case = collect(report(problem_type=small_city.overflow, now=now).report, now=now)  # type: ignore[attr-defined]
    place = Placement.objects.create(
        longitude=113.38, latitude=22.51, source=Source.MAP, address="民权路口", created_at=now, town=east
    )
    Case.objects.filter(pk=case.pk).update(placement=place)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def patrol(office: Client, corners: FocusEdition, full_bin: Case) -> Patrol:
    """Planned at the desk; due at once."""
    given = {"area_kind": "town", "area_name": "东区", "unit": "EAST", "cycle_days": "7", "starts_on": str(timezone.localdate())}
    assert office.post("/office/focus/corners/plans/additions/", given).status_code == 302
    return Patrol.objects.get()


def test_before_they_are_loaded_the_page_says_how(office: Client, small_city: SimpleNamespace) -> None:
    assert "load_standards" in office.get("/office/focus/").content.decode()


def test_the_ten_stand_side_by_side_and_each_number_opens_its_rows(office: Client, corners: FocusEdition, full_bin: Case) -> None:
    page = office.get("/office/focus/").content.decode()

    assert page.index("无照流动经营") < page.index("卫生死角") < page.index("河涌")
    links = [url.replace("&amp;", "&") for url in HREF.findall(page) if "/corners/cases/" in url]
    assert len(links) == 5
    new = next(url for url in links if "figure=new" in url)
    rows = office.get(new).content.decode()
    assert full_bin.number in rows and "1 件" in rows
    assert full_bin.number not in office.get(new.replace("/corners/", "/waters/")).content.decode()


def test_one_focus_tells_its_trend_its_places_and_its_checklist(office: Client, corners: FocusEdition, full_bin: Case) -> None:
    page = office.get("/office/focus/corners/").content.decode()

    assert "上一年没有数据" in page and 'class="trend"' in page
    assert "没有积存垃圾" in page and "按惯例重构，待核对" in page
    assert "还没有巡查计划" in page
    for url in {url.replace("&amp;", "&") for url in HREF.findall(page) if url.startswith("/office/focus/")}:
        assert office.get(url).status_code == 200, url


def test_every_figure_leaves_as_a_file_too(office: Client, corners: FocusEdition, full_bin: Case) -> None:
    table = load_workbook(io.BytesIO(b"".join(office.get("/office/focus/table.xlsx").streaming_content))).active
    lines = {row[0]: row for row in table.iter_rows(values_only=True)}
    assert (len(lines) == 11 and lines["卫生死角"][1:4] == (1, 0, 1)) or lines["卫生死角"][3] == 1
    one = b"".join(office.get("/office/focus/corners/table.csv").streaming_content).decode("utf-8-sig")
    assert one.startswith("卫生死角,数,上期,去年同期") and "没有污水,0,0,0" in one
    rows = b"".join(office.get("/office/focus/corners/cases.csv?figure=open").streaming_content).decode("utf-8-sig")
    assert full_bin.number in rows


def test_a_plan_makes_a_walk_a_duty_and_says_what_is_missing(
    office: Client, patrol: Patrol, sit_down: Sit, small_city: SimpleNamespace
) -> None:
    assert patrol.duty.owner == small_city.east and Duty.objects.filter(kind="patrol.walk").count() == 1
    page = office.get("/office/focus/corners/plans/").content.decode()
    assert "东区" in page and "周期内没看完" in page
    again = {"area_kind": "town", "area_name": "东区", "unit": "EAST", "cycle_days": "7", "starts_on": "2026-01-01"}
    answer = office.post("/office/focus/corners/plans/additions/", again)
    assert answer.status_code == 422 and "已经有计划" in answer.content.decode()
    nowhere = office.post("/office/focus/corners/plans/additions/", {**again, "area_name": "哪里"})
    assert nowhere.status_code == 422 and "没找到“哪里”" in nowhere.content.decode()
    assert sit_down(small_city.leader).get("/office/focus/corners/plans/").status_code == 200
    assert sit_down(small_city.leader).post("/office/focus/corners/plans/additions/", again).status_code == 403
    assert sit_down(small_city.handler).get("/office/focus/").status_code == 403


def test_a_walk_says_why_each_point_and_what_was_seen_there(office: Client, patrol: Patrol, small_city: SimpleNamespace) -> None:
    page = office.get(f"/office/focus/patrols/{patrol.number}/").content.decode()
    assert "近 90 天 1 件" in page and "还没看" in page

    now = timezone.now()
    see_point(
        patrol.points.get(), seen="fine", answers={}, seen_at=now, by=small_city.east_patrol, now=now, report_of=lambda item: None
    )

    assert "看了，没问题" in office.get(f"/office/focus/patrols/{patrol.number}/").content.decode()
    one = office.get("/office/focus/corners/").content.decode()
    assert "1 个计划，1 个在自己的周期内看完过" in one and "100.0%" in one
    looks = next(url.replace("&amp;", "&") for url in HREF.findall(one) if "seen=fine" in url)
    assert patrol.number in office.get(looks).content.decode()
    assert patrol.number in office.get("/office/focus/corners/walks/?state=walked").content.decode()


def test_a_plan_can_be_ended(office: Client, patrol: Patrol) -> None:
    assert office.post(f"/office/focus/plans/{patrol.plan_id}/ending/").status_code == 302

    assert PatrolPlan.objects.get().ended_at is not None
    assert "已停用" in office.get("/office/focus/corners/plans/").content.decode()


def test_the_next_version_shows_its_effects_first(office: Client, corners: FocusEdition, full_bin: Case, desk: Client) -> None:
    given = {
        "version": "2", "cycle_days": "14", "patterns": "TEST:C0101", "reason": "",
        "items": "C1|没有积存垃圾|有垃圾记不合格|TEST:E0192\nC3|没有蚊虫|有积水孑孓记不合格",
    }  # fmt: skip
    publish = "/office/focus/corners/edition/publication/"
    preview = office.post(publish, {**given, "preview": "1"}).content.decode()
    assert "从 1 件变成 0 件" in preview and "清单加 1 项、去 1 项" in preview
    assert focus("corners").version == 2

    assert "请写一句再发布" in office.post(publish, {**given, "publish": "1"}).content.decode()
    assert office.post(publish, {**given, "publish": "1", "reason": "按本市文件"}).status_code == 302
    made = focus("corners")
    assert (made.version, made.cycle_days, [item.key for item in made.items.all()]) == (3, 14, ["C1", "C3"])
    assert "按本市文件" in office.get("/office/focus/corners/edition/").content.decode()
    unknown = office.post(publish, {**given, "version": "3", "patterns": "TEST:E9999", "publish": "1"})
    assert unknown.status_code == 422 and "没有这样的小类" in unknown.content.decode()
    assert desk.post(publish, given).status_code == 403
