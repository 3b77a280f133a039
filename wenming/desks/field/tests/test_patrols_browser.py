"""A checklist of a patrol in a real browser without network: kept at each tap, and received exactly once (F2)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.bad_network import BadNetwork
from tests.chromium import needs_chromium
from tests.running_city import City

from .test_browser import come_back, kept, network, pack, phone  # noqa: F401  the fixtures are found by their names

pytestmark = [pytest.mark.browser, needs_chromium]
# A second walk for whoever looks on the spot for the command centre, with nothing seen of it yet.
A_WALK = """
from datetime import timedelta
from django.utils import timezone
from wenming.cases.focus.raising import raise_due_patrols
from wenming.observations.models import Patrol
from wenming.observations.patrols.areas import area_called
from wenming.observations.patrols.services import plan_patrol
from wenming.organisations.models import Account
from wenming.standards.focus.selectors import focus
from wenming.territory.selectors import towns
field, office, now = Account.objects.get(username="field"), Account.objects.get(username="office"), timezone.now()
plan = plan_patrol(
    focus("waters"), area=area_called("town", towns().first().code), unit=field.unit, cycle_days=30,
    starts_on=timezone.localdate(), by=office, now=now,
)
raise_due_patrols(now)
print("WALK", Patrol.objects.get(plan=plan).number)
"""
SEEN = """
from wenming.evidence.models import Exhibit
from wenming.observations.models import HandedIn, PointAnswer, PointLook
looks = PointLook.objects.filter(point__patrol__number="{number}")
for look in looks:
    print("LOOK", look.seen, *sorted(look.answers.values_list("answer", flat=True)))
for answer in PointAnswer.objects.filter(look__in=looks, answer="fail").select_related("report__case_report__case"):
    print("CASE", answer.report.photo_count, answer.report.case_report.case.state, answer.report.text)
for one in HandedIn.objects.filter(kind="patrol", number__startswith="{number}"):
    print("RECEIPT", one.number, one.content_hash)
"""
KEPT = """async () => {
  const asked = indexedDB.open("wenming-field")
  const database = await new Promise((done) => { asked.onsuccess = () => done(asked.result) })
  const request = database.transaction("things").objectStore("things").getAll()
  const things = await new Promise((done) => { request.onsuccess = () => done(request.result) })
  database.close()
  return things.filter(({ kind }) => kind === "patrol").map(({ state, hash }) => [state, hash || ""])
}"""


@pytest.fixture(scope="module")
def walk(shared_city: City) -> str:
    printed = shared_city.manage("shell", "-v", "0", "-c", A_WALK).stdout
    return re.search(r"WALK (\S+)", printed)[1]  # type: ignore[index]


def a_photo() -> dict[str, Any]:
    file = io.BytesIO()
    Image.effect_noise((1200, 900), 50).convert("RGB").save(file, "JPEG")
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_checklist_is_answered_without_network_and_received_once(
    phone: Callable[..., Any], network: BadNetwork, walk: str, shared_city: City  # noqa: F811
) -> None:  # fmt: skip
    page = phone("/field/")
    point = f"/field/patrol/{walk}/1/"
    pack(page, point)
    network.go_away()

    page.goto(page.url)
    page.locator(f"a.task[href$='/patrol/{walk}/']").click()
    page.locator(f"a.task[href$='{point}']").click()
    page.get_by_text("离线").wait_for()
    first, second = page.locator(".check").nth(0), page.locator(".check").nth(1)

    # A list without an answer, and one that contradicts itself, are not taken: said at once, by the phone alone.
    page.get_by_role("button", name="提交清单").click()
    page.get_by_text("清单一项都还没有答").wait_for()
    first.get_by_text("不合格", exact=True).click()
    page.get_by_role("button", name="看了，没问题").click()
    page.get_by_text("有一项记了不合格").wait_for()

    with page.expect_file_chooser() as chooser:
        first.locator("photo-picker.is-ready input[capture]").click()
    chooser.value.set_files(a_photo())
    first.locator(".photo-picker-shots").get_by_text("已压缩").wait_for()
    first.locator("textarea").fill("一片水葫芦")
    second.get_by_text("合格", exact=True).click()
    kept(page, "fail", "一片水葫芦", "pass", photos=1)

    # The browser is closed and opened again: what was tapped is still there.
    page.goto(page.url)
    page.get_by_text("上次没交的内容还在").wait_for()
    assert page.locator(".check input:checked").count() == 2
    assert page.locator(".check textarea").first.input_value() == "一片水葫芦"
    first.locator(".photo-picker-shots img").wait_for()

    page.get_by_role("button", name="提交清单").click()
    page.get_by_text("已答，存本机").wait_for()
    assert "LOOK" not in shared_city.manage("shell", "-v", "0", "-c", SEEN.format(number=walk)).stdout

    come_back(page, network)
    page.goto(page.url.split("/field/")[0] + "/field/outbox/")
    page.get_by_text("没有待传的").wait_for()

    told = shared_city.manage("shell", "-v", "0", "-c", SEEN.format(number=walk)).stdout
    assert re.findall(r"LOOK (.*)", told) == ["found fail pass"]
    assert re.findall(r"CASE (\d) (\w+) .*(一片水葫芦)", told) == [("1", "collected", "一片水葫芦")]
    (receipt,) = re.findall(r"RECEIPT (\S+) (\w{64})", told)
    assert receipt[0] == f"{walk}-1"
    assert page.evaluate(KEPT) == [["arrived", receipt[1]]], "the phone let go only on the hash of what it had sent"


def test_nothing_wrong_is_one_tap_and_back_at_the_walk(
    phone: Callable[..., Any], walk: str, shared_city: City  # noqa: F811
) -> None:  # fmt: skip
    page = phone(f"/field/patrol/{walk}/")
    last = page.locator("a.task").last
    href = last.get_attribute("href")
    last.click()
    page.wait_for_url(f"**{href}")

    page.get_by_role("button", name="看了，没问题").click()

    page.wait_for_url(f"**/patrol/{walk}/")
    page.get_by_text("看了，没问题").first.wait_for()
    assert "LOOK fine" in shared_city.manage("shell", "-v", "0", "-c", SEEN.format(number=walk)).stdout
