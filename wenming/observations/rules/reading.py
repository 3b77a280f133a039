"""Reading the plain parts of a row of somebody's list: texts, numbers, days. Pure; what each list holds says its own module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .mapping import parse_moment

EMPTY = frozenset({"", "nan", "NaN", "NULL", "null", "-"})
# Full-width letters, digits and spaces, as Chinese input methods leave them in lists.
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HAS_WIDE = re.compile("[\uff01-\uff5e\u3000]")


@dataclass
class Reading:
    """What was understood; why it cannot come in; what a person must decide; what a person should know."""

    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Cell(NamedTuple):
    """One cell on its way into a reading: the field's key, its Chinese name, what stands in it."""

    name: str
    label: str
    value: Any
    zone: ZoneInfo


Reader = Callable[[Cell, Reading], None]


def proposed_columns(header: Sequence[str], usual_names: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """Which column probably means what; each column is taken once."""
    found: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for name, usual in usual_names.items():
        for wanted in usual:
            column = next((one for one in header if means(one, wanted) and one not in taken), None)
            if column is not None:
                found[name] = {"column": column}
                taken.add(column)
                break
    return found


def means(column: str, wanted: str) -> bool:
    """Whether a column bears the name, whole or as a shapefile cuts it: after ten bytes, perhaps within a character."""
    tidy = column.strip().rstrip("\ufffd").lower()
    if tidy == wanted:
        return True
    return any(
        len(whole := wanted.encode(encoding)) > 10 and whole[:10].decode(encoding, "ignore") == tidy
        for encoding in ("utf-8", "gb18030")
    )


def read_cells(
    cells: Mapping[str, Any], columns: Mapping[str, Any], *, fields: Mapping[str, str], readers: Mapping[str, Reader], zone: ZoneInfo
) -> Reading:
    """Each field by its reader, by `text` where it has none; what is empty is left out."""
    reading = Reading()
    for name, label in fields.items():
        rule = columns.get(name)
        value = cells.get(rule.get("column")) if rule else None
        if value is not None and not _is_empty(value):
            readers.get(name, text)(Cell(name, label, value, zone), reading)
    return reading


def _is_empty(value: Any) -> bool:
    """Whether nothing was said. Of numbers only what is none."""
    if isinstance(value, str):
        return value.strip() in EMPTY
    return isinstance(value, float) and value != value


def text(cell: Cell, reading: Reading) -> None:
    value = cell.value
    said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    # Our own files put an apostrophe before what a spreadsheet would take for a formula.
    reading.values[cell.name] = said[1:] if said[:1] == "'" and said[1:2] in tuple("=+-@＝＋－＠") else said


def as_it_stands(cell: Cell, reading: Reading) -> None:
    reading.values[cell.name] = cell.value


def number(cell: Cell, reading: Reading) -> None:
    try:
        reading.values[cell.name] = float(str(cell.value).strip())
    except ValueError:
        reading.refusals.append(f"{cell.label}要填数字，现在是“{str(cell.value)[:20]}”")


def day(cell: Cell, reading: Reading) -> None:
    moment = _moment_of(cell.value, cell.zone)
    if moment is None:
        reading.refusals.append(f"{cell.label}看不懂：{str(cell.value)[:20]}")
    else:
        reading.values[cell.name] = moment.date()


@lru_cache(maxsize=4096, typed=True)
def _moment_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """A census of very many rows was made on few days."""
    return parse_moment(value, zone, time(9))


def plain(cell: Cell, reading: Reading) -> None:
    """A text without spaces around it and without full-width letters and digits."""
    text(cell, reading)
    reading.values[cell.name] = " ".join(narrow(str(reading.values[cell.name])).split())


def narrow(text: str) -> str:
    """Without full-width letters and digits; most texts have none."""
    return text.translate(WIDE) if _HAS_WIDE.search(text) else text


def degrees(cell: Cell, reading: Reading) -> None:
    """A number as lists write it: with full-width digits, a comma for the point, a sign of degrees behind it."""
    if isinstance(cell.value, float):
        reading.values[cell.name] = cell.value
        return
    said = narrow(str(cell.value)).strip().rstrip("°度EeNn").replace(",", ".")
    try:
        reading.values[cell.name] = float(said)
    except ValueError:
        reading.refusals.append(f"{cell.label}要填数字，现在是“{str(cell.value)[:20]}”")


def turn_round(reading: Reading) -> None:
    """Longitude and latitude in each other's column: only a person may say so."""
    lon, lat = reading.values.get("longitude"), reading.values.get("latitude")
    if lon is not None and lat is not None and 3 <= lon <= 54 and 73 <= lat <= 136:
        reading.values["longitude"], reading.values["latitude"] = lat, lon
        reading.questions.append("经度和纬度像是填反了，接受则对调")
