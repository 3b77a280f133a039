"""The components in a real browser: what the scripts add, and that the page stands without them."""

from __future__ import annotations

import io
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from PIL import Image

from tests.chromium import needs_chromium

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def address():
    """The pages and their static files on a free port; /design/ asks the database nothing, so none is made."""
    server = make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), ThreadedServer, QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_design(chromium, address):
    """Opens /design/ in a fresh context; fails the test on any script error or blocked resource."""
    contexts, complaints = [], []

    def opened(**options):
        context = chromium.new_context(locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/design/")
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def a_large_photo() -> bytes:
    noise = Image.effect_noise((2000, 1500), 60).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=95)
    return file.getvalue()


def test_a_photo_is_shrunk_before_it_leaves(open_design):
    page = open_design()
    photo = a_large_photo()
    page.set_input_files("#id_sample_album", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.wait_for_selector(".photo-picker-shots img")

    size = page.evaluate("document.querySelector('photo-picker').tray.files[0].size")
    image = page.locator(".photo-picker-shots img")
    width = image.evaluate("async (image) => { await image.decode(); return image.naturalWidth }")
    assert len(photo) > 1_000_000
    assert size <= 350 * 1024
    assert 600 < width <= 1600


def test_what_is_no_picture_is_refused_in_words(open_design):
    page = open_design()
    page.set_input_files("#id_sample_album", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"})

    page.wait_for_selector(".photo-picker-shots .is-refused")
    assert page.evaluate("document.querySelector('photo-picker').tray.files.length") == 0


def test_a_photo_can_be_taken_out_again(open_design):
    page = open_design()
    page.set_input_files("#id_sample_album", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_large_photo()})
    page.wait_for_selector(".photo-picker-shots img")

    page.get_by_role("button", name="去掉照片 1").click()

    assert page.evaluate("document.querySelector('photo-picker').tray.files.length") == 0


def test_the_pin_moves_by_arrow_keys(open_design):
    page = open_design()
    before = page.input_value("input[name=longitude]")

    page.locator(".place-pin").press("ArrowRight")

    assert float(page.input_value("input[name=longitude]")) > float(before)
    assert page.locator("[data-place-note]").inner_text() == "钉已移动"


def test_the_phone_tells_where_it_is_and_how_surely(open_design):
    spot = {"latitude": 22.52, "longitude": 113.38, "accuracy": 18}
    page = open_design(geolocation=spot, permissions=["geolocation"])

    page.get_by_role("button", name="用我现在的位置").click()

    page.wait_for_function("document.querySelector('[data-place-note]').textContent === '定位误差约 18 米'")
    assert page.input_value("input[name=longitude]") == "113.380000"


def test_a_refused_position_is_no_dead_end(open_design):
    page = open_design()

    page.get_by_role("button", name="用我现在的位置").click()

    page.wait_for_function("document.querySelector('[data-place-note]').textContent.startsWith('没有定到位')")


def test_a_unit_is_found_by_part_of_its_name(open_design):
    page = open_design()
    box = page.get_by_role("combobox", name="派给")

    box.fill("第七")
    box.press("Enter")

    assert page.input_value("#id_unit") == "S07"
    assert box.input_value() == "第七街道办事处"


def test_a_queue_is_worked_by_keys(open_design):
    page = open_design()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")

    assert "0352" in page.locator("[data-row].is-current").inner_text()
    assert page.locator("[data-bulk-count]").inner_text() == "已选 1 条"


def test_keys_stay_quiet_while_somebody_types(open_design):
    page = open_design()
    page.locator("#id_words").press_sequentially("jx?")

    assert page.input_value("#id_words") == "jx?"
    assert page.locator("[data-row].is-current").count() == 0


def test_the_keys_are_listed_and_can_be_switched_off(open_design):
    page = open_design()
    page.keyboard.press("?")
    page.get_by_role("button", name="关掉快捷键").click()
    page.get_by_role("button", name="关闭").click()
    page.keyboard.press("j")

    assert page.locator("[data-row].is-current").count() == 0


def test_a_photo_opens_large_and_closes_by_escape(open_design):
    page = open_design()
    page.locator(".before-after a[data-photo]").first.click()
    viewer = page.locator(".photo-viewer")

    assert viewer.is_visible()
    page.keyboard.press("ArrowRight")
    assert "处置后" in viewer.inner_text()
    page.keyboard.press("Escape")
    assert not viewer.is_visible()


def test_the_map_opens_when_asked(open_design):
    page = open_design()
    page.get_by_role("button", name="打开可拖动的地图").click()

    page.wait_for_selector(".wm-map-canvas canvas, .wm-map-canvas .ol-viewport")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(open_design, width):
    page = open_design(viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_stands_without_script(open_design):
    page = open_design(java_script_enabled=False)

    assert page.locator("#id_sample_camera").is_visible()
    assert page.locator("#id_unit").is_visible()
    page.get_by_role("link", name="长辈版").click()
    assert page.locator("html[data-mode=elder]").count() == 1
