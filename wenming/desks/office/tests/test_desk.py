"""指挥、并案对比、工作台、登记、统计."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import at
from wenming.desks.office.dispatching import with_case
from wenming.journal.worker import run_waiting
from wenming.observations.models import Report
from wenming.organisations.models import ReporterIdentity

Bring = Callable[..., Case]
DESK = "/office/dispatch/"
KIND = "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"


# --- 指挥 ---


def test_the_desk_lists_what_waits_and_selects_the_first(desk: Client, case_of: Bring) -> None:
    first, second, out = case_of(), case_of(), case_of("dispatch")

    page = desk.get(DESK).content.decode()

    assert f"案件 {first.number}" in page and second.number[-4:] in page and out.number not in page
    assert f"/office/dispatch/?case={second.number}" in page, "after the act the next one is selected"


def test_another_case_is_selected_by_its_address(desk: Client, case_of: Bring) -> None:
    case_of()
    second = case_of()

    part = desk.get(f"{DESK}detail/?case={second.number}").content.decode()

    assert f"案件 {second.number}" in part and "<html" not in part


def test_dispatching_goes_on_to_the_next_and_offers_undo(desk: Client, case_of: Bring) -> None:
    first, second = case_of(), case_of()

    answer = desk.post(
        f"/office/cases/{first.number}/dispatches/",
        {"kind": KIND, "unit": "SAN", "seen_moves": 1, "next": f"{DESK}?case={second.number}"}, follow=True,
    )  # fmt: skip

    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"{DESK}?case={second.number}"
    undo = re.search(rf"/office/cases/{first.number}/recall/\?next=[^\"]+", page)
    assert undo and "撤销" in page

    back = desk.post(undo.group().replace("&amp;", "&"))
    first.refresh_from_db()
    assert first.state == State.ESTABLISHED and back.url == f"{DESK}?case={first.number}"


def test_changing_the_kind_stays_with_the_case(desk: Client, case_of: Bring) -> None:
    first, second = case_of(), case_of()

    answer = desk.post(
        f"/office/cases/{first.number}/types/", {"kind": KIND, "next": f"{DESK}?state=collected&case={second.number}"}
    )

    assert answer.url == f"{DESK}?state=collected&case={first.number}"


def test_an_empty_desk_says_so(desk: Client, small_city: SimpleNamespace) -> None:
    assert "办完了" in desk.get(DESK).content.decode()


def test_only_who_dispatches_sits_here(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    statuses = {
        name: sit_down(getattr(small_city, name)).get(DESK).status_code for name in ("handler", "leader", "officer")
    }

    assert statuses == {"handler": 403, "leader": 403, "officer": 200}


def test_the_desks_queries_do_not_grow(desk: Client, case_of: Bring, django_assert_max_num_queries) -> None:
    case_of()
    with django_assert_max_num_queries(45):
        desk.get(DESK)
    for _ in range(8):
        case_of()
    with django_assert_max_num_queries(45):
        desk.get(DESK)


@pytest.mark.parametrize(
    ("address", "number", "result"),
    [
        ("/office/dispatch/", "A", "/office/dispatch/?case=A"),
        ("/office/dispatch/?case=A&town=1", "B", "/office/dispatch/?town=1&case=B"),
        ("/office/dispatch/?case=A", "", "/office/dispatch/"),
    ],
)
def test_addresses_of_the_desk(address: str, number: str, result: str) -> None:
    assert with_case(address, number) == result


# --- 并案对比 ---


def test_the_later_is_offered_to_be_merged_into_the_earlier(desk: Client, case_of: Bring) -> None:
    first, second = case_of(), case_of(now=at("11-16 09:40"))
    Case.objects.filter(pk=second.pk).update(opened_at=at("11-16 09:40"))

    page = desk.get(f"/office/cases/compare/?a={second.number}&b={first.number}").content.decode()

    assert "相隔 0 时 40 分" in page and "没有定位" in page
    assert f"把 {second.number} 并入 {first.number}" in page


def test_comparing_needs_two_visible_cases(desk: Client, case_of: Bring, sit_down, small_city: SimpleNamespace) -> None:
    first, second = case_of("dispatch"), case_of()
    address = f"/office/cases/compare/?a={first.number}&b={second.number}"

    assert desk.get(address).status_code == 200
    assert desk.get(f"/office/cases/compare/?a={first.number}").status_code == 404
    assert sit_down(small_city.handler).get(address).status_code == 403


# --- 工作台 ---


@pytest.mark.usefixtures("silent_matrix")
def test_every_count_of_the_home_leads_to_its_rows(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    for until in ("collect", "establish", "dispatch", "answer", "pass_verification"):
        case_of(until)
    cases.hand_back(
        case_of("dispatch"), reason="在东区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00")
    )
    page = desk.get("/office/").content.decode()

    tasks = re.findall(r'class="count">(\d+)</span>.*?href="([^"]+)"', page, re.S)
    assert 4 <= len(tasks) <= 6
    for count, address in tasks:
        rows = desk.get(address.replace("&amp;", "&")).content.decode()
        assert len(re.findall(r"<(?:tr|li) data-row", rows)) == int(count), address


@pytest.mark.usefixtures("silent_matrix")
def test_the_inbox_is_the_units_own(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    cases.hand_back(case, reason="在东区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00"))
    run_waiting()
    assert f"退回：{case.number}" in desk.get("/office/").content.decode()

    desk.post("/office/readings/")
    assert "没有新通知" in desk.get("/office/").content.decode()


def test_nothing_to_do_is_said(desk: Client, small_city: SimpleNamespace) -> None:
    assert "办完了" in desk.get("/office/").content.decode()


# --- 登记 ---

SPOKEN = {"client_id": "window-1", "text": "路口井盖响", "address": "民权路 33 号", "name": "", "phone": ""}


def test_what_was_said_becomes_a_case_at_once(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.post("/office/entry/", SPOKEN)

    case = Case.objects.get()
    report = Report.objects.get()
    assert answer.url == case.get_absolute_url()
    assert (report.channel, report.entered_by) == ("staff", small_city.dispatcher)


def test_sent_twice_it_is_one_case(desk: Client, small_city: SimpleNamespace) -> None:
    desk.post("/office/entry/", SPOKEN)
    desk.post("/office/entry/", SPOKEN)
    run_waiting()

    assert Case.objects.count() == 1


def test_the_callers_number_goes_into_the_vault_only(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.post("/office/entry/", SPOKEN | {"name": "金丝雀", "phone": "138 0000 4321"}, follow=True)

    assert ReporterIdentity.objects.count() == 1
    page = answer.content.decode()
    assert "金丝雀" not in page and "13800004321" not in page
    assert b"4321" not in b"".join(desk.get("/office/cases/list.csv?state=all"))


def test_what_is_missing_is_said_and_the_rest_kept(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.post("/office/entry/", SPOKEN | {"text": "", "phone": "12ab"})

    page = answer.content.decode()
    assert answer.status_code == 422 and "电话要 7 到 12 位数字" in page and "民权路 33 号" in page
    assert not Case.objects.exists()


def test_looking_an_address_up_hands_nothing_in(desk: Client, small_city: SimpleNamespace) -> None:
    answer = desk.post("/office/entry/", SPOKEN | {"text": "", "look_up": "1"})

    assert answer.status_code == 200 and "error-summary" not in answer.content.decode()
    assert desk.get("/office/entry/places/?address=民权路").status_code == 200


def test_only_the_command_centre_enters(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    assert sit_down(small_city.handler).post("/office/entry/", SPOKEN).status_code == 403
