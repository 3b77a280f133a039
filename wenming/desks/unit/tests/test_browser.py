"""The unit's reply in a real browser: few taps, no typing, by keyboard alone, without a script (H1, X2)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.chromium import needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "has_touch": True}
# Five cases for the unit of the demo's handler, fresh from the dispatcher.
TO_HANDLE = """
import uuid
from django.utils import timezone
from wenming.cases import services
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account
from wenming.standards.models import EstablishRule
by, unit = Account.objects.get(username="dispatcher"), Account.objects.filter(role="handler").order_by("pk").first().unit
rule = EstablishRule.objects.filter(problem_type__scheme__is_current=True, limit_unit="work_days").first()
for n in range(5):
    now = timezone.now()
    report = receive_report(channel="web", client_id=str(uuid.uuid4()), text=f"unit browser {n}", now=now, where=Where(address="x")).report
    case = services.collect(report, now=now)
    case = services.establish(case, problem_type=rule.problem_type, rule=rule, by=by, now=now)
    print("CASE", services.dispatch(case, to=unit, by=by, now=now).number)
"""
ANSWERS = """
from wenming.cases.models import CaseMove
for move in CaseMove.objects.filter(act="answer").select_related("case").order_by("-pk")[:9]:
    print("ANSWER", move.case.number, move.facts["photos"])
"""


@pytest.fixture(scope="module")
def to_handle(shared_city: City) -> list[str]:
    """Numbers of five cases to answer, for one test each."""
    return re.findall(r"CASE (\S+)", shared_city.manage("shell", "-v", "0", "-c", TO_HANDLE).stdout)


@pytest.fixture
def answers(shared_city: City) -> Callable[[], dict[str, str]]:
    """{number: photographs} of the newest answers."""
    return lambda: dict(re.findall(r"ANSWER (\S+) (\d+)", shared_city.manage("shell", "-v", "0", "-c", ANSWERS).stdout))


@pytest.fixture
def sit(chromium: Any, shared_city: City) -> Iterator[Callable[..., Any]]:
    """`sit("/unit/")`: the handler's page; whatever a script trips over fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(path: str, **options: Any) -> Any:
        contexts.append(chromium.new_context(**{**PHONE, **options}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if "Content Security Policy" in one.text else None)
        page.goto(f"{shared_city.url}/account/login/")
        page.locator("button[value=handler]").first.click()
        page.goto(shared_city.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def a_photo(shade: int) -> dict[str, Any]:
    file = io.BytesIO()
    Image.effect_noise((1200, 900), shade).convert("RGB").save(file, "JPEG")
    return {"name": f"{shade}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def shoot(page: Any, shade: int) -> None:
    """One tap on the camera; what happens inside it belongs to the phone."""
    with page.expect_file_chooser() as chooser:
        page.locator("photo-picker.is-ready #id_photos_camera").click()
    chooser.value.set_files(a_photo(shade))


def test_a_reply_with_two_photos_takes_at_most_six_taps(sit: Any, to_handle: list[str], answers: Any) -> None:
    page = sit(f"/unit/cases/{to_handle[0]}/")
    shots = page.locator(".photo-picker-shots li")
    taps = 1  # the link in the message

    for shade in (40, 80):
        shoot(page, shade)
        taps += 1
    shots.nth(1).get_by_text("已送达").wait_for()
    page.get_by_text("清理", exact=True).click()
    page.get_by_role("button", name="提交回复").click()
    taps += 2

    page.get_by_text(f"{to_handle[0]} 回复已送达").wait_for()
    assert taps <= 6 and answers()[to_handle[0]] == "2"


def test_a_reply_with_a_photo_works_without_script(sit: Any, to_handle: list[str], answers: Any) -> None:
    page = sit(f"/unit/cases/{to_handle[1]}/", java_script_enabled=False)

    page.set_input_files("#id_photos_album", a_photo(60))
    page.get_by_text("修复", exact=True).click()
    page.get_by_role("button", name="提交回复").click()

    assert page.url.endswith("/unit/") and answers()[to_handle[1]] == "1"


def test_the_reply_by_keyboard_alone(sit: Any, to_handle: list[str], answers: Any) -> None:
    page = sit("/unit/?q=" + to_handle[2], viewport={"width": 1280, "height": 800})

    page.locator("work-queue:defined tr[tabindex]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="提交回复").wait_for()
    tab_to(page, "input[name=done]")
    page.keyboard.press("Space")
    tab_to(page, ".action-bar button")
    page.keyboard.press("Enter")

    page.get_by_text(f"{to_handle[2]} 回复已送达").wait_for()
    assert to_handle[2] in answers()


def test_whose_it_is_can_be_typed(sit: Any, to_handle: list[str]) -> None:
    page = sit(f"/unit/cases/{to_handle[3]}/")

    page.get_by_text("不归我们办，退回").click()
    page.locator("#return_owner_search").fill("公安")
    page.locator("[role=option]").first.click()
    page.locator("#return_reason").fill("属于交通管理")
    page.get_by_role("button", name="退回指挥中心").click()

    page.get_by_text("已退回。").wait_for()


@pytest.mark.parametrize("path", ["/unit/", "/unit/cases/?state=all", "/unit/about/", "/unit/notices/", "case"])
def test_no_page_scrolls_sideways_on_the_smallest_phone(path: str, sit: Any, to_handle: list[str]) -> None:
    page = sit(f"/unit/cases/{to_handle[4]}/" if path == "case" else path, viewport={"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def tab_to(page: Any, selector: str) -> None:
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")
