"""Reading a table that somebody exported: xlsx or csv in whatever encoding, within limits, without guessing silently."""

from __future__ import annotations

import csv
import gzip
import io
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from wenming.refusals import BadInput

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
ENCODINGS = ("utf-8-sig", "gb18030")
HEADER_WITHIN = 20


class UnreadableTable(BadInput):
    """The file is no table that we can read; the sentence says which kinds are."""

    code = "import.unreadable"


@dataclass(frozen=True)
class Table:
    """The header and the rows below it, as the file holds them.

    rows: gone through as often as one likes; of a workbook each is made when its turn comes. numbers: on which line of the
    file each of them stands.
    """

    header: list[str]
    rows: Collection[list[Any]]
    numbers: Collection[int] = ()

    def numbered(self) -> Iterator[tuple[int, list[Any]]]:
        """The rows with the numbers that a spreadsheet shows beside them; where nobody told, the header is line 1."""
        return zip(self.numbers or count(2), self.rows, strict=False)


class SheetRows(Collection[list[Any]]):
    """The rows of a sheet that are not blank, from the `first` of them on; as Python objects they would take ten times the room."""

    def __init__(self, sheet: python_calamine.CalamineSheet, first: int = 0) -> None:
        self.sheet, self.first = sheet, first
        self.numbers = array("L", (number for number, _row in self._all()))[first:]

    def _all(self) -> Iterator[tuple[int, list[Any]]]:
        numbered = enumerate(self.sheet.iter_rows(), start=1)
        return ((number, list(row)) for number, row in numbered if any(cell not in (None, "") for cell in row))

    def __iter__(self) -> Iterator[list[Any]]:
        return (row for _number, row in islice(self._all(), self.first, None))

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)


def read_table(content: bytes, name: str) -> Table:
    """Read the first sheet of a workbook or a csv file. Raises UnreadableTable with what to do about it."""
    if len(content) > MOST_BYTES:
        raise UnreadableTable(_("文件超过 50 MB。请分成几个文件再导入。"))
    content = _unzipped(content) if name.lower().endswith(".gz") else content
    if not content.strip():
        raise UnreadableTable(_("文件是空的。请检查导出时有没有选中数据。"))
    if content[:2] == b"MZ" or content[:5] == b"%PDF-" or content[:4] == b"\x7fELF":
        raise UnreadableTable(_("这不是表格文件。可以导入的是 .xlsx 和 .csv。"))
    read = _workbook if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else _csv
    header, rows, numbers = read(content)
    if not rows:
        raise UnreadableTable(_("文件里只有表头，没有数据行。请检查导出的内容。"))
    if len(rows) > MOST_ROWS:
        raise UnreadableTable(_("一次最多导入 %(most)d 行。请分成几个文件。") % {"most": MOST_ROWS})
    return Table([str(cell).strip() if cell is not None else "" for cell in header[:MOST_COLUMNS]], rows, numbers)


def _lines_over_the_header(rows: Sequence[Sequence[Any]]) -> int:
    """How many lines are no header yet: the table's title, who filled it in. They fill a third of its width at most."""
    written = [sum(cell not in (None, "") for cell in row) for row in rows]
    return next((n for n, many in enumerate(written) if 3 * many > max(written)), 0)


def _workbook(content: bytes) -> tuple[list[Any], Collection[list[Any]], Collection[int]]:
    try:
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        beginning = list(islice(SheetRows(sheet), HEADER_WITHIN))
        over = _lines_over_the_header(beginning)
        below = SheetRows(sheet, first=over + 1)
        return (beginning[over] if beginning else []), below, below.numbers
    except (python_calamine.CalamineError, IndexError, ValueError) as wrong:
        raise UnreadableTable(_("这个表格文件打不开。请在 Excel 或 WPS 里另存为 .xlsx 再导入。")) from wrong


def _csv(content: bytes) -> tuple[list[Any], Collection[list[Any]], Collection[int]]:
    text = _decoded(content)
    sample = text[:20_000]
    delimiter = max(",\t;", key=sample.count)
    try:
        lines = enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1)
        numbers, rows = [], []
        for number, row in lines:
            if any(row):
                numbers.append(number)
                rows.append(row)
    except csv.Error as wrong:
        raise UnreadableTable(_("这个 csv 文件的格式不对。请在 Excel 或 WPS 里另存为 .xlsx 再导入。")) from wrong
    over = _lines_over_the_header(rows[:HEADER_WITHIN])
    return (rows[over] if rows else []), rows[over + 1 :], numbers[over + 1 :]


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
