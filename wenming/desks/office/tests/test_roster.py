"""排班 in the office and on the phone: how often its pages ask, who may not, what is refused, what leaves as a file."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.responsibilities.models import RosterDraft, RosterGroup, RosterRemoval, RosterRequest, RosterShift
from wenming.responsibilities.rosters.changes import change_shift, shift_change_to_be
from wenming.responsibilities.rosters.services import (
    draw_up_roster,
    found_group,
    join_group,
    leave_group,
    problem_of_draft,
    publish_roster,
    set_terms,
)
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.rosters.what_if import Standing

MOST = 12


@pytest.fixture
def group(small_city: SimpleNamespace) -> RosterGroup:
    now, by = timezone.now(), small_city.officer
    made = found_group(
        code="DESK", name="指挥值班", post="desk", unit=small_city.centre, on=date(2026, 1, 1), by=by, now=now, lead=small_city.head
    )
    set_terms(made, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", by=by, now=now)
    for name in ("dispatcher", "supervisor", "handler", "sweeper", "east_patrol"):
        join_group(made, getattr(small_city, name), on=date(2026, 1, 1), by=by, now=now)
    return made


def publish(group: RosterGroup, city: SimpleNamespace, days: int = 7) -> None:
    today, now = timezone.localdate(), timezone.now()
    draft = draw_up_roster(
        group, today - timedelta(days=1), today + timedelta(days=days - 2), by=city.officer, now=now, with_solver=False
    )
    publish_roster(draft, expected_version=1, by=city.officer, now=now)


@pytest.mark.parametrize("days", [7, 14])
def test_pages_ask_twelve_times_at_most_however_long_the_roster(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, django_assert_max_num_queries, days: int
) -> None:
    publish(group, small_city, days)
    office, member = sit_down(small_city.officer), sit_down(small_city.supervisor)
    for browser, page in (
        (office, f"/office/roster/?group=DESK&span={days if days == 7 else 30}"), (office, "/office/roster/requests/"),
        (office, "/office/roster/DESK/settings/"), (member, "/field/shift/"),
    ):  # fmt: skip
        browser.get(page)
        with django_assert_max_num_queries(MOST + 3 if page == "/field/shift/" else MOST):
            assert browser.get(page).status_code == 200


def test_the_desk_says_who_is_on_duty(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit) -> None:
    assert "当班：" not in sit_down(small_city.dispatcher).get("/office/dispatch/").content.decode()
    publish(group, small_city)

    assert "当班：" in sit_down(small_city.dispatcher).get("/office/dispatch/").content.decode()


def test_the_table_leaves_as_a_sheet(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit) -> None:
    publish(group, small_city)

    answer = sit_down(small_city.officer).get("/office/roster/table.csv?group=DESK")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("姓名,") and "夜班" in lines[0]
    assert {"supervisor", "handler"} <= {line.partition(",")[0] for line in lines}


def test_who_only_works_by_the_roster_does_not_plan_it(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit) -> None:
    assert sit_down(small_city.supervisor).get("/office/roster/").status_code == 403
    assert sit_down(small_city.leader).get("/office/roster/").status_code == 200
    assert sit_down(small_city.leader).post("/office/roster/DESK/draft/").status_code == 403


def test_two_people_edit_one_draft_and_the_second_is_told(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit) -> None:
    today = timezone.localdate()
    draft = draw_up_roster(group, today, today, by=small_city.officer, now=timezone.now(), with_solver=False)
    (who, day, _code), *_others = draft.cells
    seen = {"who": who, "day": day, "shift": "", "version": "1"}
    office = sit_down(small_city.officer)

    assert office.post("/office/roster/DESK/draft/cells/", seen).status_code == 302
    second = office.post("/office/roster/DESK/draft/cells/", seen)

    assert second.status_code == 409 and "刚被别人改过" in second.content.decode()
    assert RosterDraft.objects.get().version == 2


def test_a_draft_that_leave_has_overtaken_is_not_published(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit) -> None:
    today = timezone.localdate()
    draft = draw_up_roster(group, today, today + timedelta(days=2), by=small_city.officer, now=timezone.now(), with_solver=False)
    member = group.members.get(account__username=draft.cells[-1][0])
    leave_group(member, on=today, by=small_city.officer, now=timezone.now())

    answer = sit_down(small_city.officer).post("/office/roster/DESK/draft/publication/", {"version": "1"})

    assert answer.status_code == 409 and not group.editions.exists()


def test_a_shift_is_changed_after_its_effect_was_seen_with_a_reason_and_not_against_the_rules(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit
) -> None:
    publish(group, small_city)
    tomorrow, office = timezone.localdate() + timedelta(days=1), sit_down(small_city.officer)
    row = RosterShift.objects.get(on=tomorrow, shift_code="M")
    asked = {"day": tomorrow.isoformat(), "shift": "M", "out": row.account.username, "into": "", "reason": "临时有事"}
    seen = office.get("/office/roster/DESK/changes/", asked).content.decode()
    assert "会空出没有人在岗的时段" in seen and "480" in seen and "全组，改前 → 改后" in seen and "确定调整" in seen
    assert not RosterRemoval.objects.exists()

    assert office.post("/office/roster/DESK/changes/", asked).status_code == 302
    assert RosterRemoval.objects.get().amendment.reason == "临时有事"

    evening = RosterShift.objects.get(on=tomorrow, shift_code="A").account
    against = {**asked, "out": "", "into": evening.username}
    told, refused = office.get("/office/roster/DESK/changes/", against), office.post("/office/roster/DESK/changes/", against)
    for answer in (told, refused):
        assert answer.status_code == 409 and "不能上这个班" in answer.content.decode() and "确定调整" not in answer.content.decode()
    assert RosterRemoval.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"reason": ""}, "这一项要填", id="without a reason"),
        pytest.param({"out": ""}, "请选好换下或者换上的人", id="nobody out and nobody in"),
        pytest.param({"day": "2031-01-01"}, "还没有发布排班表", id="a day that is not published"),
        pytest.param({"shift": "A"}, "这个班上已经没有这位", id="who has another shift"),
        pytest.param({"into": "same"}, "不能是同一个人", id="out and in again"),
    ],
)
def test_what_cannot_be_changed_is_said_before_and_after(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, changed: dict[str, str], why: str
) -> None:
    publish(group, small_city)
    tomorrow, office = timezone.localdate() + timedelta(days=1), sit_down(small_city.officer)
    who = RosterShift.objects.get(on=tomorrow, shift_code="M").account.username
    asked = {"day": tomorrow.isoformat(), "shift": "M", "out": who, "into": "", "reason": "补人", **changed}
    asked["into"] = who if asked["into"] else ""

    for answer in (office.get("/office/roster/DESK/changes/", asked), office.post("/office/roster/DESK/changes/", asked)):
        assert answer.status_code in {400, 409, 422} and why in answer.content.decode()
    assert not RosterRemoval.objects.exists()


def test_a_night_shift_is_looked_at_to_its_end(group: RosterGroup, small_city: SimpleNamespace) -> None:
    publish(group, small_city)
    row = RosterShift.objects.filter(on=timezone.localdate() + timedelta(days=1), shift_code="N").select_related("account").get()

    change = shift_change_to_be(group, row.on, "N", out=row.account, into=None)
    shown = Standing(row.on - timedelta(days=1), change.last).with_shift(change)
    change_shift(group, row.on, "N", out=row.account, into=None, reason="病", by=small_city.officer, now=timezone.now())

    after = Standing(row.on - timedelta(days=1), change.last)
    assert shown.minutes_after - shown.minutes_before == sum(one.minutes for one in after.bare()) == 480


def test_nobody_approves_their_own_request(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, client: Client) -> None:
    publish(group, small_city)
    today = timezone.localdate()
    dispatcher = sit_down(small_city.dispatcher)
    days = {"group": "DESK", "starts_on": (today + timedelta(days=2)).isoformat(), "ends_on": (today + timedelta(days=2)).isoformat()}
    dispatcher.post("/field/shift/leave/", days)
    asked = RosterRequest.objects.get()

    assert dispatcher.post(f"/office/roster/requests/{asked.pk}/decision/", {"verdict": "approve"}).status_code == 403
    assert sit_down(small_city.handler).post(f"/field/shift/requests/{asked.pk}/decision/", {"verdict": "approve"}).status_code == 403
    sit_down(small_city.head).post(f"/field/shift/requests/{asked.pk}/decision/", {"verdict": "approve"})
    asked.refresh_from_db()
    assert asked.state == "approved"


def test_what_was_published_before_is_carried_over_and_shown_to_whoever_decides(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit
) -> None:
    publish(group, small_city)
    today, office = timezone.localdate(), sit_down(small_city.officer)
    first = today + timedelta(days=6)
    draft = draw_up_roster(group, first, first + timedelta(days=6), by=small_city.officer, now=timezone.now(), with_solver=False)

    carried = problem_of_draft(draft).carried_by
    page = office.get("/office/roster/DESK/draft/").content.decode()

    nights = {key: much for (key, kind), much in carried.items() if kind == "nights"}
    held = Counter(row.account.username for row in RosterShift.objects.filter(shift_code="N").select_related("account"))
    share = sum(held.values()) / 5
    assert nights == {key: pytest.approx(many - share) for key, many in held.items() if many != share}
    assert "每个人的份额" in page and "往期结转" in page


def test_whose_published_shift_moves_is_named_before_it_is_published(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit
) -> None:
    publish(group, small_city)
    today, now = timezone.localdate(), timezone.now()
    leave_group(group.members.get(account=small_city.handler), on=today, by=small_city.officer, now=now)
    draft = draw_up_roster(
        group, today + timedelta(days=1), today + timedelta(days=5), by=small_city.officer, now=now, with_solver=False
    )
    kept = next(cell for cell in draft.cells if cell[2] == "M")
    seen = {"who": kept[0], "day": kept[1], "shift": "", "version": "1"}
    office = sit_down(small_city.officer)
    office.post("/office/roster/DESK/draft/cells/", seen)

    page = office.get("/office/roster/DESK/draft/").content.decode()

    was = RosterShift.objects.filter(on=kept[1], shift_code="M", account__username=kept[0]).exists()
    assert (f"{kept[1]} 早班：不再由 {kept[0]} 上" in page) is was and was
