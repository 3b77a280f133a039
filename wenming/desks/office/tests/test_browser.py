"""The dispatch desk by keyboard alone, in a real browser (D1, D3, X2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chromium import PATIENCE_MS, needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]
# Ten cases in one street, each with a photograph; the last two are the same bin seen twice.
WAITING = """
import io, uuid
from django.utils import timezone
from PIL import Image
from wenming.cases.services import collect
from wenming.evidence.services import prepare
from wenming.observations.services import Where, receive_report
from wenming.standards.models import PublicCategory
from wenming.territory.models import Landmark
place = Landmark.objects.filter(number__isnull=False).order_by("pk").first()
for n in range(10):
    file = io.BytesIO(); Image.new("RGB", (640, 480), (20 * n, 90, 90)).save(file, "JPEG"); file.seek(0)
    receipt = receive_report(
        channel="web", client_id=str(uuid.uuid4()), text=f"browser {n}", now=timezone.now(),
        where=Where(place.longitude + 0.004 * min(n, 8), place.latitude, address=place.address),
        category=PublicCategory.objects.exclude(code="unclear").first(), photos=[prepare(file)],
    )
    print("CASE", collect(receipt.report, now=timezone.now()).number)
"""
STATES = """
from wenming.cases.models import Case
print("STATES", *[f"{number}={state}" for number, state in Case.objects.values_list("number", "state")])
"""


@pytest.fixture(scope="module")
def waiting(shared_city: City) -> list[str]:
    """Numbers of ten cases to accept, for one test each."""
    return re.findall(r"CASE (\S+)", shared_city.manage("shell", "-v", "0", "-c", WAITING).stdout)


@pytest.fixture
def state_of(shared_city: City) -> Callable[[str], str]:
    def ask(number: str) -> str:
        printed = shared_city.manage("shell", "-v", "0", "-c", STATES).stdout
        return dict(pair.split("=") for pair in re.search(r"STATES (.*)", printed).group(1).split())[number]  # type: ignore[union-attr]

    return ask


@pytest.fixture
def sit(chromium: Any, shared_city: City) -> Iterator[Callable[..., Any]]:
    """`sit("/office/dispatch/")`: the dispatcher's page; whatever a script trips over fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(path: str, **options: Any) -> Any:
        contexts.append(
            chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **options})
        )
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if "Content Security Policy" in one.text else None)
        page.goto(f"{shared_city.url}/account/login/")
        page.locator("button[value=dispatcher]").first.click()
        page.goto(shared_city.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def at_case(page: Any, number: str) -> None:
    page.locator(f"#desk-detail:not([aria-busy=true]) a:text('{number}')").wait_for()


def press(page: Any, *keys: str) -> None:
    """Keys, each on a page that is ready for it: a person reads before pressing."""
    for key in keys:
        page.keyboard.press(key)


def test_accepting_is_one_key_and_z_takes_it_back(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[0]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, "d")
    page.get_by_text("已派给").wait_for()
    assert state_of(waiting[0]) == "dispatched"
    page.locator("[data-row]:focus").wait_for()
    assert waiting[0] not in page.locator("#desk-detail").inner_text(), "focus is on the next case"

    press(page, "z")
    at_case(page, waiting[0])
    assert state_of(waiting[0]) == "established"


def test_refusing_is_three_keys(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[1]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, "r")
    page.locator("[data-act=refusal] input[type=radio]:focus").wait_for()
    press(page, "3", "Enter")

    page.get_by_text("已不予受理").wait_for()
    assert state_of(waiting[1]) == "not_accepted"


def test_another_unit_is_at_most_seven_keys(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[2]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, "a")
    page.locator("[data-act=dispatches] [role=combobox]:focus").wait_for()
    page.keyboard.insert_text("东区街道")  # four characters by an input method
    press(page, "Enter", "Enter")

    page.get_by_text("已派给东区街道").wait_for()
    assert state_of(waiting[2]) == "dispatched"


def test_merging_is_two_keys_with_large_photos_between(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[9]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, "m")
    page.get_by_text("是不是同一件").wait_for()
    assert min(box["width"] for one in page.locator(".pair .photo").all() if (box := one.bounding_box())) >= 320
    assert "相距 0 米" in page.locator("main").inner_text()
    press(page, "m")

    page.get_by_text("已并案").wait_for()
    assert state_of(waiting[9]) == "merged"
    assert "/office/dispatch/" in page.url


def test_moving_brings_the_case_and_no_key_acts_on_the_old_one(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit("/office/")
    page.route("**/dispatch/detail/**", lambda route: page.wait_for_timeout(300) or route.continue_())
    page.goto(page.url.replace("/office/", f"/office/dispatch/?case={waiting[3]}"))
    page.locator("[data-row]:focus").wait_for()

    press(page, "j", "d")
    page.locator(f"#desk-detail:not([aria-busy=true]):not(:has-text('{waiting[3]}'))").wait_for()

    assert state_of(waiting[3]) == "collected" and "case=" in page.url


def test_a_photo_opens_large_by_space(sit: Any, waiting: list[str]) -> None:
    page = sit(f"/office/dispatch/?case={waiting[4]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, " ")

    page.locator("dialog.photo-viewer[open]").wait_for()


def test_picked_lines_are_dispatched_together(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[5]}")
    page.locator("[data-row]:focus").wait_for()

    press(page, "x", "d")
    page.get_by_text("可以办 1 件").wait_for()
    press(page, "d")

    page.get_by_text("已派遣 1 件").wait_for()
    assert state_of(waiting[5]) == "dispatched"


def test_it_works_without_scripts(sit: Any, waiting: list[str], state_of: Any) -> None:
    page = sit(f"/office/dispatch/?case={waiting[6]}", java_script_enabled=False)

    page.get_by_role("button", name="受理并派遣").click()

    page.get_by_text("已派给").wait_for()
    assert state_of(waiting[6]) == "dispatched"


def test_an_address_is_looked_up_while_it_is_typed(sit: Any) -> None:
    page = sit("/office/entry/")

    page.fill("#id_address", "石岐街道")

    page.get_by_role("group", name="是哪一处").wait_for()


@pytest.mark.parametrize(
    "path", ["/office/", "/office/dispatch/", "/office/cases/?state=all", "/office/entry/", "/office/stats/"]
)
@pytest.mark.parametrize("width", [320, 768])
def test_no_page_scrolls_sideways(path: str, width: int, sit: Any) -> None:
    page = sit(path, viewport={"width": width, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
