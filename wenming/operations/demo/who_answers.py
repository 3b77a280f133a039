"""Who answers for what in the demo city: calendar and hours, the roles of the trade, the matrix.

Two lines are wrong on purpose, so that the matrix page has findings to show:
- nobody holds the role 报业, so the line for newspaper kiosks (报刊亭) is a gap;
- the two lines for 商业噪音 are equally specific and name different units: a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from wenming.organisations.models import Unit, UnitKind
from wenming.responsibilities.models import RoleHolding
from wenming.responsibilities.rules.legal_calendar import ANNOUNCED_YEARS, seed_days
from wenming.responsibilities.rules.matrix import COMMUNITY_ROLE, TOWN_ROLE
from wenming.responsibilities.services import add_matrix_entry, publish_calendar, set_hours

from .in_bulk import happening, record_all

OFFICE_HOURS = [("08:00", "12:00"), ("14:00", "18:00")]
SANITATION_HOURS = [("06:00", "11:00"), ("13:00", "18:00")]
SANITATION = "环卫机构"
LOCAL_GOVERNMENT = "属地政府"
NOBODYS_ROLE = "报业"

ROLES: dict[str, str] = {
    "城管执法": "CGZF", "城管主管": "CGZF", "数字城管平台": "CGZF",
    "园林绿化机构": "LH01", "市政设施养护机构": "SZ01", SANITATION: "HW04", "排水机构": "PS01",
    "供水管理机构": "GSGS", "供水企业": "GSGS", "燃气供热机构": "RQGS", "供电企业": "GDJ", "能源": "FGJ", "发改": "FGJ",
    "通信企业": "TXFZ", "通信主管": "TXFZ", "广电网络企业": "WGLJ", "文化主管": "WGLJ", "邮政": "YZGL",
    "公安": "GAJ", "公安交警": "JJZD", "交通主管": "JTYS", "海事主管": "JTYS", "水务": "SWJ", "住建": "ZJJ",
    "物业管理": "ZJJ", "生态环境": "STHJ", "市场监管": "SCJG", "卫生健康": "WJJ", "民政": "MZJ", "体育主管": "JTJ",
    "消防救援": "XFJY", "应急管理": "YJGL", "气象主管": "QXJ", "人防主管": "RFB",
    "产权单位": "GZW", "管线单位": "ZJJ", "使用管理单位": "GZW",
}  # fmt: skip
"""Role → unit that plays it in the whole city. Nothing without an owner stays without somebody to ask: 国资委."""

SANITATION_OF_TOWN = {"442000001": "HW01", "442000002": "HW02", "442000118": "HW03"}

COMPONENT, INCIDENT, EITHER = "component", "incident", ""

MATRIX: tuple[tuple[int, str, str, str, tuple[str, ...], str], ...] = (
    # order, codes, kind, accountable, supporting, matter. Codes are of the current scheme; `*` is every scheme.
    (10, "*", COMPONENT, "owner", ("sup",), "部件：登记了权属单位的，由权属单位维护"),
    (100, "*", COMPONENT, "do", ("sup", "town"), "部件：没有登记权属的，由承担处置的单位维护"),
    (100, "*", INCIDENT, "town", ("do",), "事件：由属地镇街负责"),
    (100, "C0101", COMPONENT, "role:供水管理机构", ("town",), "上水井盖"),
    (100, "C0102", COMPONENT, "role:排水机构", ("role:水务",), "污水井盖"),
    (100, "C0103", COMPONENT, "role:排水机构", ("role:水务",), "雨水井盖"),
    (100, "C0104", COMPONENT, "role:排水机构", ("role:环卫机构",), "雨水箅子"),
    (100, "C0137", COMPONENT, "unit:LD01", ("role:供电企业",), "路灯"),
    (100, "C0140", COMPONENT, f"role:{NOBODYS_ROLE}", (), "报刊亭"),
    (100, "C02*", COMPONENT, "role:市政设施养护机构", ("role:公安交警",), "道路交通设施"),
    (100, "C0217", COMPONENT, "role:公安交警", ("role:市政设施养护机构",), "交通护栏"),
    (100, "C0204", COMPONENT, "role:交通主管", ("town",), "公交站亭"),
    (100, "C03*", COMPONENT, "role:环卫机构", ("town",), "市容环境设施"),
    (100, "C0306", COMPONENT, "role:城管执法", ("town",), "户外广告"),
    (100, "C0307", COMPONENT, "town", ("role:城管执法",), "牌匾标识"),
    (100, "C04*", COMPONENT, "role:园林绿化机构", ("town",), "园林绿化设施"),
    (100, "E0105", INCIDENT, "community", ("town",), "临街阳台、屋顶脏乱差"),
    (100, "E0190", INCIDENT, "community", ("town",), "藤蔓类覆盖"),
    (100, "E0604", INCIDENT, "community", ("town", "role:城管执法"), "门前四包"),
    (100, "E0196", INCIDENT, "community", ("town",), "私设地桩、地锁"),
    (100, "E0110", INCIDENT, "role:环卫机构", ("town",), "暴露生活垃圾"),
    (100, "E0112", INCIDENT, "role:环卫机构", ("town",), "道路不洁"),
    (100, "E0114", INCIDENT, "role:环卫机构", ("role:城管执法",), "道路遗撒"),
    (100, "E0192", INCIDENT, "role:环卫机构", ("town",), "垃圾满溢"),
    (100, "E0137", INCIDENT, "role:环卫机构", ("town",), "动物尸体"),
    (100, "E0113", INCIDENT, "role:市政设施养护机构", ("role:交通主管",), "道路破损"),
    (100, "E0309", INCIDENT, "role:市政设施养护机构", ("role:住建",), "工地出入口道路破损"),
    (100, "E0117", INCIDENT, "role:园林绿化机构", ("town",), "绿地脏乱"),
    (100, "E0121", INCIDENT, "role:园林绿化机构", (), "病虫害"),
    (100, "E0125", INCIDENT, "role:水务", ("town",), "水域不洁"),
    (100, "E0126", INCIDENT, "role:水务", ("role:生态环境",), "河道污染"),
    (100, "E0128", INCIDENT, "role:公安", ("town",), "商业噪音（公安）"),
    (100, "E0128", INCIDENT, "role:城管执法", ("town",), "商业噪音（城管）"),
    (100, "E0203", INCIDENT, "role:城管执法", ("town",), "违规户外广告"),
    (100, "E0205", INCIDENT, "role:城管执法", ("town",), "户外广告设置位置不合理"),
    (100, "E0301", INCIDENT, "role:城管执法", ("role:住建", "role:生态环境"), "施工扰民"),
    (100, "E0304", INCIDENT, "role:住建", ("town", "role:生态环境"), "工地扬尘"),
    (100, "E0311", INCIDENT, "role:城管执法", ("role:公安交警",), "渣土运输车辆未密闭"),
    (100, "E0493", INCIDENT, "role:城管执法", ("town", "role:交通主管"), "共享单车管理"),
    (100, "E0496", INCIDENT, "role:消防救援", ("town",), "占用消防通道"),
    (100, "E0501", INCIDENT, "role:供水企业", ("town",), "供水管道破裂"),
    (100, "E0502", INCIDENT, "role:燃气供热机构", ("role:应急管理",), "燃气管道破裂"),
    (100, "E0503", INCIDENT, "role:排水机构", ("role:水务",), "排水管道堵塞、破裂"),
    (100, "E0505", INCIDENT, "role:市政设施养护机构", ("role:公安交警",), "路面塌陷"),
    (100, "E0506", INCIDENT, "role:排水机构", ("role:公安交警",), "道路积水"),
    (100, "E0508", INCIDENT, "role:供电企业", ("role:通信企业",), "架空线缆脱落"),
    (5, "*", INCIDENT, "place", ("town", "do"), "公共场所：扫码上报的事件由管理单位负责，属地镇街督促"),
)


def set_the_clock(units: Mapping[str, Unit], *, now: datetime) -> None:
    """Publish the working calendar; office hours for the city, every day of the year for sanitation companies."""
    days = {day.on: (day.is_workday, day.name) for day in seed_days()}
    publish_calendar(days, announced_years=ANNOUNCED_YEARS, note="国务院放假通知汇总", by=None, now=now)
    set_hours(unit=None, spans=OFFICE_HOURS, mode="legal", note="全市机关作息", by=None, now=now)
    for code in (*SANITATION_OF_TOWN.values(), ROLES[SANITATION]):
        set_hours(unit=units[code], spans=SANITATION_HOURS, mode="daily", note="环卫天天作业", by=None, now=now)


def give_roles(units: Mapping[str, Unit], *, on: date, now: datetime) -> None:
    """Say which unit plays which role of the trade, in the whole city, in one town, in one community."""
    held = RoleHolding.objects.bulk_create(
        RoleHolding(role=role, unit=unit, town_code=town_code, valid_from=on) for role, town_code, unit in _holders(units)
    )
    record_all([happening(now, "role.given", each.unit, role=each.role, town=each.town_code) for each in held])


def draw_up_the_matrix(scheme_code: str, *, on: date, now: datetime) -> None:
    """Enter the lines of the matrix, each with its basis."""
    for number, (order, codes, kind, accountable, supporting, matter) in enumerate(MATRIX, start=1):
        add_matrix_entry(
            order=order, type_pattern=codes if codes == "*" else f"{scheme_code}:{codes}", kind=kind,
            accountable=accountable, supporting=supporting, basis=f"演示权责清单第 {number} 条：{matter}",
            on=on, by=None, now=now,
        )  # fmt: skip


def _holders(units: Mapping[str, Unit]) -> Iterator[tuple[str, str, Unit]]:
    yield from ((role, "*", units[code]) for role, code in ROLES.items())
    yield from ((SANITATION, town, units[code]) for town, code in SANITATION_OF_TOWN.items())
    for unit in units.values():
        if unit.kind == UnitKind.TOWN:
            yield TOWN_ROLE, unit.area_code, unit
            yield LOCAL_GOVERNMENT, unit.area_code, unit
        if unit.kind == UnitKind.COMMUNITY:
            yield COMMUNITY_ROLE, unit.area_code, unit
