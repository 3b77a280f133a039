"""Importing an export: every row ends with a verdict, the same file finds its rows there, a batch can be undone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import xlsxwriter

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import at
from wenming.journal.selectors import verify
from wenming.journal.worker import run_waiting
from wenming.observations import imports
from wenming.observations.batches import MappingDoesNotFit, verdicts
from wenming.observations.models import ImportBatch, ImportMapping, Report
from wenming.observations.models.imports import BatchState
from wenming.observations.tables import UnreadableTable, read_table
from wenming.responsibilities.models import Duty
from wenming.responsibilities.selectors import on_time

HEADER = ["工单号", "日期", "标题", "内容", "答复"]
ROWS = [
    ["A1", "2026-11-02", "垃圾满溢", "桶满了", "2026-11-06"],
    ["A2", "2026-11-02", "垃圾满溢", "桶又满了", "2026-11-12"],
    ["A3", "2026-11-13", "垃圾满溢", "还没答复", ""],
    ["A4", "不知道", "垃圾满溢", "日期写错了", ""],
    ["A1", "2026-11-02", "垃圾满溢", "编号重复", ""],
]
NOW = at("11-16 09:00")


def as_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([HEADER, *rows]):
            sheet.write_row(n, 0, row)
    return file.getvalue()


@pytest.fixture
def mapping(small_city: SimpleNamespace) -> ImportMapping:
    return imports.save_mapping(
        name="测试热线", source="hotline-test", by=small_city.dispatcher, now=NOW,
        columns={
            "source_number": {"column": "工单号"}, "received_at": {"column": "日期", "time": "09:00"},
            "text": {"columns": ["标题", "内容"]}, "replied_at": {"column": "答复", "time": "17:00"},
        },
        options={"limit": {"amount": 5, "unit": "whole_days"}, "problem_type": "TEST:E0192", "dispatch": True},
    )  # fmt: skip


@pytest.fixture
def bring_in(mapping: ImportMapping, small_city: SimpleNamespace) -> Callable[..., ImportBatch]:
    def run(content: bytes, name: str = "工单.csv") -> ImportBatch:
        batch = imports.preview(content, name, mapping, by=small_city.dispatcher, now=NOW)
        imports.confirm(batch, by=small_city.dispatcher, now=NOW)
        run_waiting(NOW)
        batch.refresh_from_db()
        return batch

    return run


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(as_csv(ROWS), id="csv in UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + as_csv(ROWS), id="csv with a byte-order mark"),
        pytest.param(as_csv(ROWS, "gb18030"), id="csv in GB18030"),
        pytest.param(as_xlsx(ROWS), id="a workbook"),
    ],
)
def test_every_row_gets_a_verdict(bring_in: Callable[..., ImportBatch], content: bytes) -> None:
    batch = bring_in(content)

    assert batch.state == BatchState.DONE
    assert {state: count for state, count in verdicts(batch).items() if count} == {"refused": 2, "done": 3}
    refused = {row.position: row.reasons for row in batch.rows.filter(state="refused")}
    assert "受理时间看不懂：不知道" in refused[5] and "这个编号在本文件里出现过了" in refused[6]
    assert verify() == []


def test_the_replayed_replies_are_judged_by_the_legal_calendar(bring_in: Callable[..., ImportBatch]) -> None:
    bring_in(as_csv(ROWS))
    figure = on_time(Duty.objects.filter(kind="case.handle"), now=NOW)

    # 11-02 is a Monday: five working days end on 11-09. A1 was answered on the 6th, A2 on the 12th; A3 still runs.
    assert (figure.counted, figure.on_time, figure.open_late) == (2, 1, 0)
    running = Duty.objects.get(kind="case.handle", ended_at=None)
    assert running.due_at == at("11-20 18:00")


def test_the_same_file_again_brings_nothing_twice(bring_in: Callable[..., ImportBatch]) -> None:
    bring_in(as_csv(ROWS))
    again = bring_in(as_csv(ROWS))

    assert verdicts(again)["known"] == 3 and verdicts(again)["done"] == 0
    assert Report.objects.count() == 3 and Case.objects.count() == 3


def test_a_worker_killed_between_portions_goes_on_where_it_stopped(
    mapping: ImportMapping, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ROWS_PER_TURN", 1)
    batch = imports.preview(as_csv(ROWS), "工单.csv", mapping, by=small_city.dispatcher, now=NOW)
    imports.confirm(batch, by=small_city.dispatcher, now=NOW)
    run_waiting(NOW, at_most=1)
    assert verdicts(batch)["done"] == 1

    run_waiting(NOW)
    assert verdicts(batch)["done"] == 3 and Report.objects.count() == 3


def test_an_undone_batch_counts_nowhere_and_may_come_in_again(
    bring_in: Callable[..., ImportBatch], small_city: SimpleNamespace
) -> None:
    batch = bring_in(as_csv(ROWS))
    worked_on = Case.objects.get(case_reports__report__source_number="A3")
    cases.acknowledge(worked_on, by=small_city.handler, now=NOW)

    imports.undo(batch, by=small_city.dispatcher, now=NOW)
    run_waiting(NOW)

    assert verdicts(batch)["undone"] == 2, "what somebody worked on stays"
    assert Case.objects.filter(state=State.VOID).count() == 2
    assert on_time(Duty.objects.filter(kind="case.handle"), now=NOW).counted == 0
    assert verdicts(bring_in(as_csv(ROWS)))["done"] == 2


def test_a_mapping_that_does_not_fit_names_the_columns(mapping: ImportMapping, small_city: SimpleNamespace) -> None:
    with pytest.raises(MappingDoesNotFit, match="没有这些列"):
        imports.preview("工单号,标题,内容\n1,2,3\n".encode(), "x.csv", mapping, by=small_city.dispatcher, now=NOW)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        pytest.param(b"", "a.csv", "空的", id="empty"),
        pytest.param("只有表头\n".encode(), "a.csv", "只有表头", id="a header alone"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "a.csv", "不是表格", id="a picture"),
        pytest.param(b"PK\x03\x04broken", "a.xlsx", "打不开", id="a broken workbook"),
        pytest.param(b"\x1f\x8bbroken", "a.csv.gz", "打不开", id="a broken archive"),
        pytest.param(b"\xff\xfe\xff\xff\x81", "a.csv", "编码", id="no encoding we know"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, name: str, words: str) -> None:
    with pytest.raises(UnreadableTable, match=words):
        read_table(content, name)


@pytest.mark.parametrize(
    ("lines", "header", "numbers"),
    [
        pytest.param("单号,标题,内容\nA1,桶满,满了\n", ["单号", "标题", "内容"], [2], id="the header first"),
        pytest.param(
            "全市摸底表,,,,,\n填表：创文办,10 月,,,,\n,,,,,\n单号,标题,内容,来源,地点,备注\nA1,桶满,满了,,,\n,,,,,\nA2,乱停,车,,,\n",
            ["单号", "标题", "内容", "来源", "地点", "备注"], [5, 7], id="a title, who filled it in, an empty line; one among the rows",
        ),
        pytest.param("标题\n桶满了\n乱停车\n", ["标题"], [2, 3], id="a single column has no title over it"),
    ],
)  # fmt: skip
def test_the_header_is_the_first_line_as_wide_as_the_table_and_rows_keep_their_numbers(lines, header, numbers) -> None:
    table = read_table(lines.encode(), "普查.csv")

    assert table.header == header
    assert [number for number, _row in table.numbered()] == numbers
