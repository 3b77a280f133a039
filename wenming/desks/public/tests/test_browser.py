"""The citizen's desk in a real browser, measured: taps, seconds, bytes, and networks that go away (C1, C2, C3, P1)."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.chromium import SLOW_SHRINKING, needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "has_touch": True}
HERE = {"geolocation": {"longitude": 113.378, "latitude": 22.525, "accuracy": 18}, "permissions": ["geolocation"]}
CLOSED_AND_UNRATED = """
from wenming.cases.models import Case
shown = Case.objects.filter(state="closed", ratings=None, photos__gte=2, merged_cases=None).order_by("-closed_at")
print("RECEIPTS", *[case.case_reports.get().report.receipt for case in shown[:4]])
"""
PHOTOS = """
from wenming.observations.models import Report
print("PHOTOS", Report.objects.get(receipt="{}").photo_count)
"""


@pytest.fixture
def phone(chromium: Any, shared_city: City) -> Iterator[Callable[..., Any]]:
    """`phone("/")`: a page on a small phone; whatever the browser blocks or a script trips over fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def complain(message: Any) -> None:
        if message.type == "error" and "net::" not in message.text and "status of 4" not in message.text:
            complaints.append(message.text)

    def opened(path: str, **options: Any) -> Any:
        contexts.append(chromium.new_context(**{**PHONE, **options}))
        page = contexts[-1].new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(shared_city.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(scope="module")
def solved(shared_city: City) -> Iterator[str]:
    """Receipts of solved cases that nobody has judged yet, each for one test."""
    printed = shared_city.manage("shell", "-v", "0", "-c", CLOSED_AND_UNRATED).stdout
    return iter(re.search(r"RECEIPTS (.*)", printed).group(1).split())  # type: ignore[union-attr]


def snapshot(width: int = 2400, height: int = 1800) -> dict[str, Any]:
    """What a camera hands over: a few megabytes that compress badly."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(file, "JPEG", quality=90)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def receipt_on(page: Any) -> str:
    page.wait_for_url("**/report/done/**", timeout=20_000)
    return str(page.locator("[data-receipt]").inner_text())


def add_photo(page: Any) -> None:
    page.set_input_files("#id_photos_camera", snapshot())
    page.get_by_text("已送达").wait_for()


def test_two_taps_and_no_typing_report_what_one_sees(phone: Callable[..., Any]) -> None:
    began = time.monotonic()
    page = phone("/", **HERE)
    with page.expect_file_chooser() as camera:
        page.get_by_role("main").get_by_role("link", name="拍照上报").click()  # tap 1
    camera.value.set_files(snapshot())
    page.get_by_text("已送达").wait_for()
    page.get_by_text("定位误差约 18 米").wait_for()
    pressed = time.monotonic()
    page.get_by_role("button", name="提交").click()  # tap 2

    assert re.fullmatch(r"\d\d-\d{4}(-\w{4}){3}", receipt_on(page))
    assert time.monotonic() - pressed < 2, "the number is there within two seconds (C2)"
    assert time.monotonic() - began < 60


def test_it_works_when_the_position_is_refused(phone: Callable[..., Any]) -> None:
    page = phone("/report/")
    page.get_by_text("没有定到位").wait_for()
    add_photo(page)
    page.get_by_role("button", name="提交").click()

    assert receipt_on(page)


def test_report_follow_and_rate_without_any_script(phone: Callable[..., Any], solved: Iterator[str]) -> None:
    page = phone("/", java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="拍照上报").click()
    page.set_input_files("#id_photos_album", snapshot(800, 600))
    page.get_by_role("button", name="提交").click()
    number = receipt_on(page)

    page.get_by_role("link", name="查进度").first.click()
    page.get_by_label("查处理进度").fill(number.lower().replace("-", " "))
    page.get_by_role("button", name="查询").click()
    assert number in page.locator("main").inner_text()

    page.goto(page.url.replace(number, next(solved)))
    page.get_by_role("button", name="非常满意", exact=True).click()
    assert "您的评价：非常满意" in page.locator("main").inner_text()


def test_a_photo_still_being_shrunk_goes_with_the_report(phone: Callable[..., Any], shared_city: City) -> None:
    page = phone("/report/", **HERE)
    page.locator("photo-picker.is-ready").wait_for(state="attached")
    page.evaluate(SLOW_SHRINKING)
    page.set_input_files("#id_photos_camera", snapshot(800, 600))
    page.get_by_role("button", name="提交").click()

    receipt = receipt_on(page)
    assert "PHOTOS 1" in shared_city.manage("shell", "-v", "0", "-c", PHOTOS.format(receipt)).stdout


def test_without_a_network_it_waits_and_sends_itself(phone: Callable[..., Any]) -> None:
    page = phone("/report/", **HERE)
    add_photo(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已存本机，有网后自动再传").wait_for()

    page.context.set_offline(False)

    assert receipt_on(page)


def test_a_report_that_waited_survives_the_closing_of_the_page(phone: Callable[..., Any]) -> None:
    page = phone("/report/", **HERE)
    add_photo(page)
    page.get_by_label("想补充什么").fill("关掉以前写的")
    page.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已存本机，有网后自动再传").wait_for()
    url = page.url
    page.close()

    later = page.context.new_page()
    page.context.set_offline(False)
    later.goto(url)

    later.get_by_text("之前存的一件已送达").wait_for()
    later.locator("[data-note] a").click()
    receipt = receipt_on(later)
    later.goto(url.replace("/report/", f"/c/{receipt}/"))
    assert "关掉以前写的" in later.locator("main").inner_text()
    assert later.locator(".before-after img").count() == 1


def test_a_receipt_lost_on_the_way_comes_with_the_next_try(phone: Callable[..., Any]) -> None:
    page = phone("/report/", **HERE)
    add_photo(page)
    answered: list[str] = []

    def lose_the_answer(route: Any) -> None:
        answered.append(route.fetch().json()["receipt"])
        route.abort()

    page.route("**/report/", lose_the_answer, times=1)
    page.get_by_role("button", name="提交").click()

    assert receipt_on(page) == answered[0]


def test_a_draft_is_still_there_after_going_away(phone: Callable[..., Any]) -> None:
    page = phone("/report/", **HERE)
    add_photo(page)
    page.get_by_label("想补充什么").fill("写到一半")
    page.get_by_text("说不清").click()
    page.wait_for_timeout(600)
    page.goto(page.url.replace("/report/", "/about/privacy/"))
    page.goto(page.url.replace("/about/privacy/", "/report/"))

    page.get_by_text("上次没有交完的内容还在").wait_for()
    assert page.get_by_label("想补充什么").input_value() == "写到一半"
    assert page.get_by_label("说不清").is_checked()
    page.get_by_text("已送达").wait_for()


def test_a_refused_form_is_mended_in_place_with_its_photo(phone: Callable[..., Any]) -> None:
    page = phone("/report/", geolocation={"longitude": 110.0, "latitude": 20.0}, permissions=["geolocation"])
    add_photo(page)
    page.get_by_role("button", name="提交").click()
    page.locator("#error-summary").get_by_text("不在本市范围内").wait_for()
    page.get_by_text("已送达").wait_for()
    page.get_by_role("button", name="提交").click()

    assert receipt_on(page)


def test_status_pictures_and_rating_fit_the_first_screen(phone: Callable[..., Any], solved: Iterator[str]) -> None:
    page = phone(f"/c/{next(solved)}/")

    for shown in (".status", ".before-after", ".scores"):
        box = page.locator(shown).first.bounding_box()
        assert box["y"] + box["height"] <= 740, shown
    page.get_by_role("button", name="满意", exact=True).click()
    assert page.get_by_text("您的评价：满意").is_visible()


def test_three_taps_have_it_done_again(phone: Callable[..., Any], solved: Iterator[str]) -> None:
    page = phone(f"/c/{next(solved)}/")
    page.get_by_text("没有办好，要求重办").click()
    page.get_by_text("又出现了").click()
    page.get_by_role("button", name="要求重办").click()

    assert page.get_by_text("已要求重办").is_visible()


def test_the_first_load_is_light(phone: Callable[..., Any], chromium: Any, shared_city: City) -> None:
    context = chromium.new_context(**PHONE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    weights: list[float] = []
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(shared_city.url + "/", wait_until="networkidle")
    context.close()

    assert len(weights) <= 8
    assert sum(weights) <= 60 * 1024


@pytest.mark.parametrize("look", ["", "dark", "sun", "elder"])
@pytest.mark.parametrize("path", ["/", "/report/", "/track/?number=x", "/map/", "/about/privacy/"])
def test_nothing_is_wider_than_the_smallest_phone(chromium: Any, shared_city: City, path: str, look: str) -> None:
    cookie = ("wm_mode" if look == "elder" else "wm_theme", look)
    context = chromium.new_context(viewport={"width": 320, "height": 640}, locale="zh-CN")
    if look:
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": shared_city.url}])
    page = context.new_page()
    page.goto(shared_city.url + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
