"""The leaders' pages: the exceptions with why and who, every number with its list, orders and their state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wenming.accountability.models import LeaderOrder
from wenming.cases.models import Case
from wenming.organisations.models import Person, Post
from wenming.organisations.services import appoint
from wenming.responsibilities.services import answer_duty

Bring = Callable[..., Case]


@pytest.fixture
def late_city(small_city: SimpleNamespace, dispatched: Bring) -> SimpleNamespace:
    """The eastern town holds three cases of ten days ago; its head is known, the western town's post is vacant."""
    long_ago = timezone.now() - timedelta(days=10)
    small_city.late = [dispatched(to=small_city.east, now=long_ago) for _n in range(3)]
    post = Post.objects.create(unit=small_city.east, kind="head", title="主任")
    appoint(Person.objects.create(name="刘一"), to=post, on=long_ago.date(), by=None, now=long_ago)
    return small_city


def give(desk: Client, **fields: str) -> object:
    given = {"to": "EAST", "about": "东区：逾期 3 件", "text": "三天内清零", "days": "3", **fields}
    return desk.post("/leaders/orders/", given)


def test_the_page_says_which_town_why_who_and_since_when(desk: Client, late_city: SimpleNamespace) -> None:
    page = desk.get("/leaders/").content.decode()

    assert "2 个镇街中 1 个需要过问，其余正常" in page
    assert "垃圾满溢逾期 3 件，3 件超 3 日" in page and "刘一" in page and "连续 2 周" in page
    assert "?figure=open_late&amp;unit=EAST" in page and "?order=EAST" in page


def test_a_quiet_city_says_so(desk: Client) -> None:
    page = desk.get("/leaders/").content.decode()

    assert "2 个镇街都正常" in page and "没有需要您看的单位" in page and "没有到期的案件" in page


def test_a_vacant_post_is_shown_as_one(desk: Client, late_city: SimpleNamespace) -> None:
    page = desk.get("/leaders/towns/").content.decode()

    assert "空缺" in page and "刘一" in page


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/leaders/towns/", "东区"),
        ("/leaders/towns/EAST/", "需要过问"),
        ("/leaders/departments/", "环卫处"),
        ("/leaders/departments/SAN/", "各项都在正常范围"),
        ("/leaders/cases/?figure=open_late&unit=EAST", "3 件"),
        ("/leaders/cases/?figure=open_late&unit=WEST", "没有这样的案件"),
        ("/leaders/cases/?figure=missed&kind=垃圾满溢", "垃圾满溢"),
        ("/leaders/cases/?figure=repeat", "反复"),
        ("/leaders/resolutions/", "还没有批示"),
    ],
)
def test_every_number_has_its_list(address: str, says: str, desk: Client, late_city: SimpleNamespace) -> None:
    answer = desk.get(address)

    assert answer.status_code == 200 and says in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/leaders/towns/SAN/",
        "/leaders/towns/NONE/",
        "/leaders/cases/",
        "/leaders/cases/?figure=score",
        "/leaders/cases/0/",
    ],
)
def test_what_does_not_exist_is_said_so(address: str, desk: Client) -> None:
    assert desk.get(address).status_code == 404


def test_a_case_can_be_read_and_nothing_pressed(desk: Client, late_city: SimpleNamespace) -> None:
    page = desk.get(f"/leaders/cases/{late_city.late[0].number}/").content.decode()

    assert "派遣" in page and "经过" in page
    assert page.count("<form") == 1, "log-out is the only form"


def test_an_order_in_two_presses(desk: Client, late_city: SimpleNamespace) -> None:
    opened = desk.get("/leaders/?order=EAST").content.decode()
    assert 'name="about" value="东区：垃圾满溢逾期 3 件，3 件超 3 日"' in opened

    assert give(desk).status_code == 302

    order = LeaderOrder.objects.get()
    assert (order.to.code, order.about, order.duty.limit.amount) == ("EAST", "东区：逾期 3 件", 3)
    assert "三天内清零" in desk.get("/leaders/").content.decode()
    assert order.number in desk.get("/leaders/resolutions/").content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"text": ""}, "批示还没有写内容"), ({"to": "NONE"}, "没有这个单位"), ({"days": "99"}, "列出的里面没有“99”")],
)
def test_an_order_to_be_mended(fields: dict[str, str], says: str, desk: Client, late_city: SimpleNamespace) -> None:
    answer = give(desk, **fields)

    assert answer.status_code == 422 and LeaderOrder.objects.count() == 0
    if "to" not in fields:
        assert says in answer.content.decode()


def test_answer_return_and_acceptance(desk: Client, late_city: SimpleNamespace) -> None:
    give(desk)
    order = LeaderOrder.objects.select_related("duty").get()
    address = f"/leaders/resolutions/{order.number}/"
    answer_duty(order.duty, text="已清零", by=late_city.east_handler, now=timezone.now())
    assert "已回复，等您认可" in desk.get("/leaders/resolutions/").content.decode()
    assert "已清零" in desk.get(address).content.decode()

    assert desk.post(f"{address}returns/", {"reason": ""}).status_code == 422
    assert desk.post(f"{address}returns/", {"reason": "还有一件"}).status_code == 302
    assert desk.post(f"{address}acceptance/").status_code == 302
    order.duty.refresh_from_db()
    assert order.duty.ended_at and order.duty.rework_count == 1
    assert desk.post(f"{address}acceptance/").status_code == 409


def test_the_wall_refreshes_itself_and_names_nobody(desk: Client, late_city: SimpleNamespace) -> None:
    answer = desk.get("/leaders/wall/")
    page = answer.content.decode()

    assert answer.headers["Refresh"] == "60" and 'data-theme="dark"' in page
    assert "东区" in page and "刘一" not in page


@pytest.mark.parametrize(
    ("who", "page", "order"),
    [
        pytest.param("leader", 200, 302, id="the leader reads and orders"),
        pytest.param("officer", 200, 403, id="the office reads"),
        pytest.param("dispatcher", 403, 403, id="the dispatcher does not"),
        pytest.param("east_handler", 403, 403, id="a unit does not"),
        pytest.param("admin", 403, 403, id="the administrator does not"),
        pytest.param("auditor", 403, 403, id="the auditor does not"),
    ],
)
def test_who_may(who: str, page: int, order: int, sit_down: Callable[..., Client], late_city: SimpleNamespace) -> None:
    browser = sit_down(getattr(late_city, who))

    assert browser.get("/leaders/").status_code == browser.get("/leaders/wall/").status_code == page
    assert give(browser).status_code == order


def test_the_office_sees_no_order_button(sit_down: Callable[..., Client], late_city: SimpleNamespace) -> None:
    assert "?order=" not in sit_down(late_city.officer).get("/leaders/").content.decode()


def test_the_page_asks_no_more_of_a_larger_city(desk: Client, late_city: SimpleNamespace, dispatched: Bring) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get("/leaders/")
        return len(asked)

    desk.get("/leaders/")
    before = queries()
    for unit in (late_city.west, late_city.sanitation, late_city.sweepers):
        for _n in range(3):
            dispatched(to=unit, now=timezone.now() - timedelta(days=9))
    for _n in range(3):
        give(desk)

    assert queries() <= before + 1
