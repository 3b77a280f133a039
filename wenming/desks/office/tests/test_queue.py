"""The list of cases: filter, search, groups, files, and acts on many at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import unquote

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wenming.cases import search
from wenming.cases import services as cases
from wenming.cases.models import Case, CaseText
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import at
from wenming.desks.common import paging
from wenming.desks.office.exports import defused
from wenming.desks.office.views import queue
from wenming.journal.models import Entry
from wenming.observations.services import Where
from wenming.territory.models import Placement

Bring = Callable[..., Case]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`clock("11-16 09:30")`: what time the list believes it is."""
    return lambda text: monkeypatch.setattr(queue.timezone, "now", lambda: at(text))


def listed(browser: Client, query: str = "") -> str:
    answer = browser.get(f"/office/cases/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_begins_with_what_waits_for_the_command_centre(desk: Client, case_of: Bring) -> None:
    waiting, out = case_of(), case_of("dispatch")

    page = listed(desk)

    assert waiting.number in page and out.number not in page


@pytest.mark.parametrize(
    ("now", "group"),
    [
        pytest.param("11-16 09:30", "今天到期", id="due at ten"),
        pytest.param("11-16 10:30", "已逾期", id="half an hour late"),
        pytest.param("11-15 20:00", "以后到期", id="the evening before"),
    ],
)
def test_groups_by_remaining_time(
    now: str, group: str, desk: Client, case_of: Bring, clock: Callable[[str], None]
) -> None:
    case_of()
    clock(now)

    assert f'colspan="7">{group} 1' in listed(desk)


def test_a_standing_clock_is_nobodys_delay(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    cases.suspend(case, reason="等批复", by=small_city.dispatcher, now=at("11-16 10:00"))

    page = listed(desk, "state=open")

    assert "时限暂停 1" in page and case.number not in listed(desk, "state=open&time=late")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("state=all&q=起湾道", True, id="address"),
        pytest.param("state=all&q=0001", True, id="end of the number"),
        pytest.param("state=all&q=垃圾 起湾道", True, id="two words in two places"),
        pytest.param("state=all&q=井盖", False, id="other words"),
        pytest.param("state=all&channel=web&q=起湾道", True, id="filter and search combine"),
        pytest.param("state=all&channel=hotline&q=起湾道", False, id="filter and search exclude"),
        pytest.param("state=dispatched&unit=SAN", True, id="unit"),
        pytest.param("state=dispatched&unit=EAST", False, id="other unit"),
        pytest.param("state=all&since=2026-11-16&until=2026-11-16", True, id="day"),
        pytest.param("state=all&since=2026-11-17", False, id="later day"),
    ],
)
def test_filter_and_search(query: str, found: bool, desk: Client, case_of: Bring) -> None:
    case = case_of("dispatch", where=Where(address="起湾道 16 号"))

    assert (case.number in listed(desk, query)) is found


@pytest.mark.parametrize("query", ["state=all&q=蓝色", "state=dispatched&q=蓝色"])
def test_words_are_asked_for_once_however_many_say_them(
    query: str, desk: Client, case_of: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement counts the word and one finds its cases; count, groups and page go by their keys."""
    said = [case_of("dispatch", text=f"蓝色 {number}") for number in range(3)]
    case_of("dispatch", text="路灯不亮")
    listed(desk, query)
    with CaptureQueriesContext(connection) as asked:
        page = listed(desk, query)

    assert sum(CaseText._meta.db_table in each["sql"] for each in asked) == 2
    assert all(case.number in page for case in said)

    # Beyond ten thousand the page is found along the list, word by word of each case.
    monkeypatch.setattr(paging, "MOST_ROWS", 3)
    monkeypatch.setattr(search, "GATHERED", 1)
    monkeypatch.setattr(search, "EVERYWHERE", 1)
    assert all(case.number in listed(desk, query) for case in said)


def test_what_cannot_be_read_is_said_and_left_out(desk: Client, case_of: Bring) -> None:
    case = case_of()

    page = listed(desk, "since=yesterday&town=nowhere")

    assert case.number in page and "error-summary" in page


@pytest.mark.usefixtures("silent_matrix")
def test_returned_and_extension_have_their_lists(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case = case_of("dispatch")
    cases.hand_back(case, reason="在东区", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00"))

    assert case.number in listed(desk, "state=returned")
    assert case.number not in listed(desk, "state=extension")


def test_whoever_only_watches_sees_every_case_and_no_acts(
    sit_down: Callable[..., Client], case_of: Bring, small_city: SimpleNamespace
) -> None:
    case = case_of("dispatch")
    watching = sit_down(small_city.auditor)

    assert case.number in listed(watching, "state=all")
    assert "按建议派遣" not in listed(watching, "state=all")


def test_the_number_of_queries_does_not_grow(desk: Client, case_of: Bring, django_assert_max_num_queries) -> None:
    for _ in range(3):
        case_of()
    listed(desk)  # calendars are read once and kept

    with django_assert_max_num_queries(12):
        listed(desk)
    for _ in range(9):
        case_of()
    with django_assert_max_num_queries(12):
        listed(desk)


# --- files ---


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "＝1+1"])
def test_cells_that_begin_like_a_formula_are_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["民权路 33 号", "26-1116-0001", 3, "", None])
def test_other_cells_stay(cell: object) -> None:
    assert defused(cell) == cell


def test_csv_of_the_filtered_list(desk: Client, case_of: Bring) -> None:
    case_of(where=Where(address="=HYPERLINK(1)"))
    case_of("dispatch", where=Where(address="起湾道"))

    answer = desk.get("/office/cases/list.csv?state=collected")

    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row[6] for row in rows] == ["地址", "'=HYPERLINK(1)"]
    assert "案件清单_" in unquote(answer["Content-Disposition"])


def test_who_takes_a_list_is_written_down(desk: Client, case_of: Bring, small_city: SimpleNamespace) -> None:
    case_of()
    case_of("dispatch")

    desk.get("/office/cases/list.csv?state=collected&q=张三&page=2")

    entry = Entry.objects.get(action="case.list-exported")
    assert (entry.by, entry.about) == (small_city.dispatcher.username, "")
    assert entry.facts == {"name": "cases", "kind": "csv", "filter": {"state": "collected", "q": "…"}, "rows": 0}

    desk.get("/office/cases/list.xlsx?state=all")
    assert Entry.objects.filter(action="case.list-exported").latest("seq").facts["rows"] == 2


def test_a_file_of_no_known_kind_leaves_no_trace(desk: Client, small_city: SimpleNamespace) -> None:
    assert desk.get("/office/cases/list.pdf").status_code == 404
    assert not Entry.objects.filter(action="case.list-exported").exists()


def test_xlsx_holds_text_only(desk: Client, case_of: Bring) -> None:
    case_of(where=Where(address="=1+1"))

    answer = desk.get("/office/cases/list.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    assert sheet["G2"].value == "'=1+1" and sheet["G2"].data_type == "s"


def test_a_unit_gets_no_file_of_the_whole_city(
    sit_down: Callable[..., Client], case_of: Bring, small_city: SimpleNamespace
) -> None:
    case_of("dispatch")

    assert sit_down(small_city.handler).get("/office/cases/list.csv?state=all").status_code == 403


# --- many at once ---


def picked(browser: Client, act: str, *chosen: Case, **more: str):
    return browser.post("/office/cases/batches/", {"act": act, "ids": [case.pk for case in chosen], **more})


def test_a_batch_lists_its_exceptions_first(desk: Client, case_of: Bring) -> None:
    ready, out = case_of("establish"), case_of("dispatch")

    page = picked(desk, "dispatch", ready, out).content.decode()

    assert page.index(out.number) < page.index(ready.number)
    assert "不能派遣" in page and "派给环卫处" in page and "可以办 1 件" in page
    ready.refresh_from_db()
    assert ready.state == State.ESTABLISHED


def test_a_batch_skips_what_has_moved_and_can_be_taken_back(
    desk: Client, case_of: Bring, small_city: SimpleNamespace
) -> None:
    first, second, moved = case_of(), case_of("establish"), case_of()
    cases.refuse(moved, reason="没有了", by=small_city.officer, now=timezone.now())

    page = picked(desk, "dispatch", first, second, moved, confirmed="1", next="/office/").status_code

    states = [Case.objects.get(pk=case.pk).state for case in (first, second, moved)]
    assert (page, states) == (302, ["dispatched", "dispatched", "not_accepted"])

    desk.post(f"/office/cases/batches/withdrawal/?act=dispatch&ids={first.pk}&ids={second.pk}")
    assert Case.objects.get(pk=first.pk).state == State.ESTABLISHED


def test_cases_without_a_position_are_not_merged_unseen(desk: Client, case_of: Bring) -> None:
    first, second = case_of(), case_of()

    page = picked(desk, "merge", first, second).content.decode()

    assert "不在一处" in page


def test_duplicates_are_merged_in_one_act_and_told_apart_again(
    desk: Client, case_of: Bring, client: Client
) -> None:
    """Three reports of one thing: exceptions before, one press, everybody reads it, one press back."""
    first, second, third, out = case_of(), case_of(), case_of(), case_of("dispatch")
    Placement.objects.update(longitude=113.38, latitude=22.52, source="map")

    before = picked(desk, "merge", first, second, third, out).content.decode()
    assert "并入 " + first.number in before and "跳过" in before and "不能并案" in before
    assert Case.objects.get(pk=second.pk).state == State.COLLECTED, "seen before it is done"
    picked(desk, "merge", first, second, third, out, confirmed="1", next="/office/cases/")

    first.refresh_from_db()
    assert first.reporters == 3 and {c.state for c in Case.objects.filter(merged_into=first)} == {State.MERGED}
    for case in (second, third):
        receipt = case.case_reports.get().report.receipt
        assert "和另一件相同的上报一起办" in client.get(f"/c/{receipt}/").content.decode()
    desk.post(f"/office/cases/batches/withdrawal/?act=merge&ids={second.pk}&ids={third.pk}")
    first.refresh_from_db()
    assert first.reporters == 1 and not Case.objects.filter(state=State.MERGED).exists()


@pytest.mark.parametrize("posted", [{}, {"act": "burn"}, {"act": "close"}])
def test_a_batch_of_nothing_is_refused(posted: dict[str, str], desk: Client) -> None:
    assert desk.post("/office/cases/batches/", posted).status_code == 422


def test_who_may_not_decide_has_no_batches(
    sit_down: Callable[..., Client], case_of: Bring, small_city: SimpleNamespace
) -> None:
    assert picked(sit_down(small_city.handler), "dispatch", case_of()).status_code == 403


def test_the_way_back_leads_to_the_filtered_list(desk: Client, case_of: Bring) -> None:
    case = case_of()
    listed(desk, "state=collected&q=垃圾")

    assert "/office/cases/?state=collected&amp;q=" in desk.get(case.get_absolute_url()).content.decode()
