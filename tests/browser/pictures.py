"""The pictures of the documents, taken anew from a running demo city; every person and case in them is invented.

    python3 run.py --data /tmp/pictures --port 8190        # in one terminal
    .venv/bin/python -m tests.browser.pictures http://127.0.0.1:8190

Needs Chromium. Writes docs/pictures/*.webp, each lighter than LIGHT, and says which were taken.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from PIL import Image

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wenming.settings")
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.chromium import CHROMIUM  # noqa: E402

from .looking import Eyes  # noqa: E402
from .pages import STRANGER, Page  # noqa: E402

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# tests/laws/test_links.py holds it.
LIGHT = 150_000
QUALITIES = (82, 70, 55, 40)
SCREEN, PHONE, PAPER = (1280, 800), (390, 844), (800, 1120)
# A point of the demo city with grids of all three kinds around it.
ASKED = "longitude=113.3786&latitude=22.5214"
MARGIN = 28
DESK_COLOUR = (217, 212, 200)
FRAME_COLOUR = (98, 103, 111)


@dataclass(frozen=True)
class Sight:
    """One picture: whose desk, where it begins, and what its person does before it is taken."""

    name: str
    role: str
    address: str
    size: tuple[int, int] = SCREEN
    do: Callable[[Any], object] = lambda tab: None


def follow(links: str, wanted: str = "h1") -> Callable[[Any], None]:
    """Open the first page behind these links that shows what is wanted (the first of all where none does)."""

    def go(tab: Any) -> None:
        addresses = [one.get_attribute("href") for one in tab.locator(links).all()[:12]]
        here = tab.url
        for address in [*addresses, *addresses[:1]]:
            tab.goto(here)
            tab.locator(f'{links}[href="{address}"]').first.click()
            tab.wait_for_load_state("networkidle")
            if tab.locator(wanted).count():
                return

    return go


def report(tab: Any) -> None:
    """A photo chosen and the place written: what a citizen sees before handing in."""
    tab.context.set_geolocation({"longitude": 113.3781, "latitude": 22.5249, "accuracy": 18})
    tab.reload()
    tab.wait_for_timeout(1500)
    tab.set_input_files("#id_photos_album", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": _a_photo(tab)})
    tab.wait_for_timeout(1500)


def _a_photo(tab: Any) -> bytes:
    """One of the demo city's own drawn photographs, from the list of solved reports."""
    base = tab.url.split("/report/")[0]
    reader = tab.context.new_page()
    reader.goto(f"{base}/map/")
    source = reader.locator('main img[src*="/photo/"]').first.get_attribute("src")
    reader.close()
    return bytes(tab.context.request.get(base + str(source)).body())


def open_the_map(tab: Any) -> None:
    tab.get_by_role("button", name="打开可拖动的地图").click()
    tab.wait_for_timeout(4000)


def redraw(tab: Any) -> None:
    """A draft in which one community is divided anew by the proposal: what moves, and what the audit says."""
    tab.locator("main form input[name=name]").fill("桂园社区秋季调整")
    tab.locator("main form button[type=submit]").first.click()
    tab.goto(f"{tab.url}proposal/?community=442000001007&many=3")
    tab.get_by_role("button", name="放进草稿").click()
    tab.wait_for_load_state("networkidle")


def shop_by_its_plate(tab: Any) -> None:
    """What the keeper of a shop sees who scans the plate at the door."""
    tab.goto(re.findall(r"https?://\S+/shop/\w+/", tab.locator("main").inner_text())[0])


def read_the_letter(tab: Any) -> None:
    """The first paper of the shop, as a reader of PDF files shows it."""
    address = tab.locator("a[href^='/office/papers/']").first.get_attribute("href")
    paper = tab.context.request.get(tab.url.split("/office/")[0] + str(address))
    with tempfile.NamedTemporaryFile(suffix=".pdf", delete=False) as kept:
        kept.write(paper.body())
    tab.goto(f"file://{kept.name}#toolbar=0&view=Fit")
    tab.wait_for_timeout(3000)
    Path(kept.name).unlink()


SIGHTS = (
    Sight("report", STRANGER, "/report/", PHONE, report),
    Sight("dispatch", "dispatcher", "/office/dispatch/", do=follow(".desk-list li > a", ".workbench-detail img")),
    Sight("case", "dispatcher", "/office/cases/?state=all", do=follow(".queue tbody a[href*='/office/cases/2']", ".before-after img")),
    Sight("unit", "handler", "/unit/"),
    Sight("field", "field", "/field/", PHONE),
    Sight("patrol", "field", "/field/", PHONE, follow("a[href^='/field/patrol/']")),
    Sight("leaders", "leader", "/leaders/"),
    Sight("wall", "leader", "/leaders/wall/"),
    Sight("spots", "office", "/office/spots/"),
    Sight("focus", "office", "/office/focus/"),
    Sight("topics", "office", "/office/topics/"),
    Sight("components", "office", "/office/components/", do=follow(".desk-list li > a", ".workbench-detail h2")),
    Sight("map", "office", "/office/map/", do=open_the_map),
    Sight("who", "office", f"/office/who/?{ASKED}"),
    Sight("proof", "office", "/office/who/proof/1/"),
    Sight("grid", "office", "/office/grids/?grid=442000001007001"),
    Sight("grid-draft", "office", "/office/grids/drafts/", do=redraw),
    Sight("roster", "office", "/office/roster/"),
    Sight("place", "office", "/office/places/", do=follow("table.queue th a", "h3 + ul .status-late")),
    Sight("street", "office", "/office/streets/", do=follow("table.queue a[href^='/office/streets/']", "svg.street-edges")),
    Sight("shop", "office", "/office/shops/M000001/door/", PHONE, shop_by_its_plate),
    Sight("letter", "office", "/office/shops/M000001/", PAPER, read_the_letter),
    Sight("rules", "office", "/office/rules/drafts/1/effects/"),
    Sight("disputes", "office", "/office/disputes/"),
    Sight("photo-hints", "office", "/office/photo-hints/"),
    Sight("stats", "office", "/office/stats/"),
    Sight("matrix", "admin", "/admin/matrix/"),
    Sight("interfaces", "admin", "/admin/interfaces/", do=follow("a[href^='/admin/interfaces/receivers/']")),
)


def take(eyes: Eyes, sight: Sight) -> Image.Image:
    tab = eyes.open(Page(sight.role, "", sight.address), width=sight.size[0])
    tab.context.grant_permissions(["geolocation"])
    tab.set_viewport_size(dict(zip(("width", "height"), sight.size, strict=True)))
    sight.do(tab)
    tab.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


def together(phone: Image.Image, upper: Image.Image, lower: Image.Image) -> Image.Image:
    """The picture of the README: a citizen's phone beside two desks."""
    width = phone.width + upper.width + 3 * MARGIN
    whole = Image.new("RGB", (width, 2 * upper.height + 3 * MARGIN), DESK_COLOUR)
    for picture, place in (
        (phone, (MARGIN, (whole.height - phone.height) // 2)),
        (upper, (phone.width + 2 * MARGIN, MARGIN)),
        (lower, (phone.width + 2 * MARGIN, upper.height + 2 * MARGIN)),
    ):
        framed = Image.new("RGB", (picture.width + 2, picture.height + 2), FRAME_COLOUR)
        framed.paste(picture, (1, 1))
        whole.paste(framed, (place[0] - 1, place[1] - 1))
    return whole


def keep(name: str, picture: Image.Image) -> None:
    """As sharp as its weight allows."""
    for quality in QUALITIES:
        kept = io.BytesIO()
        picture.save(kept, "WEBP", quality=quality, method=6)
        if kept.tell() <= LIGHT:
            break
    (PICTURES / f"{name}.webp").write_bytes(kept.getvalue())
    sys.stdout.write(f"{name}.webp  {kept.tell():,} bytes at quality {quality}\n")


def main(url: str, names: list[str]) -> None:
    taken = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        eyes = Eyes(browser, url.rstrip("/"))
        for sight in SIGHTS:
            if not names or sight.name in names:
                taken[sight.name] = take(eyes, sight)
        eyes.close()
        browser.close()
    for name, picture in taken.items():
        keep(name, picture)
    if {"report", "dispatch", "leaders"} <= set(taken):
        keep("desks", together(*(taken[name] for name in ("report", "dispatch", "leaders"))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
