"""The pictures of the documents, taken anew from a running demo city; every person and case in them is invented.

    python3 run.py --data /tmp/pictures --port 8190        # in one terminal
    .venv/bin/python -m tests.browser.pictures http://127.0.0.1:8190

Needs Chromium. Writes docs/pictures/*.webp, each lighter than LIGHT, and says which were taken.
"""

from __future__ import annotations

import io
import os
import sys
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
SCREEN, PHONE = (1280, 800), (390, 844)
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
