"""排班 in the office and on the phone: how often its pages ask, who may not, what is refused, what leaves as a file."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.responsibilities.models import RosterDraft, RosterGroup, RosterRequest, RosterShift
from wenming.responsibilities.rosters.services import (
    draw_up_roster,
    found_group,
    join_group,
    leave_group,
    publish_roster,
    set_terms,
)
from wenming.responsibilities.rosters.terms import sample_patterns

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


def test_a_hole_is_filled_at_once_with_a_reason_but_not_against_the_rules(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit
) -> None:
    publish(group, small_city)
    tomorrow, office = timezone.localdate() + timedelta(days=1), sit_down(small_city.officer)
    row = RosterShift.objects.get(on=tomorrow, shift_code="M")
    asked = {"day": tomorrow.isoformat(), "shift": "M", "out": row.account.username, "into": "", "reason": "临时有事"}
    assert office.post("/office/roster/DESK/changes/", asked).status_code == 302

    evening = RosterShift.objects.get(on=tomorrow, shift_code="A").account
    refused = office.post("/office/roster/DESK/changes/", {**asked, "out": "", "into": evening.username})

    assert refused.status_code == 422 and "不能上这个班" in refused.content.decode()


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
