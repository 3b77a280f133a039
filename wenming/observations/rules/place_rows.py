"""Reading one row of a list of public places. Pure: cells in, what is understood and what is unclear out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from . import reading as shared
from .reading import Cell, Reading

FIELDS: dict[str, str] = {
    "number": "编号", "kind": "类别", "name": "名称", "manager": "管理单位", "post": "负责岗位", "responsible": "负责人",
    "condition": "现状", "longitude": "经度", "latitude": "纬度", "geometry": "几何", "address": "地点", "town": "镇街",
    "on": "普查日期", "note": "备注",
}  # fmt: skip
NEEDED = ("kind", "name")
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "number": ("编号", "场所编号", "序列号", "number", "code", "id"),
    "kind": ("类别", "场所类别", "场所类型", "类型", "种类", "kind", "type"),
    "name": ("名称", "场所名称", "单位名称", "点位名称", "name"),
    "manager": ("管理单位", "责任单位", "管理主体", "主管单位", "管理者", "manager"),
    "post": ("负责岗位", "职务", "岗位", "post"),
    "responsible": ("负责人", "责任人", "联系人", "responsible"),
    "condition": ("现状", "状态", "设施状况", "condition"),
    "longitude": ("经度", "longitude", "lng", "lon", "x"),
    "latitude": ("纬度", "latitude", "lat", "y"),
    "geometry": ("几何（wkt）", "wkt", "geometry", "geom"),
    "address": ("地点", "地址", "位置", "详细地址", "address"),
    "town": ("镇街", "所属镇街", "镇区", "所在镇街", "town"),
    "on": ("普查日期", "登记日期", "调查日期", "更新日期", "on"),
    "note": ("备注", "note", "remark"),
}
# What people write for the sixteen kinds of the policy.
KINDS: dict[str, str] = {
    "道路": "road", "主干道": "road", "次干道": "road", "城市道路": "road", "路": "road",
    "路口": "intersection", "交通路口": "intersection", "十字路口": "intersection", "交叉口": "intersection",
    "街巷": "lane", "背街小巷": "lane", "小巷": "lane", "内街": "lane", "里弄": "lane",
    "公园": "park", "社区公园": "park", "绿地公园": "park",
    "广场": "square", "公共广场": "square", "文化广场": "square",
    "体育场馆": "stadium", "体育馆": "stadium", "体育场": "stadium", "游泳馆": "stadium",
    "影剧院": "cinema", "电影院": "cinema", "影院": "cinema", "剧院": "cinema", "剧场": "cinema",
    "校园": "campus", "学校": "campus", "小学": "campus", "中学": "campus", "中小学校": "campus", "幼儿园": "campus", "大学": "campus",
    "商业街": "shopping_street", "商业大街": "shopping_street", "步行街": "shopping_street",
    "商场超市": "mall", "商场": "mall", "超市": "mall", "百货": "mall", "购物中心": "mall",
    "集贸市场": "market", "农贸市场": "market", "菜市场": "market", "市场": "market", "肉菜市场": "market",
    "车站": "station", "公交站": "station", "公交站台": "station", "客运站": "station", "火车站": "station", "轻轨站": "station",
    "公共交通工具": "transport", "公交车": "transport", "公交线路": "transport", "出租车": "transport", "客车": "transport",
    "宾馆": "hotel", "酒店": "hotel", "宾馆饭店": "hotel", "旅馆": "hotel", "招待所": "hotel",
    "娱乐场所": "entertainment", "网吧": "entertainment", "歌舞厅": "entertainment", "ktv": "entertainment", "游艺厅": "entertainment",
    "建筑工地": "site", "工地": "site", "在建工地": "site",
}  # fmt: skip
CONDITIONS = {
    "": "", "良好": "good", "完好": "good", "正常": "good", "好": "good", "good": "good", "有缺损": "worn", "一般": "worn", "破损": "worn",
    "部分破损": "worn", "worn": "worn", "较差": "poor", "差": "poor", "poor": "poor",
    "还没有核过": "unknown", "未知": "unknown", "unknown": "unknown",
}  # fmt: skip
LONGEST_NAME = 80


def proposed_columns(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """Which column probably means what; each column is taken once."""
    return shared.proposed_columns(header, USUAL_NAMES)


def read_row(cells: Mapping[str, Any], columns: Mapping[str, Any], *, zone: ZoneInfo, today: date) -> Reading:
    """Understand the plain parts of a row. What is empty is left out; a place without kind or name cannot come in."""
    reading = shared.read_cells(cells, columns, fields=FIELDS, readers=_READERS, zone=zone)
    values = reading.values
    if (on := values.get("on")) and on > today:
        reading.refusals.append(f"普查日期 {on.isoformat()} 在今天之后")
    if "kind" not in values and not any(why.startswith("类别") for why in reading.refusals):
        reading.refusals.append("缺少类别：要写十六类公共场所里的一类")
    if not values.get("name"):
        reading.refusals.append("缺少名称")
    elif len(values["name"]) > LONGEST_NAME:
        reading.refusals.append(f"名称超过 {LONGEST_NAME} 字，请改短")
    if ("longitude" in values) != ("latitude" in values):
        reading.refusals.append("经度和纬度要一起填")
    shared.turn_round(reading)
    return reading


def _kind(cell: Cell, reading: Reading) -> None:
    said = shared.narrow(str(cell.value)).strip().lower()
    if said in KINDS or said in KINDS.values():
        reading.values[cell.name] = KINDS.get(said, said)
    else:
        reading.refusals.append(f"类别“{str(cell.value)[:20]}”不是十六类公共场所里的一类")


def _condition(cell: Cell, reading: Reading) -> None:
    said = str(cell.value).strip().lower()
    if said in CONDITIONS:
        reading.values[cell.name] = CONDITIONS[said]
    else:
        reading.notes.append(f"现状“{said[:20]}”没有对应项，先按没有核过")


_READERS = {
    "kind": _kind, "name": shared.plain, "number": shared.plain, "manager": shared.plain, "longitude": shared.degrees,
    "latitude": shared.degrees, "on": shared.day,
    "condition": _condition, "town": shared.plain, "address": shared.plain,
}  # fmt: skip
