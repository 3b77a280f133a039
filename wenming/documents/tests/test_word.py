"""The editable copy of a letter: the same words in the same layout, read back from the file (UX: letters as PDF and .docx)."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from wenming.documents.letters import Letter, Stamp, head, picture, signs, table, text
from wenming.documents.services import issue
from wenming.documents.typesetting import host
from wenming.documents.typesetting.host import NotTypeset
from wenming.documents.typesetting.word import as_word

from .conftest import MONDAY, SENTENCE

STAMP = Stamp("石岐门前〔2026〕3号", date(2026, 11, 23), "日志第 1 条，校验 " + "0" * 64)
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'
BLOCKS = [
    text(SENTENCE), head("一、范围"), table([1, 3], [["责任", "范围"], ["包卫生", "墙基到人行道路缘石"]]), picture(DRAWING, 120),
    signs("甲方（章）：", "乙方（签字）："),
]  # fmt: skip


def read(*blocks: dict[str, Any], title: str = "关于告知门前责任区范围和责任要求的通知") -> Any:
    letter = Letter("notice", title, "石岐街道办事处", "惠民便利店", blocks)
    return docx.Document(BytesIO(as_word(letter.as_told(STAMP))))


def words_of(paper: Any) -> list[str]:
    return [line.text for line in paper.paragraphs]


def test_it_says_what_the_paper_says_in_its_order() -> None:
    said = words_of(read(*BLOCKS))
    wanted = ["石岐门前〔2026〕3号", "关于告知门前责任区范围和责任要求的通知", "惠民便利店：", SENTENCE, "一、范围", "甲方（章）：",
              "乙方（签字）：", "石岐街道办事处", "2026年11月23日"]  # fmt: skip

    assert [line for line in said if line in wanted] == wanted


def test_it_says_that_the_paper_is_what_counts() -> None:
    assert "以印发的纸质文件（PDF）为准" in words_of(read(*BLOCKS))[-1]


def test_the_page_is_measured_as_the_standard_says() -> None:
    section = read(*BLOCKS).sections[0]
    grid = section._sectPr.find(qn("w:docGrid"))

    assert (section.page_width, section.page_height) == (pytest.approx(Mm(210), abs=700), pytest.approx(Mm(297), abs=700))
    assert (section.top_margin, section.left_margin) == (pytest.approx(Mm(37), abs=700), pytest.approx(Mm(28), abs=700))
    assert float(grid.get(qn("w:linePitch"))) / 20 * 22 == pytest.approx(225 * 72 / 25.4, abs=1), "22 lines fill 225 mm"
    assert section.different_first_page_header_footer, "the first page bears the name and no number"


def test_28_characters_fit_a_line() -> None:
    line = next(one for one in read(*BLOCKS).paragraphs if one.text == SENTENCE)
    closer = int(line.runs[0]._r.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20

    assert 27.9 < 156 * 72 / 25.4 / (line.runs[0].font.size.pt + closer) < 28.2
    assert line.runs[0].font.size.pt == 16
    assert line._p.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_a_table_repeats_its_head_and_keeps_its_shares() -> None:
    (made,) = read(*BLOCKS).tables

    assert [[cell.text for cell in row.cells] for row in made.rows] == [["责任", "范围"], ["包卫生", "墙基到人行道路缘石"]]
    assert made.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert made.columns[1].width == pytest.approx(3 * made.columns[0].width, rel=0.01)


def test_a_drawing_comes_along_as_wide_as_on_paper() -> None:
    (drawn,) = read(*BLOCKS).inline_shapes

    assert drawn.width == Mm(120)
    assert drawn.height == pytest.approx(Mm(60), rel=0.02)


def test_what_no_file_can_hold_is_left_out_and_the_rest_stays() -> None:
    assert "甲乙" in words_of(read(text("甲\x0b\x01乙")))


def test_a_drawing_that_cannot_be_drawn_is_said() -> None:
    with pytest.raises(NotTypeset):
        read(picture("no drawing", 100))


@pytest.mark.django_db
def test_an_issued_letter_keeps_what_it_said(letter: Letter) -> None:
    document = issue(letter, mark="石岐门前", subject="x", by=None, now=MONDAY, and_then=lambda made: made)
    document.refresh_from_db()

    assert document.told["title"] == letter.title
    assert document.told["number"] == document.number
    assert letter.title in words_of(docx.Document(BytesIO(as_word(document.told))))


def test_only_a_whole_picture_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.subprocess, "run", lambda *_given, **_kw: type("Done", (), {"stdout": b"\x89PNG half"}))

    with pytest.raises(NotTypeset):
        read(*BLOCKS)
