"""The demo city's units: the shape of a real city's machinery, with posts held by invented people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from wenming.organisations.models import Appointment, Parenthood, Person, Post, PostKind, Unit, UnitKind
from wenming.organisations.services import path_under
from wenming.territory.models import Area, Level

from .in_bulk import happening, record_all

LEADING_GROUP, CIVILITY_OFFICE, COMMAND_CENTRE = "CWLD", "CWB", "ZHZX"

DEPARTMENTS: tuple[tuple[str, str, str], ...] = (
    ("CGZF", "市城市管理和综合执法局", "城管执法局"),
    ("ZJJ", "市住房和城乡建设局", "住建局"),
    ("JTYS", "市交通运输局", "交通运输局"),
    ("GAJ", "市公安局", "公安局"),
    ("JJZD", "市公安局交通警察支队", "交警支队"),
    ("STHJ", "市生态环境局", "生态环境局"),
    ("SWJ", "市水务局", "水务局"),
    ("SCJG", "市市场监督管理局", "市场监管局"),
    ("WJJ", "市卫生健康局", "卫健局"),
    ("JTJ", "市教育和体育局", "教体局"),
    ("MZJ", "市民政局", "民政局"),
    ("WGLJ", "市文化广电旅游局", "文广旅局"),
    ("YJGL", "市应急管理局", "应急管理局"),
    ("XFJY", "市消防救援支队", "消防救援支队"),
    ("FGJ", "市发展和改革局", "发改局"),
    ("ZRZY", "市自然资源局", "自然资源局"),
    ("NYNC", "市农业农村局", "农业农村局"),
    ("GZW", "市国有资产监督管理委员会", "国资委"),
    ("RFB", "市人民防空办公室", "人防办"),
    ("QXJ", "市气象局", "气象局"),
    ("GDJ", "市供电局", "供电局"),
    ("GSGS", "市供水公司", "供水公司"),
    ("RQGS", "市燃气公司", "燃气公司"),
    ("TXFZ", "市通信建设管理办公室", "通信办"),
    ("YZGL", "市邮政管理局", "邮政管理局"),
)

SANITATION_IN_TOWN = "HW"
CONTRACTORS: tuple[tuple[str, str, str, str], ...] = (
    # code, name, short name, unit it works for. The companies are invented.
    ("HW01", "洁安环境服务有限公司", "洁安环境", "442000001"),
    ("HW02", "晨扫环境服务有限公司", "晨扫环境", "442000002"),
    ("HW03", "绿洁城市服务有限公司", "绿洁服务", "442000118"),
    ("HW04", "安净环卫服务有限公司", "安净环卫", "CGZF"),
    ("LH01", "木棉园林养护有限公司", "木棉园林", "CGZF"),
    ("LH02", "南榕绿化工程有限公司", "南榕绿化", "CGZF"),
    ("SZ01", "通衢市政养护有限公司", "通衢市政", "CGZF"),
    ("SZ02", "平途道路养护有限公司", "平途养护", "JTYS"),
    ("PS01", "清流排水服务有限公司", "清流排水", "SWJ"),
    ("LD01", "明光照明维护有限公司", "明光照明", "CGZF"),
)

VACANT_POSTS = frozenset({("RFB", PostKind.LIAISON), ("442000117", PostKind.DEPUTY), ("QXJ", PostKind.DEPUTY)})
"""Posts that nobody holds, so that pages have vacancies to show."""

TITLES: dict[str, tuple[tuple[PostKind, str], ...]] = {
    UnitKind.LEADING_GROUP: ((PostKind.HEAD, "组长"), (PostKind.DEPUTY, "副组长")),
    UnitKind.OFFICE: ((PostKind.HEAD, "主任"), (PostKind.DEPUTY, "副主任"), (PostKind.LIAISON, "联络员")),
    UnitKind.COMMAND_CENTRE: ((PostKind.HEAD, "主任"), (PostKind.DEPUTY, "值班长"), (PostKind.LIAISON, "联络员")),
    UnitKind.DEPARTMENT: ((PostKind.HEAD, "主要负责人"), (PostKind.DEPUTY, "分管负责人"), (PostKind.LIAISON, "联络员")),
    UnitKind.TOWN: ((PostKind.HEAD, "主要负责人"), (PostKind.DEPUTY, "分管负责人"), (PostKind.LIAISON, "联络员")),
    UnitKind.COMMUNITY: ((PostKind.HEAD, "负责人"),),
    UnitKind.CONTRACTOR: ((PostKind.HEAD, "项目负责人"),),
}


@dataclass(frozen=True)
class NewUnit:
    code: str
    name: str
    short_name: str
    kind: str
    parent: str
    area_code: str = ""


def found_units(*, on: date, now: datetime) -> dict[str, Unit]:
    """Enter every unit, parents first, with the rows that `found_unit` would write; returns them by code."""
    units: dict[str, Unit] = {}
    for new in _all_units():
        parent = units.get(new.parent)
        units[new.code] = Unit(
            code=new.code, name=new.name, short_name=new.short_name, kind=new.kind, parent=parent,
            area_code=new.area_code, valid_from=on, path=path_under(parent, new.code),
        )  # fmt: skip
    for depth in range(2, 6):
        # A parent has its key before its children name it.
        level = [unit for unit in units.values() if unit.path.count("/") == depth]
        for unit in level:
            unit.parent = unit.parent
        Unit.objects.bulk_create(level)
    Parenthood.objects.bulk_create(Parenthood(unit=unit, parent=unit.parent, valid_from=on) for unit in units.values())
    record_all([
        happening(now, "unit.founded", unit, parent=unit.parent.code if unit.parent else "") for unit in units.values()
    ])  # fmt: skip
    return units


def fill_posts(units: Iterable[Unit], names: Iterator[str], *, on: date, now: datetime) -> None:
    """Give every unit its posts, and every post but a few vacancies an invented person."""
    posts = Post.objects.bulk_create(
        Post(unit=unit, kind=kind, title=title) for unit in units for kind, title in TITLES[unit.kind]
    )
    held = [post for post in posts if (post.unit.code, post.kind) not in VACANT_POSTS]
    people = Person.objects.bulk_create(Person(name=next(names)) for _post in held)
    Appointment.objects.bulk_create(
        Appointment(post=post, person=person, valid_from=on) for post, person in zip(held, people, strict=True)
    )
    record_all([happening(now, "post.filled", post.unit, post=post.title) for post in held])


def _all_units() -> Iterator[NewUnit]:
    yield NewUnit(LEADING_GROUP, "市创建文明城市工作领导小组", "创建领导小组", UnitKind.LEADING_GROUP, "")
    yield NewUnit(CIVILITY_OFFICE, "市创建文明城市工作办公室", "市创文办", UnitKind.OFFICE, LEADING_GROUP)
    yield NewUnit(COMMAND_CENTRE, "市数字城管指挥中心", "指挥中心", UnitKind.COMMAND_CENTRE, LEADING_GROUP)
    for code, name, short_name in DEPARTMENTS:
        yield NewUnit(code, name, short_name, UnitKind.DEPARTMENT, LEADING_GROUP)
    current = Area.objects.filter(valid_to=None).order_by("code")
    for town in current.filter(level=Level.TOWN):
        yield NewUnit(town.code, town.name, town.short_name, UnitKind.TOWN, LEADING_GROUP, town.code)
    for area in current.filter(level=Level.COMMUNITY):
        yield NewUnit(area.code, area.name, area.short_name, UnitKind.COMMUNITY, area.code[:9], area.code)
    for code, name, short_name, parent in CONTRACTORS:
        yield NewUnit(code, name, short_name, UnitKind.CONTRACTOR, parent)
