"""Reading the plain parts of a row of somebody's list: texts, numbers, days. Pure; what each list holds says its own module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from .mapping import parse_moment

EMPTY = frozenset({"", "nan", "NaN", "NULL", "null", "-"})


@dataclass
class Reading:
    """What was understood; why it cannot come in; what a person must decide; what a person should know."""

    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
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
        column = (columns.get(name) or {}).get("column")
        value = cells.get(column) if column else None
        if value is not None and str(value).strip() not in EMPTY:
            readers.get(name, text)(Cell(name, label, value, zone), reading)
    return reading


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
    moment = parse_moment(cell.value, cell.zone, time(9))
    if moment is None:
        reading.refusals.append(f"{cell.label}看不懂：{str(cell.value)[:20]}")
    else:
        reading.values[cell.name] = moment.date()
