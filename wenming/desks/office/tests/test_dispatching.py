"""指挥, piece by piece: the filter, the pages of the list, what moved in the meantime, the pins, the long choices, the wall."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import at
from wenming.desks.office import dispatching
from wenming.desks.office.dispatching import place_in
from wenming.desks.office.initials import initials
from wenming.journal.selectors import head
from wenming.territory.models import Placement, Source

Bring = Callable[..., Case]
DESK = "/office/dispatch/"


def numbers(page: str) -> list[str]:
    return re.findall(r'data-number="([\d-]+)" data-place', page)


def at_point(case: Case, longitude: float, latitude: float) -> Case:
    Placement.objects.filter(pk=case.placement_id).update(longitude=longitude, latitude=latitude, source=Source.MAP)
    return case


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "LISTED", 2)


# --- one filter, one selection ---


def test_the_filter_narrows_list_map_and_pins_alike(desk: Client, case_of: Bring) -> None:
    bin_, stall = at_point(case_of(), 113.37, 22.52), at_point(case_of(), 113.39, 22.53)

    page = desk.get(f"{DESK}?q={stall.number}").content.decode()
    pins = desk.get(f"{DESK}pins/?q={stall.number}").json()["pins"]

    assert numbers(page) == [stall.number] and f"case={bin_.number}" not in page
    assert [pin[0] for pin in pins] == [stall.number] and pins[0][1:3] == [113.39, 22.53]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"collect", "establish"}),
        ("?state=established", {"establish"}),
        ("?state=dispatched", {"dispatch"}),
        ("?state=open", {"collect", "establish", "dispatch", "answer"}),
    ],
)
def test_every_open_state_may_be_worked_on(desk: Client, case_of: Bring, query: str, expected: set[str]) -> None:
    brought = {until: case_of(until).number for until in ("collect", "establish", "dispatch", "answer", "close")}

    assert set(numbers(desk.get(DESK + query).content.decode())) == {brought[until] for until in expected}


def test_late_and_soon_are_asked_of_running_clocks(desk: Client, case_of: Bring) -> None:
    late, soon, calm = case_of(), case_of(), case_of()
    now, hour = timezone.now(), timedelta(hours=1)
    for case, due, warn in (
        (late, now - hour, now - 2 * hour),
        (soon, now + hour, now - hour),
        (calm, now + 9 * hour, now + hour),
    ):
        Case.objects.filter(pk=case.pk).update(due_at=due, warn_at=warn)

    assert numbers(desk.get(f"{DESK}?time=late").content.decode()) == [late.number]
    assert numbers(desk.get(f"{DESK}?time=soon").content.decode()) == [soon.number]
    assert [pin[3] for pin in desk.get(f"{DESK}pins/").json()["pins"]] == []  # none of them has a position


def test_a_case_further_down_opens_with_its_page_of_the_list(desk: Client, case_of: Bring, short_pages: None) -> None:
    brought = [case_of().number for _ in range(5)]

    page = desk.get(f"{DESK}?case={brought[3]}").content.decode()

    assert numbers(page) == brought[2:4] and f"案件 {brought[3]}" in page
    assert "?page=1" in page and "?page=3" in page, "without scripts the other pages are links"
    assert numbers(desk.get(f"{DESK}rows/?page=3").content.decode()) == brought[4:]
    assert 'data-page="2"' in desk.get(f"{DESK}rows/?case={brought[2]}").content.decode()


def test_a_case_that_has_left_the_list_is_said_to_have(desk: Client, case_of: Bring) -> None:
    here, gone = case_of(), case_of("dispatch")

    page = desk.get(f"{DESK}?case={gone.number}").content.decode()

    assert f"{gone.number} 不在这个列表里" in page and f"案件 {here.number}" in page


@pytest.mark.parametrize(
    ("number", "page", "expected"),
    [
        pytest.param("c", 1, ("c", "b", 2), id="the last one is followed by the one before it"),
        pytest.param("a", 9, ("a", "b", 1), id="the case comes before the page"),
        pytest.param("", 2, ("c", "b", 2), id="a page begins with its first case"),
        pytest.param("gone", 9, ("c", "b", 2), id="there is no page behind the last"),
    ],
)
def test_places_in_the_list(short_pages: None, number: str, page: int, expected: tuple[str, str, int]) -> None:
    place = place_in(["a", "b", "c"], number, page)

    assert (place.number, place.next_number, place.page) == expected


# --- what moves in the meantime ---


def test_news_are_what_came_changed_and_left(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    changes, leaves = case_of(), case_of()
    seq, _hash = head()
    cases.change_type(changes, to=small_city.overflow, rule=None, by=small_city.officer, now=at("11-16 09:30"))
    cases.refuse(leaves, reason="不归我们管", by=small_city.officer, now=at("11-16 09:31"))
    arrives = case_of()

    news = desk.get(f"{DESK}news/?since={seq}").content.decode()

    assert set(numbers(news)) == {changes.number, arrives.number}
    assert f'data-gone="{leaves.number}"' in news and 'data-total="2"' in news
    assert f'data-since="{head()[0]}"' in news
    assert desk.get(f"{DESK}news/?since={head()[0]}").status_code == 204, "asked again there is nothing new"


def test_news_keep_to_the_filter(desk: Client, case_of: Bring) -> None:
    seq, _hash = head()
    collected = case_of()
    case_of("establish")

    assert numbers(desk.get(f"{DESK}news/?since={seq}&state=collected").content.decode()) == [collected.number]


def test_a_clock_that_runs_out_is_news_without_any_act(desk: Client, case_of: Bring) -> None:
    case, now = case_of(), timezone.now()
    Case.objects.filter(pk=case.pk).update(due_at=now - timedelta(seconds=5), warn_at=now - timedelta(hours=1))

    asked = (now - timedelta(seconds=20)).isoformat().replace("+", "%2B")
    later = now.isoformat().replace("+", "%2B")

    assert numbers(desk.get(f"{DESK}news/?since={head()[0]}&at={asked}").content.decode()) == [case.number]
    assert desk.get(f"{DESK}news/?since={head()[0]}&at={later}").status_code == 204


def test_too_much_news_is_told_at_once(desk: Client, case_of: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenming.desks.office.desk_news.MOST_NEWS", 2)
    seq, _hash = head()
    for _ in range(3):
        case_of()

    assert "data-too-much" in desk.get(f"{DESK}news/?since={seq}").content.decode()


# --- the pieces ---


def test_the_ground_is_drawn_for_the_part_asked_for(desk: Client) -> None:
    drawn = desk.get(f"{DESK}ground/?box=113.3,22.5,113.4,22.6")

    west, south, east, north = (
        float(edge) for edge in re.search(r'data-bounds="([^"]+)"', drawn.content.decode())[1].split(",")
    )
    assert west <= 113.3 and east >= 113.4 and south <= 22.5 and north >= 22.6
    assert desk.get(f"{DESK}ground/?box=here").status_code == 422


def test_the_long_choices_come_once_with_their_initials(
    desk: Client, case_of: Bring, small_city: SimpleNamespace
) -> None:
    case_of()
    found = desk.get(f"{DESK}choices/").json()
    page = desk.get(DESK).content.decode()

    assert ["WEST", small_city.west.name, initials(small_city.west.name)] in found["handlers"]
    assert any("垃圾满溢" in kind for kind in found["kinds"])
    assert small_city.west.name not in page.split('name="unit"')[1].split("</select>")[0], (
        "the page has the suggested one only"
    )


@pytest.mark.parametrize(
    ("name", "letters"),
    [("石岐街道", "sqjd"), ("大涌镇", "dcz"), ("城市管理局", "csglj"), ("A3 网格", "a3wg"), ("（暂）", "z"), ("", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("piece", ["", "detail/?case={}", "rows/?page=1", "news/?since=0", "pins/", "choices/"])
def test_no_piece_asks_more_for_more_cases(
    desk: Client, case_of: Bring, django_assert_max_num_queries, piece: str
) -> None:
    first = case_of().number
    with django_assert_max_num_queries(40) as few:
        desk.get(DESK + piece.format(first))
    for _ in range(6):
        case_of()
    with django_assert_max_num_queries(len(few)):
        desk.get(DESK + piece.format(first))


# --- the wall ---


def test_the_wall_says_what_waits_and_what_is_most_urgent(desk: Client, case_of: Bring) -> None:
    waiting, out = case_of(), case_of("dispatch")
    Case.objects.filter(pk=out.pk).update(title="已派出的")

    shown = desk.get("/office/wall/")
    page = shown.content.decode()

    assert shown.headers["Refresh"] == "60" and 'data-theme="dark"' in page
    assert waiting.title in page and "已派出的" not in page
    assert "<form" not in page.split("<main")[1], "nothing to press"


# --- every reversible act is taken back ---


@pytest.mark.parametrize(
    ("until", "noun", "given", "before", "after"),
    [
        ("collect", "types", {"kind": "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"}, "collected", "collected"),
        ("collect", "verification-requests", {"unit": "CENTRE"}, "collected", "verifying"),
        ("collect", "refusal", {"reason": "不归我们管"}, "collected", "not_accepted"),
        ("establish", "dispatches", {"unit": "SAN"}, "established", "dispatched"),
        ("dispatch", "suspension", {"reason": "等天晴"}, "dispatched", "suspended"),
    ],
)
def test_z_takes_the_act_back(
    desk: Client, case_of: Bring, until: str, noun: str, given: dict[str, str], before: str, after: str
) -> None:
    case = case_of(until)
    was = (case.state, case.title, case.problem_type_id, case.establish_rule_id)

    said = desk.post(f"/office/cases/{case.number}/{noun}/", {**given, "next": f"{DESK}detail/?case="}, follow=True)
    case.refresh_from_db()
    assert case.state == after
    undo = re.search(r'<form method="post" action="([^"]+)"', said.content.decode().split("<undo-act>")[1])[1]
    desk.post(undo.replace("&amp;", "&"))

    case.refresh_from_db()
    assert (case.state, case.title, case.problem_type_id, case.establish_rule_id) == was
    assert case.state == before and case.duty is not None and case.duty.ended_at is None


def test_taking_back_a_resumption_suspends_again(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = cases.suspend(case_of("dispatch"), reason="等天晴", by=small_city.officer, now=at("11-16 10:00"))

    desk.post(f"/office/cases/{case.number}/resumption/")
    desk.post(f"/office/cases/{case.number}/resumption-withdrawal/")

    case.refresh_from_db()
    assert case.state == "suspended" and case.paused_at is not None


def test_a_type_is_not_taken_back_over_other_acts(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of()
    cases.change_type(case, to=small_city.overflow, rule=None, by=small_city.officer, now=at("11-16 09:30"))
    cases.establish(case, problem_type=small_city.overflow, rule=None, by=small_city.officer, now=at("11-16 09:31"))

    answer = desk.post(f"/office/cases/{case.number}/type-withdrawal/")

    assert answer.status_code == 409 and "已经办过别的" in answer.content.decode()


def test_who_reported_reads_of_the_merge(client: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    first, second = case_of(), case_of()
    cases.merge(second, into=first, by=small_city.officer, now=at("11-16 09:40"))
    receipt = second.case_reports.get().report.receipt

    page = client.get(f"/c/{receipt}/").content.decode()

    first.refresh_from_db()
    assert "和另一件相同的上报一起办" in page and first.reporters == 2
