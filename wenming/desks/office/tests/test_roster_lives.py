"""A group that ends, pauses, begins again; people on paper; what a change opens is shown before, and is what then happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.organisations.models import Account
from wenming.refusals import NotAllowed, Refusal
from wenming.responsibilities.closure import prove_closure
from wenming.responsibilities.models import RosterGroup, RosterRequest, RosterShift
from wenming.responsibilities.rosters import changes, lives
from wenming.responsibilities.rosters.selectors import Gap, moment_at, shifts_in_force, uncovered_between
from wenming.responsibilities.rosters.services import (
    draw_up_roster,
    found_group,
    join_group,
    leave_group,
    publish_roster,
    set_terms,
)
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.rosters.what_if import Standing, WouldOpen, standing_for
from wenming.responsibilities.rules.roster import at

EAST = "442000002"
Make = Callable[..., RosterGroup]


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def make(small_city: SimpleNamespace, today: date) -> Make:
    """`make("E-1", town, accounts)`: a group around the clock with a published week that began yesterday."""

    def made(code: str, town: str, people: Iterable[Account], grids: tuple[str, ...] = ()) -> RosterGroup:
        by, now = small_city.officer, timezone.now()
        group = found_group(
            code=code, name=code, post="patrol", unit=small_city.east, town_code=town, grid_codes=grids, on=date(2026, 1, 1), by=by, now=now,
            lead=small_city.head,
        )  # fmt: skip
        set_terms(group, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", by=by, now=now)
        for account in people:
            join_group(group, account, on=date(2026, 1, 1), by=by, now=now)
        draft = draw_up_roster(group, today - timedelta(days=1), today + timedelta(days=6), by=by, now=now, with_solver=False)
        publish_roster(draft, expected_version=1, by=by, now=now)
        return group

    return made


@pytest.fixture
def group(make: Make, small_city: SimpleNamespace) -> RosterGroup:
    people = ("dispatcher", "supervisor", "handler", "sweeper", "east_patrol")
    return make("E-1", EAST, [getattr(small_city, name) for name in people])


def gaps_of(found: WouldOpen) -> list[Gap]:
    return uncovered_between(found.starts_at, found.ends_at)


def same(some: Iterable[Gap], others: Iterable[Gap]) -> bool:
    return [(g.starts_at, g.ends_at, g.reason, g.have) for g in some] == [(g.starts_at, g.ends_at, g.reason, g.have) for g in others]


def test_ending_a_group_leaves_its_ground_bare_unless_another_of_the_same_post_stands_there(
    group: RosterGroup, make: Make, small_city: SimpleNamespace, today: date
) -> None:
    alone = Standing(today + timedelta(days=1), today + timedelta(days=5)).with_end(group, today)
    assert (alone.minutes_before, alone.minutes_after) == (0, 5 * 1440)
    assert [one.minutes for one in alone.opens] == [5 * 1440]

    make("CITY", "*", [small_city.east_handler, small_city.west_handler, small_city.head])
    beside = Standing(today + timedelta(days=1), today + timedelta(days=5)).with_end(group, today)

    assert beside.minutes_after < 5 * 1440, "somebody of the whole city is there"


def test_after_the_end_its_shifts_hold_no_more_and_taking_it_back_brings_them_again(
    group: RosterGroup, small_city: SimpleNamespace, today: date
) -> None:
    later = RosterShift.objects.filter(edition__group=group, on__gt=today)
    held = len(shifts_in_force(later))

    lives.end_group(group, today, by=small_city.officer, now=timezone.now())
    assert shifts_in_force(later) == []
    with pytest.raises(Refusal, match="已经定了"):
        lives.end_group(group, today, by=small_city.officer, now=timezone.now())

    lives.reopen_group(group, by=small_city.officer, now=timezone.now())
    assert len(shifts_in_force(later)) == held


def test_a_pause_lists_its_minutes_and_what_was_shown_is_what_happens(group: RosterGroup, small_city: SimpleNamespace, today: date) -> None:
    first, last = today + timedelta(days=2), today + timedelta(days=3)
    shown = Standing(first, last).with_edition(lives.pause_to_be(group, first, last, "道路封闭"))
    held = {row.pk: row.account_id for row in shifts_in_force(RosterShift.objects.filter(edition__group=group))}

    pause = lives.pause_group(group, first, last, reason="道路封闭", by=small_city.officer, now=timezone.now())

    assert same(gaps_of(shown), shown.gaps_after)
    assert {gap.reason for gap in gaps_of(shown)} == {"paused"} and gaps_of(shown)[0].note == "道路封闭"
    assert sum(gap.minutes for gap in gaps_of(shown)) == 2 * 1440 == shown.minutes_after
    assert lives.pauses_ahead(group, today) == [pause]

    lives.resume_group(pause, on=today, by=small_city.officer, now=timezone.now())

    again = shifts_in_force(RosterShift.objects.filter(edition__group=group))
    assert sorted((row.on, row.shift_code, row.account_id) for row in again) == sorted(
        (row.on, row.shift_code, row.account_id) for row in RosterShift.objects.filter(pk__in=held)
    )
    assert lives.pauses_ahead(group, today) == []
    with pytest.raises(Refusal, match="已经结束"):
        lives.resume_group(pause, on=today, by=small_city.officer, now=timezone.now())


def test_who_goes_leaves_their_shifts_open_as_it_was_shown(group: RosterGroup, small_city: SimpleNamespace, today: date) -> None:
    member = group.members.get(account=small_city.handler)
    shown = Standing(today, today + timedelta(days=6)).with_departure(member, today)

    leave_group(member, on=today, by=small_city.officer, now=timezone.now())

    assert shown.short_after > shown.short_before == 0
    assert same(gaps_of(shown), shown.gaps_after)


def test_leave_opens_what_was_shown_and_taking_the_approval_back_closes_it(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, today: date
) -> None:
    own = next(row for row in shifts_in_force(RosterShift.objects.filter(edition__group=group, on__gt=today + timedelta(days=1))))
    asked = changes.ask_leave(group, own.on, own.on, by=own.account, now=timezone.now())
    asked = changes.requests_to_decide(small_city.head).get()
    standing = standing_for([asked])
    shown = standing.with_request(asked) if standing else None
    assert shown is not None and shown.short_after >= 480
    office = sit_down(small_city.officer)
    assert "会空出没有人在岗的时段" in office.get("/office/roster/requests/").content.decode()

    office.post(f"/office/roster/requests/{asked.pk}/decision/", {"verdict": "approve"})
    assert same(gaps_of(shown), shown.gaps_after)
    page = office.get("/office/roster/requests/").content.decode()
    assert "撤销批准" in page and "经过" in page

    office.post(f"/office/roster/requests/{asked.pk}/decision/removal/")
    assert same(gaps_of(shown), shown.gaps_before)
    assert RosterRequest.objects.get().state == "taken-back"
    assert [step.state for step in asked.steps.all()] == ["agreed", "approved", "taken-back"]


def test_a_place_filled_meanwhile_is_not_taken_from_whoever_has_it(group: RosterGroup, small_city: SimpleNamespace, today: date) -> None:
    now = timezone.now()
    own = next(row for row in shifts_in_force(RosterShift.objects.filter(edition__group=group, on=today + timedelta(days=4))))
    asked = changes.ask_leave(group, own.on, own.on, by=own.account, now=now)
    changes.decide_request(asked, approves=True, by=small_city.head, now=now)
    join_group(group, small_city.east_handler, on=today, by=small_city.officer, now=now)
    changes.change_shift(group, own.on, own.shift_code, out=None, into=small_city.east_handler, reason="补人", by=small_city.officer, now=now)

    with pytest.raises(Refusal, match="又有变动"):
        changes.take_back_decision(asked, by=small_city.head, now=now)


def test_a_swap_that_opens_nothing_says_so(group: RosterGroup, today: date) -> None:
    rows = shifts_in_force(RosterShift.objects.filter(edition__group=group, on__gt=today + timedelta(days=1)))
    own, colleague = rows[0], next(row.account for row in rows if row.account_id != rows[0].account_id)
    asked = RosterRequest(group=group, kind="cover", asked_by=own.account, own=own, colleague=colleague)

    standing = standing_for([asked])
    shown = standing.with_request(asked) if standing else None

    assert shown is not None and shown.is_harmless and not shown.opens


def test_somebody_without_an_account_is_planned_and_cannot_log_in(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, today: date
) -> None:
    office = sit_down(small_city.officer)
    asked = {"name": "老周", "on": today.isoformat(), "skills": "执法证"}
    assert office.post("/office/roster/E-1/settings/paper/", asked).status_code == 302
    assert "没有账号" in office.get("/office/roster/E-1/settings/").content.decode()
    assert office.post("/office/roster/E-1/settings/paper/", asked).status_code == 422, "twice the same name is told apart"
    member = group.members.get(account__display_name="老周")
    assert not member.account.is_active and not member.account.may("rosters.own")

    first = today + timedelta(days=10)
    draft = draw_up_roster(group, first, first + timedelta(days=6), by=small_city.officer, now=timezone.now(), with_solver=False)
    assert any(who == member.account.username for who, _day, _code in draft.cells)

    page = office.get(f"/office/roster/E-1/settings/members/{member.pk}/leave/?starts_on={first}&ends_on={first}").content.decode()
    assert "登记请假" in page and "改前" in page
    office.post(f"/office/roster/E-1/settings/members/{member.pk}/leave/", {"starts_on": first.isoformat(), "ends_on": first.isoformat()})
    assert RosterRequest.objects.get(asked_by=member.account).state == "approved"
    with pytest.raises(NotAllowed):
        changes.enter_leave(group.members.get(account=small_city.handler), first, first, by=small_city.officer, now=timezone.now())


def test_the_pages_of_a_change_show_it_first_and_do_it_then(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, today: date
) -> None:
    office, last = sit_down(small_city.officer), today.isoformat()
    seen = office.get(f"/office/roster/E-1/ending/?last={last}").content.decode()
    assert "会空出没有人在岗的时段" in seen and "网格巡查" in seen
    assert office.get(f"/office/roster/E-1/ending/?last={today - timedelta(days=1)}").status_code == 422
    group.refresh_from_db()
    assert group.valid_to is None, "looking changes nothing"

    office.post("/office/roster/E-1/ending/", {"last": last})
    group.refresh_from_db()
    assert group.valid_to == today
    office.post("/office/roster/E-1/ending/removal/")
    group.refresh_from_db()
    assert group.valid_to is None

    days = {"first": (today + timedelta(days=1)).isoformat(), "last": (today + timedelta(days=1)).isoformat()}
    assert office.get("/office/roster/E-1/pauses/", {**days, "reason": " "}).status_code == 422, "why is asked"
    office.post("/office/roster/E-1/pauses/", {**days, "reason": "封路"})
    settings = office.get("/office/roster/E-1/settings/").content.decode()
    assert "封路" in settings and "恢复值班" in settings
    assert "暂停值班：封路" in office.get(f"/office/roster/?group=E-1&first={today}").content.decode()


def test_looking_at_what_a_draft_opens_speaks_of_the_days_before_as_they_are(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, today: date
) -> None:
    first = today + timedelta(days=7)
    draw_up_roster(group, first, first + timedelta(days=6), by=small_city.officer, now=timezone.now(), with_solver=False)

    page = sit_down(small_city.officer).get("/office/roster/E-1/draft/").content.decode()

    assert "不会空出没有人的时段" in page and "会补上" in page
    start, end = moment_at(at(first)), moment_at(at(first + timedelta(days=7)))
    assert sum(gap.minutes for gap in uncovered_between(start, end)) == 7 * 1440


def test_the_closure_proof_tells_of_groups_with_a_roster_apart_and_of_ground_that_nobody_watches(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, today: date
) -> None:
    day, by, now = today + timedelta(days=2), small_city.officer, timezone.now()
    lives.pause_group(group, day, day, reason="封路", by=by, now=now)
    found_group(code="NEW", name="新设的组", post="desk", unit=small_city.east, on=date(2026, 1, 1), by=by, now=now)

    report = prove_closure(today, by=by, now=now)

    told = report.content
    assert sum(gap["minutes"] for gap in told["rosters"] if gap["group"] == "E-1" and gap["reason"] == "paused") == 1440
    (bare,) = [one for one in told["unwatched"] if one["post"] == "patrol" and one["since"].startswith(day.isoformat())]
    assert (bare["places"], bare["minutes"]) == ([EAST], 1440)
    page = sit_down(by).get(f"/office/who/proof/{report.number}/").content.decode()
    assert "有排班表的组" in page and "还没有发布排班表的组" in page and "没有任何一组在岗的地方" in page
    assert page.index("有排班表的组") < page.index("暂停值班") < page.index("还没有发布排班表的组") < page.index("新设的组")
