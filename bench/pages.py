"""What a page weighs and how soon it can be read, in Chromium on a slow telephone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import CHROMIUM
from wenming.organisations.models import Account

from .acting import logged_in
from .figures import Goal, tell_value
from .inside import Effort
from .stack import stack

PUBLIC = {"public home": "/", "public report": "/report/"}
DESKS = {
    "dispatch desk": ("dispatcher", "/office/dispatch/"),
    "office list": ("dispatcher", "/office/cases/"),
    "unit home": ("handler", "/unit/"),
    "field shell": ("field", "/field/"),
    "leaders": ("leader", "/leaders/"),
}
FIRST_LOAD, REQUESTS, DESK, FIELD = Goal(60, " KB"), Goal(8), Goal(250, " KB"), Goal(120, " KB")
SLOW = {"latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8, "offline": False}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "locale": "zh-CN"}
# Reads the browser's own measurements after the page has settled.
MEASURES = """
() => new Promise(done => {
  const found = {fcp: 0, lcp: 0, cls: 0}
  new PerformanceObserver(list => list.getEntries().forEach(e => { found.lcp = e.startTime }))
    .observe({type: 'largest-contentful-paint', buffered: true})
  new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) found.cls += e.value }))
    .observe({type: 'layout-shift', buffered: true})
  new PerformanceObserver(list => list.getEntries().forEach(e => {
    if (e.name === 'first-contentful-paint') found.fcp = e.startTime
  })).observe({type: 'paint', buffered: true})
  setTimeout(() => done(found), 1000)
})
"""


@dataclass(frozen=True)
class Weight:
    """What a first visit fetches. Bodies as they would travel compressed, without headers.

    packed_…: apart from it, what the offline pack fetched behind the page: the day's other pages with their photos.
    """

    requests: int
    bytes: int
    packed_requests: int = 0
    packed_bytes: int = 0


def measure(effort: Effort) -> None:
    if CHROMIUM is None:
        print("Chromium is not installed: apt-get install chromium")
        return
    # Before the browser: its driver runs an event loop, in which Django refuses to ask the database.
    cookies = {name: _cookies(username) for name, (username, _path) in DESKS.items()}
    with stack() as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        address = f"http://127.0.0.1:{web.port}"
        for name, path in PUBLIC.items():
            _first_load(browser, name, address + path)
            _on_a_slow_phone(browser, name, address + path, visits=1 if effort.quick else 5)
        for name, (_username, path) in DESKS.items():
            _desk(browser, name, address + path, cookies[name])
        browser.close()


def _first_load(browser: Browser, name: str, url: str) -> None:
    with _visitor(browser, PHONE) as context:
        weight = _weight(context, url)
    tell_value(f"{name}: first load, compressed", weight.bytes / 1024, " KB", FIRST_LOAD)
    tell_value(f"{name}: requests", weight.requests, "", REQUESTS)


def _cookies(username: str) -> dict[str, str]:
    headers = logged_in(Account.objects.get(username=username))
    return dict(pair.split("=", 1) for pair in headers["Cookie"].split("; "))


def _desk(browser: Browser, name: str, url: str, cookies: Mapping[str, str]) -> None:
    with _visitor(browser, {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN"}) as context:
        context.add_cookies([{"name": k, "value": v, "url": url} for k, v in cookies.items()])
        weight = _weight(context, url)
    goal = FIELD if name.startswith("field") else DESK
    tell_value(f"{name}: first load, compressed", weight.bytes / 1024, " KB", goal, note=f"{weight.requests} requests")
    if weight.packed_requests:
        note = f"{weight.packed_requests} requests, behind the page"
        tell_value(f"{name}: today's offline pack", weight.packed_bytes / 1024, " KB", note=note)


def _on_a_slow_phone(browser: Browser, name: str, url: str, visits: int) -> None:
    """400 kbit/s, 400 ms, a processor four times slower; each visit is a first one."""
    seen = [_slow_visit(browser, url) for _ in range(visits)]
    tell_value(f"{name}: first contentful paint", _middle(seen, "fcp") / 1000, " s", Goal(1.8, " s"))
    tell_value(f"{name}: largest contentful paint", _middle(seen, "lcp") / 1000, " s", Goal(2.5, " s"))
    tell_value(f"{name}: layout shift", _middle(seen, "cls"), "", Goal(0.05))


def _slow_visit(browser: Browser, url: str) -> dict[str, float]:
    with _visitor(browser, PHONE) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(url, wait_until="load")
        found: dict[str, float] = page.evaluate(MEASURES)
        return found


def _weight(context: BrowserContext, url: str) -> Weight:
    page = context.new_page()
    sizes: list[int] = []
    packed: list[int] = []

    def add(request: Any) -> None:
        asked_for_later = request.resource_type == "fetch" and "/static/" not in request.url
        (packed if asked_for_later and "/field/" in url else sizes).append(_body_bytes(request))

    page.on("requestfinished", add)
    response = page.goto(url, wait_until="networkidle")
    assert response is not None and response.ok and _stayed(page, url), (
        f"{url}: {response and response.status} {page.url}"
    )
    return Weight(len(sizes), sum(sizes), len(packed), sum(packed))


def _body_bytes(request: Any) -> int:
    """As sent when the server compresses, else as a proxy in front of it would."""
    if request.url.startswith("data:"):
        return 0
    response = request.response()
    sent = int(request.sizes()["responseBodySize"])
    if response is None or response.headers.get("content-encoding") or _is_packed(response.headers):
        return sent
    return len(gzip.compress(response.body(), 6))


def _is_packed(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").startswith(("image/jpeg", "image/png", "image/webp", "font/"))


def _stayed(page: Page, url: str) -> bool:
    return page.url.split("?")[0] == url.split("?")[0]


def _middle(seen: list[dict[str, float]], name: str) -> float:
    return median(one[name] for one in seen)


@contextmanager
def _visitor(browser: Browser, options: Mapping[str, Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(**options)
    try:
        yield context
    finally:
        context.close()
