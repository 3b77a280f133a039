"""The dispatch desk with 5,000 waiting cases: pins, keys and pages in Chromium (no WebGL), and what the server does for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.chromium import CHROMIUM
from wenming.organisations.models import Account

from .acting import cookies_of
from .figures import Goal, tell_value
from .inside import Effort
from .stack import stack

CASES = 5_000
PIECES = {
    "the page": "",
    "a detail": "detail/?case={}",
    "a page of lines": "rows/?page=9",
    "no news": "news/?since=99999999",
    "all pins": "pins/",
}
# All pins as the server drew them, and all pins on the canvas.
FIRST_PINS = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
ALL_PINS = """(most) => new Promise(done => {
  const look = () => +(document.querySelector('desk-map').dataset.drawn || 0) >= most ? done(performance.now()) : setTimeout(look, 5)
  look()
})"""
WATCH = """() => {
  window.shown = []
  const number = () => document.getElementById('desk-detail').dataset.number
  document.addEventListener('keydown', () => {
    const began = performance.now(), was = number()
    const see = () => number() !== was ? shown.push(performance.now() - began) : requestAnimationFrame(see)
    requestAnimationFrame(see)
  }, true)
}"""


def measure(effort: Effort) -> None:
    if CHROMIUM is None:
        print("Chromium is not installed: apt-get install chromium")
        return
    subprocess.run([sys.executable, "-m", "bench.waiting", str(CASES)], check=True)
    cookies = cookies_of(Account.objects.get(username="dispatcher"))
    number = _a_number()
    with stack() as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-webgl"])
        url = f"http://127.0.0.1:{web.port}"
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        page = context.new_page()
        visits = [_visit(page, url) for _ in range(3 if effort.quick else 12)]
        tell_value(
            "5,000 pins as drawn by the server, first paint",
            median(one for one, _ in visits) / 1000,
            " s",
            Goal(1.0, " s"),
        )
        tell_value("5,000 pins on the canvas", median(other for _, other in visits) / 1000, " s", Goal(1.0, " s"))
        _keys(page, 10 if effort.quick else 40)
        for name, path in PIECES.items():
            _piece(page, name, f"{url}/office/dispatch/{path.format(number)}", 5 if effort.quick else 30)
        browser.close()


def _a_number() -> str:
    from wenming.cases.models import Case

    return Case.objects.filter(state="established").order_by("due_at").values_list("number", flat=True)[0]


def _visit(page: Page, url: str) -> tuple[float, float]:
    page.goto(f"{url}/office/dispatch/")
    return page.evaluate(FIRST_PINS), page.evaluate(ALL_PINS, CASES - 100)


def _keys(page: Page, presses: int) -> None:
    """From a key to the next case on show; a person reads for a third of a second."""
    page.evaluate(WATCH)
    for _ in range(presses):
        page.keyboard.press("j")
        time.sleep(0.35)
    _tell_spread("J until the next case is shown", page.evaluate("shown"), Goal(100, " ms"))


def _piece(page: Page, name: str, url: str, times: int) -> None:
    ask = "async (url) => { const began = performance.now(); await (await fetch(url)).text(); return performance.now() - began }"
    _tell_spread(f"{name}, answered", [page.evaluate(ask, url) for _ in range(times)], Goal(300, " ms"))


def _tell_spread(name: str, milliseconds: Sequence[Any], goal: Goal) -> None:
    p95 = quantiles(milliseconds, n=20)[-1]
    tell_value(f"{name}: p95", p95, " ms", goal, note=f"median {median(milliseconds):.0f} ms")
