"""The page of one case, and the unit's four acts on it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import photos_of
from wenming.cases.tests.story import MONDAY, at
from wenming.desks.common.reporters import without_numbers
from wenming.desks.unit import about_page
from wenming.desks.unit.views import about
from wenming.observations.models import Channel
from wenming.observations.services import leave_contact

from .conftest import photo

Bring = Callable[..., Case]


def post(browser: Client, case: Case, noun: str, **fields: object):
    return browser.post(f"/unit/cases/{case.number}/{noun}/", fields)


def page_of(browser: Client, case: Case) -> str:
    answer = browser.get(f"/unit/cases/{case.number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_reply_with_photos_needs_no_script(desk: Client, dispatched: Bring) -> None:
    case = dispatched()

    answer = post(desk, case, "answers", done=["清理", "劝导"], text="", photos=[photo(), photo("b.jpg")], seen_moves=3)

    case.refresh_from_db()
    assert answer.status_code == 302 and case.state == State.ANSWERED
    assert len(photos_of(case).after) == 2
    assert case.moves.get(act="answer").facts["done"] == ["清理", "劝导"]


def test_a_photo_sent_ahead_goes_with_the_reply(desk: Client, dispatched: Bring) -> None:
    case = dispatched()
    token = desk.post("/unit/photos/", {"photo": photo()}).json()["id"]

    post(desk, case, "answers", done=["清理"], photos_ids=[token])

    assert len(photos_of(case).after) == 1


def test_a_refused_reply_keeps_its_photos(desk: Client, dispatched: Bring) -> None:
    case = dispatched()

    refused = post(desk, case, "answers", done=["其他"], photos=[photo()])

    page = refused.content.decode()
    assert refused.status_code == 422 and "请写一句做了什么" in page and "前面的 1 张照片已经收好" in page
    token = page.split('name="photos_ids" value="')[1].split('"')[0]
    post(desk, case, "answers", done=["其他"], text="改了线路", photos_ids=[token])
    case.refresh_from_db()
    assert case.state == State.ANSWERED and len(photos_of(case).after) == 1


@pytest.mark.parametrize(
    ("noun", "fields", "status", "says"),
    [
        pytest.param("answers", {}, 422, "还没有写怎么处理的", id="an empty reply"),
        pytest.param("answers", {"done": "清理", "seen_moves": 1}, 409, "刚刚被别人办理过", id="a stale page"),
        pytest.param("extensions", {"amount": 2, "limit_unit": "work_hours", "reason": ""}, 422, "为什么来不及", id="more time without reason"),
        pytest.param("extensions", {"amount": 0, "limit_unit": "work_hours", "reason": "等料"}, 422, "再要多久", id="no time at all"),
        pytest.param("returns", {"reason": "不是我们的"}, 422, "应该由谁办", id="a return into nowhere"),
        pytest.param("returns", {"owner": "SAN", "reason": "不是"}, 422, "应该由谁办", id="a return to oneself"),
        pytest.param("returns", {"owner": "EAST", "reason": ""}, 422, "为什么不归本单位", id="a return without reason"),
    ],
)
def test_what_is_to_be_mended_is_said(
    noun: str, fields: dict[str, object], status: int, says: str, desk: Client, dispatched: Bring
) -> None:
    case = dispatched()

    answer = post(desk, case, noun, **fields)

    case.refresh_from_db()
    assert answer.status_code == status and says in answer.content.decode()
    assert case.state == State.DISPATCHED and case.moves_count == 3


def test_something_that_is_no_photo_is_refused_in_words(desk: Client, dispatched: Bring) -> None:
    case = dispatched()
    fake = photo()
    fake.file.seek(0)
    fake.file.truncate()
    fake.file.write(b"<svg onload=alert(1)>")
    fake.file.seek(0)
    fake.size = 21

    answer = post(desk, case, "answers", done=["清理"], photos=[fake])

    case.refresh_from_db()
    assert answer.status_code == 422 and "没有收下" in answer.content.decode() and case.state == State.DISPATCHED


def test_more_time_is_asked_for_in_three_fields(desk: Client, dispatched: Bring) -> None:
    case = dispatched()
    page = page_of(desk, case)
    form = page.split("申请延期</summary>")[1].split("</form>")[0]
    assert form.count("<label") == 3 and 'value="2"' in form and "work_hours" in form

    post(desk, case, "extensions", amount=2, limit_unit="work_hours", reason="等配件")

    case.refresh_from_db()
    assert case.handling.extensions.get().reason == "等配件" and case.handling.acknowledged_at
    page = page_of(desk, case)
    assert "还没有批" in page and "提交延期申请" not in page


def test_after_the_deadline_the_page_says_why_there_is_no_more_time(desk: Client, overdue: Case) -> None:
    page = page_of(desk, overdue)

    assert "不能再申请延期" in page and "提交延期申请" not in page
    answer = post(desk, overdue, "extensions", amount=1, limit_unit="work_hours", reason="等料")
    assert answer.status_code == 409 and "不能再申请延期" in answer.content.decode()
    overdue.refresh_from_db()
    assert overdue.handling.acknowledged_at is None, "a refused act leaves nothing behind"


@pytest.mark.usefixtures("silent_matrix")
def test_handing_back_names_whose_it_is(desk: Client, dispatched: Bring, small_city: SimpleNamespace) -> None:
    case = dispatched()

    answer = post(desk, case, "returns", owner="EAST", reason="在东区管养范围", seen_moves=3)

    case.refresh_from_db()
    assert answer.status_code == 302 and case.state == State.ESTABLISHED
    assert case.moves.get(act="hand_back").unit == small_city.east
    assert "认为应由东区办理" in page_of(desk, case)


def test_signing_is_light_and_optional(desk: Client, dispatched: Bring) -> None:
    case = dispatched()
    assert desk.get(f"/unit/cases/{case.number}/").status_code == 200
    case.refresh_from_db()
    assert case.handling.acknowledged_at is None, "looking changes nothing"

    post(desk, case, "acknowledgement")

    case.refresh_from_db()
    assert case.handling.acknowledged_at and "不按也行" not in page_of(desk, case)


def test_rework_shows_why_and_what_was_seen(desk: Client, overdue: Case, small_city: SimpleNamespace) -> None:
    case = cases.answer(overdue, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    cases.send_back(case, reason="地面还有污水", by=small_city.supervisor, now=at("11-16 11:00"))

    page = page_of(desk, case)

    assert page.index("核查没有通过") < page.index("地面还有污水") < page.index("提交回复")


def test_the_unit_above_answers_in_its_stead(desk: Client, dispatched: Bring, small_city: SimpleNamespace) -> None:
    case = dispatched(to=small_city.sweepers)

    post(desk, case, "answers", done=["清理"])

    case.refresh_from_db()
    assert case.state == State.ANSWERED


def test_another_units_case_does_not_exist(sit_down: Callable[..., Client], dispatched: Bring, small_city: SimpleNamespace) -> None:
    case, stranger = dispatched(), sit_down(small_city.west_handler)

    assert stranger.get(f"/unit/cases/{case.number}/").status_code == 404
    for noun in ("answers", "extensions", "returns", "acknowledgement"):
        assert post(stranger, case, noun, done=["清理"]).status_code == 404
    assert sit_down(small_city.dispatcher).get(f"/unit/cases/{case.number}/").status_code == 403


@pytest.mark.usefixtures("silent_matrix")
def test_who_once_had_it_may_look_but_not_act(
    desk: Client, dispatched: Bring, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    case = dispatched()
    post(desk, case, "returns", owner="EAST", reason="在东区管养范围")
    case.refresh_from_db()
    cases.dispatch(case, to=small_city.east, by=small_city.dispatcher, now=timezone.now())

    page = page_of(desk, case)
    assert "这件由东区办理，您只能查看" in page and "提交回复" not in page
    assert post(desk, case, "answers", done=["清理"]).status_code == 403
    assert "提交回复" in page_of(sit_down(small_city.east_handler), case)


def test_a_unit_never_reads_who_reported(
    desk: Client, dispatched: Bring, small_city: SimpleNamespace, report: Callable[..., object]
) -> None:
    found = report(
        channel=Channel.FIELD, by=small_city.east_patrol, category=small_city.rubbish_chip,
        text="我姓陈，电话13912345678", now=MONDAY,
    )  # fmt: skip
    leave_contact(found.report, name="陈先生", phone="13912345678", now=MONDAY)
    case = cases.collect(found.report, now=MONDAY)
    case = cases.establish(case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
    case = cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)

    page = page_of(desk, case)

    for secret in (found.number, "13912345678", "陈先生", "east_patrol", "dispatcher"):
        assert secret not in page
    assert "号码已隐去" in page and "指挥中心" in page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("打 13912345678 找我", "打 〔号码已隐去〕 找我", id="a mobile number"),
        pytest.param("0760-88881234", "〔号码已隐去〕", id="a land line"),
        pytest.param("44200019800101123X", "〔号码已隐去〕", id="an identity number"),
        pytest.param("民权路 33 号 2 号楼 1203", "民权路 33 号 2 号楼 1203", id="an address stays"),
    ],
)
def test_numbers_are_kept_back(said: str, shown: str) -> None:
    assert without_numbers(said) == shown


def test_history_is_in_the_list(desk: Client, overdue: Case, small_city: SimpleNamespace) -> None:
    case = cases.answer(overdue, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    case = cases.pass_verification(case, by=small_city.supervisor, now=at("11-16 11:00"))
    cases.close(case, by=small_city.dispatcher, now=at("11-16 12:00"))

    assert case.number not in desk.get("/unit/cases/").content.decode()
    assert case.number in desk.get("/unit/cases/?state=ended").content.decode()
    assert case.number in desk.get("/unit/cases/?state=all&q=民权路").content.decode()


def test_every_figure_of_the_unit_opens_its_rows(
    desk: Client, overdue: Case, dispatched: Bring, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page tells of the last weeks, and these days do not come with us.
    figures = about_page.page_of
    monkeypatch.setattr(about, "page_of", lambda user, _now: figures(user, at("11-24 12:00")))
    cases.answer(overdue, text="已清运", by=small_city.handler, now=at("11-16 10:00"))
    late = dispatched(now=MONDAY)

    page = desk.get("/unit/about/").content.decode()
    address = page.split('href="/unit/cases/?figure=on_time')[1].split('"')[0].replace("&amp;", "&")
    rows = desk.get(f"/unit/cases/?figure=on_time{address}")

    assert "应处置 2 件，按期 1 件，按期处置率 50.00%" in page and "现在连同下属逾期 1 件" in page
    assert overdue.number in rows.content.decode() and late.number not in rows.content.decode()
    assert "08:00–12:00、14:00–18:00" in page and "环卫机构" in page
