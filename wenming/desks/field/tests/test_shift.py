"""F2, the shift drill: no network, a killed browser, a new release, then 400 kbit/s with 20 % loss; each record once.

In the suite a short shift. The whole one of the guide (200 records, 200 photographs, some forty minutes):
`WENMING_TEST_WHOLE_SHIFT=1 python3 run.py test wenming/desks/field/tests/test_shift.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError

from tests.bad_network import BadNetwork
from tests.chromium import CHROMIUM, PATIENCE_MS, needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    needs_chromium,
]
WHOLE = bool(os.environ.get("WENMING_TEST_WHOLE_SHIFT"))
TASKS, FINDS, CHECKS, PHOTO_SIDE = (60, 120, 20, 1100) if WHOLE else (3, 4, 2, 560)
# Walks of focus problems, as many as have so many points among them.
TO_WALK = """
from django.utils import timezone
from wenming.cases.focus.raising import raise_due_patrols
from wenming.observations.models import PatrolPoint
from wenming.observations.patrols.areas import area_called
from wenming.observations.patrols.services import plan_patrol
from wenming.organisations.models import Account
from wenming.standards.focus.selectors import focus
from wenming.territory.selectors import towns
field, office, now = Account.objects.get(username="field"), Account.objects.get(username="office"), timezone.now()
for town in list(towns())[:{many}]:
    plan = plan_patrol(
        focus("signs"), area=area_called("town", town.code), unit=field.unit, cycle_days=30,
        starts_on=timezone.localdate(), by=office, now=now,
    )
raise_due_patrols(now)
walks = PatrolPoint.objects.filter(patrol__plan__focus_code="signs", patrol__plan__unit=field.unit)
for number, position in walks.order_by("patrol", "position").values_list("patrol__number", "position")[:{many}]:
    print("POINT", f"{{number}}/{{position}}")
"""
TO_LOOK_AT = """
import uuid
from django.utils import timezone
from wenming.cases import services
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account
from wenming.standards.models import ProblemType
by, handler = Account.objects.get(username="dispatcher"), Account.objects.filter(role="handler").order_by("pk").first()
kind = ProblemType.objects.filter(scheme__is_current=True).first()
for n in range({many}):
    now = timezone.now()
    report = receive_report(channel="web", client_id=str(uuid.uuid4()), text=f"shift {{n}}", now=now, where=Where(address="x")).report
    case = services.establish(services.collect(report, now=now), problem_type=kind, rule=None, by=by, now=now)
    case = services.dispatch(case, to=handler.unit, by=by, now=now)
    print("CASE", services.answer(case, text="done", by=handler, now=timezone.now()).number)
"""
# Everything that the city received from a phone, and the photographs shown for it.
RECEIVED = """
import json
from wenming.cases.models import CaseMove
from wenming.evidence.models import Exhibit
from wenming.observations.models import HandedIn, PointLook, Report
# The demo city's own history is not of this shift.
began = HandedIn.objects.order_by("received_at").first().received_at
shown = Exhibit.objects.filter(added_by="field", added_at__gte=began)
answers = CaseMove.objects.filter(by__username="field", act="send_back", at__gte=began)
print("RECEIVED", json.dumps({
    "things": list(HandedIn.objects.values_list("client_id", "content_hash")),
    "finds": Report.objects.filter(text__startswith="shift find").count(),
    "answers": list(answers.values_list("case__number", flat=True)),
    "checked": [f"{one.point.patrol.number}/{one.point.position}" for one in
        PointLook.objects.filter(at__gte=began, seen="found").select_related("point__patrol")],
    "photos": [one.original.sha256 for one in shown.select_related("original")],
}))
"""
KEPT = """async () => {
  const asked = indexedDB.open("wenming-field")
  const database = await new Promise((done) => { asked.onsuccess = () => done(asked.result) })
  const all = (name) => new Promise((done) => {
    const request = database.transaction(name).objectStore(name).getAll()
    request.onsuccess = () => done(request.result)
  })
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const hashOf = async ({ file }) => hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))
  const things = (await all("things")).map(({ key, state, hash }) => [key, state, hash || ""])
  const photos = await Promise.all((await all("photos")).map(hashOf))
  database.close()
  return { things, photos }
}"""


class Phone:
    """A browser with a home of its own, which can be killed and started again as a phone can."""

    def __init__(self, playwright: Any, home: Path, url: str) -> None:
        self.playwright, self.home, self.url = playwright, home, url
        self.start()

    def start(self) -> None:
        (self.home / "DevToolsActivePort").unlink(missing_ok=True)
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--lang=zh-CN"]
        command = [CHROMIUM, *flags, f"--user-data-dir={self.home}", "about:blank"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while not (told := self.home / "DevToolsActivePort").exists() or not told.read_text().strip():
            assert time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.1)
        port = told.read_text().split()[0]
        self.browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.page = self.browser.contexts[0].pages[0]
        self.page.set_viewport_size({"width": 360, "height": 740})
        self.page.set_default_timeout(PATIENCE_MS)

    def kill(self) -> None:
        """As when the battery falls out: the process is gone, nothing is written that was not written."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with suppress(Exception):
            self.browser.close()

    def kill_and_start(self) -> None:
        self.kill()
        for lock in self.home.glob("Singleton*"):
            lock.unlink(missing_ok=True)
        self.start()

    def open(self, path: str) -> Any:
        self._again_when_cut_off(lambda: self.page.goto(self.url + path, wait_until="domcontentloaded"))
        return self.page

    def log_in(self) -> None:
        self._again_when_cut_off(self._log_in)

    def _log_in(self) -> None:
        self.page.goto(f"{self.url}/account/login/", wait_until="domcontentloaded")
        if not self.page.url.endswith("/account/login/"):
            return  # the session is still there, or only the answer was lost on its way
        self.page.locator("button[value=field]").first.click()
        self.page.wait_for_url("**/field/", wait_until="domcontentloaded")

    def _again_when_cut_off(self, act: Callable[[], object], times: int = 4) -> None:
        """Where the connection breaks under a page, the person asks for it again; the fifth time is a failure."""
        for _ in range(times):
            with suppress(PlaywrightError):
                act()
                return
        act()

    def until(self, holds: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(holds):
            assert time.monotonic() < deadline, f"never: {holds}; {self.page.locator('body').inner_text()[:400]}"
            time.sleep(0.3)

    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(KEPT)
        return found


@pytest.fixture
def tasks(running_city: City) -> list[str]:
    many = TO_LOOK_AT.format(many=TASKS)
    return re.findall(r"CASE (\S+)", running_city.manage("shell", "-v", "0", "-c", many).stdout)


@pytest.fixture
def points(running_city: City) -> list[str]:
    many = TO_WALK.format(many=CHECKS)
    return re.findall(r"POINT (\S+)", running_city.manage("shell", "-v", "0", "-c", many).stdout)


@pytest.fixture
def network(running_city: City) -> Iterator[BadNetwork]:
    with BadNetwork(running_city.port, seed=5) as between:
        yield between


@pytest.fixture
def phone(chromium: Any, network: BadNetwork, tmp_path: Path) -> Iterator[Phone]:
    # The driver that already runs for this file: a second one cannot be started in the same thread.
    started = Phone(_Driver(chromium.browser_type), tmp_path / "phone", network.url)
    yield started
    started.kill()
    shutil.rmtree(started.home, ignore_errors=True)


class _Driver:
    def __init__(self, browser_type: Any) -> None:
        self.chromium = browser_type


def photograph(seed: int) -> dict[str, Any]:
    """A photo of which no two are alike, and which no browser makes smaller."""
    noise = np.random.default_rng(seed).integers(0, 255, (PHOTO_SIDE * 3 // 4, PHOTO_SIDE, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((PHOTO_SIDE, PHOTO_SIDE * 3 // 4)).save(file, "JPEG", quality=45)
    return {"name": f"{seed}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def shoot(page: Any, seed: int) -> str:
    """Put a photo into the form as the camera does; its hash."""
    photo = photograph(seed)
    page.locator("photo-picker.is-ready input[type=file]").first.set_input_files(photo)
    page.locator(".photo-picker-shots img").first.wait_for()
    return hashlib.sha256(photo["buffer"]).hexdigest()


def answer(phone: Phone, number: str, seed: int) -> str:
    page = phone.open(f"/field/task/{number}/")
    digest = shoot(page, seed)
    page.locator(".answer > summary", has_text="没解决").click()
    page.get_by_text("还在原处").click()
    page.get_by_role("button", name="提交：没解决").click()
    page.get_by_text("已存本机").first.wait_for()
    return digest


def find(phone: Phone, seed: int) -> str:
    page = phone.open("/field/find/")
    digest = shoot(page, seed)
    page.locator("#id_text").fill(f"shift find {seed}")
    page.get_by_text("垃圾脏乱").click()
    page.get_by_role("button", name="提交问题").click()
    page.get_by_text("已存本机").first.wait_for()
    return digest


def check(phone: Phone, point: str, seed: int) -> str:
    page = phone.open(f"/field/patrol/{point}/")
    page.locator(".check").first.get_by_text("不合格", exact=True).click()
    digest = shoot(page, seed)
    page.get_by_role("button", name="提交清单").click()
    page.get_by_text("已答，存本机").first.wait_for()
    return digest


def release(city: City) -> None:
    """A new release: one file of the shell has another content, and so another name; the server is started anew."""
    manifest = city.folder / "static" / "staticfiles.json"
    told = json.loads(manifest.read_text())
    old = told["paths"]["js/field-today.js"]
    new = "js/field-today.0123456789ab.js"
    text = (city.folder / "static" / old).read_text()
    (city.folder / "static" / new).write_text(text + "// a new release\n")
    told["paths"]["js/field-today.js"] = new
    manifest.write_text(json.dumps(told))
    city.kill_web()
    city.start_web()


def received(city: City) -> dict[str, Any]:
    printed = city.manage("shell", "-v", "0", "-c", RECEIVED).stdout
    found: dict[str, Any] = json.loads(printed.split("RECEIVED ", 1)[1])
    return found


def test_a_whole_shift_comes_in_once(
    phone: Phone, network: BadNetwork, running_city: City, tasks: list[str], points: list[str],
    record_property: Callable[..., None],
) -> None:  # fmt: skip
    assert len(points) == CHECKS
    phone.log_in()
    for address in (f"task/{tasks[0]}", f"task/{tasks[-1]}", f"patrol/{points[-1]}"):
        phone.until(f"caches.match('/field/{address}/').then(Boolean)", 300)
    phone.until("navigator.serviceWorker.controller !== null")

    # The shift: no network, and twice the phone goes dead in the middle of it.
    network.go_away()
    acts: list[Callable[[int], str]] = [lambda seed, number=number: answer(phone, number, seed) for number in tasks]  # type: ignore[misc]
    acts += [lambda seed: find(phone, seed)] * FINDS
    acts += [lambda seed, point=point: check(phone, point, seed) for point in points]  # type: ignore[misc]
    shot = []
    for seed, act in enumerate(acts):
        shot.append(act(seed))
        if seed in (len(acts) // 3, 2 * len(acts) // 3):
            phone.kill_and_start()
    phone.open("/field/outbox/").get_by_text(f"待传 {len(acts)} 条").wait_for()
    kept = phone.kept()
    assert Counter(kept["photos"]) == Counter(shot) and {state for _key, state, _hash in kept["things"]} == {"waiting"}

    # Back in a bad network, with a new release on the server; and it goes dead once more, in the middle of sending.
    release(running_city)
    began = time.monotonic()
    network.come_back(kbit_per_s=400, loss=0.2, breaks=0.002)
    # A browser that is killed may have lost its session; the person logs in again, and it goes on.
    phone.log_in()
    phone.open("/field/outbox/")
    phone.until("!document.querySelector('[data-done]').hidden", 300)
    phone.kill_and_start()
    phone.log_in()
    phone.open("/field/outbox/").get_by_text("没有待传的").wait_for(timeout=(5400 if WHOLE else 400) * 1000)
    took = time.monotonic() - began

    there, here = received(running_city), phone.kept()
    keys = {key for key, _state, _hash in kept["things"]}
    assert {(key, digest) for key, state, digest in here["things"] if state == "arrived"} == {
        (key, digest) for key, digest in there["things"]
    }, "the hash on each receipt is that of what was sent"
    assert {key for key, _digest in there["things"]} == keys and len(there["things"]) == len(keys) == len(acts)
    assert Counter(there["answers"]) == Counter(tasks) and there["finds"] == FINDS
    assert Counter(there["checked"]) == Counter(points)
    assert Counter(there["photos"]) == Counter(shot), "each photograph once, byte for byte"
    assert not here["photos"], "what was received is no longer in the phone"
    phone.open("/field/")
    phone.until(
        "caches.keys().then((names) => names.filter((name) => name.startsWith('wenming-shell-')).length === 2)", 300
    )
    record_property("shift", f"{len(acts)} records, {network.carried} bytes, {network.broken} breaks, {took:.0f} s")
    print(f"{len(acts)} records, {network.carried} bytes carried, {network.broken} connections broken, {took:.0f} s")
