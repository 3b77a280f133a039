"""An issued letter as an editable Word file: the same words in the same layout, and a line that says the paper is what counts.

Measures are those of letter.typ (GB/T 9704-2012, 10.1 信函格式). Fonts are named and not brought along: government desktops
have them, and elsewhere the word processor takes its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from .host import typeset_picture

BODY, TITLE, HEAD = "仿宋_GB2312", "方正小标宋简体", "黑体"
RED = RGBColor(0xC0, 0, 0)
LINES, CHARACTERS, SIZE_PT = 22, 28, 16.0
HEIGHT_MM, WIDTH_MM, POINTS_PER_MM = 225.0, 156.0, 72 / 25.4
PITCH_PT = HEIGHT_MM / LINES * POINTS_PER_MM
TWIPS = 20
# 28 characters of 16 pt are wider than 156 mm: each is set closer, by whole twips, so that the last one still fits.
CLOSER_TWIPS = math.floor((WIDTH_MM * POINTS_PER_MM / CHARACTERS - SIZE_PT) * TWIPS)
# What XML cannot hold: a control character that was pasted in is left out here, as it prints nothing there.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f￾￿]")


def as_word(told: dict[str, Any]) -> bytes:
    """The letter as .docx. told: what `Letter.as_told` gave. Raises NotTypeset when a picture in it cannot be drawn."""
    paper = docx.Document()
    paper.core_properties.title, paper.core_properties.author = _printable(told["title"]), _printable(told["issuer"])
    _lay_out(paper)
    _heading_and_rules(paper, told)
    _line(paper, told["number"], align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(paper, "")
    _line(paper, told["title"], align=WD_ALIGN_PARAGRAPH.CENTER, font=TITLE, points=22.0, pitch=36.0)
    _line(paper, "")
    _line(paper, told["to"] + "：")
    for block in told["blocks"]:
        BLOCKS[block["kind"]](paper, block)
    _signature(paper, told)
    notice = f"此 Word 稿由{told['number']}生成，供摘录和修改；以印发的纸质文件（PDF）为准。"
    _line(paper, notice, points=9.0, pitch=14.0)
    kept = BytesIO()
    paper.save(kept)
    return kept.getvalue()


# --- blocks ----------------------------------------------------------------------------------------------------------


def _text(paper: Any, block: dict[str, Any]) -> None:
    _line(paper, block["text"], indent=2)


def _head(paper: Any, block: dict[str, Any]) -> None:
    _line(paper, block["text"], indent=2, font=HEAD).paragraph_format.keep_with_next = True


def _plain(paper: Any, block: dict[str, Any]) -> None:
    _line(paper, block["text"])


def _table(paper: Any, block: dict[str, Any]) -> None:
    rows, widths = block["rows"], block["widths"]
    table = paper.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    for column, share in zip(table.columns, widths, strict=True):
        column.width = Mm(WIDTH_MM * share / sum(widths))
    for cells in rows:
        row = table.add_row()
        for cell, words, share in zip(row.cells, cells, widths, strict=True):
            cell.width = Mm(WIDTH_MM * share / sum(widths))
            _write(cell.paragraphs[0], words, points=12.0, pitch=18.0)
    if rows:
        # The head is repeated where the table goes on over the page.
        table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))


def _picture(paper: Any, block: dict[str, Any]) -> None:
    drawn = paper.add_paragraph()
    drawn.alignment = WD_ALIGN_PARAGRAPH.CENTER
    drawn.paragraph_format.space_before = drawn.paragraph_format.space_after = Pt(6)
    drawn.add_run().add_picture(BytesIO(typeset_picture(block)), width=Mm(block["width_mm"]))


def _signs(paper: Any, block: dict[str, Any]) -> None:
    for words in block["lines"]:
        _line(paper, words)


BLOCKS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "text": _text, "head": _head, "plain": _plain, "table": _table, "picture": _picture, "signs": _signs,
}  # fmt: skip


# --- the page --------------------------------------------------------------------------------------------------------


def _lay_out(paper: Any) -> None:
    section, normal = paper.sections[0], paper.styles["Normal"]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin, section.right_margin, section.bottom_margin = Mm(37), Mm(28), Mm(26), Mm(35)
    section.header_distance, section.footer_distance = Mm(30), Mm(20)
    section.different_first_page_header_footer = True
    paper.settings.odd_and_even_pages_header_footer = True
    normal.font.name, normal.font.size = BODY, Pt(SIZE_PT)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    _grid(section)
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):  # fmt: skip
        _page_number(footer.paragraphs[0], align)


def _grid(section: Any) -> None:
    """22 lines a page. No grid of characters: word processors count it differently, closer setting they all understand."""
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(_element("w:docGrid", type="lines", linePitch=round(PITCH_PT * TWIPS)))


def _heading_and_rules(paper: Any, told: dict[str, Any]) -> None:
    """The agency's name 30 mm below the edge over two red rules, and two more at the foot of the first page."""
    section = paper.sections[0]
    name = section.first_page_header.paragraphs[0]
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = _run(name, told["issuer"], TITLE, told["issuer_pt"])
    run.font.color.rgb = RED
    _rule(name, "bottom", "thickThinSmallGap")
    _rule(section.first_page_footer.paragraphs[0], "top", "thinThickSmallGap")


def _rule(paragraph: Paragraph, edge: str, look: str) -> None:
    """A double rule 170 mm long: seven millimetres longer than the type area on each side."""
    borders = _element("w:pBdr")
    borders.append(_element(f"w:{edge}", val=look, sz=24, space=11, color=str(RED)))
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(-7)


def _page_number(paragraph: Paragraph, align: Any) -> None:
    paragraph.alignment = align
    _run(paragraph, "— ", BODY, 14.0)
    number = paragraph._p.makeelement(qn("w:fldSimple"), {qn("w:instr"): "PAGE"})
    paragraph._p.append(number)
    _run(paragraph, " —", BODY, 14.0)
    inside = _element("w:r")
    inside.append(_element("w:t"))
    number.append(inside)


def _signature(paper: Any, told: dict[str, Any]) -> None:
    _line(paper, "")
    for words in (told["signed"], told["date"]):
        line = _line(paper, words, align=WD_ALIGN_PARAGRAPH.RIGHT)
        line.paragraph_format.right_indent = Pt(4 * SIZE_PT)
        line.paragraph_format.keep_together = True
    _line(paper, "")


# --- lines -----------------------------------------------------------------------------------------------------------


def _line(
    paper: Any, words: str, *, align: Any = None, indent: int = 0, font: str = BODY, points: float = SIZE_PT, pitch: float = PITCH_PT
) -> Paragraph:
    """One paragraph; indent: how many characters its first line begins inside."""
    line: Paragraph = paper.add_paragraph()
    line.alignment = align
    if indent:
        line._p.get_or_add_pPr().append(_element("w:ind", firstLineChars=indent * 100, firstLine=round(indent * points * TWIPS)))
    _write(line, words, font=font, points=points, pitch=pitch)
    return line


def _write(line: Paragraph, words: str, *, font: str = BODY, points: float, pitch: float) -> None:
    line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    line.paragraph_format.line_spacing = Pt(pitch)
    _run(line, words, font, points)


def _run(line: Paragraph, words: str, font: str, points: float) -> Any:
    run = line.add_run(_printable(words))
    run.font.name, run.font.size = font, Pt(points)
    properties = run._r.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if points == SIZE_PT:
        properties.insert_element_before(_element("w:spacing", val=CLOSER_TWIPS), "w:w", "w:kern", "w:position", "w:sz")
    return run


def _printable(words: str) -> str:
    return UNPRINTABLE.sub("", words)


def _element(name: str, **attributes: object) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made
