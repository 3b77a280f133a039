"""Policy 7.4: rosters around the clock, drawn up fairly under the rules, swaps, handover; no clocking-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from wenming.journal import services as journal
from wenming.journal.worker import run_waiting
from wenming.organisations.models import Account
from wenming.responsibilities.models import Handover, RosterEdition, RosterGroup, RosterRequest, RosterShift
from wenming.responsibilities.rosters.selectors import cover_between, moment_at, own_shifts, uncovered_between
from wenming.responsibilities.rosters.services import draw_up_roster, found_group, join_group, publish_roster, set_terms
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.rules.roster import at as minute


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def group(small_city: SimpleNamespace, today: date) -> RosterGroup:
    """东区 around the clock: three shifts, six people."""
    now = timezone.now()
    made = found_group(
        code="EAST-1", name="东区一组", post="patrol", unit=small_city.east, town_code="442000002", on=date(2026, 1, 1),
        lead=small_city.east_handler, by=small_city.officer, now=now,
    )  # fmt: skip
    set_terms(made, shifts=sample_patterns()["三班倒"], limits={}, basis="值班办法（测试）", by=small_city.officer, now=now)
    for account in (small_city.east_patrol, small_city.supervisor, small_city.sweeper, small_city.handler, small_city.west_handler):
        join_group(made, account, on=date(2026, 1, 1), by=small_city.officer, now=now)
    return made


@pytest.fixture
def published(group: RosterGroup, small_city: SimpleNamespace, today: date) -> RosterEdition:
    draft = draw_up_roster(
        group, today - timedelta(days=1), today + timedelta(days=5), by=small_city.officer, now=timezone.now(), with_solver=False
    )
    return publish_roster(draft, expected_version=1, by=small_city.officer, now=timezone.now())


def opens(today: date) -> tuple[object, object]:
    return moment_at(minute(today)), moment_at(minute(today + timedelta(days=6)))


@pytest.mark.policy("7.4")
def test_no_minute_is_without_cover_or_the_gap_is_listed_and_fairness_is_a_figure(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Callable[[Account], Client], today: date
) -> None:
    """The office draws up a week, sees what is open and how even it is, edits a cell, takes it back, publishes."""
    office = sit_down(small_city.officer)
    first, last = today + timedelta(days=1), today + timedelta(days=7)
    office.post(f"/office/roster/{group.code}/draft/", {"starts_on": first.isoformat(), "ends_on": last.isoformat()})
    assert "排着队" in office.get(f"/office/roster/{group.code}/drawing/").content.decode(), "the page waits for nothing"
    run_waiting()
    assert "每个班都有人" in office.get(f"/office/roster/{group.code}/drawing/").content.decode()
    page = office.get(f"/office/roster/{group.code}/draft/").content.decode()
    assert "每一分钟都有人" in page
    assert "离应分的份额最多差" in page, "the figure of fairness, of the roster and not of people"

    who, day, code = group.draft.cells[0]
    cell = {"who": who, "day": day, "shift": "", "version": "1"}
    office.post(f"/office/roster/{group.code}/draft/cells/", cell)
    page = office.get(f"/office/roster/{group.code}/draft/").content.decode()
    assert "1 段，共 480 分钟" in page and "在表里直接补人" in page, "the gap is listed, with what to do"
    office.post(f"/office/roster/{group.code}/draft/undo/")
    assert "每一分钟都有人" in office.get(f"/office/roster/{group.code}/draft/").content.decode()
    office.post(f"/office/roster/{group.code}/draft/cells/", {**cell, "version": "3"})
    office.post(f"/office/roster/{group.code}/draft/publication/", {"version": "4"})

    shown = office.get(f"/office/roster/?group={group.code}&first={first.isoformat()}").content.decode()
    assert "1 段，共 480 分钟" in shown
    (gap,) = uncovered_between(moment_at(minute(first)), moment_at(minute(last + timedelta(days=1))))
    assert gap.minutes == 480 and gap.shift_code == code
    covered = {shift.shift_id for shift in cover_between(moment_at(minute(first)), moment_at(minute(last + timedelta(days=1))))}
    assert len(covered) == 7 * 3 - 1


@pytest.mark.policy("7.4")
def test_what_breaks_a_rule_cannot_be_put_into_the_draft(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Callable[[Account], Client], today: date
) -> None:
    office, first = sit_down(small_city.officer), today + timedelta(days=1)
    office.post(f"/office/roster/{group.code}/draft/", {"starts_on": first.isoformat(), "ends_on": first.isoformat()})
    run_waiting()
    who, day, code = next(cell for cell in group.draft.cells if cell[2] == "M")
    other = next(cell for cell in group.draft.cells if cell[2] == "A")[0]
    office.post(f"/office/roster/{group.code}/draft/", {"starts_on": first.isoformat(), "ends_on": (first + timedelta(days=1)).isoformat()})
    run_waiting()
    draft = RosterGroup.objects.get(pk=group.pk).draft
    evening = next(cell for cell in draft.cells if cell[2] == "A" and cell[1] == first.isoformat())
    answer = office.post(
        f"/office/roster/{group.code}/draft/cells/",
        {"who": evening[0], "day": (first + timedelta(days=1)).isoformat(), "shift": "N", "version": str(draft.version)},
    )

    assert answer.status_code == 409
    assert "两班之间休息不够" in answer.content.decode()
    assert who != other and day and code


@pytest.mark.policy("7.4")
def test_a_swap_is_agreed_to_and_approved_and_leave_opens_what_is_listed(
    published: RosterEdition, group: RosterGroup, small_city: SimpleNamespace, sit_down: Callable[[Account], Client], today: date
) -> None:
    from wenming.refusals import Refusal
    from wenming.responsibilities.rosters import changes

    now, made = timezone.now(), None
    rows = [row for row in RosterShift.objects.filter(edition=published) if row.starts_at > now + timedelta(days=1)]
    for own in rows:
        for colleague in {row.account for row in rows} - {own.account}:
            try:
                made = changes.ask_swap(own, colleague=colleague, other=None, said="", by=own.account, now=now)
                break
            except Refusal:
                continue
        if made:
            break
    assert made is not None
    own, asker, colleague = made.own, made.asked_by, made.colleague

    sit_down(colleague).post(f"/field/shift/requests/{made.pk}/answer/", {"verdict": "agree"})
    assert RosterRequest.objects.get(pk=made.pk).state == "agreed"
    assert RosterShift.objects.filter(pk=own.pk, removal=None).exists(), "nothing changes before the lead approves"
    sit_down(small_city.officer).post(f"/office/roster/requests/{made.pk}/decision/", {"verdict": "approve"})

    assert own.on in {shift.on for shift in own_shifts(colleague, today, today + timedelta(days=9))}
    assert own.pk not in {shift.pk for shift in own_shifts(asker, today, today + timedelta(days=9))}
    assert uncovered_between(*opens(today)) == []

    leaver = next(row for row in own_shifts(colleague, today + timedelta(days=2), today + timedelta(days=5)))
    sit_down(colleague).post(
        "/field/shift/leave/", {"group": group.code, "starts_on": leaver.on.isoformat(), "ends_on": leaver.on.isoformat()}
    )
    asked = RosterRequest.objects.get(kind="leave")
    assert "会空出" in sit_down(small_city.officer).get("/office/roster/requests/").content.decode()
    sit_down(small_city.officer).post(f"/office/roster/requests/{asked.pk}/decision/", {"verdict": "approve"})

    assert [gap.shift_code for gap in uncovered_between(*opens(today))][:1] == [leaver.shift_code]


@pytest.mark.policy("7.4")
def test_the_shift_is_handed_over_with_notes_and_open_matters_and_nobody_clocks_in(
    published: RosterEdition, small_city: SimpleNamespace, sit_down: Callable[[Account], Client]
) -> None:
    now = timezone.now()
    running = next(row for row in RosterShift.objects.filter(edition=published) if row.starts_at <= now < row.ends_at)
    following = next(
        row for row in RosterShift.objects.filter(edition=published, starts_at__gte=running.ends_at).exclude(account=running.account)
    )
    given = sit_down(running.account)
    page = given.get("/field/shift/").content.decode()
    assert "交班" in page and "打卡" not in page and "签到" not in page
    said = {"notes": "三号井盖围挡未撤", "client_id": "one", "shift": running.pk}
    given.post("/field/shift/handovers/", said)
    given.post("/field/shift/handovers/", said)
    made = Handover.objects.get()
    assert "这一班第一条记录" not in page
    with transaction.atomic(), journal.acting_from("field"):
        journal.record("patrol.seen", by=running.account, about=None, now=max(running.starts_at, now - timedelta(minutes=1)))
    assert "这一班第一条记录" in given.get("/field/shift/").content.decode(), "presence is what was done, not a button"

    taker = sit_down(following.account)
    assert "三号井盖围挡未撤" in taker.get("/field/shift/").content.decode()
    taker.post(f"/field/shift/handovers/{made.pk}/taking/")

    assert made.taking.by == following.account
    assert given.post(f"/field/shift/handovers/{made.pk}/taking/").status_code in {403, 409}


@pytest.mark.policy("7.4")
def test_a_phone_that_had_no_network_hands_over_once_at_the_time_it_was_done(
    published: RosterEdition, small_city: SimpleNamespace, sit_down: Callable[[Account], Client]
) -> None:
    """The outbox sends the same twice, hours later; the receipt is the same, the time the phone's, the matters those listed."""
    now = timezone.now()
    over = max(
        (row for row in RosterShift.objects.filter(edition=published) if row.ends_at <= now), key=lambda row: row.ends_at
    )
    phone, json = sit_down(over.account), {"HTTP_ACCEPT": "application/json"}
    at = over.ends_at - timedelta(minutes=5)
    kept = {"notes": "钥匙在岗亭", "shift": str(over.pk), "client_id": "from-phone", "kept_by": over.account.username, "seen_at": at.isoformat()}

    first, again = (phone.post("/field/shift/handovers/", kept, **json) for _sending in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"] and first.json()["hash"] == again.json()["hash"]
    made = Handover.objects.get()
    assert made.given_at == at and made.notes == "钥匙在岗亭"

    taker = sit_down(next(row.account for row in RosterShift.objects.filter(edition=published) if row.account_id != over.account_id))
    taken = {"client_id": "taken-offline", "seen_at": (at + timedelta(minutes=9)).isoformat()}
    one, two = (taker.post(f"/field/shift/handovers/{made.pk}/taking/", taken, **json) for _sending in range(2))
    assert (one.status_code, two.status_code) == (201, 200) and made.taking.at == at + timedelta(minutes=9)

    early = {**kept, "client_id": "too-early", "seen_at": (over.starts_at - timedelta(hours=1)).isoformat()}
    refused = phone.post("/field/shift/handovers/", early, **json)
    assert refused.status_code == 409 and "重新交" in refused.json()["message"] and Handover.objects.count() == 1
    strangers = phone.post("/field/shift/handovers/", {**kept, "client_id": "x", "kept_by": "somebody"}, **json)
    assert strangers.status_code in {403, 409}


@pytest.mark.policy("7.4")
def test_shifts_and_rules_are_data_of_the_group_in_versions(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Callable[[Account], Client]
) -> None:
    office, page = sit_down(small_city.officer), f"/office/roster/{group.code}/settings/"
    typed = {
        "shifts": "D 白班 08:00 12 1\nN 夜班 20:00 12 1 急救证：1", "rest_hours": "12", "days_in_row": "5", "nights_in_row": "2",
        "week_hours": "48", "always": "on", "basis": "两班倒办法", "apart": "handler sweeper",
    }  # fmt: skip
    assert "夜班 00:00 8 1" in office.get(page).content.decode(), "what holds is what is edited"

    assert office.post(f"{page}terms/", typed).status_code == 302
    newest = group.terms.order_by("-number")[0]
    assert (newest.number, newest.shifts[1]["skills"], newest.limits["rest_hours"]) == (2, {"急救证": 1}, 12)
    assert newest.limits["apart"] == [["handler", "sweeper"]]
    wrong = office.post(f"{page}terms/", {**typed, "shifts": "D 白班 八点 12 1"})
    assert wrong.status_code == 422 and "看不懂" in wrong.content.decode()


@pytest.mark.policy("7.4")
def test_the_calendar_holds_ones_own_shifts_only_and_is_revoked(
    published: RosterEdition, small_city: SimpleNamespace, sit_down: Callable[[Account], Client], client: Client
) -> None:
    own = RosterShift.objects.filter(edition=published, account=small_city.handler)
    mine = sit_down(small_city.handler)
    page = mine.post("/field/shift/calendar/").content.decode()
    address = page.partition("<code>")[2].partition("</code>")[0].partition("testserver")[2]

    found = client.get(address)

    assert found.status_code == 200 and found.content.decode().count("BEGIN:VEVENT") == own.count() > 0
    assert all(str(one) not in found.content.decode() for one in Account.objects.exclude(pk=small_city.handler.pk))
    mine.post("/field/shift/calendar/removal/")
    assert client.get(address).status_code == 404
