"""One Chromium for a file of browser tests.

Of a file, not of the session: while it lives there is an event loop in this thread, and Django refuses the database to
whoever has one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

# A camera that films a test picture, for whoever is given the permission.
FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOT_INSTALLED = "Chromium is not installed: apt-get install chromium"
# How long a page may take before something is missing rather than slow: a machine may be busy with much else.
PATIENCE_MS = 60_000
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=NOT_INSTALLED)
# For page.evaluate(): an old phone, which a photograph keeps busy for a second.
SLOW_SHRINKING = """() => {
  const decode = HTMLImageElement.prototype.decode
  HTMLImageElement.prototype.decode = async function () {
    await new Promise((done) => setTimeout(done, 1000))
    return decode.call(this)
  }
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless, driven by playwright."""
    if CHROMIUM is None:
        pytest.skip(NOT_INSTALLED)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *FAKE_CAMERA])
        yield browser
        browser.close()
