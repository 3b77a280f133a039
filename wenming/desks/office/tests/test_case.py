"""The page of one case: what it shows, and every act on it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import MONDAY, at
from wenming.responsibilities.rules.clock import Limit, LimitUnit

Bring = Callable[..., Case]
KIND = "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"


def post(browser: Client, case: Case, noun: str, **fields: object) -> object:
    return browser.post(f"/office/cases/{case.number}/{noun}/", fields)


def test_the_page_offers_unit_ground_and_limit(desk: Client, case_of: Bring) -> None:
    page = desk.get(case_of().get_absolute_url()).content.decode()

    assert "建议派给 环卫处" in page and "权责清单第一条" in page and KIND in page
    assert "受理并派遣" in page and "不予受理" in page


def test_one_press_accepts_and_dispatches(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of()

    answer = post(desk, case, "dispatches", kind=KIND, unit="SAN", seen_moves=1)

    case.refresh_from_db()
    assert answer.status_code == 302 and case.state == State.DISPATCHED and case.unit == small_city.sanitation
    assert case.establish_rule == small_city.four_hours
    assert "权责清单第一条" in case.moves.get(act="dispatch").facts["why"]


def test_another_unit_is_kept_as_the_dispatchers_choice(desk: Client, case_of: Bring) -> None:
    case = case_of("establish")

    post(desk, case, "dispatches", unit="EAST", seen_moves=2)

    assert case.moves.get(act="dispatch").facts["why"] == "派遣员改派"


def test_a_dispatch_that_fails_halfway_establishes_nothing(desk: Client, case_of: Bring) -> None:
    case = case_of()

    answer = post(desk, case, "dispatches", kind=KIND, unit="CENTRE", seen_moves=1)

    case.refresh_from_db()
    assert answer.status_code == 422 and case.state == State.COLLECTED


def test_a_second_officer_sees_what_changed(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of()
    cases.refuse(case, reason="不属于城市管理范围", by=small_city.officer, now=MONDAY)

    answer = post(desk, case, "dispatches", kind=KIND, unit="SAN", seen_moves=1)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "刚刚被别人办理过" in page and "不属于城市管理范围" in page and "officer" in page


@pytest.mark.parametrize(
    ("until", "noun", "fields", "ends"),
    [
        pytest.param(
            "collect", "refusal", {"template": "地点说不清，无法核实"}, "not_accepted", id="refuse by template"
        ),
        pytest.param("collect", "refusal", {"reason": "别处的事"}, "not_accepted", id="refuse in own words"),
        pytest.param("collect", "establishment", {"kind": "满溢"}, "established", id="establish by part of the name"),
        pytest.param("collect", "types", {"kind": "C0101"}, "collected", id="change type"),
        pytest.param("collect", "verification-requests", {"unit": "EAST"}, "verifying", id="send somebody to look"),
        pytest.param("dispatch", "suspension", {"reason": "等批复"}, "suspended", id="suspend"),
        pytest.param("dispatch", "recall", {}, "established", id="recall"),
        pytest.param("answer", "verifications", {"holds": "yes"}, "verified", id="verification passed"),
        pytest.param("answer", "verifications", {"holds": "no", "note": "还有污水"}, "dispatched", id="rework"),
        pytest.param("pass_verification", "closure", {}, "closed", id="close"),
    ],
)
def test_acts(until: str, noun: str, fields: dict[str, str], ends: str, desk: Client, case_of: Bring) -> None:
    case = case_of(until)

    answer = post(desk, case, noun, seen_moves=case.moves_count, **fields)

    case.refresh_from_db()
    assert (answer.status_code, case.state) == (302, ends)


@pytest.mark.parametrize(
    ("until", "noun", "fields", "says"),
    [
        pytest.param("collect", "refusal", {}, "还没有选原因", id="refusal without reason"),
        pytest.param("collect", "establishment", {"kind": "不存在的"}, "没有叫“不存在的”的小类", id="unknown kind"),
        pytest.param("answer", "verifications", {"holds": "no"}, "返工要写明哪里没解决", id="rework without reason"),
        pytest.param("collect", "merges", {"into": "99-9999"}, "没有找到编号", id="merge into nothing"),
        pytest.param("collect", "closure", {}, "不能结案", id="close too early"),
    ],
)
def test_what_is_to_be_mended_is_said(
    until: str, noun: str, fields: dict[str, str], says: str, desk: Client, case_of: Bring
) -> None:
    answer = post(desk, case_of(until), noun, **fields)

    assert answer.status_code in {409, 422} and says in answer.content.decode()


def test_merging_and_its_undo(desk: Client, case_of: Bring) -> None:
    first, second = case_of(), case_of()

    answer = desk.post(f"/office/cases/{second.number}/merges/", {"into": first.number[-4:]}, follow=True)
    assert f"/office/cases/{second.number}/separation/" in answer.content.decode()

    desk.post(f"/office/cases/{second.number}/separation/")
    second.refresh_from_db()
    assert second.state == State.COLLECTED and second.merged_into is None


def test_an_extension_is_decided_on_the_page(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    cases.ask_extension(
        case, limit=Limit(1, LimitUnit.WORK_DAYS), reason="等配件", by=small_city.handler, now=at("11-16 10:00")
    )
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "等配件" in page and "同意延期" in page

    before = case.due_at
    post(desk, case, "extension-decisions", granted="yes", note="")

    case.refresh_from_db()
    assert case.due_at is not None and before is not None and case.due_at > before
    assert "同意延期" not in desk.get(case.get_absolute_url()).content.decode().split("经过")[0]


def test_a_signed_dispatch_is_not_recalled(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    cases.acknowledge(case, by=small_city.handler, now=at("11-16 10:00"))

    assert "撤回派遣" not in desk.get(case.get_absolute_url()).content.decode()
    assert "已经签收" in post(desk, case, "recall").content.decode()


def test_while_a_unit_works_on_it_the_exceptions_stay_folded(
    desk: Client, case_of: Bring, small_city: SimpleNamespace
) -> None:
    case = case_of("dispatch")
    page = desk.get(case.get_absolute_url()).content.decode()

    assert "等环卫处回复，还没有签收" in page
    assert "系统自动提醒“临期”" in page
    assert 'class="button button-primary"' not in page, "no form stands open"
    assert page.index("<details") < page.index('data-act="suspension"')

    cases.acknowledge(case, by=small_city.handler, now=at("11-16 10:00"))
    assert "11 月 16 日 10:00 已签收" in desk.get(case.get_absolute_url()).content.decode()


def test_who_only_reads_gets_no_act(
    sit_down: Callable[..., Client], case_of: Bring, small_city: SimpleNamespace
) -> None:
    case = case_of()
    reading = sit_down(small_city.leader)

    assert "下一步" not in reading.get(case.get_absolute_url()).content.decode()
    assert post(reading, case, "dispatches", kind=KIND, unit="SAN").status_code == 403


@pytest.mark.usefixtures("silent_matrix")
def test_a_case_handed_back_says_who_named_whom(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = cases.hand_back(
        case_of("dispatch"), reason="在东区辖区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00")
    )

    page = desk.get(case.get_absolute_url()).content.decode()
    assert "环卫处刚退回，认为应由东区办理" in page and "在东区辖区" in page


def test_units_have_a_desk_of_their_own(
    sit_down: Callable[..., Client], case_of: Bring, small_city: SimpleNamespace
) -> None:
    case = case_of("dispatch")

    assert sit_down(small_city.handler).get(case.get_absolute_url()).status_code == 403
    assert Client().get(case.get_absolute_url()).status_code == 302


def test_the_page_proves_itself(desk: Client, case_of: Bring) -> None:
    page = desk.get(case_of("close").get_absolute_url()).content.decode()

    assert "日志第" in page and "校验" in page
    assert [act for act in ("收到", "立案", "派遣", "回复", "核查通过", "结案") if act not in page] == []


def test_the_clock_says_by_which_rules_it_ran(desk: Client, case_of: Bring) -> None:
    page = desk.get(case_of("dispatch").get_absolute_url()).content.decode()

    assert "日历第 1 版" in page and "08:00–12:00、14:00–18:00" in page and "结果一致" in page


def test_the_sheet_prints(desk: Client, case_of: Bring) -> None:
    answer = desk.get(f"/office/cases/{case_of('close').number}/sheet/")

    assert answer.status_code == 200 and "案件单" in answer.content.decode()


def test_going_on_leads_only_to_our_own_pages(desk: Client, case_of: Bring) -> None:
    case = case_of("pass_verification")

    answer = post(desk, case, "closure", next="https://elsewhere.example/")

    assert answer.url == case.get_absolute_url()
