"""X2: each role's main task by keyboard alone. Dispatching is in the office desk's own tests, with its keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.running_city import City

from .looking import Eyes
from .pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_TABS = 80


@pytest.fixture
def eyes(chromium: Any, shared_city: City) -> Iterator[Eyes]:
    looking = Eyes(chromium, shared_city.url)
    yield looking
    looking.close()


def tab_to(page: Any, what: str) -> None:
    """Press Tab until the focus is on something of this selector, seen by whoever looks."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", f"{what}: no ring"
            return
    raise AssertionError(f"{MOST_TABS} times Tab did not lead to {what}")


def test_a_citizen_reports(eyes: Eyes) -> None:
    page = eyes.open(Page("", "", "/report/"))
    tab_to(page, "[name=address]")
    page.keyboard.insert_text("孙文西路 1 号")
    tab_to(page, "[name=text]")
    page.keyboard.insert_text("桶满了")
    tab_to(page, "main form button:not([type=button])")
    page.keyboard.press("Enter")

    page.wait_for_url("**/report/done/**")


def test_a_handler_replies(eyes: Eyes) -> None:
    page = eyes.open(Page("handler", "", "/unit/"))
    tab_to(page, "td a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/unit/cases/**")
    tab_to(page, "form[action$='/answers/'] textarea")
    page.keyboard.insert_text("已清理")
    tab_to(page, "form[action$='/answers/'] button:not([type=button])")
    page.keyboard.press("Enter")

    page.get_by_text("回复已送达").wait_for()


def test_a_verifier_says_it_is_solved(eyes: Eyes) -> None:
    page = eyes.open(Page("field", "", "/field/"))
    tab_to(page, "a.task")
    page.keyboard.press("Enter")
    page.wait_for_url("**/field/task/**")
    tab_to(page, "button[name=found][value=yes]")
    page.keyboard.press("Enter")

    page.wait_for_url("**/field/")


def test_a_leader_gives_an_order(eyes: Eyes) -> None:
    page = eyes.open(Page("leader", "", "/leaders/"))
    tab_to(page, "td a.button")
    page.keyboard.press("Enter")
    page.locator("#order textarea").wait_for()
    tab_to(page, "#order textarea")
    page.keyboard.insert_text("三天内办好")
    tab_to(page, "#order button:not([type=button])")
    page.keyboard.press("Enter")

    page.get_by_text("已批给").wait_for()
