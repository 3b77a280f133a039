"""Policy 3: frontages 门前三包."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY
from wenming.documents.models import Document
from wenming.evidence.tests.drawings import encoded, scene
from wenming.journal.worker import run_waiting
from wenming.observations.models import Channel, FrontageReport
from wenming.refusals import NotAllowed
from wenming.responsibilities.frontages.selectors import balance_of, facts_of, whole_balance
from wenming.responsibilities.frontages.services import Covered, issue_area_notice, make_contract
from wenming.responsibilities.models import FrontageMatter, FrontageStep, StepTerm
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.standards.models import EstablishRule, ProblemType, Scheme
from wenming.territory.frontages.selectors import faults_of, sides_of
from wenming.territory.models import Premises

LAW = "《中山市市容和环境卫生管理条例》第十一条"
AtDesk = Callable[[str], Client]


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", encoded(scene(), quality=80), "image/jpeg")


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address} {answer.status_code}"
    return str(answer.content.decode())


@pytest.mark.policy("3.1")
def test_contractor_service_areas_and_shop_registers_reconcile_on_the_map(street_city: SimpleNamespace, at_desk: AtDesk) -> None:
    """Premises stand under their community; the contractor's list and area are laid over the register, differences listed."""
    city, office = street_city, at_desk("officer")
    new = {"name": "安康药房", "kind": "shop", "door": "民权路 8 号", "longitude": "113.3852", "latitude": "22.5249", "datum": "cgcs2000",
           "on": "2026-03-01"}  # fmt: skip
    assert office.post("/office/shops/new/", new).status_code == 302
    assert "东坊社区" in read(office, "/office/shops/?q=安康药房")

    make_contract(
        "HT-1", city.sweepers, town_code=city.town.code, since=MONDAY.date(), to=MONDAY.date() + timedelta(days=365), terms="每日两扫",
        promised_on_time_percent=95, areas=[Covered(city.street, "left", 0, 4_000)], listed=[city.tea.number, "M999999"],
        by=city.officer, now=MONDAY,
    )  # fmt: skip
    page = read(office, "/office/contracts/HT-1/")
    assert "阿婆面馆" in page and "在承包范围，清单上没有" in page
    assert "M999999" in page and "清单上有，登记里没有" in page
    assert 'class="map-pin is-late"' in page and 'class="map-pin is-done"' in page, "both kinds stand on the map"
    assert "约定按时办结率 95%" in page


@pytest.mark.policy("3.1")
def test_the_list_that_a_community_hands_in_comes_in_row_by_row(street_city: SimpleNamespace, at_desk: AtDesk) -> None:
    """Every row ends accepted, asked about or refused with its reason; the file comes back marked; the whole is taken back."""
    office = at_desk("officer")
    head = "店名,类型,门牌号,负责人,道路,方位,起点,终点,备注"
    told = [
        "米铺,店铺,民权路 2 号,店长,民权路,南侧,0,10,", "布店,店铺,民权路 4 号,陈某,民权路,南侧,10,20,13800138000",
        "清和茶铺,店铺,民权路 1 号,,民权路,北侧,0,18,", "书店,店铺,民权路 3 号,,民权路,北侧,15,25,", ",店铺,民权路 6 号,,民权路,南侧,20,30,",
    ]  # fmt: skip
    file = SimpleUploadedFile("沿街.csv", "\n".join([head, *told]).encode())
    given = {"file": file, "datum": "cgcs2000", "depth_m": "3", "boundary": "墙基到路缘石"}
    answer = office.post("/office/shops/imports/", given)
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"]
    assert "正在检查每一行：5 行里看了 0 行" in read(office, address)
    run_waiting()

    page = read(office, address)
    assert "缺少名称" in page and "重叠 5.0 米" in page and "是同一家" in page and "姓名和号码不登记" in page
    assert "13800138000" not in page and city_shops() == {"清和茶铺", "阿婆面馆", "顺风单车行"}, (
        "nothing comes in unseen"
    )
    office.post(f"{address}confirmation/")
    run_waiting()
    assert city_shops() >= {"米铺", "布店"}
    office.post(f"{address}decisions/", {"answer": "accept", "rows": ["5"]})
    office.post(f"{address}decisions/", {"answer": "same", "rows": ["4"]})
    run_waiting()
    assert city_shops() == {"清和茶铺", "阿婆面馆", "顺风单车行", "米铺", "布店", "书店"}
    assert "overlap" in {one.kind for one in faults_of(sides_of([street_city.street]))}, (
        "accepted, and listed as an overlap"
    )
    assert office.get(f"{address}annotated.xlsx").status_code == 200
    office.post(f"{address}withdrawal/")
    run_waiting()
    assert city_shops() == {"清和茶铺", "阿婆面馆", "顺风单车行"}


def city_shops() -> set[str]:
    return set(Premises.objects.filter(closed_on=None).values_list("name", flat=True))


@pytest.mark.policy("3.2")
def test_every_metre_of_a_managed_street_has_a_responsible_frontage_or_is_listed_as_a_gap(
    street_city: SimpleNamespace, at_desk: AtDesk
) -> None:
    """The street's page adds up to its whole length; agreements have three duties with their ground, and are renewed."""
    city, office = street_city, at_desk("officer")
    for side in sides_of([city.street]):
        assert sum(piece.length_cm for piece in side.tiling.pieces) == city.street.length_cm
    faults = faults_of(sides_of([city.street]))
    page = read(office, "/office/streets/DQ-001/")
    assert [(one.side.name, one.kind, one.length_cm) for one in faults] == [("南侧", "gap", 6_000)]
    assert "没有人负责" in page and page.count("<rect") > 4
    edge = {"street": "DQ-001", "side": "right", "from_m": "0", "to_m": "60", "depth_m": "3", "boundary": "墙基到路缘石", "on": "2026-03-01"}
    office.post(f"/office/shops/{city.tea.number}/stretches/", edge)
    assert faults_of(sides_of([city.street])) == []
    assert "没有空缺和重叠" in read(office, "/office/streets/DQ-001/")

    today = timezone.localdate()
    office.post(f"/office/shops/{city.tea.number}/agreements/", {"since": today - timedelta(days=350), "to": today + timedelta(days=10)})
    agreement = city.tea.agreements.get()
    assert {duty.kind: duty.area_m2 > 0 for duty in agreement.duties.all()} == {"hygiene": True, "greenery": True, "order": True}
    shop = Client()
    page = read(shop, f"/shop/{city.tea.plate_code}/")
    assert "等您签的责任书" in page
    shop.post(f"/shop/{city.tea.plate_code}/agreements/{agreement.pk}/signature/", {"signer": "店主", "read": "on"})
    assert "三包责任" in read(shop, f"/shop/{city.tea.plate_code}/")
    assert "清和茶铺" in read(office, "/office/shops/?state=renew"), "it ends in ten days"
    office.post(f"/office/shops/{city.tea.number}/agreements/", {"since": today + timedelta(days=10), "to": today + timedelta(days=375)})
    office.post(
        f"/office/shops/{city.tea.number}/agreements/{city.tea.agreements.last().pk}/signature/", {"signer": "店主", "photos": photo()}
    )
    assert "清和茶铺" not in read(office, "/office/shops/?state=renew")


@pytest.mark.policy("3.3")
def test_the_fee_ledger_balances_and_dumping_is_a_case_tied_to_the_frontage(
    street_city: SimpleNamespace, at_desk: AtDesk, reported: Callable[..., Case]
) -> None:
    """Charged, paid with a receipt, corrected by the same entry back; and a case of rubbish is put before the right door."""
    city, office = street_city, at_desk("officer")
    shop = f"/office/shops/{city.tea.number}/"
    office.post(f"{shop}charges/", {"amount": "360", "what": "服务费", "due_on": "2026-12-31"})
    refused = office.post(f"{shop}payments/", {"amount": "400", "what": "现金"})
    assert refused.status_code == 422 and "还欠 360.00 元" in refused.content.decode()
    office.post(f"{shop}payments/", {"amount": "360", "what": "现金"})
    assert balance_of(city.tea).due_fen == 0
    payment = city.tea.fee_entries.get(kind="payment")
    assert payment.receipt in read(office, shop)
    office.post(f"{shop}fees/{payment.pk}/reversal/", {"reason": "收错了"})
    assert balance_of(city.tea).due_fen == 36_000 and whole_balance().sum_fen == 0
    assert city.tea.fee_entries.count() == 3, "what was wrong stays"

    scheme = Scheme.objects.create(code="GB30428", version=1, name="国标", source="测试", confidence="high", created_at=MONDAY)
    dumping = ProblemType.objects.create(
        scheme=scheme, kind="incident", code="0110", big_code="01", big_name="市容环境", name="暴露生活垃圾", confidence="high",
        do_roles=["环卫机构"],
    )  # fmt: skip
    EstablishRule.objects.create(
        problem_type=dumping, position=1, condition="堆放在外", close_condition="清除", limit_amount=4, limit_unit="work_hours"
    )
    lon, lat = city.tea.placement.point
    case = reported("门口一袋垃圾", longitude=str(lon), latitude=str(lat - 0.00001))
    Case.objects.filter(pk=case.pk).update(problem_type=dumping)
    page = read(office, f"/office/cases/{case.number}/frontage/")
    assert "清和茶铺" in page
    office.post(f"/office/cases/{case.number}/frontage/", {"premises": city.tea.number})
    assert case.number in read(office, shop) and "清和茶铺" in read(office, f"/office/cases/{case.number}/")


@pytest.mark.policy("3.4")
def test_reports_by_frontages_are_credited_to_them(street_city: SimpleNamespace, at_desk: AtDesk) -> None:
    """From its own page, without an account; it goes the way of every report, and the shop's name stays with it in the office."""
    city, shop = street_city, Client()
    page = f"/shop/{city.tea.plate_code}/"
    sent = shop.post(f"{page}reports/", {"client_id": "a1", "text": "隔壁占道摆摊", "photos": photo()})
    assert sent.status_code == 303
    shop.post(f"{page}reports/", {"client_id": "a1", "text": "隔壁占道摆摊"})
    run_waiting()

    credit = FrontageReport.objects.get()
    assert credit.premises == city.tea and credit.report.channel == Channel.SHOP
    case = Case.objects.get(case_reports__report=credit.report)
    assert case.channel == Channel.SHOP
    assert "隔壁占道摆摊" in read(at_desk("officer"), f"/office/shops/{city.tea.number}/")
    assert credit.report.receipt in read(shop, page), "and it can follow what becomes of it"


class Clock:
    """Moves the moment that pages take for now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
        self.at = at
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.at)

    def forward(self, to: datetime) -> None:
        assert to > self.at
        self.at = to


@pytest.mark.policy("3.5")
def test_no_step_is_skipped_or_back_dated_and_each_produces_its_document(
    street_city: SimpleNamespace, at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notice, reminder, order, hearing, referral: with evidence, service and the right to be heard; before that nothing goes."""
    clock, city, office = Clock(monkeypatch, MONDAY + timedelta(days=1)), street_city, at_desk("officer")
    shop = f"/office/shops/{city.tea.number}/"
    office.post(f"{shop}matters/", {"duty": "hygiene", "what": "门口堆放垃圾", "photos": photo()})
    matter = FrontageMatter.objects.get()
    here = f"/office/matters/{matter.number}/"
    assert "责任没有落到这一家" in read(office, here), "nobody was told in writing: the town answers"
    assert "门口堆放垃圾" not in read(Client(), f"/shop/{city.tea.plate_code}/"), "and nothing is asked of the shop"
    assert office.post(f"{here}steps/", {"days": "1"}).status_code == 409

    office.post(f"{shop}notices/")
    serve(office, Document.objects.get(), clock)
    assert office.post(f"{here}steps/", {"days": "1"}).status_code == 409, "what was seen before they were told is not theirs"
    office.post(f"{here}looks/", {"mended": "no", "photos": photo()})
    clock.forward(clock.at + timedelta(minutes=2))
    for kind in (StepKind.REMINDER, StepKind.ORDER, StepKind.HEARING):
        later = [each for each in StepKind if each is not kind]
        for wrong in later:
            assert office.post(f"{here}steps/", {"kind": wrong.value, "days": "5", "basis": LAW, "to": "SAN"}).status_code == 409
        office.post(f"{here}steps/", {"kind": kind.value, "days": "5", "basis": LAW})
        step = FrontageStep.objects.get(kind=kind.value)
        early = office.post(f"{here}steps/", {"days": "5", "basis": LAW, "to": "SAN"})
        assert early.status_code == 409, "not before its service"
        yesterday = {"way": "handed", "served_at": moment(clock.at - timedelta(days=1)), "receiver": "店员"}
        assert office.post(f"/office/papers/{step.document.pk}/service/", yesterday).status_code == 422, "no service before its issue"
        serve(office, step.document, clock)
        assert office.post(f"{here}steps/", {"days": "5", "basis": LAW, "to": "SAN"}).status_code == 409, "not within its term"
        clock.forward(StepTerm.objects.get(step=step).due_at + timedelta(minutes=2))
        office = at_desk("officer")  # days later somebody logs in anew
        if kind is not StepKind.HEARING:
            assert office.post(f"{here}steps/", {"days": "5", "basis": LAW}).status_code == 409, "not before somebody has looked"
            office.post(f"{here}looks/", {"mended": "no", "photos": photo()})
            clock.forward(clock.at + timedelta(minutes=2))
    assert "我要陈述申辩" in read(Client(), f"/shop/{city.tea.plate_code}/")
    assert office.post(f"{here}steps/", {"basis": LAW, "to": "SAN"}).status_code == 409, "not before they were heard"
    office.post(f"{here}hearing/", {"statement": "不是我放的", "answer": "有照片，不采纳"})
    clock.forward(clock.at + timedelta(minutes=2))
    office.post(f"{here}steps/", {"kind": "referral", "basis": LAW, "to": "SAN"})

    assert [one.kind for one in facts_of(FrontageMatter.objects.get()).steps] == list(StepKind)
    for step in FrontageStep.objects.select_related("document"):
        paper = office.get(f"/office/papers/{step.document.pk}.pdf")
        assert b"".join(paper.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert "罚款" not in "".join(Document.objects.values_list("title", flat=True))


@pytest.mark.policy("3.5")
def test_a_shop_says_that_it_is_mended_with_one_press_and_no_photo(told: SimpleNamespace, at_desk: AtDesk) -> None:
    office, shop = at_desk("officer"), Client()
    office.post(f"/office/shops/{told.tea.number}/matters/", {"duty": "order", "what": "货物占道", "photos": photo()})
    matter = FrontageMatter.objects.get()
    page = read(shop, f"/shop/{told.tea.plate_code}/")
    assert "货物占道" in page and "改好了" in page

    assert shop.post(f"/shop/{told.tea.plate_code}/matters/{matter.number}/mended/").status_code == 303

    assert "等镇街来看" in read(shop, f"/shop/{told.tea.plate_code}/")
    assert "请先到现场看过再定" in read(office, f"/office/matters/{matter.number}/")


@pytest.mark.policy("3.1")
@pytest.mark.parametrize("code", ["nonsense", "M000001", "222222222222"])
def test_a_code_that_is_none_opens_nothing(street_city: SimpleNamespace, code: str) -> None:
    assert Client().get(f"/shop/{code}/").status_code == 404
    assert Client().post(f"/shop/{code}/questions/", {"question": "?"}).status_code == 404


def serve(office: Client, document: Document, clock: Clock) -> None:
    clock.forward(clock.at + timedelta(minutes=10))
    given = {"way": "handed", "served_at": moment(clock.at - timedelta(minutes=1)), "receiver": "店员"}
    answer = office.post(f"/office/papers/{document.pk}/service/", given)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    clock.forward(clock.at + timedelta(minutes=2))


def moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.policy("3.1")
def test_a_town_registers_tells_and_agrees_on_its_own_ground_alone(
    street_city: SimpleNamespace, at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registered, given its piece, told in writing, served, agreed and signed by its own town; another town finds nothing there."""
    clock, city, town = Clock(monkeypatch, MONDAY + timedelta(days=1)), street_city, at_desk("east_handler")
    today = timezone.localdate().isoformat()
    spot = city.tea.placement.point
    told = {"name": "新米铺", "kind": "shop", "door": "民权路 8 号", "longitude": spot[0], "latitude": spot[1], "datum": "cgcs2000", "on": today}
    outside = town.post("/unit/frontages/new/", {**told, "longitude": 100.0})
    assert outside.status_code == 422
    assert town.post("/unit/frontages/new/", told).status_code == 302
    shop = Premises.objects.get(name="新米铺")
    here = f"/unit/frontages/{shop.number}/"
    assert "还没有划定责任段" in read(town, here) and shop.number in read(town, "/unit/frontages/")

    piece = {"street": "DQ-001", "side": "right", "from_m": "0", "to_m": "20", "depth_m": "3", "boundary": "墙基到路缘石", "on": today}
    assert town.post(f"{here}notices/").status_code in {409, 422}, "nothing to tell of yet"
    assert town.post(f"{here}pieces/", {**piece, "to_m": "0"}).status_code == 422
    assert town.post(f"{here}pieces/", piece).status_code == 302
    assert town.post(f"{here}notices/").status_code == 302
    paper = shop.area_notices.get().document
    assert town.get(f"{here}papers/{paper.pk}.pdf").status_code == 200
    clock.forward(clock.at + timedelta(minutes=10))
    served = {"way": "handed", "served_at": moment(clock.at - timedelta(minutes=1)), "receiver": "店员", "witness": ""}
    assert town.post(f"{here}papers/{paper.pk}/service/", {**served, "receiver": ""}).status_code == 422
    assert town.post(f"{here}papers/{paper.pk}/service/", served).status_code == 302
    assert "已书面告知，由这一家负责" in read(town, here)

    period = {"since": today, "to": (timezone.localdate() + timedelta(days=365)).isoformat()}
    assert town.post(f"{here}agreements/", period).status_code == 302
    again = town.post(f"{here}agreements/", period)
    assert again.status_code == 422 and "已经有责任书" in again.content.decode()
    agreed = shop.agreements.get()
    unshown = town.post(f"{here}agreements/{agreed.pk}/signature/", {"signer": "店主"})
    assert unshown.status_code == 422 and "要附扫描件或照片" in unshown.content.decode()
    scan = SimpleUploadedFile("签字.jpg", encoded(scene(3, 160, 120)), "image/jpeg")
    assert town.post(f"{here}agreements/{agreed.pk}/signature/", {"signer": "店主", "photos": scan}).status_code == 302
    assert shop.agreements.get().signature.recorded_by == "east_handler"

    for stranger in ("west_handler", "handler"):
        other = at_desk(stranger)
        assert other.get(here).status_code == 404 and other.get(f"{here}papers/{paper.pk}.pdf").status_code == 404
        for noun in ("pieces/", "notices/", "agreements/", f"papers/{paper.pk}/service/", f"agreements/{agreed.pk}/signature/"):
            assert other.post(f"{here}{noun}", piece | served | period).status_code == 404, (stranger, noun)
    assert at_desk("west_handler").post("/unit/frontages/new/", told).status_code == 422, "not where it is"
    assert at_desk("handler").post("/unit/frontages/new/", told).status_code == 422, "a department has no ground"
    assert Premises.objects.filter(name="新米铺").count() == 1
    with pytest.raises(NotAllowed):
        issue_area_notice(shop, by=city.west_handler, now=timezone.now())
