"""Reading a table that somebody exported: xlsx or csv in whatever encoding, within limits, without guessing silently."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from wenming.refusals import BadInput

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
ENCODINGS = ("utf-8-sig", "gb18030")


class UnreadableTable(BadInput):
    """The file is no table that we can read; the sentence says which kinds are."""

    code = "import.unreadable"


@dataclass(frozen=True)
class Table:
    """The header and the rows below it, as the file holds them. Row 1 of the file is the header."""

    header: list[str]
    rows: list[list[Any]]


def read_table(content: bytes, name: str) -> Table:
    """Read the first sheet of a workbook or a csv file. Raises UnreadableTable with what to do about it."""
    if len(content) > MOST_BYTES:
        raise UnreadableTable(_("文件超过 50 MB。请分成几个文件再导入。"))
    content = _unzipped(content) if name.lower().endswith(".gz") else content
    if not content.strip():
        raise UnreadableTable(_("文件是空的。请检查导出时有没有选中数据。"))
    rows = _workbook(content) if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else _csv(content)
    rows = [row for row in rows if any(cell not in (None, "") for cell in row)]
    if len(rows) < 2:
        raise UnreadableTable(_("文件里只有表头，没有数据行。请检查导出的内容。"))
    if len(rows) > MOST_ROWS + 1:
        raise UnreadableTable(_("一次最多导入 %(most)d 行。请分成几个文件。") % {"most": MOST_ROWS})
    return Table([str(cell).strip() if cell is not None else "" for cell in rows[0][:MOST_COLUMNS]], rows[1:])


def _workbook(content: bytes) -> list[list[Any]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]
    except (python_calamine.CalamineError, IndexError, ValueError) as wrong:
        raise UnreadableTable(_("这个表格文件打不开。请在 Excel 或 WPS 里另存为 .xlsx 再导入。")) from wrong


def _csv(content: bytes) -> list[list[Any]]:
    text = _decoded(content)
    sample = text[:20_000]
    delimiter = max(",\t;", key=sample.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as wrong:
        raise UnreadableTable(_("这个 csv 文件的格式不对。请在 Excel 或 WPS 里另存为 .xlsx 再导入。")) from wrong


def _decoded(content: bytes) -> str:
    if b"\x00" in content[:1000]:
        raise UnreadableTable(_("这不是表格文件。可以导入的是 .xlsx 和 .csv。"))
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(_("文件的文字编码认不出来。请在 Excel 或 WPS 里另存为 .xlsx 再导入。"))


def _unzipped(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as file:
            plain = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as wrong:
        raise UnreadableTable(_("压缩文件打不开。请解压后再导入。")) from wrong
    if len(plain) > MOST_BYTES:
        raise UnreadableTable(_("文件解压后超过 50 MB。请分成几个文件再导入。"))
    return plain
