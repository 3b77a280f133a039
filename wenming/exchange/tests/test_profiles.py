"""Work orders of another platform: in by its fields, once; status and reply back in its words, for its own orders only."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import case_of
from wenming.cases.tests.story import MONDAY, at
from wenming.exchange.delivering import deliver_due
from wenming.exchange.following import follow_the_journal
from wenming.exchange.models import Delivery, Receiver
from wenming.exchange.profiles import SHIPPED, OrderChanged, OrderNotUnderstood, broken_profiles, profiles, take_in
from wenming.exchange.rules.profiles import Profile, ProfileBroken, profile_of
from wenming.journal import worker
from wenming.observations.models import Report
from wenming.organisations import vault

from .conftest import OtherSystem

ORDER = {
    "工单编号": "2026111600123", "受理时间": "2026-11-16 08:30:00", "标题": "垃圾满溢", "诉求内容": "桶满了两天没人收",
    "事发地址": "民权路 33 号", "所属镇街": "外市", "诉求渠道": "电话", "来电人": "张三", "联系电话": "13800138000", "紧急程度": "一般",
}  # fmt: skip
FILE = SHIPPED / "hotline12345.yaml"


@pytest.fixture
def profile() -> Profile:
    return profiles()["hotline12345"]


@pytest.fixture
def order(profile: Profile, small_city: SimpleNamespace) -> Callable[..., Any]:
    return lambda **changed: take_in(profile, {**ORDER, **changed}, by=small_city.api, now=MONDAY)


def test_the_shipped_profile_says_that_it_is_a_sample(profile: Profile) -> None:
    assert profile.confidence == "reconstructed" and "样例" in profile.title and broken_profiles() == {}


def test_an_order_becomes_a_report_like_any_other(order: Callable[..., Any], small_city: SimpleNamespace) -> None:
    taken = order()
    report = taken.receipt.report

    assert (report.channel, report.source, report.source_number) == ("hotline", "hotline12345", "2026111600123")
    assert report.text == "垃圾满溢\n桶满了两天没人收" and report.seen_at == at("11-16 08:30")
    assert report.received_at == MONDAY and report.wish == "never" and report.entered_by == small_city.api
    assert taken.notes == ["镇街“外市”不是本市的镇街，归属留空"]
    worker.run_waiting(MONDAY)
    assert case_of(report) is not None


def test_the_caller_goes_into_the_vault_and_nowhere_else(order: Callable[..., Any]) -> None:
    report = order().receipt.report
    report.refresh_from_db()

    assert json.loads(vault.open_sealed(bytes(report.identity.sealed))) == {"name": "张三", "phone": "13800138000"}
    assert "张三" not in report.text and "13800138000" not in report.text


def test_the_same_order_again_is_the_same_receipt(order: Callable[..., Any]) -> None:
    first, again = order(), order(来电人="李四")

    assert again.receipt.number == first.receipt.number and again.receipt.repeated and Report.objects.count() == 1


def test_the_same_number_with_another_content_is_a_mistake_that_must_be_seen(order: Callable[..., Any]) -> None:
    order()
    with pytest.raises(OrderChanged):
        order(诉求内容="别的事")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"工单编号": ""}, "原系统编号", id="no number"),
        pytest.param({"标题": "", "诉求内容": ""}, "内容", id="nothing said"),
        pytest.param({"受理时间": "哪天"}, "看不懂", id="no moment"),
        pytest.param({"受理时间": "2026-11-18 08:00:00"}, "今天之后", id="tomorrow"),
        pytest.param({"身份证号": "440"}, "身份证号", id="a field that nobody agreed on"),
        pytest.param({"标题": ["a"]}, "文字或数字", id="a list in a field"),
        pytest.param({"标题": "a\x00b"}, "文字或数字", id="a letter that no database keeps"),
        pytest.param({"标题": "a\ud800"}, "文字或数字", id="half of a letter"),
        pytest.param({"经度": "1e999", "纬度": "-inf"}, "文字或数字", id="a place at infinity"),
        pytest.param({"受理时间": "0001-01-01 00:00:00"}, "看不懂", id="before there were hotlines"),
        pytest.param({"工单编号": "9" * 81}, "太长", id="a number without end"),
    ],
)
def test_it_refuses_with_the_reason(order: Callable[..., Any], changed: dict[str, Any], says: str) -> None:
    with pytest.raises(OrderNotUnderstood, match=says):
        order(**changed)
    assert not Report.objects.exists()


def lived(report: Report, city: SimpleNamespace) -> Case:
    """From collecting to the end; the unit's answer holds a telephone number."""
    desk, case = city.dispatcher, cases.collect(report, now=MONDAY)
    case = cases.establish(case, problem_type=city.overflow, rule=None, by=desk, now=at("11-16 09:10"))
    case = cases.dispatch(case, to=city.sanitation, by=desk, now=at("11-16 09:20"))
    case = cases.answer(case, text="已清运，有事找王五 13900139000", by=city.handler, now=at("11-16 10:00"))
    case = cases.pass_verification(case, by=city.supervisor, now=at("11-16 10:30"))
    return cases.close(case, by=desk, now=at("11-16 11:00"))


def test_status_and_reply_go_back_in_the_platforms_words(
    order: Callable[..., Any], registered: Callable[..., Receiver], other: OtherSystem, small_city: SimpleNamespace,
    report: Callable[..., Any],
) -> None:  # fmt: skip
    kinds = ["case.opened", "case.established", "case.dispatched", "case.answered", "case.closed"]
    registered(other.url, profile="hotline12345", kinds=kinds)
    case = lived(order().receipt.report, small_city)
    lived(report().report, small_city)
    now = at("11-16 12:00")
    follow_the_journal(now)
    while deliver_due(now):
        continue

    said = [json.loads(body) for _headers, body in other.heard]
    assert [one["orders"][0]["办理状态"] for one in said] == ["已受理", "办理中", "已反馈", "已办结"], "nobody else's case"
    assert all(one["orders"][0]["工单编号"] == ORDER["工单编号"] for one in said)
    assert [one["orders"][0]["答复内容"] for one in said] == ["", "", "", "已清运，有事找王五 …"]
    last = said[-1]["orders"][0]
    assert (last["案件编号"], last["办结时间"], last["承办单位"]) == (case.number, "2026-11-16 11:00:00", "环卫处")
    assert set(last) == set(profiles()["hotline12345"].fields)


def test_each_order_of_a_merged_case_is_answered(
    order: Callable[..., Any], registered: Callable[..., Receiver], small_city: SimpleNamespace, other: OtherSystem
) -> None:
    registered(other.url, profile="hotline12345", kinds=["case.established"])
    kept, merged = (cases.collect(order(工单编号=number).receipt.report, now=MONDAY) for number in ("1", "2"))
    cases.merge(merged, into=kept, by=small_city.dispatcher, now=MONDAY)
    kept.refresh_from_db()
    cases.establish(kept, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
    follow_the_journal(MONDAY)

    (told,) = [json.loads(one.body) for one in Delivery.objects.filter(kind="case.established")]
    assert {one["工单编号"] for one in told["orders"]} == {"1", "2"}


def test_a_city_replaces_the_sample_by_its_own_and_a_broken_file_says_where(
    settings: Any, tmp_path: Path, small_city: SimpleNamespace
) -> None:
    import dataclasses

    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    (tmp_path / "profiles").mkdir()
    own = yaml.safe_load(FILE.read_text("utf-8")) | {"confidence": "agreed", "title": "本市热线"}
    (tmp_path / "profiles" / "own.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), "utf-8")
    (tmp_path / "profiles" / "wrong.yaml").write_text("name: [", "utf-8")

    assert profiles()["hotline12345"].title == "本市热线"
    assert list(broken_profiles()) == ["wrong.yaml"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        pytest.param(("in", "columns", "phone"), {"column": "电话"}, id="a field that we do not have"),
        pytest.param(("in", "columns", "text"), {"colum": "内容"}, id="a typing error"),
        pytest.param(("out", "status", "case.gossip"), "传闻", id="news that do not exist"),
        pytest.param(("out", "fields", "上报人"), "reporter", id="a fact that never leaves"),
        pytest.param(("out", "fields"), {"状态": "status"}, id="an answer that names no order"),
        pytest.param(("confidence",), "sure", id="a confidence of its own"),
        pytest.param(("extra",), 1, id="a section that nobody reads"),
    ],
)
def test_a_profile_with_a_mistake_is_refused(where: tuple[str, ...], value: Any) -> None:
    said = yaml.safe_load(FILE.read_text("utf-8"))
    *path, last = where
    section = said
    for name in path:
        section = section[name]
    section[last] = value
    with pytest.raises(ProfileBroken):
        profile_of(said)


def test_the_address_takes_an_order_from_a_system_and_nobody_else(
    small_city: SimpleNamespace, client: Any
) -> None:
    from wenming.organisations.services import issue_api_key

    def call(account: Any, name: str = "hotline12345", **changed: Any) -> Any:
        now = timezone.localtime() - timedelta(hours=1)
        body = {**ORDER, "受理时间": f"{now:%Y-%m-%d %H:%M:%S}", **changed}
        key = issue_api_key(account, name="x", by=None, now=MONDAY)
        headers = {"Authorization": f"Bearer {key}"}
        return client.post(f"/api/v1/exchange/{name}/orders", json.dumps(body), content_type="application/json", headers=headers)

    answer = call(small_city.api)
    assert answer.status_code == 201 and answer.json()["source_number"] == ORDER["工单编号"]
    assert call(small_city.api, name="nobody").status_code == 404
    assert call(small_city.api, 没有=1).json()["code"] == "exchange.order"
    assert call(small_city.handler).status_code == 403
    assert client.post("/api/v1/exchange/hotline12345/orders", "{}", content_type="application/json").status_code == 401
