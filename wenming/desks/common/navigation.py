"""What each desk's top bar offers, most used first (at most six entries; the office seven, the rest under 更多).

Three offices share the admin desk (三员分立): like everybody they see the entries whose pages they may open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account

from .access import PUBLIC

Named = tuple[str, str | Promise]
# What 更多 keeps together, under its word.
Shelf = tuple[str | Promise, tuple[Named, ...]]


@dataclass(frozen=True)
class Desk:
    """One audience's pages: its name in the top bar, its entries as (url name, label), and those kept under 更多, by shelves.

    behind: (beginning of an address, below the desk's home; url name of the entry behind which people look for it).
    """

    name: str | Promise
    home: str
    entries: tuple[Named, ...]
    more: tuple[Shelf, ...] = ()
    behind: tuple[tuple[str, str], ...] = ()


DESKS: dict[str, Desk] = {
    "public": Desk(
        _("文明随手拍"),
        "public:home",
        (
            ("public:report", _("拍照上报")),
            ("public:track", _("查进度")),
            ("public:map", _("大家的上报")),
        ),
    ),
    "field": Desk(
        _("巡查"),
        "field:home",
        (
            ("field:home", _("今天")),
            ("field:find", _("拍问题")),
            ("field:shift", _("我的班")),
            ("field:outbox", _("待传")),
            ("field:me", _("我的")),
        ),
    ),
    "unit": Desk(
        _("创文工作台"),
        "unit:home",
        (
            ("unit:home", _("待办")),
            ("unit:cases", _("案件")),
            ("unit:places", _("公共场所")),
            ("unit:frontages", _("门前三包")),
            ("unit:about", _("本单位")),
            ("field:shift", _("我的班")),
        ),
    ),
    "office": Desk(
        _("创文工作台"),
        "office:home",
        (
            ("office:home", _("工作台")),
            ("office:dispatch", _("指挥")),
            ("office:cases", _("案件")),
            ("office:entry", _("登记")),
            ("office:spots", _("黑点")),
            ("office:focus", _("重点")),
            ("office:stats", _("统计")),
        ),
        (
            (_("在哪里、谁来管"), (
                ("office:who", _("谁负责")),
                ("office:map", _("地图")),
                ("office:grids", _("网格")),
                ("office:roster", _("排班")),
                ("office:places", _("公共场所")),
                ("office:shops", _("门前三包")),
                ("office:components", _("部件")),
            )),
            (_("案件"), (
                ("office:topics", _("热点话题")),
                ("office:disputes", _("归属争议")),
                ("office:rechecks", _("盲复核")),
            )),
            (_("规则和数据"), (
                ("office:rules", _("规则")),
                ("office:imports", _("导入")),
                ("office:suggestions", _("建议准不准")),
                ("office:photo_hints", _("照片提示准不准")),
            )),
        ),
        behind=(("streets/", "office:shops"), ("matters/", "office:shops"), ("papers/", "office:shops"),
                ("contracts/", "office:shops")),
    ),
    "leaders": Desk(
        _("创文一页"),
        "leaders:home",
        (
            ("leaders:home", _("一页")),
            ("leaders:towns", _("镇街")),
            ("leaders:departments", _("部门")),
            ("leaders:resolutions", _("督办")),
        ),
    ),
    "admin": Desk(
        _("管理"),
        "admin:home",
        (
            ("admin:home", _("上线检查")),
            ("admin:organisations", _("机构人员")),
            ("admin:matrix", _("权责")),
            ("admin:calendar", _("时限日历")),
            ("admin:problem_types", _("字典")),
            ("admin:interfaces", _("对接系统")),
            ("admin:health", _("健康")),
            ("admin:journal", _("日志")),
            ("admin:identities", _("举报人身份")),
        ),
        behind=(("accounts/", "admin:organisations"),),
    ),
}


# Leads everybody to the desk at which they sit.
OWN_DESK = "/home/"
FOOT = (
    ("public:accessibility", _("无障碍说明")),
    ("public:privacy", _("隐私说明")),
    ("public:feedback", _("意见反馈")),
)


@dataclass(frozen=True)
class Entry:
    """One link of the top bar; `current` when the page shown lies under it."""

    url: str
    label: str | Promise
    current: bool


@dataclass(frozen=True)
class Bar:
    """A desk's entries, and those under 更多 by their shelves; a shelf on which this person may open nothing is not there."""

    entries: list[Entry]
    shelves: list[tuple[str | Promise, list[Entry]]]

    @property
    def more(self) -> list[Entry]:
        return [entry for _word, entries in self.shelves for entry in entries]

    @property
    def further(self) -> bool:
        """Whether the page shown is one of those under 更多."""
        return any(entry.current for entry in self.more)


def bar(desk: str, path: str, user: Account | AnonymousUser | None) -> Bar:
    """What this person may open from the desk's bar, the entry under which `path` lies marked as current."""
    entries = _open_to(user, DESKS[desk].entries)
    shelves = [(word, _open_to(user, names)) for word, names in DESKS[desk].more]
    offered = [*entries, *(one for _word, found in shelves for one in found)]
    shown = _looked_for(DESKS[desk], path)
    nearest = max((url for url, _label in offered if shown.startswith(url)), key=len, default="")

    def marked(found: list[Named]) -> list[Entry]:
        return [Entry(url, label, url == nearest) for url, label in found]

    back = [] if home_of(desk, user) != OWN_DESK or not offered else [Entry(OWN_DESK, _("我的工作台"), False)]
    return Bar([*back, *marked(entries)], [(word, marked(found)) for word, found in shelves if found])


def home_of(desk: str, user: Account | AnonymousUser | None) -> str:
    """Where the desk's name leads: to its home, or for who is only a guest at this desk, to their own."""
    home = _open_to(user, [(DESKS[desk].home, "")])
    return home[0][0] if home else OWN_DESK if isinstance(user, Account) else "/"


def _looked_for(desk: Desk, path: str) -> str:
    """The address under which people look for this page: its own, where the desk does not say otherwise."""
    home = url_of(desk.home)
    return next((url_of(entry) for beginning, entry in desk.behind if path.startswith(home + beginning)), path)


def _open_to(user: Account | AnonymousUser | None, names: Iterable[Named]) -> list[Named]:
    """(address, label) of those that exist in this installation and that this person's role may open."""
    found = [(url, label, _permission_of(url)) for name, label in names if (url := url_of(name))]
    return [
        (url, label)
        for url, label, permission in found
        if permission == PUBLIC or (isinstance(user, Account) and user.may(permission))
    ]


@cache
def _permission_of(url: str) -> str:
    """What the route behind an address states."""
    return str(getattr(resolve(url).func, "permission", PUBLIC))


def foot_entries() -> list[Entry]:
    """What stands at the foot of every page."""
    return [Entry(url, label, False) for name, label in FOOT if (url := url_of(name))]


def url_of(name: str) -> str:
    """The address of a url name, or "" when its page has not been built yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
