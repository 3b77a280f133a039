"""Lists as files: whole, in the reader's sight only, harmless to open, and written while they are sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client

from wenming.cases.models import Case
from wenming.desks.common.sheet_stream import workbook
from wenming.desks.office import exports
from wenming.journal.models import Entry
from wenming.observations.services import Where
from wenming.territory.models import Placement

Bring = Callable[..., Case]


def at_a_point(case: Case) -> Case:
    """The small city has no map, so the point is written where the list reads it."""
    Placement.objects.filter(pk=case.placement_id).update(longitude=113.385, latitude=22.525, source="map")
    return case


def taken(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_geojson_has_the_points_and_the_same_columns(desk: Client, case_of: Bring) -> None:
    there = at_a_point(case_of(where=Where(address="=1+1")))
    nowhere = case_of(where=Where(address="起湾道"))

    said = json.loads(taken(desk.get("/office/cases/list.geojson?state=all")))
    found = {one["id"]: one for one in said["features"]}

    assert said["type"] == "FeatureCollection" and found.keys() == {there.number, nowhere.number}
    point = found[there.number]["geometry"]
    assert point["type"] == "Point" and point["coordinates"] == [113.385, 22.525]
    assert found[nowhere.number]["geometry"] is None
    assert found[there.number]["properties"]["地址"] == "=1+1", "no spreadsheet opens this one"
    assert len(found[there.number]["properties"]) == len(exports.HEADS)


def test_an_empty_list_is_a_file_too(desk: Client, small_city: SimpleNamespace) -> None:
    assert json.loads(taken(desk.get("/office/cases/list.geojson?q=没有的")))["features"] == []
    sheet = openpyxl.load_workbook(io.BytesIO(taken(desk.get("/office/cases/list.xlsx?q=没有的")))).active
    assert sheet.max_row == 1 and sheet.freeze_panes == "A2"


def test_parquet_keeps_moments_as_moments(desk: Client, case_of: Bring) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    case = at_a_point(case_of("dispatch", where=Where(address="起湾道")))

    (row,) = parquet.read_table(io.BytesIO(taken(desk.get("/office/cases/list.parquet?state=all")))).to_pylist()

    assert (row["编号"], row["收到时间"], row["上报人数"]) == (case.number, case.opened_at, 1)
    assert row["责任单位"] == case.unit.name and row["经度"] == 113.385


def test_parquet_leaves_in_small_groups_while_the_rows_are_read() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    asked = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal asked
        for number in range(2 * exports.ROWS_PER_GROUP + 1):
            asked = number
            yield [f"26-{number}", *["-"] * 7, None, None, None, 1, 0, 113.3, 22.5]

    pieces = exports._parquet(rows())
    first = next(pieces)
    assert first and asked == exports.ROWS_PER_GROUP - 1

    file = parquet.ParquetFile(io.BytesIO(first + b"".join(pieces)))
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [exports.ROWS_PER_GROUP, exports.ROWS_PER_GROUP, 1]
    assert file.read()["编号"][-1].as_py() == f"26-{asked}"


def test_without_the_library_it_says_what_to_do_and_leaves_no_trace(
    desk: Client, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "has_parquet", lambda: False)
    answer = desk.get("/office/cases/list.parquet")

    assert answer.status_code == 422 and "pyarrow" in answer.content.decode()
    assert not Entry.objects.filter(action="case.list-exported").exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "geojson", "parquet"])
def test_every_file_is_written_down_and_only_for_those_who_oversee(
    kind: str, desk: Client, case_of: Bring, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    case_of()
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    taken(desk.get(f"/office/cases/list.{kind}?state=all"))

    facts = Entry.objects.get(action="case.list-exported").facts
    assert (facts["kind"], facts["rows"]) == (kind, 1)
    assert sit_down(small_city.handler).get(f"/office/cases/list.{kind}").status_code == 403


@pytest.mark.parametrize("kind", ["csv", "xlsx", "geojson", "parquet"])
def test_no_reporter_and_no_reporters_words_beyond_the_title_leave(kind: str, desk: Client, case_of: Bring) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    case = case_of("dispatch", text="桶满了\n我住三楼，电话13800138000")
    receipt = case.case_reports.get().report.receipt
    content = taken(desk.get(f"/office/cases/list.{kind}?state=all"))
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        content = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row).encode()

    assert case.number.encode() in content
    assert b"13800138000" not in content and receipt.encode() not in content


def test_a_workbook_is_sent_while_it_is_written() -> None:
    """The first bytes leave when a few rows were asked for, not when all were."""
    asked = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal asked
        for number in range(50_000):
            asked = number
            yield [number, f"第 {number} 行"]

    pieces = workbook(rows(), "很多")
    next(pieces)
    assert asked < 1000
    content = b"".join([*pieces])
    assert asked == 49_999 and content


def test_a_workbook_says_what_was_put_in() -> None:
    cells = ["a<b>&\"c'", "  blanks ", "两\n行", "\x00\x0bgone\ud800", 12, 1.5, None, "", True, float("nan"), "长" * 40_000]
    content = b"".join(workbook(iter([cells, ["=1+1"]]), "a/b:[c]*?很长很长很长很长很长很长很长很长很长很长很长很长"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    first, second = book.active.iter_rows()

    assert [cell.value for cell in first][:6] == ["a<b>&\"c'", "  blanks ", "两\n行", "gone", 12, 1.5]
    assert [cell.value for cell in first][6:10] == [None, None, "True", None] and len(first[10].value) == 32_767
    assert second[0].value == "=1+1" and second[0].data_type in {"s", "inlineStr"}, "a text, never a formula"
    assert len(book.sheetnames[0]) <= 31 and not set(book.sheetnames[0]) & set("[]:*?/\\")


def test_the_house_itself_reads_it_back() -> None:
    """By the reader with which imports are read."""
    from python_calamine import CalamineWorkbook

    content = b"".join(workbook(iter([["编号", "数"], ["26-1", 3]]), "清单"))

    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python() == [
        ["编号", "数"], ["26-1", 3.0],
    ]  # fmt: skip
