"""The import pages: upload, preview, choose columns, confirm, result, annotated file, undo."""

from __future__ import annotations

import io
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wenming.cases.models import Case
from wenming.journal.worker import run_waiting
from wenming.observations.models import ImportBatch

FILE = "工单编号,受理时间,标题,内容,备注\nA1,2026-11-02,垃圾满溢,桶满了,=1+1\nA2,哪天,垃圾满溢,日期不对,\n"


@pytest.fixture
def office(client: Client, small_city: SimpleNamespace) -> Client:
    client.force_login(small_city.dispatcher, backend="wenming.organisations.passwords.Accounts")
    client.session["second_factor"] = True
    session = client.session
    session["second_factor"] = True
    session.save()
    return client


def upload(office: Client, content: str = FILE, name: str = "热线.csv"):
    return office.post("/office/imports/", {"file": SimpleUploadedFile(name, content.encode())})


def test_a_file_nobody_described_is_previewed_by_its_usual_columns(office: Client) -> None:
    answer = upload(office)
    batch = ImportBatch.objects.get()
    page = office.get(answer.url).content.decode()

    assert answer.status_code == 302
    assert "导入 1 行" in page and "受理时间看不懂：哪天" in page
    assert not Case.objects.exists(), "a preview brings nothing in"
    assert batch.mapping.columns["text"] == {"columns": ["标题", "内容"]}


def test_confirmed_rows_become_cases_and_the_file_comes_back_annotated(office: Client) -> None:
    url = upload(office).url
    office.post(f"{url}confirmation/")
    run_waiting()

    assert Case.objects.count() == 1
    book = openpyxl.load_workbook(io.BytesIO(office.get(f"{url}annotated.xlsx").getvalue()))
    rows = list(book.active.values)
    assert rows[0][:3] == ("导入结果", "原因", "工单编号")
    assert rows[1][0] == "已导入" and rows[1][-1] == "'=1+1", "a formula comes back as text"
    assert rows[2][0] == "不能导入" and "受理时间看不懂" in rows[2][1]


def test_columns_are_chosen_and_remembered(office: Client) -> None:
    content = "甲,乙,丙\nA1,2026-11-02,桶满了\n"
    url = upload(office, content).url
    assert "导入 1 行" not in office.get(url).content.decode()

    chosen = {
        "name": "某平台", "source": "某平台", "column_source_number": "甲", "column_received_at": "乙",
        "column_text": ["丙"], "limit_unit": "whole_days",
    }  # fmt: skip
    office.post(f"{url}columns/", chosen)
    assert "导入 1 行" in office.get(url).content.decode()

    again = upload(office, content.replace("A1", "A9"), "第二份.csv").url
    assert ImportBatch.objects.get(pk=again.split("/")[-2]).mapping.name == "某平台"


def test_a_missing_column_choice_is_said_at_the_field(office: Client) -> None:
    url = upload(office).url
    answer = office.post(f"{url}columns/", {"name": "x", "source": "x"})

    assert answer.status_code == 422
    assert "column_source_number" in answer.content.decode()


def test_a_batch_is_undone(office: Client) -> None:
    url = upload(office).url
    office.post(f"{url}confirmation/")
    run_waiting()
    office.post(f"{url}withdrawal/")
    run_waiting()

    assert Case.objects.get().state == "void"
    assert "已经撤销" in office.get(url).content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [pytest.param(b"", "空的", id="empty"), pytest.param(b"\x89PNG\x00\x00", "不是表格", id="a picture")],
)
def test_what_is_no_table_is_refused_on_the_page(office: Client, content: bytes, words: str) -> None:
    answer = office.post("/office/imports/", {"file": SimpleUploadedFile("a.csv", content)})

    assert answer.status_code == 422 and words in answer.content.decode()


def test_only_the_command_centre_imports(client: Client, small_city: SimpleNamespace) -> None:
    client.force_login(small_city.handler, backend="wenming.organisations.passwords.Accounts")
    assert client.get("/office/imports/").status_code == 403
