"""Reading one row of a list of shops, units and households along streets. Pure: cells in, what is understood and unclear out.

Whoever runs a shop is a person: the register keeps whom to ask for as a post, and neither names nor numbers of persons.
Residents' numbers and mobile phones that a list holds all the same are taken out before the row is kept, and the row says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from . import reading as shared
from .reading import WIDE, Cell, Reading

FIELDS: dict[str, str] = {
    "number": "登记号", "name": "名称", "kind": "种类", "trade": "行业", "door": "门牌", "address": "地址", "community": "村居",
    "contact": "联系岗位", "street": "路段", "side": "哪一侧", "from_m": "起点（米）", "to_m": "止点（米）", "width_m": "门宽（米）",
    "depth_m": "纵深（米）", "boundary": "边界描述", "longitude": "经度", "latitude": "纬度", "on": "登记日期",
}  # fmt: skip
NEEDED = ("name",)
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "number": ("登记号", "门前三包编号", "编号", "number"),
    "name": ("名称", "店名", "商铺名称", "门店名称", "店铺名称", "单位名称", "招牌名称", "字号", "name"),
    "kind": ("种类", "类别", "类型", "主体类型", "kind", "type"),
    "trade": ("行业", "业态", "经营范围", "经营项目", "trade"),
    "door": ("门牌", "门牌号", "门号", "铺号", "house_number"),
    "address": ("地址", "详细地址", "经营地址", "地点", "位置", "address"),
    "community": ("村居", "社区", "所属社区", "村（社区）", "社区（村）", "community"),
    "contact": ("联系岗位", "联系人", "负责人", "责任人", "店主", "经营者", "contact"),
    "street": ("路段", "路段编号", "道路", "街道名称", "所在道路", "路名", "street"),
    "side": ("哪一侧", "侧", "方位", "道路侧", "side"),
    "from_m": ("起点（米）", "起点", "起点米数", "起", "from", "from_m"),
    "to_m": ("止点（米）", "止点", "终点", "止点米数", "止", "to", "to_m"),
    "width_m": ("门宽（米）", "门宽", "门面宽", "门面宽度", "临街长度", "面宽", "width", "width_m"),
    "depth_m": ("纵深（米）", "纵深", "深度", "depth", "depth_m"),
    "boundary": ("边界描述", "责任区范围", "范围", "boundary"),
    "longitude": ("经度", "longitude", "lng", "lon", "x"),
    "latitude": ("纬度", "latitude", "lat", "y"),
    "on": ("登记日期", "调查日期", "普查日期", "日期", "on"),
}
KINDS: dict[str, str] = {
    "店铺": "shop", "商铺": "shop", "门店": "shop", "店": "shop", "商户": "shop", "个体户": "shop",
    "个体工商户": "shop", "企业": "shop", "shop": "shop",
    "单位": "unit", "机关": "unit", "机关单位": "unit", "事业单位": "unit", "学校": "unit", "医院": "unit", "银行": "unit", "unit": "unit",
    "住户": "household", "居民": "household", "居民户": "household", "民宅": "household", "household": "household",
}  # fmt: skip
# The posts that lists write, the longer before what is part of it.
POSTS = (
    "值班经理", "物业主任", "办公室主任", "店长", "店主", "掌柜", "老板", "经理", "负责人", "经营者", "业主", "户主", "店员", "收银员", "值班员",
    "保安", "门卫", "物业", "主任", "管理员", "校长", "院长", "行长",
)  # fmt: skip
SIDES: dict[str, str] = {
    "左": "left", "左侧": "left", "左边": "left", "l": "left", "left": "left", "右": "right", "右侧": "right", "右边": "right",
    "r": "right", "right": "right",
}  # fmt: skip
LONGEST_NAME, LONGEST_DOOR, LONGEST_TRADE, LONGEST_BOUNDARY = 60, 60, 30, 120
_METRES = re.compile(r"^(?:k?(\d+)\+)?(-?\d+(?:\.\d+)?)(?:米|m)?$")
# A resident's number holds a day of birth; a company's eighteen digits hardly ever do.
_PERSON = re.compile(r"(?<!\d)\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_HIDDEN = "（个人号码，没有保存）"


def proposed_columns(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """Which column probably means what; each column is taken once."""
    return shared.proposed_columns(header, USUAL_NAMES)


def without_personal_numbers(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The row's cells without residents' numbers and mobile phones, in whatever column they stand."""
    return {column: _hidden(value) for column, value in cells.items()}


def _hidden(value: Any) -> Any:
    said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if value is None or not (_PERSON.search(said) or _MOBILE.search(said)):
        return value
    return _MOBILE.sub(_HIDDEN, _PERSON.sub(_HIDDEN, said))


def read_row(cells: Mapping[str, Any], columns: Mapping[str, Any], *, zone: ZoneInfo, today: date) -> Reading:
    """Understand the plain parts of a row. What is empty is left out; without a name nothing can come in."""
    reading = shared.read_cells(cells, columns, fields=FIELDS, readers=_READERS, zone=zone)
    values = reading.values
    if any(_HIDDEN in str(value) for value in cells.values()):
        reading.notes.append("行里的身份证号或手机号没有保存")
    if (on := values.get("on")) and on > today:
        reading.refusals.append(f"登记日期 {on.isoformat()} 在今天之后")
    if not values.get("name"):
        reading.refusals.append("缺少名称")
    for name, most in (
        ("name", LONGEST_NAME),
        ("door", LONGEST_DOOR),
        ("trade", LONGEST_TRADE),
        ("boundary", LONGEST_BOUNDARY),
    ):
        if len(values.get(name, "")) > most:
            reading.refusals.append(f"{FIELDS[name]}超过 {most} 字，请改短")
    if ("longitude" in values) != ("latitude" in values):
        reading.refusals.append("经度和纬度要一起填")
    shared.turn_round(reading)
    _edge_in_order(reading)
    return reading


def _edge_in_order(reading: Reading) -> None:
    """The two metres, or one of them and a width; what contradicts itself is asked about or told."""
    values = reading.values
    since, to, width = (values.get(name) for name in ("from_m", "to_m", "width_m"))
    if width is not None and width <= 0:
        reading.refusals.append("门宽要大于 0")
        return
    if since is not None and to is None and width is not None:
        values["to_m"] = round(since + width, 2)
    elif to is not None and since is None and width is not None:
        values["from_m"] = round(to - width, 2)
    elif (since is None) != (to is None):
        reading.refusals.append("起点和止点要一起填，或者填一个再加门宽")
    elif since is not None and to is not None:
        _both_ends(reading, since, to, width)


def _both_ends(reading: Reading, since: float, to: float, width: float | None) -> None:
    if since == to:
        reading.refusals.append("起点和止点一样，量的是哪一段看不出来")
        return
    if since > to:
        reading.values["from_m"], reading.values["to_m"] = to, since
        reading.questions.append("起点比止点大，接受则对调")
    if width is not None and abs(abs(to - since) - width) > 0.5:
        reading.notes.append(f"门宽 {width:g} 米和起止（{abs(to - since):g} 米）对不上，以起止为准")


def _metres(cell: Cell, reading: Reading) -> None:
    """“12.5”, “12.5米”, “１２．５”, or a chainage “K0+120”."""
    said = str(cell.value).translate(WIDE).strip().lower().replace(" ", "").replace(",", ".")
    found = _METRES.match(said)
    if found is None:
        reading.refusals.append(f"{cell.label}看不懂：{str(cell.value)[:20]}，请填米数")
    else:
        reading.values[cell.name] = round(1000 * int(found[1] or 0) + float(found[2]), 2)


def _kind(cell: Cell, reading: Reading) -> None:
    said = str(cell.value).translate(WIDE).strip().lower()
    if said in KINDS:
        reading.values[cell.name] = KINDS[said]
    else:
        reading.questions.append(f"种类“{said[:20]}”没有对应项，接受则按店铺登记")


def _contact(cell: Cell, reading: Reading) -> None:
    """Only a post. A name beside it, or instead of it, does not come into the register."""
    said = "".join(str(cell.value).translate(WIDE).split())
    post = next((one for one in POSTS if one in said), "")
    if post:
        reading.values[cell.name] = post
    if said != post:
        reading.notes.append(
            f"联系人只记岗位“{post}”，姓名和号码不登记" if post else "联系人写的不是岗位，姓名和号码不登记"
        )


_READERS = {
    "number": shared.plain, "name": shared.plain, "kind": _kind, "trade": shared.plain, "door": shared.plain, "address": shared.plain,
    "community": shared.plain, "contact": _contact, "street": shared.plain, "side": shared.plain, "from_m": _metres, "to_m": _metres,
    "width_m": _metres, "depth_m": _metres, "boundary": shared.plain, "longitude": shared.degrees, "latitude": shared.degrees,
    "on": shared.day,
}  # fmt: skip
