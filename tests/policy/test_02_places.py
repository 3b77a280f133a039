"""Policy 2: public places."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import openpyxl
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT
from wenming.evidence.models import Subject
from wenming.evidence.selectors import exhibits_of
from wenming.evidence.tests.drawings import encoded, scene
from wenming.journal.worker import run_waiting
from wenming.observations.models import ImportBatch, PlaceProposal
from wenming.observations.place_proposals import accept_proposal, propose_place
from wenming.observations.services import Where
from wenming.organisations.models import UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import NotAllowed
from wenming.responsibilities.closure import prove_closure
from wenming.responsibilities.models import Duty, MatrixEntry
from wenming.responsibilities.places.services import raise_due_verifications
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry, give_role
from wenming.standards.places.services import load_place_checklists
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Level, Place, PlaceKind
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, register_place
from wenming.territory.rules.coordinates import Datum

Desk = Callable[[str], Client]
LON, LAT = 113.385, 22.525
HEAD = ["编号", "类别", "名称", "管理单位", "经度", "纬度", "镇街", "普查日期"]


@pytest.fixture
def ground(small_city: SimpleNamespace) -> SimpleNamespace:
    """A city with an east town, the checklists, and the line of the matrix that makes managing bodies answer."""
    box = shapely.box(113.3, 22.4, 113.5, 22.6)
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(box)
        area.save()
    load_place_checklists(by=None, now=FOUNDED_AT)
    give_role("镇街", to=small_city.east, town_code="442000002", on=FOUNDED, by=None, now=FOUNDED_AT)
    small_city.market_hall = found_unit(
        code="HALL", name="河边市场服务公司", short_name="河边市场", kind=UnitKind.CONTRACTOR, parent=small_city.east, on=FOUNDED, by=None,
        now=FOUNDED_AT,
    )  # fmt: skip
    small_city.hall_keeper = open_account(
        username="hall", display_name="hall", role=Role.HANDLER, unit=small_city.market_hall, password="test-Only-2026", by=None,
        now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip
    add_matrix_entry(
        accountable="place", supporting=["town"], basis="公共场所管理单位负责（政策第二条）", order=5, on=FOUNDED, by=None, now=FOUNDED_AT
    )
    return small_city


@pytest.fixture
def market(ground: SimpleNamespace) -> Place:
    return register_place(
        PlaceTelling(PlaceKind.MARKET, "河边农贸市场", manager=ground.market_hall, responsible_post="场长"),
        PlaceWhere(Drawn(shapely.Point(LON, LAT), address="河边路 3 号")), on=date(2026, 3, 1), by=ground.officer, now=timezone.now(),
    )  # fmt: skip


def workbook(*rows: list[object]) -> SimpleUploadedFile:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (HEAD, *rows):
        book.active.append(row)
    book.save(file)
    return SimpleUploadedFile("普查.xlsx", file.getvalue())


def bring(office: Client, *rows: list[object]) -> ImportBatch:
    answer = office.post("/office/places/imports/", {"file": workbook(*rows), "datum": "cgcs2000"})
    assert answer.status_code == 302, answer.content.decode()
    run_waiting()
    return ImportBatch.objects.latest("pk")


@pytest.mark.policy("2.1")
def test_a_dirty_census_comes_in_row_by_row_and_loses_nothing(at_desk: Desk, ground: SimpleNamespace) -> None:
    """Every row ends accepted, asked about or refused with its reason; duplicates are proposed, never merged; counts."""
    office = at_desk("officer")
    rows: list[list[object]] = [
        ["M-1", "农贸市场", "河边农贸市场", "河边市场", LON, LAT, "东区", "2026-03-01"],
        ["", "菜市场", "演示市河边农贸市场", "", LON + 0.0003, LAT, "东区", ""],
        ["", "太空站", "火箭站", "", LON, LAT, "东区", ""],
        ["", "公园", "", "", LON, LAT, "东区", ""],
        ["", "公园", "远处公园", "", 100.0, 22.5, "", ""],
        ["", "公园", "反写公园", "", LAT + 0.02, LON + 0.02, "东区", ""],
        ["", "公交车", "7 路公交车", "别处公司", "", "", "东区", ""],
        ["M-1", "市场", "又一个", "", LON, LAT + 0.02, "东区", ""],
    ]
    batch = bring(office, *rows)
    page = office.get(f"/office/places/imports/{batch.pk}/").content.decode()
    assert "可能和本文件第 2 行“河边农贸市场”" in page and "名称相像" in page, "the two tellings stand side by side"
    states = dict(batch.rows.values_list("position", "state"))
    assert states == {2: "ready", 3: "decide", 4: "refused", 5: "refused", 6: "refused", 7: "decide", 8: "warned", 9: "refused"}
    assert all(batch.rows.exclude(state="ready").values_list("reasons", flat=True)), "whatever is not simply ready says why"
    assert Place.objects.count() == 0, "nothing comes in unseen"

    assert office.post(f"/office/places/imports/{batch.pk}/confirmation/").status_code == 302
    run_waiting()
    assert set(Place.objects.values_list("number", "name")) == {("M-1", "河边农贸市场"), ("13-000001", "7 路公交车")}
    office.post(f"/office/places/imports/{batch.pk}/decisions/", {"answer": "accept", "rows": ["7"]})
    office.post(f"/office/places/imports/{batch.pk}/decisions/", {"answer": "same", "rows": ["3"]})
    run_waiting()
    assert Place.objects.count() == 3, "the turned coordinates were accepted, the second telling of the market was not registered"

    marked = openpyxl.load_workbook(io.BytesIO(office.get(f"/office/places/imports/{batch.pk}/annotated.xlsx").getvalue())).active
    said = [[cell.value for cell in row[:2]] for row in marked.iter_rows(min_row=2)]
    assert len(said) == len(rows) and all(state for state, _why in said), "the file comes back marked, every row of it"
    again = bring(office, *rows[:1])
    assert again.rows.get().state == "known", "the same row again finds itself"

    counted = office.get("/office/places/completeness/").content.decode()
    assert "东区" in counted and "?kind=market" in counted and re.search(r"town=442000002[^>]*>3</a>", counted)
    assert office.get("/office/places/list.csv?kind=market").status_code == 200
    office.post(f"/office/places/imports/{batch.pk}/withdrawal/")
    run_waiting()
    assert not Place.objects.exclude(standing="withdrawn").exists(), "the whole batch can be taken back"


@pytest.mark.policy("2.2")
def test_each_kind_has_its_own_checklist_and_completeness_is_a_figure_per_town(at_desk: Desk, market: Place) -> None:
    """Sixteen kinds, each looked at for its own things; what was answered counts, by town."""
    office, patrol = at_desk("officer"), at_desk("supervisor")
    kinds = office.get("/office/places/checklists/").content.decode()
    assert all(str(label) in kinds for label in PlaceKind.labels) and kinds.count("示例，上线前请核对") == 16
    form = patrol.get(f"/field/place/{market.number}/").content.decode()
    assert "公平秤在位" in form and "安全锤" not in form, "a market is not looked at for what a bus needs"
    before = office.get("/office/places/completeness/").content.decode()
    dossier = office.get(f"/office/places/{market.number}/").content.decode()
    lacks, owed = re.search(r"档案还缺：</b>(.*?)</p>", dossier), re.search(r"管理单位的责任还没有登记：</b>(.*?)</p>", dossier)
    assert lacks and "项没有答" in lacks[1] and "公约" not in lacks[1], "what the percentage counts"
    assert owed and "公约" in owed[1] and "不算在里面" in dossier, "what it does not count is told apart"

    items = re.findall(r'name="(answer_[A-Z]{2}-\d+)" id="[^"]+_yes"', form)
    answers = dict.fromkeys(items, "yes") | {items[0]: "no", items[1]: "none"}
    sent = {**answers, "condition": "worn", "note": "摊位线磨没了", "client_id": "look-1"}
    assert patrol.post(f"/field/place/{market.number}/looks/", sent).status_code == 302
    assert patrol.post(f"/field/place/{market.number}/looks/", sent).status_code == 302, "sent again by a phone without network"

    market.refresh_from_db()
    assert market.verifications.count() == 1 and (market.answered, market.failed) == (len(items), 1)
    assert market.condition == "worn" and market.complete_percent(0) == 100
    after = office.get("/office/places/completeness/").content.decode()
    whole = 4 + len(items)
    assert f"<small>3/{whole}</small>" in before and f"<small>{whole}/{whole}</small>" in after, "nobody had said its condition"
    assert "不到位" in office.get(f"/office/places/{market.number}/?on={timezone.localdate().isoformat()}").content.decode()
    assert market.name in office.get("/office/places/?gap=failed").content.decode()


@pytest.mark.policy("2.3")
def test_any_past_state_is_read_as_of_a_date_and_what_is_due_is_listed(at_desk: Desk, ground: SimpleNamespace, market: Place) -> None:
    """Who, when, what; the dossier of a day; overdue places are listed and owed by their managing body."""
    office = at_desk("officer")
    told = {"kind": "market", "name": "河边生鲜市场", "manager": "HALL", "condition": "unknown", "datum": "cgcs2000", "address": "河边路 3 号"}
    changed = {**told, "reason": "换了招牌", "on": "2026-06-01", "edition": 1}
    assert office.post(f"/office/places/{market.number}/corrections/", changed).status_code == 302
    assert office.post(f"/office/places/{market.number}/corrections/", changed).status_code == 409, "somebody else was quicker"
    late = office.post(f"/office/places/{market.number}/closure/", {"reason": "拆迁", "on": "2026-05-01", "edition": 2})
    assert late.status_code == 422 and "不能更早" in late.content.decode()

    page = office.get(f"/office/places/{market.number}/?on=2026-04-15").content.decode()
    assert "名称 河边农贸市场→河边生鲜市场" in page and "换了招牌" in page and "officer" in page
    assert re.search("2026-04-15 那天：</b>河边农贸市场", page)
    assert re.search("2026-07-01 那天：</b>河边生鲜市场", office.get(f"/office/places/{market.number}/?on=2026-07-01").content.decode())
    assert "还没有登记。" in office.get(f"/office/places/{market.number}/?on=2026-02-01").content.decode()

    assert market.number in office.get("/office/places/?due=late").content.decode()
    assert raise_due_verifications(timezone.now()) == 1 and raise_due_verifications(timezone.now()) == 0, "owed once"
    duty = Duty.objects.get(kind="place.verify")
    assert (duty.owner, duty.supervisor) == (ground.market_hall, ground.east)
    assert "河边市场要在" in office.get(f"/office/places/{market.number}/").content.decode()
    assert "核对公共场所" in at_desk("hall_keeper").get("/unit/").content.decode()
    looked = at_desk("hall_keeper").post(f"/field/place/{market.number}/looks/", {"condition": "good", "answer_MK-1": "yes"})
    assert looked.status_code == 302
    duty.refresh_from_db()
    assert duty.state == "discharged"
    assert market.number not in office.get("/office/places/?due=late").content.decode()
    market.refresh_from_db()
    assert market.due_on == timezone.localdate() + timedelta(days=60)


@pytest.mark.policy("2.4")
def test_a_place_without_pact_guides_or_body_is_a_gap_and_its_plate_opens_its_page(
    at_desk: Desk, citizen: Client, ground: SimpleNamespace, market: Place
) -> None:
    """Gaps are listed until they are filled; the QR code leads to who manages, what is promised, and the form."""
    office = at_desk("officer")
    bare = register_place(PlaceTelling(PlaceKind.PARK, "河滨公园"), PlaceWhere(Drawn(shapely.Point(LON, LAT + 0.03))),
                          on=FOUNDED, by=ground.officer, now=timezone.now())  # fmt: skip
    for gap in ("pact", "guides", "education"):
        listed = office.get(f"/office/places/?gap={gap}").content.decode()
        assert market.name in listed and bare.name in listed, gap
    assert bare.name in (body := office.get("/office/places/?gap=body").content.decode()) and market.name not in body

    keeper = at_desk("hall_keeper")
    assert keeper.get(f"/office/places/{bare.number}/").status_code == 404, "another body's dossier"
    today, here = timezone.localdate().isoformat(), f"/office/places/{market.number}/"
    assert keeper.post(f"{here}pacts/", {"text": "不占道，不乱扔。", "posted_on": today}).status_code == 302
    roster = {"name": "阿叔", "weekdays": ["1", "2", "3", "4", "5"], "begins": "07:00", "ends": "10:00", "since": today}
    assert keeper.post(f"{here}guides/", roster).status_code == 302
    assert keeper.post(f"{here}educations/", {"held_on": today, "topic": "垃圾分类", "people": "40"}).status_code == 302
    for gap in ("pact", "guides", "education"):
        assert market.name not in office.get(f"/office/places/?gap={gap}").content.decode(), gap

    plates = office.get(f"/office/places/plates/?place={market.number}").content.decode()
    assert market.short_code in plates and '<svg class="qr"' in plates and "style=" not in plates
    page = citizen.get(f"/q/{market.short_code}/").content.decode()
    assert "河边市场服务公司" in page and "由东区督促" in page and "不占道，不乱扔。" in page and "周一至周五" in page
    assert "阿叔" not in page, "whoever guides is nobody's business"
    assert f"/report/?place={market.short_code}" in page
    assert citizen.get(f"/q/{market.short_code.lower()}/").url == f"/q/{market.short_code}/", "typed from the plate by hand"
    assert citizen.get("/q/P0000000/").status_code == 404
    assert "您在“河边农贸市场”" in citizen.get(f"/report/?place={market.short_code}").content.decode()


@pytest.mark.policy("2.5")
def test_from_a_scanned_plate_to_a_corrected_verified_case(
    at_desk: Desk, reported: Callable[..., Case], citizen: Client, ground: SimpleNamespace, market: Place
) -> None:
    """Scan, report, the managing body owes it with the town as supervisor, corrects it, somebody else verifies it."""
    case = reported("过道堆满纸箱", place=market.short_code, category="rubbish")
    assert case.place == market and case.placement.point == (LON, LAT), "nobody had to write where it is"

    centre = at_desk("dispatcher")
    page = centre.get(f"/office/cases/{case.number}/").content.decode()
    assert f"/office/places/{market.number}/" in page
    case.refresh_from_db()
    given = case.moves.get(act="give_to_body")
    assert case.unit == ground.market_hall == given.unit and "由河边市场服务公司管理" in given.facts["why"], "nobody had to decide whose it is"
    assert case.handling.supervisor == ground.east and case.handling.owner == ground.market_hall

    at_desk("hall_keeper").post(f"/unit/cases/{case.number}/answers/", {"text": "纸箱已清走"})
    at_desk("supervisor").post(f"/field/task/{case.number}/verifications/", {"found": "yes"})
    centre.post(f"/office/cases/{case.number}/closure/")
    case.refresh_from_db()
    assert case.state == State.CLOSED and case.verifications.get(stage="after").by.username == "supervisor"
    assert case.number in at_desk("officer").get(f"/office/places/{market.number}/").content.decode(), "the dossier tells of it"
    Case.objects.filter(pk=case.pk).update(closed_at=case.closed_at - timedelta(days=2))
    assert case.title in citizen.get(f"/q/{market.short_code}/").content.decode(), "and so does the page at the spot"


def look(desk: Client, place: Place, answers: dict[str, str], **more: str) -> None:
    """Look at the place and hand in the answers, as the phone's outbox does; what follows has followed."""
    sent = {f"answer_{key}": answer for key, answer in answers.items()} | {"condition": "good", **more}
    answer = desk.post(f"/field/place/{place.number}/looks/", sent, headers={"accept": "application/json"})
    assert answer.status_code in {200, 201}, answer.content.decode()
    run_waiting()


@pytest.mark.policy("2.5")
def test_what_a_look_finds_wanting_is_the_managing_bodys_until_somebody_else_has_looked_again(
    at_desk: Desk, ground: SimpleNamespace, market: Place
) -> None:
    """A “no” opens a case by itself, once; it joins what is open; looked at again it goes back, or ends."""
    patrol, keeper = at_desk("supervisor"), at_desk("hall_keeper")
    look(patrol, market, {"MK-1": "no", "CL-1": "no", "CL-2": "yes"}, client_id="first")
    look(patrol, market, {"MK-1": "no", "CL-1": "no", "CL-2": "yes"}, client_id="first")
    about = {case.place_findings.get().item: case for case in Case.objects.filter(place=market)}
    assert set(about) == {"MK-1", "CL-1"} and Case.objects.count() == 2
    scale = about["MK-1"]
    for case in about.values():
        assert (case.state, case.unit, case.placement.point) == (State.DISPATCHED, ground.market_hall, (LON, LAT))
        assert (case.handling.owner, case.handling.supervisor) == (ground.market_hall, ground.east), "its town sees to it"
    assert scale.title == "不到位：摊位划线清楚、通道够宽"
    assert scale.number in keeper.get("/unit/").content.decode()
    asked = patrol.get(f"/field/place/{market.number}/").content.decode()
    assert f"已有案件 {scale.number}：河边市场" in asked and "自动成为案件" in asked

    look(patrol, market, {"MK-1": "no"})
    assert Case.objects.count() == 2 and scale.place_findings.count() == 2, "found again, it joins what is open"
    keeper.post(f"/unit/cases/{scale.number}/answers/", {"text": "秤已送检"})
    look(keeper, market, {"MK-1": "yes"})
    scale.refresh_from_db()
    assert scale.state == State.ANSWERED, "nobody verifies what was theirs to do"
    look(patrol, market, {"MK-1": "no"})
    scale.refresh_from_db()
    assert scale.state == State.DISPATCHED and "复查仍不到位" in scale.moves.get(act="send_back").reason
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    look(patrol, market, {"MK-1": "yes", "OR-1": "no"}, seen_on=yesterday)
    scale.refresh_from_db()
    assert scale.state == State.DISPATCHED, "a phone that was without network tells of yesterday: somebody has looked since"
    assert Case.objects.count() == 3, "but what nobody has answered since is heard"

    look(patrol, market, {"MK-1": "yes", "CL-1": "yes", "OR-1": "none"})
    assert set(Case.objects.values_list("state", flat=True)) == {State.CLOSED}
    scale.refresh_from_db()
    assert scale.verifications.get(holds=True).by.username == "supervisor" and scale.handling is None
    look(patrol, market, {"MK-1": "no"})
    assert Case.objects.count() == 4, "what breaks again is another matter"


@pytest.mark.policy("2.5")
def test_where_the_body_is_no_unit_its_town_answers_and_without_a_line_the_centre_decides(
    at_desk: Desk, ground: SimpleNamespace, market: Place
) -> None:
    Place.objects.filter(pk=market.pk).update(manager=None, manager_name="别处公司")
    look(at_desk("supervisor"), market, {"MK-1": "no"})
    case = Case.objects.get()
    assert case.unit == ground.east and "还不是系统里的单位" in case.moves.get(act="give_to_body").facts["why"]

    line = MatrixEntry.objects.get(accountable="place")
    end_matrix_entry(line, on=timezone.localdate(), by=ground.officer, now=timezone.now())
    look(at_desk("supervisor"), market, {"CL-1": "no"})
    assert Case.objects.exclude(pk=case.pk).get().state == State.COLLECTED, "no line says whose it is"


@pytest.mark.policy("2.5")
def test_the_matrix_says_why_the_managing_body_answers(reported: Callable[..., Case], ground: SimpleNamespace, market: Place) -> None:
    """The rule is explained; a body that is no unit here leaves it to the next line, and the answer says for whom."""
    from wenming.cases.selectors import suggestion

    case = reported("桶边有散落垃圾", place=market.short_code)
    said = suggestion(case, timezone.now(), ground.overflow)
    assert said is not None and said.unit == ground.market_hall
    assert f"公共场所 {market.number} 河边农贸市场的管理单位" in said.answer.why

    elsewhere = suggestion(reported("桶满了"), timezone.now(), ground.overflow)
    assert elsewhere is not None and elsewhere.unit == ground.sanitation, "a report from the street is not the market's"
    Place.objects.filter(pk=market.pk).update(manager=None, manager_name="别处公司")
    silent = suggestion(case, timezone.now(), ground.overflow)
    assert silent is not None and silent.unit == ground.sanitation
    assert any("别处公司" in why and "本条不适用" in why for _unit, _line, why in silent.answer.alternatives)


@pytest.mark.policy("2.5")
def test_a_problem_found_on_the_street_is_tracked_to_a_verified_correction(
    at_desk: Callable[[str], Client], small_city: object
) -> None:
    """Whoever patrols finds, the centre dispatches, the unit corrects, somebody else verifies."""
    patrol, centre = at_desk("supervisor"), at_desk("dispatcher")
    answer = patrol.post("/field/find/", {"text": "桶边有散落垃圾", "address": "民权路", "client_id": "patrol-1"})
    assert answer.status_code in {302, 303}
    case = Case.objects.get()

    kind = "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"
    centre.post(f"/office/cases/{case.number}/dispatches/", {"kind": kind, "unit": "SAN"})
    at_desk("handler").post(f"/unit/cases/{case.number}/answers/", {"text": "已清理"})
    assert "已清理" in patrol.get(f"/field/task/{case.number}/").content.decode()
    patrol.post(f"/field/task/{case.number}/verifications/", {"found": "yes"})
    centre.post(f"/office/cases/{case.number}/closure/")

    case.refresh_from_db()
    assert case.state == State.CLOSED and case.verifications.get(stage="after").by.username == "supervisor"


@pytest.mark.policy("2.5")
def test_every_place_has_one_body_and_one_town_or_the_proof_lists_it(at_desk: Desk, ground: SimpleNamespace, market: Place) -> None:
    """The closure proof speaks of places; another managing body says what it would open before it is made."""
    today = timezone.localdate()
    bare = register_place(PlaceTelling(PlaceKind.PARK, "河滨公园"), PlaceWhere(Drawn(shapely.Point(LON, LAT + 0.03))),
                          on=FOUNDED, by=ground.officer, now=timezone.now())  # fmt: skip
    report = prove_closure(today, by=None, now=timezone.now())
    told = report.content["places"]
    assert (told["known"], told["has_line"]) == (2, True)
    assert [(one["kind"], one["numbers"]) for one in told["openings"]] == [("no-body", [bare.number])]
    page = at_desk("officer").get(f"/office/who/proof/{report.number}/").content.decode()
    assert "没有管理单位" in page and f"/office/places/{bare.number}/" in page and f"/office/places/{market.number}/" not in page
    rows = at_desk("officer").get(f"/office/who/proof/{report.number}/open.csv").getvalue().decode()
    assert bare.number in rows

    add_matrix_entry(accountable="unit:SAN", basis="另一份文件", order=5, on=FOUNDED, by=None, now=FOUNDED_AT)
    doubled = prove_closure(today, by=None, now=timezone.now()).content["places"]["openings"]
    assert [(one["kind"], one["numbers"], one["units"]) for one in doubled if one["kind"] == "two-bodies"] == [
        ("two-bodies", [market.number], ["HALL", "SAN"])
    ]

    told = {"kind": "market", "name": market.name, "manager": "", "condition": "unknown", "datum": "cgcs2000", "address": "河边路 3 号"}
    change = {**told, "reason": "合同到期", "on": today.isoformat(), "edition": 1}
    office = at_desk("officer")
    warned = office.post(f"/office/places/{market.number}/corrections/", change)
    assert warned.status_code == 422 and "没有登记管理单位" in warned.content.decode() and "看过了，照这样改" in warned.content.decode()
    market.refresh_from_db()
    assert market.manager == ground.market_hall, "said before it is made"
    assert office.post(f"/office/places/{market.number}/corrections/", {**change, "sure": "on"}).status_code == 302
    market.refresh_from_db()
    assert market.manager is None
    back = {**change, "manager": "HALL", "edition": 2}
    assert office.post(f"/office/places/{market.number}/corrections/", back).status_code == 302, "what opens nothing asks nothing"


@pytest.mark.policy("2.1")
def test_a_place_found_on_the_street_is_a_proposal_until_the_office_has_said_which_it_is(
    at_desk: Desk, ground: SimpleNamespace, market: Place
) -> None:
    """Told once however often the phone sends it; new, one that is there already, or not to be registered, and why."""
    patrol, office = at_desk("supervisor"), at_desk("officer")
    assert "册上没有，登记新场所" in patrol.get("/field/place/").content.decode()

    def propose(name: str, key: str, **more: object) -> int:
        sent = {"kind": "market", "name": name, "longitude": LON + 0.0002, "latitude": LAT, "client_id": key, **more}
        return patrol.post("/field/place/new/", sent, headers={"accept": "application/json"}).status_code

    assert propose("河边的农贸市场", "n1") == 201 and propose("河边的农贸市场", "n1") == 200, "a phone that sends again gets its receipt again"
    assert propose("", "n2") == 422 and propose("外地公园", "n3", longitude=100.0) == 422
    assert propose("新开的公园", "n4", kind="park", latitude=LAT + 0.02) == 201
    assert propose("看错的", "n5", kind="hotel", latitude=LAT + 0.03) == 201
    assert Place.objects.count() == 1 and PlaceProposal.objects.count() == 3, "nothing enters the register by itself"

    page = office.get("/office/places/proposals/").content.decode()
    assert "河边的农贸市场" in page and "名称相像" in page and page.count("就是这一个") == 1, "only what may be one stands beside it"
    same, new, wrong = PlaceProposal.objects.order_by("pk")
    assert at_desk("hall_keeper").get("/office/places/proposals/").status_code == 403

    def decide(one: PlaceProposal, **answer: str) -> int:
        return office.post(f"/office/places/proposals/{one.pk}/verdict/", answer).status_code

    assert decide(same, answer="join", place=market.number) == 302 and decide(same, answer="accept") == 404, "decided once"
    assert decide(new, answer="accept") == 302
    assert decide(wrong, answer="refuse") == 422 and decide(wrong, answer="refuse", reason="是住宅楼") == 302
    park = Place.objects.exclude(pk=market.pk).get()
    assert (park.name, park.kind, park.origin) == ("新开的公园", "park", "patrol")
    assert park.placement.point == pytest.approx((LON + 0.0002, LAT + 0.02))
    assert (same.end.place, new.end.place, wrong.end.place) == (market, park, None)
    assert office.get("/office/places/proposals/").content.decode().count("就是这一个") == 0


@pytest.mark.policy("2.5")
def test_the_town_sees_to_what_a_managing_body_owes(
    at_desk: Desk, ground: SimpleNamespace, market: Place
) -> None:
    """It reads what is owed under its eyes, reminds the body, finds it unmended or mended on the spot; nobody else does."""
    look(at_desk("supervisor"), market, {"MK-1": "no"})
    case, town, keeper, other = Case.objects.get(), at_desk("east_handler"), at_desk("hall_keeper"), at_desk("west_handler")
    page, here = town.get("/unit/places/").content.decode(), f"/unit/cases/{case.number}/"
    assert case.title in page and "河边农贸市场" in page and "由本单位督促的 1" in " ".join(page.split())
    for stranger in (keeper, other, at_desk("handler")):
        assert case.title not in stranger.get("/unit/places/").content.decode()
        assert stranger.post(f"{here}reminders/", {"words": ""}).status_code == 404
        assert stranger.post(f"{here}looks/", {"mended": "yes"}).status_code == 404

    assert "督促整改" in town.get(here).content.decode() and "督促整改" not in keeper.get(here).content.decode()
    assert town.post(f"{here}reminders/", {"words": "明早有检查"}).status_code == 302
    run_waiting()
    assert "东区催办：明早有检查" in keeper.get("/unit/notices/").content.decode()
    again = town.post(f"{here}reminders/", {"words": ""})
    assert again.status_code == 409 and "今天已经催过一次" in again.content.decode()
    assert "1 次，最近" in town.get("/unit/places/").content.decode()

    undone = town.post(f"{here}looks/", {"mended": "no", "note": "还在"})
    assert undone.status_code == 422, "the body has not said that it is done"
    keeper.post(f"{here}answers/", {"text": "已清走"})
    assert "请到现场看过再了结" in town.get("/unit/places/").content.decode()
    assert town.post(f"{here}reminders/", {"words": ""}).status_code == 409
    unsaid = town.post(f"{here}looks/", {"mended": "no", "note": ""})
    assert unsaid.status_code == 422 and "还差什么" in unsaid.content.decode()
    assert town.post(f"{here}looks/", {"mended": "no", "note": "过道还堵着"}).status_code == 302
    case.refresh_from_db()
    assert case.state == State.DISPATCHED and "过道还堵着" in keeper.get(here).content.decode()

    keeper.post(f"{here}answers/", {"text": "这回清完了"})
    seen = {"mended": "yes", "note": "看过，清完了", "photos": SimpleUploadedFile("看过.jpg", encoded(scene(5, 160, 120)), "image/jpeg")}
    assert town.post(f"{here}looks/", seen).status_code == 302
    case.refresh_from_db()
    row = case.verifications.get(holds=True)
    assert case.state == State.CLOSED and row.by_unit == ground.east and exhibits_of(Subject("verification", str(row.pk)))
    assert town.post(f"{here}looks/", {"mended": "yes"}).status_code == 404, "it is over"
    assert "现在没有要督促的" in town.get("/unit/places/").content.decode()


@pytest.mark.policy("2.1")
def test_a_town_decides_what_was_found_in_it_and_not_beyond(at_desk: Desk, ground: SimpleNamespace, market: Place) -> None:
    west = Area(code="442000004", level=Level.TOWN, name="西区", short_name="西区", kind="街道", valid_from=date(2020, 1, 1))
    west.parent = Area.objects.get(level=Level.CITY)
    west.set_geometry(shapely.box(113.1, 22.4, 113.3, 22.6))
    west.save()
    here, there = (
        propose_place(kind="park", name=name, where=Where(lon, LAT, datum=Datum.CGCS2000, source="map"), seen_on=timezone.localdate(),
                      by=ground.supervisor, now=timezone.now())
        for name, lon in (("东区口袋公园", LON), ("西区口袋公园", 113.2))
    )  # fmt: skip
    town = at_desk("east_handler")
    page = town.get("/unit/places/").content.decode()
    assert "东区口袋公园" in page and "西区口袋公园" not in page
    assert "东区口袋公园" not in at_desk("handler").get("/unit/places/").content.decode(), "a department has no ground"
    assert town.post(f"/unit/places/proposals/{there.pk}/verdict/", {"answer": "accept"}).status_code == 404
    with pytest.raises(NotAllowed):
        accept_proposal(there, by=ground.east_handler, now=timezone.now())

    assert town.post(f"/unit/places/proposals/{here.pk}/verdict/", {"answer": "accept"}).status_code == 302
    made = Place.objects.get(name="东区口袋公园")
    assert made.placement.town.code == "442000002" and made.editions.get().by == ground.east_handler
    assert at_desk("officer").post(f"/office/places/proposals/{here.pk}/verdict/", {"answer": "accept"}).status_code == 404, "decided once"
    with pytest.raises(NotAllowed):
        register_place(
            PlaceTelling(PlaceKind.PARK, "别处公园"), PlaceWhere(Drawn(shapely.Point(113.2, LAT))), on=timezone.localdate(),
            by=ground.east_handler, now=timezone.now(),
        )  # fmt: skip
