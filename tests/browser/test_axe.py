"""X1, X2: every page of every desk is usable by everybody, whatever their eyes, screen and settings.

In the suite each page is looked at once, by whom it shows the most, with looks and widths in turn. All sixteen
combinations of every page, for everybody who sits at its desk:
`WENMING_TEST_EVERY_LOOK=1 python3 run.py test tests/browser/test_axe.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.running_city import City

from .looking import Eyes, cuts_large_text, every, overflows, rotating, violations
from .pages import ACCOUNTS, Page, every_page, fullest, unseen_routes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EVERY_LOOK = bool(os.environ.get("WENMING_TEST_EVERY_LOOK"))
LOOKED_AT = every if EVERY_LOOK else rotating
FILES = [f"office:{name}_file" for name in ("stats", "focus", "focus_one", "focus_cases", "topics", "topic", "rule_version", "rule_draft")]
FILES += ["office:roster_file", "office:proof_file"]
# Routes that are no page of their own, each with the reason.
NO_PAGE = {
    "public:report_map": "a drawing inside the report form",
    "field:away": "what a phone without network shows; looked at in the field desk's own tests",
    "field:find_map": "a drawing inside the find form",
    "office:export": "a file",
    "office:components_export": "a file",
    "office:places_export": "a file",
    "office:papers_export": "a file",
    "office:shops_export": "a file",
    "office:street_faults_export": "a file",
    "office:point_map": "a drawing inside the forms that ask for a point",
    **dict.fromkeys(FILES, "a file"),
    "account_confirm_email": "no account has an e-mail address to confirm",
    "account_reset_password_from_key": "nobody resets a password by e-mail",
}


@pytest.fixture(scope="module")
def pages(shared_city: City) -> list[Page]:
    found = every_page(shared_city.url)
    return found if EVERY_LOOK else fullest(found)


@pytest.fixture(scope="module")
def eyes(chromium: Any, shared_city: City) -> Iterator[Eyes]:
    looking = Eyes(chromium, shared_city.url)
    yield looking
    looking.close()


def test_no_route_is_forgotten(shared_city: City, pages: list[Page]) -> None:
    assert set(unseen_routes(shared_city.url, pages)) <= set(NO_PAGE)


@pytest.mark.parametrize("role", ACCOUNTS, ids=lambda role: role or "stranger")
def test_every_page_is_for_everybody(eyes: Eyes, pages: list[Page], role: str) -> None:
    found = []
    for page, look, width in LOOKED_AT([page for page in pages if page.role == role]):
        tab = eyes.open(page, look, width)
        wrong = [*violations(tab), *overflows(tab), *cuts_large_text(tab), *eyes.complaints]
        found += [f"{page} {look} {width}: {one}" for one in wrong]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ["", "field", "handler", "dispatcher", "leader"], ids=lambda role: role or "stranger")
def test_forced_colours_leave_every_control_visible(eyes: Eyes, pages: list[Page], role: str) -> None:
    tab = eyes.open(next(page for page in pages if page.role == role))
    tab.emulate_media(forced_colors="active")
    try:
        for button in tab.locator("main a, main button").all()[:20]:
            if button.is_visible():
                assert button.evaluate("one => getComputedStyle(one).color !== getComputedStyle(one).backgroundColor")
    finally:
        tab.emulate_media(forced_colors="none")
