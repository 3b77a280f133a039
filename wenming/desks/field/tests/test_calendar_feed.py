"""The calendar of one's shifts, read by the rules of RFC 5545 and by nothing of ours."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.responsibilities.models import RosterGroup
from wenming.responsibilities.rosters.selectors import own_shifts
from wenming.responsibilities.rosters.services import draw_up_roster, found_group, join_group, publish_roster, set_terms
from wenming.responsibilities.rosters.terms import sample_patterns

AWKWARD = "一组；后山\\前山,沿江路至中山港大道东段（含背街小巷）; 夜间加巡点位与水上巡查"
LINE = re.compile(r"^([A-Z-]+)((?:;[A-Z-]+=[^:;]+)*):(.*)$", re.DOTALL)


@pytest.fixture
def group(small_city: SimpleNamespace) -> RosterGroup:
    now, by = timezone.now(), small_city.officer
    made = found_group(code="E-1", name=AWKWARD, post="patrol", unit=small_city.east, on=date(2026, 1, 1), by=by, now=now)
    set_terms(made, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", by=by, now=now)
    for name in ("dispatcher", "supervisor", "handler", "sweeper", "east_patrol"):
        join_group(made, getattr(small_city, name), on=date(2026, 1, 1), by=by, now=now)
    return made


def publish(group: RosterGroup, city: SimpleNamespace) -> None:
    today = timezone.localdate()
    draft = draw_up_roster(group, today, today + timedelta(days=6), by=city.officer, now=timezone.now(), with_solver=False)
    publish_roster(draft, expected_version=1, by=city.officer, now=timezone.now())


def address_of(browser: Client) -> str:
    page = browser.post("/field/shift/calendar/").content.decode()
    found = re.search(r"/field/shift/calendar/[\w-]+\.ics", page)
    assert found is not None
    return found.group()


def read(octets: bytes) -> list[dict[str, str]]:
    """The entries of a calendar; fails on whatever the standard forbids."""
    assert octets.endswith(b"\r\n") and b"\n" not in octets.replace(b"\r\n", b""), "lines end with CRLF"
    assert all(len(line) <= 75 for line in octets.split(b"\r\n")), "no line is longer than 75 octets"
    for line in octets.split(b"\r\n"):
        line.decode()  # no character is cut in two
    lines = octets.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    entries: list[dict[str, str]] = []
    for line in lines:
        told = LINE.match(line)
        assert told is not None, line
        name, _parameters, value = told.groups()
        if (name, value) == ("BEGIN", "VEVENT"):
            entries.append({})
        elif entries and (name, value) != ("END", "VEVENT") and name != "END":
            assert name not in entries[-1], f"{name} twice"
            entries[-1][name] = value
    return entries


def plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S%z")


def test_it_is_a_calendar_of_ones_own_shifts(group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, client: Client) -> None:
    publish(group, small_city)
    address = address_of(sit_down(small_city.handler))

    answer = client.get(address)

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    entries, today = read(answer.content), timezone.localdate()
    own = own_shifts(small_city.handler, today, today + timedelta(days=6))
    assert [(moment(one["DTSTART"]), moment(one["DTEND"])) for one in entries] == [(row.starts_at, row.ends_at) for row in own]
    assert all(plain(one["SUMMARY"]).endswith(AWKWARD) and {"UID", "DTSTAMP", "SEQUENCE"} <= one.keys() for one in entries)
    assert len({one["UID"] for one in entries}) == len(entries) > 0


def test_a_roster_published_anew_moves_entries_and_doubles_none(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, client: Client
) -> None:
    publish(group, small_city)
    address = address_of(sit_down(small_city.handler))
    before = {one["UID"]: int(one["SEQUENCE"]) for one in read(client.get(address).content)}

    publish(group, small_city)

    after = {one["UID"]: int(one["SEQUENCE"]) for one in read(client.get(address).content)}
    assert before.keys() == after.keys(), "what was published is kept, under the same names"
    assert all(after[key] > before[key] for key in before)


def test_an_address_that_was_ended_or_replaced_is_not_found(
    group: RosterGroup, small_city: SimpleNamespace, sit_down: Sit, client: Client
) -> None:
    browser = sit_down(small_city.handler)
    first = address_of(browser)
    second = address_of(browser)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)

    browser.post("/field/shift/calendar/removal/")
    assert client.get(second).status_code == 404
    assert client.get("/field/shift/calendar/guessed.ics").status_code == 404
