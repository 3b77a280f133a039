"""核实与核查: who is asked, what may be answered, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import BoundaryCase, Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import photos_of
from wenming.cases.tests.story import at
from wenming.desks.field.tasks import tasks_for
from wenming.organisations.models import Account

from .conftest import photo

Bring = Callable[..., Case]
Sit = Callable[[Account], Client]


def post(browser: Client, case: Case, **fields: object):
    return browser.post(f"/field/task/{case.number}/verifications/", fields)


def test_today_lists_what_waits_for_this_person(
    desk: Client, sit_down: Sit, answered: Bring, doubtful: Case, small_city: SimpleNamespace
) -> None:
    case = answered()

    centre, town = desk.get("/field/").content.decode(), sit_down(small_city.east_patrol).get("/field/").content.decode()

    assert f"/field/task/{case.number}/" in centre and doubtful.number not in centre
    assert f"/field/task/{doubtful.number}/" in town, "the town was asked, so its patrol sees it"


def test_the_page_shows_before_and_what_was_done(desk: Client, answered: Bring) -> None:
    page = desk.get(f"/field/task/{answered(photos=[]).number}/").content.decode()

    assert "清理；两车拉走" in page and "清除" in page
    assert page.index("没解决") < page.index("看不到现场") < page.index('value="yes">解决了')


@pytest.mark.parametrize(
    ("fields", "ends", "act", "reason"),
    [
        pytest.param({"found": "yes"}, State.VERIFIED, "pass_verification", "", id="solved, in one tap"),
        pytest.param({"found": "no", "why_no": "只处理了一部分"}, State.DISPATCHED, "send_back", "只处理了一部分", id="not solved"),
        pytest.param({"found": "no", "why_no": "其他", "note": "桶倒了"}, State.DISPATCHED, "send_back", "桶倒了", id="in own words"),
        pytest.param({"found": "unseen", "why_unseen": "有围挡"}, State.ANSWERED, "cannot_see", "有围挡", id="nothing to be seen"),
    ],
)  # fmt: skip
def test_after_handling(fields: dict, ends: State, act: str, reason: str, desk: Client, answered: Bring) -> None:
    case = answered()

    answer = post(desk, case, seen_moves=4, **fields)

    case.refresh_from_db()
    assert answer.status_code == 302 and case.state == ends
    assert case.moves.get(act=act).reason == reason


@pytest.mark.parametrize(
    ("fields", "ends", "act"),
    [
        pytest.param({"found": "yes"}, State.COLLECTED, "verify_before", id="there"),
        pytest.param({"found": "no"}, State.COLLECTED, "verify_before", id="not there"),
        pytest.param({"found": "unseen", "why_unseen": "进不去"}, State.VERIFYING, "cannot_see", id="not seen"),
    ],
)
def test_before_establishing(
    fields: dict, ends: State, act: str, sit_down: Sit, doubtful: Case, small_city: SimpleNamespace
) -> None:
    post(sit_down(small_city.east_patrol), doubtful, **fields)

    doubtful.refresh_from_db()
    assert doubtful.state == ends
    move = doubtful.moves.get(act=act)
    assert move.facts.get("holds") == {"yes": True, "no": False}.get(fields["found"])


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        pytest.param({}, 422, "请在三个里选一个", id="no answer"),
        pytest.param({"found": "no"}, 422, "请选一个原因", id="not solved, without reason"),
        pytest.param({"found": "no", "why_no": "其他"}, 422, "请选一个原因", id="other, without words"),
        pytest.param({"found": "unseen"}, 422, "请选一个原因", id="not seen, without reason"),
        pytest.param({"found": "yes", "seen_moves": 2}, 409, "刚刚被别人办理过", id="a stale page"),
    ],
)
def test_what_is_to_be_mended_is_said(fields: dict, status: int, says: str, desk: Client, answered: Bring) -> None:
    case = answered()

    answer = post(desk, case, **fields)

    case.refresh_from_db()
    assert answer.status_code == status and says in answer.content.decode() and case.state == State.ANSWERED


def test_photos_go_with_the_answer_and_survive_a_refusal(desk: Client, answered: Bring) -> None:
    case = answered()
    refused = post(desk, case, found="no", photos=[photo()]).content.decode()
    token = refused.split('name="photos_ids" value="')[1].split('"')[0]

    post(desk, case, found="no", why_no="还在原处", photos_ids=[token])

    assert len(photos_of(case).verified) == 1


def test_the_unit_that_handled_is_never_asked(answered: Bring, sit_down: Sit, small_city: SimpleNamespace) -> None:
    case = answered(to=small_city.east, by=small_city.east_handler)
    patrol = sit_down(small_city.east_patrol)

    assert case.number not in patrol.get("/field/").content.decode()
    page = patrol.get(f"/field/task/{case.number}/").content.decode()
    assert "要由别的单位核查" in page and "three-answers" not in page
    assert post(patrol, case, found="yes").status_code == 403
    case.refresh_from_db()
    assert case.state == State.ANSWERED


def test_nor_a_unit_below_one_that_handled_it_once(answered: Bring, small_city: SimpleNamespace) -> None:
    case = answered()
    small_city.sweeper.role = "field"
    small_city.sweeper.save()

    assert case not in tasks_for(small_city.sweeper)
    assert case in tasks_for(small_city.supervisor)


def test_what_a_person_may_not_see_does_not_exist(answered: Bring, sit_down: Sit, small_city: SimpleNamespace) -> None:
    case, town = answered(), sit_down(small_city.east_patrol)

    assert town.get(f"/field/task/{case.number}/").status_code == 404
    assert post(town, case, found="yes").status_code == 404
    assert sit_down(small_city.handler).get(f"/field/task/{case.number}/").status_code == 403
    assert Client().get("/field/").status_code == 302


def test_somebody_else_was_there_and_saw_nothing(desk: Client, answered: Bring) -> None:
    case = answered()
    post(desk, case, found="unseen", why_unseen="天黑看不清")

    page = desk.get(f"/field/task/{case.number}/").content.decode()
    assert "天黑看不清" in page and "three-answers" in page, "it is still owed"


def test_a_longer_list_asks_no_more_questions(
    desk: Client, answered: Bring, django_assert_max_num_queries: Callable
) -> None:
    answered()
    desk.get("/field/")
    with django_assert_max_num_queries(25) as few:
        desk.get("/field/")
    for number in range(4):
        answered(text=f"第 {number} 个桶")
    with django_assert_max_num_queries(len(few.captured_queries)):
        desk.get("/field/")


def test_there_is_nothing_to_clock_in_with(desk: Client, answered: Bring) -> None:
    pages = desk.get("/field/").content.decode() + desk.get(f"/field/task/{answered().number}/").content.decode()

    assert [word for word in ("打卡", "签到", "积分", "在线时长", "排名") if word in pages] == []


def test_done_tasks_say_so(desk: Client, answered: Bring, small_city: SimpleNamespace) -> None:
    case = cases.pass_verification(answered(), by=small_city.supervisor, now=at("11-16 11:00"))

    assert "不用到现场看" in desk.get(f"/field/task/{case.number}/").content.decode()


# --- beside our border -------------------------------------------------------------------------------------------------


@pytest.fixture
def beside_east(answered: Bring, small_city: SimpleNamespace) -> Case:
    """A case of the sanitation department, twelve metres from the eastern town."""
    case = answered()
    BoundaryCase.objects.create(case=case, unit=small_city.east, metres=12, at=at("11-16 09:00"))
    return case


def test_what_is_beside_our_border_is_told_to_the_street_quietly(
    beside_east: Case, desk: Client, sit_down: Sit, small_city: SimpleNamespace
) -> None:
    patrol = sit_down(small_city.east_patrol)

    page = patrol.get("/field/").content.decode()

    shown = page[page.index("边界旁 1") :]
    assert beside_east.number in shown and "离边界 12 米" in shown and "环卫处" in shown and "知道就行" in shown
    assert "待我看 0" in page and "现在没有要您到现场看的" in page, "nobody owes a look at it"
    assert f"/field/task/{beside_east.number}/" not in page
    assert patrol.get(f"/field/task/{beside_east.number}/").status_code == 404
    assert post(patrol, beside_east, found="yes").status_code == 404
    assert "边界旁" not in desk.get("/field/").content.decode(), "the centre's own people look at it anyhow"


def test_it_is_no_news_to_another_town_nor_after_it_is_over(
    answered: Bring, beside_east: Case, sit_down: Sit, small_city: SimpleNamespace
) -> None:
    other = answered(text="西边的")
    BoundaryCase.objects.create(case=other, unit=small_city.west, metres=5, at=at("11-16 09:00"))
    assert other.number not in sit_down(small_city.east_patrol).get("/field/").content.decode()

    Case.objects.filter(pk=beside_east.pk).update(state=State.CLOSED, closed_at=at("11-16 11:00"))
    assert "边界旁" not in sit_down(small_city.east_patrol).get("/field/").content.decode()


def test_what_is_a_task_is_not_told_a_second_time(doubtful: Case, sit_down: Sit, small_city: SimpleNamespace) -> None:
    BoundaryCase.objects.create(case=doubtful, unit=small_city.east, metres=3, at=at("11-16 09:00"))

    page = sit_down(small_city.east_patrol).get("/field/").content.decode()

    assert f"/field/task/{doubtful.number}/" in page and "边界旁" not in page


def test_it_lies_in_the_offline_pack_and_renews_the_page(beside_east: Case, sit_down: Sit, small_city: SimpleNamespace) -> None:
    patrol = sit_down(small_city.east_patrol)
    home = {page["url"]: page["version"] for page in patrol.get("/field/pack/").json()["pages"]}["/field/"]

    Case.objects.filter(pk=beside_east.pk).update(state=State.CLOSED, closed_at=at("11-16 11:00"))

    assert {page["url"]: page["version"] for page in patrol.get("/field/pack/").json()["pages"]}["/field/"] != home
