"""The field desk in a real browser: taps, thumbs, and networks that go away (F1, F3, X2)."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.bad_network import BadNetwork
from tests.chromium import SLOW_SHRINKING, needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "has_touch": True}
HERE = {"geolocation": {"longitude": 113.378, "latitude": 22.525, "accuracy": 18}, "permissions": ["geolocation"]}
# Seven cases that a unit says it has solved.
TO_LOOK_AT = """
import uuid
from django.utils import timezone
from wenming.cases import services
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account
from wenming.standards.models import ProblemType
by, handler = Account.objects.get(username="dispatcher"), Account.objects.filter(role="handler").order_by("pk").first()
kind = ProblemType.objects.filter(scheme__is_current=True).first()
for n in range(7):
    now = timezone.now()
    report = receive_report(channel="web", client_id=str(uuid.uuid4()), text=f"field browser {n}", now=now, where=Where(address="x")).report
    case = services.establish(services.collect(report, now=now), problem_type=kind, rule=None, by=by, now=now)
    case = services.dispatch(case, to=handler.unit, by=by, now=now)
    print("CASE", services.answer(case, text="done", by=handler, now=timezone.now()).number)
"""
STATES = """
from wenming.cases.models import Case
print("STATES", *[f"{number}={state}" for number, state in Case.objects.values_list("number", "state")])
"""
SOMEBODY_ELSE = """
from django.utils import timezone
from wenming.cases import services
from wenming.cases.models import Case
from wenming.organisations.models import Account
services.pass_verification(
    Case.objects.get(number="{number}"), by=Account.objects.get(username="dispatcher"), now=timezone.now()
)
"""
SETTLED = """
from wenming.observations.models import Report
for report in Report.objects.filter(text="browser find settled"):
    print("settled", report.photo_count, report.case_report.case.state)
"""
FINDS = """
from wenming.observations.models import Report
for report in Report.objects.filter(text__startswith="browser find"):
    print("FIND", report.text.split()[-1], report.photo_count)
"""


A_COVER = """
from datetime import date
import shapely
from django.utils import timezone
from wenming.organisations.models import Account
from wenming.territory.components.services import Drawn, Facts, register_component
by = Account.objects.get(username="dispatcher")
told = Facts("GB30428:C0101", name="browser cover")
register_component("4420000101009001", told, Drawn(shapely.Point(113.378, 22.52503)), on=date(2026, 1, 1), by=by, now=timezone.now())
"""
LINKED = """
from wenming.cases.models.components import CaseComponent
for link in CaseComponent.objects.filter(case__case_reports__report__text="browser find at a cover"):
    print("LINK", link.component.code)
"""


@pytest.fixture(scope="module")
def to_look_at(shared_city: City) -> list[str]:
    """Numbers of seven cases to verify, for one test each."""
    return re.findall(r"CASE (\S+)", shared_city.manage("shell", "-v", "0", "-c", TO_LOOK_AT).stdout)


@pytest.fixture
def state_of(shared_city: City) -> Callable[[str], str]:
    def ask(number: str) -> str:
        printed = shared_city.manage("shell", "-v", "0", "-c", STATES).stdout
        return dict(pair.split("=") for pair in re.search(r"STATES (.*)", printed).group(1).split())[number]  # type: ignore[union-attr]

    return ask


@pytest.fixture
def finds(shared_city: City) -> Callable[[], list[tuple[str, str]]]:
    """(name, photographs) of what these tests have found."""
    return lambda: re.findall(r"FIND (\S+) (\d+)", shared_city.manage("shell", "-v", "0", "-c", FINDS).stdout)


@pytest.fixture
def network(shared_city: City) -> Iterator[BadNetwork]:
    """What lies between the phone and the city, and may go away."""
    with BadNetwork(shared_city.port) as between:
        yield between


@pytest.fixture
def phone(chromium: Any, network: BadNetwork) -> Iterator[Callable[..., Any]]:
    """`phone("/field/")`: the supervisor's phone; whatever a script trips over fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(path: str, **options: Any) -> Any:
        contexts.append(chromium.new_context(**{**PHONE, **HERE, **options}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if "Content Security Policy" in one.text else None)
        page.goto(f"{network.url}/account/login/")
        page.locator("button[value=field]").first.click()
        page.goto(network.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def shoot(page: Any, shade: int = 50) -> None:
    """One tap on the camera; what happens inside it belongs to the phone."""
    file = io.BytesIO()
    Image.effect_noise((1200, 900), shade).convert("RGB").save(file, "JPEG")
    with page.expect_file_chooser() as chooser:
        page.locator("photo-picker.is-ready #id_photos_camera").click()
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()})


def shared_photo() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((640, 480), 40).save(file, "JPEG")
    return file.getvalue()


def pack(page: Any, url: str) -> None:
    """Wait until the phone has what it needs for a shift, this page of it in particular."""
    if not page.url.endswith("/field/"):
        page.goto(page.url.split("/field/")[0] + "/field/")
    until(page, f"caches.match('{url}').then(Boolean)")
    until(page, "navigator.serviceWorker.controller !== null")


def until(page: Any, holds: str, seconds: float = 60) -> None:
    """Ask again and again from outside: the page's policy lets nothing be evaluated inside it."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(holds):
        assert time.monotonic() < deadline, f"never: {holds}"
        page.wait_for_timeout(200)


KEPT_IN_A_DRAFT = """async (wanted) => {
  const asked = indexedDB.open("wenming-field")
  const database = await new Promise((done) => { asked.onsuccess = () => done(asked.result) })
  const all = (name) => new Promise((done) => {
    const request = database.transaction(name).objectStore(name).getAll()
    request.onsuccess = () => done(request.result)
  })
  const [things, photos] = [await all("things"), await all("photos")]
  database.close()
  return things.some(({ key, state, href, fields }) =>
    state === "draft" && href === location.pathname &&
    wanted.values.every((value) => fields.some(([, kept]) => kept === value)) &&
    photos.filter(({ thing }) => thing === key).length === wanted.photos)
}"""


def kept(page: Any, *values: str, photos: int) -> None:
    """Wait until the phone's own database has the draft: it is written at each tap, and takes as long as its disk does."""
    wanted = {"values": values, "photos": photos}
    deadline = time.monotonic() + 10
    while not page.evaluate(KEPT_IN_A_DRAFT, wanted):
        assert time.monotonic() < deadline, f"never kept: {wanted}"
        page.wait_for_timeout(50)


def come_back(page: Any, network: BadNetwork) -> None:
    network.come_back()
    page.evaluate("dispatchEvent(new Event('online'))")


def test_the_answers_are_equal_large_and_under_the_thumb(phone: Any, to_look_at: list[str]) -> None:
    page = phone(f"/field/task/{to_look_at[0]}/")
    boxes = [box.bounding_box() for box in page.locator(".three-answers > .button, .answer > summary").all()]

    assert len(boxes) == 3
    assert max(box["height"] for box in boxes) - min(box["height"] for box in boxes) < 1
    assert max(box["width"] for box in boxes) - min(box["width"] for box in boxes) < 1
    assert all(box["height"] >= 56 and box["y"] >= 740 * 0.6 for box in boxes)
    camera = page.locator("#id_photos_camera").bounding_box()
    assert camera["height"] >= 56 and camera["y"] >= 740 * 0.6


def test_solved_is_one_tap(phone: Any, to_look_at: list[str], state_of: Any) -> None:
    page = phone(f"/field/task/{to_look_at[0]}/")

    page.get_by_role("button", name="解决了", exact=True).click()

    page.get_by_text(f"{to_look_at[0]} 已送达").wait_for()
    assert state_of(to_look_at[0]) == "verified"


def test_not_solved_with_a_photo_is_four_taps_and_no_typing(phone: Any, to_look_at: list[str], state_of: Any) -> None:
    page = phone(f"/field/task/{to_look_at[1]}/")

    shoot(page)
    page.get_by_text("没解决", exact=True).click()
    page.get_by_text("只处理了一部分").click()
    page.get_by_role("button", name="提交：没解决").click()

    page.get_by_text(f"{to_look_at[1]} 已送达").wait_for()
    assert state_of(to_look_at[1]) == "dispatched"


def test_an_answer_works_without_script(phone: Any, to_look_at: list[str], state_of: Any) -> None:
    page = phone(f"/field/task/{to_look_at[2]}/", java_script_enabled=False)

    page.locator(".answer > summary", has_text="看不到现场").click()
    page.get_by_text("有围挡").click()
    page.get_by_role("button", name="提交：看不到现场").click()

    assert page.url.endswith("/field/") and state_of(to_look_at[2]) == "answered"


def test_enter_chooses_no_answer(phone: Any, to_look_at: list[str], state_of: Any) -> None:
    page = phone(f"/field/task/{to_look_at[3]}/")

    page.locator(".answer > summary", has_text="没解决").click()
    page.locator("input[name=why_no]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)

    assert "/task/" in page.url and state_of(to_look_at[3]) == "answered"


def test_a_find_is_three_taps(phone: Any) -> None:
    page = phone("/field/find/")
    page.locator("place-picker [name=longitude][value]").wait_for(state="attached")

    shoot(page)
    page.get_by_text("垃圾脏乱").click()
    page.get_by_role("button", name="提交问题").click()

    page.get_by_role("heading", name="收到了").wait_for()
    assert page.get_by_text("1 张").is_visible()


def test_a_photo_still_being_shrunk_goes_with_the_find(phone: Any) -> None:
    page = phone("/field/find/")
    page.evaluate(SLOW_SHRINKING)
    shoot(page)
    page.get_by_text("垃圾脏乱").click()
    page.get_by_role("button", name="提交问题").click()

    page.get_by_role("heading", name="收到了").wait_for()
    assert page.get_by_text("1 张").is_visible()


def test_a_find_without_network_waits_in_the_phone_and_goes_once(phone: Any, network: BadNetwork, finds: Any) -> None:
    page = phone("/field/find/")
    shoot(page)
    page.locator(".photo-picker-shots").get_by_text("已压缩").wait_for()
    page.locator("#id_text").fill("browser find offline")
    network.go_away()
    page.get_by_role("button", name="提交问题").click()
    page.get_by_text("已存本机，有网后自动传").wait_for()
    page.get_by_text("离线").wait_for()

    come_back(page, network)

    page.get_by_role("heading", name="收到了").wait_for()
    assert ("offline", "1") in finds()
    page.goto(page.url.split("/field/")[0] + "/field/outbox/")
    page.get_by_text("没有待传的").wait_for()


def test_what_waits_goes_from_the_next_page_too(phone: Any, network: BadNetwork, finds: Any) -> None:
    page = phone("/field/")
    pack(page, "/field/outbox/")
    page.goto(page.url + "find/")
    page.locator("#id_text").fill("browser find later")
    network.go_away()
    page.get_by_role("button", name="提交问题").click()
    page.get_by_text("已存本机，有网后自动传").wait_for()
    page.get_by_text("看待传").click()
    page.get_by_text("等网络").wait_for()

    come_back(page, network)

    page.get_by_text("没有待传的").wait_for()
    assert ("later", "0") in finds()


def test_without_network_the_component_is_offered_from_the_pack_once(phone: Any, network: BadNetwork, shared_city: City) -> None:
    shared_city.manage("shell", "-v", "0", "-c", A_COVER)
    page = phone("/field/")
    pack(page, "/field/find/")
    page.goto(page.url + "me/")
    page.locator("[data-fetch]").click()
    page.locator("[data-components]:not([hidden])").wait_for(timeout=60_000)
    network.go_away()
    page.goto(network.url + "/field/find/")
    chips = page.locator("nearest-components .chip")
    chips.first.wait_for()
    assert "browser cover" in chips.first.inner_text() and not page.locator("nearest-components input:checked").count()
    chips.first.click()
    kept(page, "4420000101009001", photos=0)

    page.reload()
    page.locator("nearest-components input:checked").wait_for(state="attached")
    page.locator("#id_text").fill("browser find at a cover")
    page.get_by_role("button", name="提交问题").click()
    page.get_by_text("已存本机，有网后自动传").wait_for()
    come_back(page, network)

    page.get_by_role("heading", name="收到了").wait_for()
    assert "LINK 4420000101009001" in shared_city.manage("shell", "-v", "0", "-c", LINKED).stdout


def test_every_tap_is_kept_before_anything_is_handed_in(phone: Any) -> None:
    page = phone("/field/find/")
    shoot(page)
    page.get_by_text("垃圾脏乱").click()
    page.locator("#id_text").fill("half a find")
    page.locator(".photo-picker-shots").get_by_text("已压缩").wait_for()
    kept(page, "half a find", photos=1)

    page.reload()

    page.get_by_text("上次没交的内容还在").wait_for()
    assert page.locator("#id_text").input_value() == "half a find"
    assert page.locator("input[name=category]:checked").count() == 1
    page.locator(".photo-picker-shots img").wait_for()
    # Asked while the page is being left, the question itself would be cut off.
    with page.expect_navigation():
        page.get_by_role("button", name="清空重填").click()
    until(page, "document.querySelector('#id_text').value === ''")


def test_a_shift_without_network(phone: Any, network: BadNetwork, to_look_at: list[str], state_of: Any) -> None:
    page = phone("/field/")
    pack(page, f"/field/task/{to_look_at[4]}/")
    network.go_away()

    page.goto(page.url)
    page.locator(f"a.task[href$='{to_look_at[4]}/']").click()
    page.get_by_text("离线").wait_for()
    page.locator(".answer > summary", has_text="没解决").click()
    page.get_by_role("button", name="提交：没解决").click()
    page.get_by_text("请选一个原因").wait_for()
    page.get_by_text("还在原处").click()
    shoot(page)
    page.get_by_role("button", name="提交：没解决").click()
    page.get_by_text("已答，存本机").wait_for()
    assert state_of(to_look_at[4]) == "answered"

    come_back(page, network)

    until(page, "!document.querySelector('.is-answered')")
    assert state_of(to_look_at[4]) == "dispatched"


def test_too_late_is_shown_with_what_can_be_done(
    phone: Any, network: BadNetwork, to_look_at: list[str], shared_city: City
) -> None:
    page = phone("/field/")
    pack(page, f"/field/task/{to_look_at[5]}/")
    page.goto(page.url + f"task/{to_look_at[5]}/")
    page.locator("#id_note").fill("browser find toolate")
    network.go_away()
    page.get_by_role("button", name="解决了", exact=True).click()
    page.get_by_text("已存本机").first.wait_for()
    shared_city.manage("shell", "-v", "0", "-c", SOMEBODY_ELSE.format(number=to_look_at[5]))

    come_back(page, network)
    page.get_by_text("要您看 1 条").wait_for()
    page.goto(page.url.split("/field/")[0] + "/field/outbox/")

    page.get_by_text("刚刚被别人办理过").wait_for()
    page.get_by_role("button", name="改成拍问题").click()
    page.wait_for_url("**/field/find/")
    page.get_by_text("上次没交的内容还在").wait_for()
    assert "browser find toolate" in page.locator("#id_text").input_value()


def test_settled_on_the_spot_without_network(phone: Any, network: BadNetwork, shared_city: City) -> None:
    page = phone("/field/")
    pack(page, "/field/find/")
    network.go_away()
    page.goto(page.url + "find/")
    shoot(page)
    page.locator("#id_text").fill("browser find settled")
    page.locator(".settled > summary").click()
    page.locator("#id_after_camera").set_input_files(
        {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": shared_photo()}
    )
    page.locator(".settled .photo-picker-shots img").wait_for()
    page.get_by_role("button", name="当场改好，办结").click()
    page.get_by_text("已存本机，有网后自动传").wait_for()

    come_back(page, network)

    page.get_by_text("已经办结").wait_for()
    assert "settled 1 closed" in shared_city.manage("shell", "-v", "0", "-c", SETTLED).stdout


def test_the_outbox_can_be_taken_along_as_a_file(phone: Any, network: BadNetwork) -> None:
    page = phone("/field/")
    pack(page, "/field/outbox/")
    page.goto(page.url + "find/")
    network.go_away()
    shoot(page)
    page.locator("#id_text").fill("in the zip")
    page.get_by_role("button", name="提交问题").click()
    page.get_by_text("看待传").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出待传包").click()

    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.testzip() is None
        (thing,) = json.loads(packed.read("things.json"))
        photo = Image.open(io.BytesIO(packed.read(thing["photos"][0]["file"])))
    assert ["text", "in the zip"] in thing["fields"] and photo.size[0] > 100


def test_the_first_photo_lies_over_the_camera(phone: Any) -> None:
    page = phone("/field/", permissions=["camera", "geolocation"])
    page.locator("a.task:has(img)").first.click()
    page.get_by_role("button", name="对着原照片拍").click()
    stage = page.get_by_role("dialog", name="对着原照片拍")
    stage.wait_for()
    until(page, "document.querySelector('.ghost-stage video').videoWidth > 0")
    ghost = stage.locator("img")
    assert ghost.evaluate("one => getComputedStyle(one).opacity") == "0.4"
    until(page, "document.querySelector('.ghost-stage img').naturalWidth > 0")

    stage.get_by_role("button", name="拍下").click()

    page.locator(".photo-picker-shots img").wait_for()
    assert stage.count() == 0 and page.evaluate("document.activeElement.textContent") == "对着原照片拍"


def test_near_ones_first_without_telling_anybody(phone: Any) -> None:
    page = phone("/field/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_role("button", name="近的在前").click()
    until(page, "document.querySelector('main [data-away]').textContent !== ''")

    metres = page.evaluate("""[...document.querySelectorAll("main [data-away]")].map(({ textContent }) => textContent)
        .filter(Boolean).map((words) => parseFloat(words) * (words.includes("公里") ? 1000 : 1))""")
    assert metres == sorted(metres) and not [url for url in asked if "longitude" in url or "113." in url]


@pytest.mark.parametrize(
    "path", ["/field/", "/field/find/", "/field/outbox/", "/field/me/", "/field/map/", "/field/away/", "task"]
)
def test_no_page_scrolls_sideways_on_the_smallest_phone(path: str, phone: Any, to_look_at: list[str]) -> None:
    page = phone(f"/field/task/{to_look_at[6]}/" if path == "task" else path, viewport={"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
