"""Reading one row of a list of components. Pure: cells in, what is understood and what is unclear out.

Which column means what is proposed by the names that lists of components usually have (CJ/T 214's attribute table and
what census teams make of it); a person looks at it before anything comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from .mapping import parse_moment

FIELDS: dict[str, str] = {
    "code": "标识码",
    "kind": "小类",
    "name": "名称",
    "owner": "权属单位",
    "supervisor": "主管单位",
    "caretaker": "养护单位",
    "condition": "状态",
    "longitude": "经度",
    "latitude": "纬度",
    "geometry": "几何",
    "address": "地点",
    "on": "变更日期",
    "note": "备注",
}
NEEDED = ("code",)
UNITS = ("owner", "supervisor", "caretaker")
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "code": ("标识码", "部件标识码", "部件编码", "部件代码", "编码", "objid", "obj_id", "objcode", "code"),
    "kind": ("小类", "小类代码", "小类编码", "部件类别", "部件小类", "kind"),
    "name": ("名称", "部件名称", "objname", "name"),
    "owner": ("权属单位", "权属单位名称", "权属单位代码", "deptname2", "ownername", "owner"),
    "supervisor": ("主管单位", "主管部门", "主管部门名称", "主管部门代码", "deptname1", "supervisor"),
    "caretaker": ("养护单位", "养护单位名称", "养护单位代码", "管养单位", "deptname3", "caretaker"),
    "condition": ("状态", "部件状态", "现状", "objstate", "condition"),
    "longitude": ("经度", "longitude", "lng", "lon", "x"),
    "latitude": ("纬度", "latitude", "lat", "y"),
    "geometry": ("几何（wkt）", "wkt", "geometry", "geom"),
    "address": ("地点", "地址", "位置", "所在道路", "address"),
    "on": ("变更日期", "普查日期", "初始日期", "chdate", "ordate", "valid_from"),
    "note": ("备注", "note", "remark"),
}
CONDITIONS = {
    "": "", "完好": "good", "正常": "good", "良好": "good", "good": "good", "破损": "damaged", "损坏": "damaged",
    "damaged": "damaged", "缺失": "missing", "丢失": "missing", "missing": "missing", "废弃": "disused", "停用": "disused",
    "废除": "disused", "disused": "disused",
}  # fmt: skip


@dataclass
class Reading:
    """What was understood; why it cannot come in; what a person must decide; what a person should know."""

    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def proposed_columns(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """Which column probably means what; each column is taken once."""
    found: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for name, usual in USUAL_NAMES.items():
        for wanted in usual:
            column = next((one for one in header if _means(one, wanted) and one not in taken), None)
            if column is not None:
                found[name] = {"column": column}
                taken.add(column)
                break
    return found


def _means(column: str, wanted: str) -> bool:
    """Whether a column bears the name, whole or as a shapefile cuts it: after ten bytes, perhaps within a character."""
    tidy = column.strip().rstrip("�").lower()
    if tidy == wanted:
        return True
    return any(
        len(whole := wanted.encode(encoding)) > 10 and whole[:10].decode(encoding, "ignore") == tidy
        for encoding in ("utf-8", "gb18030")
    )


def read_row(cells: Mapping[str, Any], columns: Mapping[str, Any], *, zone: ZoneInfo, today: date) -> Reading:
    """Understand the plain parts of a row: texts, numbers, a day, a condition. What is empty is left out."""
    reading = Reading()
    for name in FIELDS:
        column = (columns.get(name) or {}).get("column")
        value = cells.get(column) if column else None
        if value is None or str(value).strip() in {"", "nan", "NaN", "NULL", "null", "-"}:
            continue
        _READERS.get(name, _text)(name, value, reading, zone)
    if (on := reading.values.get("on")) and on > today:
        reading.refusals.append(f"变更日期 {on.isoformat()} 在今天之后")
    if reading.values.get("geometry") is None and not {"longitude", "latitude"} <= reading.values.keys():
        reading.refusals.append("缺少坐标：要有经度和纬度两列，或者图形")
    return reading


def _text(name: str, value: Any, reading: Reading, _zone: ZoneInfo) -> None:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    # Our own files put an apostrophe before what a spreadsheet would take for a formula.
    reading.values[name] = text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@＝＋－＠") else text


def _code(name: str, value: Any, reading: Reading, _zone: ZoneInfo) -> None:
    reading.values[name] = value


def _number(name: str, value: Any, reading: Reading, _zone: ZoneInfo) -> None:
    try:
        reading.values[name] = float(str(value).strip())
    except ValueError:
        reading.refusals.append(f"{FIELDS[name]}要填数字，现在是“{str(value)[:20]}”")


def _day(name: str, value: Any, reading: Reading, zone: ZoneInfo) -> None:
    moment = parse_moment(value, zone, time(9))
    if moment is None:
        reading.refusals.append(f"{FIELDS[name]}看不懂：{str(value)[:20]}")
    else:
        reading.values[name] = moment.date()


def _condition(name: str, value: Any, reading: Reading, _zone: ZoneInfo) -> None:
    text = str(value).strip().lower()
    if text in CONDITIONS:
        reading.values[name] = CONDITIONS[text]
    else:
        reading.questions.append(f"状态“{text[:20]}”没有对应项，接受则不改状态（新登记的按完好）")


_READERS = {
    "code": _code, "longitude": _number, "latitude": _number, "on": _day, "condition": _condition,
}  # fmt: skip
