"""发文登记簿 and the editable copies: every number is there, a town sees its own, and the paper stays what counts."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import docx
import pytest
from django.db import connection
from django.test import Client

from wenming.cases.tests.story import MONDAY
from wenming.desks.common.tests.sitting import Sit
from wenming.documents.models import Document
from wenming.documents.services import take_number
from wenming.engine.append_only import lift, tables_of
from wenming.responsibilities.frontages.services import draw_up_agreement, issue_area_notice, sign_agreement

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(told: SimpleNamespace) -> Document:
    """The tea shop's notice, which was served; the noodle shop's, which was not yet."""
    issue_area_notice(told.noodles, by=told.officer, now=MONDAY)
    return Document.objects.order_by("pk")[0]


@pytest.fixture
def desk(sit_down: Sit, told: SimpleNamespace) -> Client:
    return sit_down(told.officer)


def test_every_paper_is_listed_with_whether_it_was_served(desk: Client, paper: Document) -> None:
    page = desk.get("/office/papers/").content.decode()

    assert paper.number in page and "直接送达" in page and "还没有登记送达" in page
    assert "没有缺号" in page


@pytest.mark.parametrize(("asked", "listed"), [("served=yes", 1), ("served=no", 1), ("kind=agreement", 0), ("q=1号", 1),
                                               ("since=2026-11-24", 0), ("until=2020-01-01", 0), ("since=gestern", 2)])  # fmt: skip
def test_it_is_filtered(desk: Client, paper: Document, asked: str, listed: int) -> None:
    assert desk.get(f"/office/papers/?{asked}").content.decode().count(".pdf") == listed


def test_a_signed_agreement_needs_no_service(desk: Client, told: SimpleNamespace) -> None:
    agreement = draw_up_agreement(told.tea, since=MONDAY.date(), to=MONDAY.date() + timedelta(days=365), by=told.officer, now=MONDAY)
    assert agreement.document.number in desk.get("/office/papers/?served=no").content.decode()

    sign_agreement(agreement, way="screen", signer="店主", by=None, now=MONDAY)

    assert agreement.document.number not in desk.get("/office/papers/?served=no").content.decode()
    assert "店主" in desk.get("/office/papers/?served=yes&kind=agreement").content.decode()


def test_a_withdrawn_agreement_waits_for_nothing_and_says_so(desk: Client, told: SimpleNamespace) -> None:
    agreement = draw_up_agreement(told.tea, since=MONDAY.date(), to=MONDAY.date() + timedelta(days=365), by=told.officer, now=MONDAY)
    dossier, number = f"/office/shops/{told.tea.number}/", agreement.document.number
    assert "为什么作废" in desk.get(dossier).content.decode()
    assert desk.post(f"{dossier}agreements/{agreement.pk}/withdrawal/", {"reason": ""}).status_code == 422
    assert desk.post(f"{dossier}agreements/{agreement.pk}/withdrawal/", {"reason": "止日写错"}).status_code == 302

    assert "已作废" in desk.get(dossier).content.decode() and "等签字" not in desk.get(dossier).content.decode()
    assert number not in desk.get("/office/papers/?served=no").content.decode()
    assert "止日写错" in desk.get("/office/papers/?kind=agreement").content.decode()
    rows = b"".join(desk.get("/office/papers/list.csv").streaming_content).decode("utf-8-sig")
    assert next(row for row in rows.splitlines() if number in row).count("已作废") == 1
    again = desk.post(f"{dossier}agreements/{agreement.pk}/withdrawal/", {"reason": "再作废"})
    assert again.status_code == 409 and "已经作废" in again.content.decode()
    assert "要签" not in Client().get(f"/shop/{told.tea.plate_code}/").content.decode()


def test_a_number_without_its_paper_is_named(desk: Client, paper: Document) -> None:
    take_number(paper.register.mark, now=paper.issued_at)

    assert "缺 3 号" in desk.get("/office/papers/").content.decode()


def test_the_register_comes_as_a_table(desk: Client, paper: Document) -> None:
    rows = b"".join(desk.get("/office/papers/list.csv?served=yes")).decode("utf-8-sig").splitlines()

    assert len(rows) == 2
    assert paper.number in rows[1] and "店员" in rows[1] and paper.sha256 in rows[1]


def test_a_letter_comes_as_a_word_file_that_names_the_paper(desk: Client, paper: Document) -> None:
    answer = desk.get(f"/office/papers/{paper.pk}.docx")
    words = [line.text for line in docx.Document(BytesIO(answer.content)).paragraphs]

    assert paper.title in words and "以印发的纸质文件（PDF）为准" in words[-1]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_letter_whose_words_were_not_kept_has_no_copy_and_offers_none(desk: Client, paper: Document) -> None:
    lift(connection.SchemaEditorClass(connection, atomic=False), tables_of(Document))
    Document.objects.update(told=None)

    assert desk.get(f"/office/papers/{paper.pk}.docx").status_code == 404
    assert ".docx" not in desk.get("/office/papers/").content.decode()


def test_a_unit_has_no_door_to_them(sit_down: Sit, paper: Document, told: SimpleNamespace) -> None:
    elsewhere = sit_down(told.west_handler)

    for address in ("", "list.csv", f"{paper.pk}.docx"):
        assert elsewhere.get(f"/office/papers/{address}").status_code == 403
