"""Reading one row of a list of components. Pure: cells in, what is understood and what is unclear out.

Which column means what is proposed by the names that lists of components usually have (CJ/T 214's attribute table and
what census teams make of it); a person looks at it before anything comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from . import reading as shared
from .reading import Cell, Reading

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


def proposed_columns(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """Which column probably means what; each column is taken once."""
    return shared.proposed_columns(header, USUAL_NAMES)


def read_row(cells: Mapping[str, Any], columns: Mapping[str, Any], *, zone: ZoneInfo, today: date) -> Reading:
    """Understand the plain parts of a row: texts, numbers, a day, a condition. What is empty is left out."""
    reading = shared.read_cells(cells, columns, fields=FIELDS, readers=_READERS, zone=zone)
    if (on := reading.values.get("on")) and on > today:
        reading.refusals.append(f"变更日期 {on.isoformat()} 在今天之后")
    if reading.values.get("geometry") is None and not {"longitude", "latitude"} <= reading.values.keys():
        reading.refusals.append("缺少坐标：要有经度和纬度两列，或者图形")
    return reading


def _condition(cell: Cell, reading: Reading) -> None:
    text = str(cell.value).strip().lower()
    if text in CONDITIONS:
        reading.values[cell.name] = CONDITIONS[text]
    else:
        reading.questions.append(f"状态“{text[:20]}”没有对应项，接受则不改状态（新登记的按完好）")


_READERS = {
    "code": shared.as_it_stands, "longitude": shared.number, "latitude": shared.number, "on": shared.day, "condition": _condition,
}  # fmt: skip
