"""Every page of a city, as somebody who may open it sees it.

The list is not written down: it is found. From each role's own desk all links are followed, and every route of the
house is then asked for; a route that nobody could look at is named, so that a new page cannot be forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern
from django.utils.regex_helper import normalize

from wenming.desks.common.access import PUBLIC
from wenming.organisations.rules.permissions import role_may

STRANGER = ""
# An inspector of a town that looks again at closed cases. Which town does is drawn by lot, anew with every demo city.
AGAIN = "again"
# One account of the demo city for each kind of work; the first that may open a page looks at it.
ACCOUNTS = {
    STRANGER: "",
    "field": "shiqi_field",
    AGAIN: "",
    "handler": "handler",
    # A town has ground of its own, which a department has not.
    "town": "shiqi",
    "dispatcher": "dispatcher",
    "office": "office",
    "leader": "leader",
    "admin": "admin",
    "auditor": "auditor",
    "keeper": "keeper",
}
INSPECTORS = ("shiqi_field", *(f"staff{n:03d}" for n in range(30, 73, 2)))
# The desk at which each of them sits: only there they look around.
DESKS = {
    STRANGER: "public",
    "field": "field",
    AGAIN: "field",
    "handler": "unit",
    "town": "unit",
    "dispatcher": "office",
    "office": "office",
    "leader": "leaders",
    "admin": "admin",
    "auditor": "admin",
    "keeper": "admin",
}
HANDLERS_UNIT = "/leaders/departments/CGZF/"
HOTLINE = "工单编号,受理时间,标题,内容,备注\nA1,2026-11-02,垃圾满溢,桶满了,\nA2,哪天,垃圾满溢,日期不对,\n"
COMPONENTS = "标识码,权属单位,经度,纬度\n4420000101800001,谁家的,113.38,22.52\n44,,,\n"
PLACES = "类别,名称,管理单位,经度,纬度,镇街\n公园,新公园,,113.38,22.52,\n公园,新公园一,,113.3801,22.52,\n太空站,甲,,,,\n"
SHOPS = "店名,类型,门牌号,道路,方位,起点,终点\n新茶铺,店铺,1 号,没有这条路,南侧,0,5\n,店铺,2 号,,,,\n"
INTERFACES = ("/api/", "/open311/", "/healthz")
OTHER_MEDIA = re.compile(r"\.(xlsx|csv|geojson|svg|pdf|json|docx|ics)$|^/(static|photo)/|^/look/")
HREF = re.compile(r"""<a\b[^>]*?\shref="([^"#]+)""")
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')
PLATE = re.compile(r"\bP[0-9A-HJKMNP-TV-Z]{7}\b")
COMPONENT = re.compile(r'component=(\d{16})"')
SHOP = re.compile(r"//[^/]+(/shop/\w+/)")
CASE = re.compile(r'href="/office/cases/(\d\d-\d{4}-\d{4,})/"')
SCHEME = re.compile(r'<option value="(\d+)" selected>')
FOCUS = re.compile(r'href="(/office/focus/[\w-]+/)\?')
DUTY = re.compile(r'href="(/unit/duties/\d+/)"')
WAITING = re.compile(r'href="(/office/rules/changes/\d+/withdrawal/)"')
WALK = re.compile(r'href="(/office/focus/patrols/[^"]+/)"')
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
# Looking for one page of each kind, not for all of them.
MOST_TRIED = 4


@dataclass(frozen=True)
class Page:
    """One page to look at. role: whose desk it is; "" is a visitor without an account. length: how much stands on it."""

    role: str
    route: str
    address: str
    length: int = 0

    def __str__(self) -> str:
        return f"{self.role or 'stranger'} {self.address}"


@dataclass
class Visitor:
    """One person going through the pages by their links."""

    role: str
    url: str
    session: requests.Session = field(default_factory=requests.Session)
    found: dict[str, Page] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)

    def log_in(self) -> Visitor:
        for username in INSPECTORS if self.role == AGAIN else [ACCOUNTS[self.role]]:
            self.session = requests.Session()
            if username:
                self.hand_in("/account/login/", {"username": username}, to="/account/demo/")
            if self.role == AGAIN and "/field/recheck/" in self.session.get(f"{self.url}/field/").text:
                break
        return self

    def hand_in(self, address: str, given: dict[str, str], files: dict[str, Any] | None = None, to: str = "") -> str:
        """Fill in the form of a page and send it; returns the address to which that led."""
        hidden = dict(HIDDEN.findall(self.session.get(self.url + address).text))
        answer = self.session.post(
            self.url + (to or address), {**hidden, **given}, files=files, allow_redirects=False, timeout=30
        )
        assert answer.is_redirect or answer.status_code == 303, f"{self.role} {address}: {answer.status_code}"
        return answer.headers["Location"]

    def walk(self, beginnings: list[str]) -> Iterator[Page]:
        """Pages reached from these addresses, one of each route, nearest first."""
        waiting = list(beginnings)
        while waiting:
            address = waiting.pop(0)
            route = route_of(address)
            if not self._sits_at(route) or route in self.found or self.tried.get(route, 0) >= MOST_TRIED:
                continue
            self.tried[route] = self.tried.get(route, 0) + 1
            answer = self.session.get(self.url + address, timeout=30)
            # Where a redirect leads is another route's page.
            if answer.status_code != 200 or answer.history or not is_page(answer):
                waiting += [_address(answer.url)] if answer.history else []
                continue
            self.found[route] = Page(self.role, route, address, len(answer.text))
            yield self.found[route]
            waiting += [_address(urljoin(answer.url, href.replace("&amp;", "&"))) for href in HREF.findall(answer.text)]

    def _sits_at(self, route: str) -> bool:
        desk, colon, _name = route.rpartition(":")
        return bool(route) and (not colon or desk == DESKS[self.role])


def every_page(url: str) -> list[Page]:
    """Every page once for each role at whose desk it stands, with the traces of a working day on it."""
    pages: list[Page] = []
    for role in ACCOUNTS:
        visitor = Visitor(role, url).log_in()
        beginnings = [*leave_traces(visitor), "/home/" if role else "/", *plain_addresses(role)]
        # Pages of no desk (log-in, settings) look alike to everybody.
        seen = {page.route for page in pages if ":" not in page.route or role == AGAIN}
        pages += [page for page in visitor.walk(beginnings) if page.route not in seen]
    return pages


def fullest(pages: list[Page]) -> list[Page]:
    """Each page as the one of its desk sees it to whom it shows the most: others are offered some of the same."""
    best: dict[str, Page] = {}
    for page in pages:
        if page.route not in best or page.length > best[page.route].length:
            best[page.route] = page
    return [page for page in pages if best[page.route] is page]


def leave_traces(visitor: Visitor) -> list[str]:
    """What this person hands in, so that its pages exist; returns where that led."""
    if visitor.role == STRANGER:
        done = visitor.hand_in("/report/", {"address": "孙文西路 1 号", "text": "桶满了"})
        office = Visitor("office", visitor.url).log_in()
        plate = SHOP.findall(office.session.get(visitor.url + "/office/shops/M000001/door/").text)
        # Whoever stands at a place reads its code from the plate.
        listed = office.session.get(visitor.url + "/office/places/list.csv").content.decode("utf-8-sig")
        places = [f"/q/{code}/" for code in PLATE.findall(listed)[:1]]
        return [done, done.replace("/report/done/", "/c/"), *plate[:1], *places]
    if visitor.role == "field":
        return [visitor.hand_in("/field/find/", {"address": "孙文西路 1 号", "text": "桶满了"})]
    if visitor.role == "handler":
        # What is left open of the demo city's own orders is drawn by lot.
        order = {"text": "请把这一片再看一遍，月底前说明情况。", "days": "3"}
        Visitor("leader", visitor.url).log_in().hand_in(HANDLERS_UNIT, order, to="/leaders/orders/")
        return DUTY.findall(visitor.session.get(visitor.url + "/unit/?kind=leader.order").text)[:1]
    if visitor.role == "dispatcher":
        # Who has no account is put on leave by the office.
        member = {"name": "顶班人员", "on": date.today().isoformat()}
        visitor.hand_in("/office/roster/DESK/settings/", member, to="/office/roster/DESK/settings/paper/")
        numbers = CASE.findall(visitor.session.get(visitor.url + "/office/cases/?state=all").text)
        return [f"/office/cases/compare/?a={numbers[0]}&b={numbers[-1]}", f"/office/cases/{numbers[0]}/component/",
                f"/office/cases/{numbers[0]}/frontage/", "/office/roster/DESK/changes/"]  # fmt: skip
    if visitor.role == "office":
        codes = COMPONENT.findall(visitor.session.get(visitor.url + "/office/components/").text)
        file = {"file": ("部件.csv", COMPONENTS.encode(), "text/csv")}
        scheme = SCHEME.findall(visitor.session.get(visitor.url + "/office/components/imports/").text)[0]
        return [
            visitor.hand_in("/office/imports/", {}, {"file": ("热线.csv", HOTLINE.encode(), "text/csv")}),
            visitor.hand_in("/office/components/imports/", {"datum": "cgcs2000", "scheme": scheme}, file),
            visitor.hand_in(
                "/office/places/imports/", {"datum": "cgcs2000"}, {"file": ("场所.csv", PLACES.encode(), "text/csv")}
            ),
            visitor.hand_in(
                "/office/shops/imports/", {"datum": "cgcs2000", "depth_m": "3", "boundary": "墙基到路缘石"},
                {"file": ("门店.csv", SHOPS.encode(), "text/csv")},
            ),
            *_one_walk(visitor), *_a_change_that_waits(visitor), *_a_grid_draft(visitor),
            f"/office/components/{codes[0]}/", f"/office/components/?component={codes[0]}",
        ]  # fmt: skip
    return []


def _one_walk(visitor: Visitor) -> list[str]:
    """A patrol's page; only some of the focus problems have had one."""
    for address in FOCUS.findall(visitor.session.get(visitor.url + "/office/focus/").text):
        if found := WALK.findall(visitor.session.get(f"{visitor.url}{address}walks/").text):
            return found[:1]
    return []


def _a_grid_draft(visitor: Visitor) -> list[str]:
    """Grids being redrawn, a proposal for one community there, and a file in metres that nobody named, with one reading of it."""
    draft = visitor.hand_in("/office/grids/drafts/", {"kind": "block", "name": "重划"}, to="/office/grids/drafts/")
    metres = [[744810, 2492333], [745310, 2492333], [745310, 2492833], [744810, 2492833], [744810, 2492333]]
    shape = {"type": "Feature", "properties": {"name": "甲"}, "geometry": {"type": "Polygon", "coordinates": [metres]}}
    file = {"file": ("网格.geojson", json.dumps({"type": "FeatureCollection", "features": [shape]}).encode())}
    asked = visitor.hand_in(draft, {"seen": "0", "datum": "declared"}, file, to=f"{draft}imports/")
    return [draft, f"{draft}proposal/?community=442000001007&many=3", asked, f"{asked}?system=EPSG:32649"]


def _a_change_that_waits(visitor: Visitor) -> list[str]:
    """The page that takes a published change of the rules back, which is there until the day of the change."""
    if found := WAITING.findall(visitor.session.get(f"{visitor.url}/office/rules/").text):
        return found[:1]
    draft = visitor.hand_in("/office/rules/", {"name": "下个月的时限"}, to="/office/rules/drafts/")
    visitor.hand_in(draft, {"stage": "case.close", "amount": "9", "unit": "work_hours"}, to=f"{draft}stage-limits/")
    next_month = (date.today() + timedelta(days=31)).isoformat()
    given = {"reason": "例会定的", "clocks": "keep", "valid_from": next_month}
    visitor.hand_in(f"{draft}effects/", given, to=f"{draft}publication/")
    return WAITING.findall(visitor.session.get(f"{visitor.url}/office/rules/").text)[:1]


def plain_addresses(role: str) -> list[str]:
    """Addresses without parameters that the role may open."""
    return [
        "/" + path
        for path, entry in routes()
        if "<" not in path and not isinstance(entry.pattern, RegexPattern) and may_open(role, entry)
    ]


def unseen_routes(url: str, pages: list[Page]) -> list[str]:
    """Routes that answer with something that may be a page, and that nobody in `pages` looks at."""
    seen = {page.route for page in pages}
    visitors = {role: Visitor(role, url).log_in() for role in ACCOUNTS}
    unseen = []
    for path, entry in routes():
        address = an_address(path, entry)
        name = route_of(address)
        role = next((role for role in ACCOUNTS if may_open(role, entry)), None)
        if not name or name in seen or role is None:
            continue
        answer = visitors[role].session.get(url + address, allow_redirects=False, timeout=30)
        if answer.status_code in {200, 404} and is_page(answer):
            unseen.append(name)
    return unseen


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


def may_open(role: str, entry: URLPattern) -> bool:
    """Whether the route is for this role. Library pages state nothing: a stranger's log-in, an account's own settings."""
    role = "field" if role == AGAIN else role
    permission = getattr(entry.callback, "permission", None)
    if permission in {PUBLIC, None}:
        return role == STRANGER or (permission is None and role == "handler")
    return bool(role) and role_may(role, permission)


def an_address(path: str, entry: URLPattern) -> str:
    """An address of the route that names nothing real."""
    if isinstance(entry.pattern, RegexPattern):
        (form, names), *_others = normalize(entry.pattern.regex.pattern)
        return "/" + path.removesuffix(str(entry.pattern)) + form % dict.fromkeys(names, "x")
    samples = {"int": "0", "uuid": "00000000-0000-4000-8000-000000000000"}
    return "/" + PLACE.sub(lambda found: samples.get(found[1] or "", "x"), path)


def route_of(address: str) -> str:
    """The route's name ("office:case"), or "" for what is no page of the house."""
    path = urlsplit(address).path
    if not path or OTHER_MEDIA.search(path) or path.startswith(INTERFACES):
        return ""
    try:
        return str(resolve(path).view_name)
    except Resolver404:
        return ""


def is_page(answer: requests.Response) -> bool:
    return "<html" in answer.text[:2000] and "text/html" in answer.headers.get("Content-Type", "")


def _address(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
