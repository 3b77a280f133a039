"""The letter by GB/T 9704-2012, measured in the PDF: margins, type area, 22 lines of 28 characters, heading and rules (W1)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from wenming.documents.letters import Letter, Stamp, head, text
from wenming.documents.rules.characters import not_in_the_letter_font
from wenming.documents.rules.numbering import document_number
from wenming.documents.typesetting import host
from wenming.documents.typesetting.host import FONTS, NotTypeset, typeset

from .conftest import SENTENCE
from .papers import lines, pages, rules

STAMP = Stamp("石岐门前〔2026〕3号", date(2026, 11, 23), "日志第 1 条，校验 " + "0" * 64)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    words = [text(SENTENCE * 60)]
    return typeset(Letter("notice", "关于告知门前责任区范围和责任要求的通知", "石岐街道办事处", "惠民便利店", words), STAMP)


def test_the_type_area_is_156_by_225_mm_with_22_lines_of_28_characters(pdf: bytes) -> None:
    full = [line for line in lines(pages(pdf)[1]) if line.size_pt == 16 and line.glyphs == 28]

    assert len(full) == 22, "a full page has 22 lines of 28 characters"
    assert {round(line.left_mm, 1) for line in full} == {28.0}, "订口 28 mm"
    assert full[0].top_mm == pytest.approx(37, abs=0.2), "天头 37 mm"
    assert {round(line.right_mm, 0) for line in full} == {28 + 156}
    assert {round(b.baseline_mm - a.baseline_mm, 2) for a, b in pairwise(full)} == {round(225 / 22, 2)}
    assert full[-1].baseline_mm <= 37 + 225


def test_the_heading_begins_30_mm_below_the_edge_and_the_rules_are_170_mm(pdf: bytes) -> None:
    first = pages(pdf)[0]
    name = lines(first)[0]
    upper, lower = rules(first)[:2], rules(first)[2:]

    assert name.top_mm == pytest.approx(30, abs=0.3)
    assert upper[0][0] == pytest.approx(name.top_mm + name.size_pt * 25.4 / 72 + 4, abs=0.5), "4 mm below the name"
    assert all(length == pytest.approx(170, abs=0.1) for _top, length, _thick in (*upper, *lower))
    assert lower[-1][0] == pytest.approx(297 - 20, abs=0.5)
    assert [thick for _top, _length, thick in (*upper, *lower)] == [2, 0.7, 0.7, 2], "thick above thin, then thin above thick"
    assert not rules(pages(pdf)[1]), "the second page has none"


def test_the_number_stands_at_the_right_edge_of_the_type_area(pdf: bytes) -> None:
    number = lines(pages(pdf)[0])[1]

    assert number.size_pt == 16 and number.left_mm > 105


def test_the_title_is_of_size_2_and_the_body_begins_two_characters_in(pdf: bytes) -> None:
    found = lines(pages(pdf)[0])
    begins = 28 + 2 * 156 / 28

    assert any(line.size_pt == 22 for line in found)
    assert any(line.left_mm == pytest.approx(begins, abs=0.3) for line in found if line.size_pt == 16)


def test_the_same_letter_is_the_same_bytes(letter: Letter) -> None:
    assert typeset(letter, STAMP) == typeset(letter, STAMP)


def test_a_child_that_never_ends_is_an_answer_and_not_a_crash(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SECONDS", 0.001)

    with pytest.raises(NotTypeset):
        typeset(letter, STAMP)


@pytest.mark.parametrize("typed", ["#panic()", "$x$ *a* _b_ `c` @d <e> = f", '"}]}', "\\u{0}", "//", "#read(\"/etc/passwd\")"])
def test_what_people_type_is_text_and_nothing_else(typed: str) -> None:
    assert typeset(Letter("notice", typed, "甲办事处", typed, [text(typed)]), STAMP).startswith(b"%PDF")


def test_the_font_has_what_letters_need_and_says_what_it_lacks() -> None:
    assert not_in_the_letter_font("石岐街道办事处〔2026〕3号，《条例》第11条：“门前三包”。") == ""
    assert not_in_the_letter_font("陈𬭎 喆喆玲") == "𬭎喆"
    weight = sum(path.stat().st_size for path in Path(FONTS).iterdir())
    assert weight < 5_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


@pytest.mark.parametrize(
    ("mark", "year", "serial"),
    [pytest.param("石", 2026, 1, id="one character"), pytest.param("SQ", 2026, 1, id="no Chinese"), pytest.param("石岐", 2026, 0, id="no serial")],
)
def test_what_is_no_number_is_refused(mark: str, year: int, serial: int) -> None:
    assert document_number("石岐门前", 2026, 3) == "石岐门前〔2026〕3号"
    with pytest.raises(ValueError):
        document_number(mark, year, serial)


def test_the_signature_stands_four_characters_from_the_right_with_the_name_over_the_middle_of_the_date() -> None:
    signed = typeset(Letter("notice", "短函", "石岐街道办事处", "便利店", [text("请改正。")]), STAMP)
    body = [line for line in lines(pages(signed)[0]) if line.size_pt == 16]
    name = next(line for line in body if line.glyphs == 7 and line.left_mm > 100)
    edge = 28 + 156 - 4 * 16 * 25.4 / 72

    assert name.right_mm == pytest.approx(edge, abs=1), "右空四字"
    assert [line.glyphs for line in body if line.baseline_mm > name.baseline_mm] == [len("2026年11月23日")], "the date under it"


def test_a_heading_goes_to_the_next_page_with_what_it_heads() -> None:
    def heading_alone(many: int) -> bool:
        words = [text("请改正。")] * many + [head("一、责任区范围"), text(SENTENCE * 3)]
        first = pages(typeset(Letter("notice", "短函", "石岐街道办事处", "便利店", words), STAMP))[0]
        body = [line for line in lines(first) if line.size_pt == 16 and line.tracking_pt < 3]
        return max(body, key=lambda line: line.baseline_mm).glyphs == len("一、责任区范围")

    assert not any(heading_alone(many) for many in range(8, 16))
