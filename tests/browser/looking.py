"""What is asked of a page once it stands in a browser: axe's questions, and ours about width, text size and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import cycle, product
from pathlib import Path
from typing import Any

from tests.chromium import PATIENCE_MS

from .pages import Page, Visitor

LOOKS = ("light", "dark", "sun", "elder")
WIDTHS = (320, 390, 768, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK_AXE = "(tags) => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
# WCAG 1.4.12: a reader may widen the text, and nothing may be lost.
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
TOO_WIDE = "document.scrollingElement.scrollWidth - innerWidth"
# Text that its own box cuts: hidden overflow, no scroll bar, no ellipsis that a longer page would show.
CUT = """() => [...document.querySelectorAll('main *')].filter(one => {
  const style = getComputedStyle(one), shown = one.getClientRects().length && style.visibility === 'visible'
  const hides = ['hidden', 'clip'].includes(style.overflowX) && style.textOverflow !== 'ellipsis'
  const tiny = one.clientWidth < 8 || one.closest('.visually-hidden, svg, .wm-map, [class*=map]')
  return shown && hides && !tiny && one.innerText && one.scrollWidth > one.clientWidth + 2
}).map(one => one.outerHTML.slice(0, 120))"""


@dataclass
class Eyes:
    """A browser tab per person; complaints gather until somebody asks for them."""

    browser: Any
    url: str
    tabs: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, page: Page, look: str = "light", width: int = 1280) -> Any:
        """The page as this person sees it, with this look, on a screen this wide."""
        tab = self.tabs.get(page.role) or self._tab(page.role)
        tab.context.add_cookies(_cookies(look, self.url))
        tab.set_viewport_size({"width": width, "height": 800})
        self.complaints.clear()
        tab.goto(self.url + page.address)
        return tab

    def close(self) -> None:
        for tab in self.tabs.values():
            tab.context.close()

    def _tab(self, role: str) -> Any:
        tab = self.browser.new_context(locale="zh-CN", reduced_motion="reduce").new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        if role:
            known = Visitor(role, self.url).log_in().session.cookies
            tab.context.add_cookies([{"name": one.name, "value": str(one.value), "url": self.url} for one in known])
        self.tabs[role] = tab
        return tab


def rotating(pages: list[Page]) -> list[tuple[Page, str, int]]:
    """Each page in one combination of look and width, all combinations in turn."""
    # Neighbours differ in both, so that even a desk of few pages sees every look.
    turns = [(look, WIDTHS[(i + shift) % 4]) for shift in range(4) for i, look in enumerate(LOOKS)]
    return [(page, *turn) for page, turn in zip(pages, cycle(turns), strict=False)]


def every(pages: list[Page]) -> list[tuple[Page, str, int]]:
    return [(page, look, width) for page, (look, width) in product(pages, product(LOOKS, WIDTHS))]


def violations(tab: Any) -> list[str]:
    """What axe finds wrong: rule, where, why."""
    tab.evaluate(_axe())
    found = tab.evaluate(ASK_AXE, RULES)["violations"]
    return [f"axe {rule['id']}: {node['html'][:160]} ({_why(node)})" for rule in found for node in rule["nodes"][:3]]


def overflows(tab: Any, width: int = 320) -> list[str]:
    """Sideways scroll on the smallest screen, as it is and with text widened by the reader."""
    tab.set_viewport_size({"width": width, "height": 640})
    plain = tab.evaluate(TOO_WIDE)
    # Set by the browser, as a reader's own style sheet is: the page's policy does not apply to it.
    tab.evaluate(
        "css => { const own = new CSSStyleSheet(); own.replaceSync(css); document.adoptedStyleSheets = [own] }", SPACED
    )
    spaced = tab.evaluate(TOO_WIDE)
    tab.evaluate("document.adoptedStyleSheets = []")
    return [f"{words} {by} px too wide at {width}" for words, by in (("", plain), ("spaced text", spaced)) if by > 0]


def cuts_large_text(tab: Any) -> list[str]:
    """What is cut when the text is twice as large (长辈版, the largest size)."""
    tab.evaluate("Object.assign(document.documentElement.dataset, {mode: 'elder', size: 'largest'})")
    by = tab.evaluate(TOO_WIDE)
    return [f"cut: {one}" for one in tab.evaluate(f"({CUT})()")] + ([f"large text {by} px too wide"] if by > 0 else [])


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])[:200]


def _cookies(look: str, url: str) -> list[dict[str, Any]]:
    theme, mode = ("light", "elder") if look == "elder" else (look, "standard")
    return [{"name": name, "value": value, "url": url} for name, value in (("wm_theme", theme), ("wm_mode", mode))]


@cache
def _axe() -> str:
    """The text of axe-core (MPL-2.0), as a package of the tests' environment brings it."""
    package = find_spec("axe_playwright_python")
    assert package is not None and package.origin is not None, "axe-playwright-python is not installed"
    return (Path(package.origin).parent / "axe.min.js").read_text()
