"""上线检查: computed from what is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases.tests.story import at
from wenming.desks.admin.checklist import checks
from wenming.journal.models import Reaction
from wenming.organisations.models import Account, Person, Post, Unit
from wenming.organisations.services import appoint
from wenming.standards.models import Scheme

NOW = at("11-16 09:00")


def states() -> dict[str, tuple[str, str]]:
    return {str(check.title): (check.state, check.sentence) for _title, found in checks(NOW) for check in found}


def test_an_empty_city_lacks_everything(db: object) -> None:
    found = {title: state for title, (state, _sentence) in states().items()}

    assert [found[t] for t in ("机构", "镇街边界", "问题分类", "工作日历")] == ["late"] * 4


def test_a_small_city_may_begin_and_hears_what_to_check(desk: Client) -> None:
    found = states()

    assert found["机构"][0] == found["镇街边界"][0] == found["问题分类"][0] == "done"
    assert found["主要负责人"] == ("soon", "3 个单位的主要负责人空缺：环卫处、东区、西区。")
    assert found["各环节时限"][0] == "soon" and "样本" in found["各环节时限"][1]
    assert found["工作日历"] == ("soon", "2027 年的放假通知还没有录入，跨到那里的时限只是暂定。")
    assert "没人负责" in found["权责"][1]


def test_a_city_without_a_name_is_asked_for_one(db: object, settings) -> None:
    settings.CITY_NAME = ""
    assert states()["城市名称"][0] == "soon"

    settings.CITY_NAME = "中山市"
    assert states()["城市名称"] == ("done", "中山市")


def test_a_head_appointed_is_a_vacancy_less(desk: Client, small_city: SimpleNamespace) -> None:
    post = Post.objects.create(unit=small_city.east, kind="head", title="主任")
    appoint(Person.objects.create(name="刘一"), to=post, on=NOW.date(), by=None, now=NOW)

    assert states()["主要负责人"][1].startswith("2 个")


def test_a_unit_without_handler_is_named(desk: Client) -> None:
    Account.objects.filter(username="west_handler").update(is_active=False)

    assert states()["经办账号"] == ("soon", "1 个单位没有经办账号，派过去没人签收：西区。")


def test_a_town_on_the_map_without_a_unit_is_named(desk: Client) -> None:
    Unit.objects.filter(code="WEST").update(valid_to=NOW.date())

    assert states()["镇街边界"][0] == "late" and "西区" in states()["镇街边界"][1]


@pytest.mark.parametrize(("attempts", "state"), [(0, "late"), (3, "soon")])
def test_a_worker_that_stands_still_is_seen(
    attempts: int, state: str, desk: Client, report: Callable[..., object]
) -> None:
    report(now=NOW - timedelta(minutes=5))
    Reaction.objects.update(attempts=attempts, due_at=NOW - timedelta(minutes=5), done_at=None)

    assert states()["后台任务"][0] == state


def test_the_page_says_how_many_and_where_to_mend(desk: Client) -> None:
    Scheme.objects.update(is_current=False)

    page = desk.get("/admin/").content.decode()

    assert "项不办好就不能开始工作" in page and "还没有启用问题分类" in page and "去办" in page


def test_whoever_may_not_mend_sees_no_link(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    assert "去办" not in sit_down(small_city.auditor).get("/admin/").content.decode()


def test_the_checklist_asks_no_more_of_a_larger_city(
    desk: Client, small_city: SimpleNamespace, django_assert_max_num_queries: Callable[..., object]
) -> None:
    desk.get("/admin/")
    for number in range(20):
        Unit.objects.create(
            code=f"D{number}", name=f"部门{number}", short_name=f"部门{number}", kind="department", parent=small_city.leaders,
            path=f"/LEAD/D{number}/", valid_from=timezone.localdate(),
        )  # fmt: skip
    with django_assert_max_num_queries(45):
        desk.get("/admin/")
