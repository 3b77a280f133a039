"""D1: fifty mixed cases dispatched by keyboard alone, keys counted; and a desk on which others work at the same time."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pytest

from tests.chromium import PATIENCE_MS, needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    needs_chromium,
]
# Cases that say one word, each at an address of its own; every fifth is where the one before it is.
FIFTY = """
import uuid
from django.utils import timezone
from wenming.cases.services import collect
from wenming.observations.services import Where, receive_report
from wenming.standards.models import PublicCategory
from wenming.territory.models import Landmark
places = list(Landmark.objects.filter(number__isnull=False).order_by("pk")[:60])
kinds = list(PublicCategory.objects.exclude(code="unclear"))
for n in range(%(first)d, %(last)d):
    place = places[n - 1 if n %% 5 == 4 else n]
    receipt = receive_report(
        channel="web", client_id=str(uuid.uuid4()), text="%(word)s", now=timezone.now(), category=kinds[n // 5 %% len(kinds)],
        where=Where(place.longitude, place.latitude, address=place.address),
    )
    print("CASE", collect(receipt.report, now=timezone.now()).number)
"""
ACT_ELSEWHERE = """
from django.utils import timezone
from wenming.cases.models import Case
from wenming.cases.services import refuse
from wenming.organisations.models import Account
refuse(Case.objects.get(number="%s"), reason="不归我们管", by=Account.objects.get(username="office"), now=timezone.now())
"""
STATES = """
from wenming.cases.models import Case
print("STATES", *[f"{n}={s}" for n, s in Case.objects.values_list("number", "state")])
"""
# How long from a key until the page looks different: the next case, a line that says it is busy, an open form.
WATCH = """() => {
  window.responses = []
  const changing = '[data-busy], details.act[open], .pick input:checked'
  const shown = () => document.getElementById('desk-detail')?.dataset.number
  const look = () => [shown(), document.querySelectorAll(changing).length, document.activeElement?.id].join()
  document.addEventListener('keydown', () => {
    const began = performance.now(), was = look()
    const see = () => look() !== was ? responses.push(performance.now() - began) : performance.now() - began < 2000 && requestAnimationFrame(see)
    requestAnimationFrame(see)
  }, true)
}"""
DESK = "/office/dispatch/?q="
# What a dispatcher does with ten cases, in their order; keys counted from looking at the case to the next one.
TEN = ("accept", "accept", "reassign", "accept", "merge", "accept", "refuse", "accept", "verify", "merge")


@dataclass
class Hands:
    """A dispatcher at the keyboard: every key counted."""

    page: Any
    keys: Counter[str] = field(default_factory=Counter)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def number(self) -> str:
        return str(self.page.locator("#desk-detail").get_attribute("data-number"))

    def accept(self) -> int:
        self.press("d")
        return 1

    def reassign(self) -> int:
        self.press("a")
        self.page.locator("[data-act=dispatches] [role=combobox]:focus").wait_for()
        self.press(*"dqjd", "Enter", "Enter")
        return 7

    def refuse(self) -> int:
        self.press("r")
        self.page.locator("[data-act=refusal] input[type=radio]:focus").wait_for()
        self.press("2", "Enter")
        return 3

    def verify(self) -> int:
        self.press("v")
        self.page.locator("[data-act=verification-requests] [role=combobox]:focus").wait_for()
        self.press("Enter")
        return 2

    def merge(self) -> int:
        self.press("m")
        self.page.get_by_text("是不是同一件").wait_for()
        self.press("m")
        return 2


@pytest.fixture
def page(chromium: Any, shared_city: City) -> Iterator[Any]:
    """The dispatcher's page; whatever a script trips over fails the test."""
    complaints: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(f"{shared_city.url}/account/login/")
    tab.locator("button[value=dispatcher]").first.click()
    yield tab
    context.close()
    assert not complaints


def states(city: City) -> dict[str, str]:
    printed = city.manage("shell", "-v", "0", "-c", STATES).stdout
    return dict(pair.split("=") for pair in re.search(r"STATES (.*)", printed)[1].split())  # type: ignore[index]


def waiting(city: City, word: str, first: int, last: int) -> list[str]:
    made = city.manage("shell", "-v", "0", "-c", FIFTY % {"first": first, "last": last, "word": word}).stdout
    return re.findall(r"CASE (\S+)", made)


def news(page: Any) -> None:
    """Ask for news now instead of within ten seconds."""
    page.evaluate("document.querySelector('dispatch-desk').news.ask()")


def test_fifty_mixed_cases_by_keyboard_alone(page: Any, shared_city: City, record_property: Any) -> None:
    numbers = waiting(shared_city, "快捷键演练", 0, 50)
    page.goto(shared_city.url + DESK + "快捷键演练")
    page.locator("[data-row]:focus").wait_for()
    page.locator("[data-act=dispatches] [role=combobox]").wait_for()  # the long choices have come
    page.evaluate(WATCH)
    hands, began, responses, done = Hands(page), time.monotonic(), [], Counter[str]()

    for turn in range(len(numbers)):
        number, what = hands.number(), TEN[turn % len(TEN)]
        if what == "merge" and not page.locator("#desk-detail [data-key=M][href]").count():
            what = "accept"
        done[what] += 1
        if what == "merge":  # leaves the page, and comes back to a new one
            responses += page.evaluate("window.responses")
        hands.keys[what] = max(hands.keys[what], getattr(hands, what)())
        page.locator(f"#desk-detail:not([data-number='{number}']):not([aria-busy=true])").wait_for()
        if what == "merge":
            page.evaluate(WATCH)
    responses += page.evaluate("window.responses || []")
    seconds = time.monotonic() - began

    after = states(shared_city)
    assert not [number for number in numbers if after[number] in {"collected", "established"}]
    assert (
        hands.keys["accept"] == 1
        and hands.keys["merge"] <= 2
        and hands.keys["refuse"] <= 3
        and hands.keys["reassign"] <= 7
    )
    assert set(done) == set(TEN), done
    assert seconds <= 600
    assert median(responses) <= 100, f"the page answers a key after {median(responses):.0f} ms"
    said = f"{len(numbers)} cases in {seconds:.0f} s: {dict(done)}; a key is answered after {median(responses):.0f} ms (median)"
    record_property("drill", said)
    print(said)


def test_what_others_do_comes_without_taking_the_place(page: Any, shared_city: City) -> None:
    first, second, third = waiting(shared_city, "同时有人在办", 50, 53)
    page.goto(shared_city.url + DESK + "同时有人在办")
    page.locator(f"[data-row][data-number='{first}']").wait_for()
    page.locator(f"[data-number='{second}'] a").click()
    page.locator(f"#desk-detail[data-number='{second}']:not([aria-busy=true])").wait_for()
    before = page.evaluate("document.querySelector('[data-row]:focus').getBoundingClientRect().top")

    fourth, *_ = waiting(shared_city, "同时有人在办", 53, 54)
    shared_city.manage("shell", "-v", "0", "-c", ACT_ELSEWHERE % first)
    news(page)
    page.get_by_text("新到 1 件").wait_for()

    assert page.locator(f"[data-row][data-number='{first}']").count() == 0, "gone"
    assert page.evaluate("document.activeElement.dataset.number") == second, "the focus stays"
    # A list too short to scroll closes up by the one line that left; the news line takes half of that back.
    assert abs(page.evaluate("document.querySelector('[data-row]:focus').getBoundingClientRect().top") - before) < 100
    page.keyboard.press("n")
    page.locator(f"#desk-detail[data-number='{fourth}']").wait_for()

    shared_city.manage("shell", "-v", "0", "-c", ACT_ELSEWHERE % fourth)
    news(page)
    page.get_by_text("这件刚刚有变化").wait_for()
    assert hands_off(page, fourth), "it stays on show until somebody looks away"
    page.keyboard.press("d")
    page.get_by_text("刚刚被别人办理过").wait_for()
    assert states(shared_city)[fourth] == "not_accepted" and third in page.locator("[data-list]").inner_html()


def hands_off(page: Any, number: str) -> bool:
    return bool(page.locator(f"[data-row][data-number='{number}'].is-gone").count())


def test_a_refusal_is_taken_back_where_it_was(page: Any, shared_city: City) -> None:
    number, *_rest = waiting(shared_city, "先退再拿回来", 54, 56)
    page.goto(f"{shared_city.url}{DESK}先退再拿回来&case={number}")
    page.locator(f"[data-number='{number}']:focus").wait_for()

    Hands(page).refuse()
    page.get_by_text("已不予受理").wait_for()
    page.locator(f"#desk-detail:not([data-number='{number}'])").wait_for()
    page.keyboard.press("z")

    page.locator(f"[data-row][data-number='{number}']:focus").wait_for()
    assert states(shared_city)[number] == "collected" and f"case={number}" in page.url
