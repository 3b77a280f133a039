"""交接班 without network: kept in the phone, received once when the network is back, at the time at which it was done."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.chromium import PATIENCE_MS, needs_chromium
from tests.running_city import City

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
ON_DUTY = """
from datetime import timedelta
from django.utils import timezone
from wenming.organisations.models import Account
from wenming.responsibilities.models import RosterEdition, RosterShift
from wenming.responsibilities.rosters.services import found_group, join_group, set_terms
now = timezone.now().replace(second=0, microsecond=0)
field, by = Account.objects.get(username="field"), Account.objects.get(username="office")
today = timezone.localdate()
group = found_group(code="OFF", name="离线一组", post="patrol", unit=field.unit, on=today - timedelta(days=9), by=by, now=now)
shifts = [{"code": "M", "name": "早班", "starts": "08:00", "minutes": 480}]
terms = set_terms(group, shifts=shifts, limits={}, basis="x", by=by, now=now)
join_group(group, field, on=today - timedelta(days=9), by=by, now=now)
edition = RosterEdition.objects.create(
    group=group, number=1, starts_on=today - timedelta(days=2), ends_on=today + timedelta(days=2), terms=terms, method="hand",
    published_at=now, published_by=by,
)
start = now - timedelta(hours=3)
RosterShift.objects.create(
    edition=edition, account=field, on=timezone.localdate(start), shift_code="M", starts_at=start, ends_at=now + timedelta(hours=4)
)
"""
FOUND = """
import json
from wenming.observations.models import HandedIn
from wenming.responsibilities.models import Handover
made = Handover.objects.filter(notes__startswith="钥匙在岗亭，二号")
print("FOUND", json.dumps({
    "notes": [one.notes for one in made], "at": [one.given_at.timestamp() for one in made],
    "received": HandedIn.objects.filter(kind="handover").count(),
}))
"""


def test_a_shift_is_handed_over_without_network_and_received_once(running_city: City, chromium: Any) -> None:
    running_city.manage("shell", "-v", "0", "-c", ON_DUTY)
    context = chromium.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{running_city.url}/account/login/")
    page.locator("button[value=field]").first.click()
    page.wait_for_url("**/field/")
    until(page, "caches.match('/field/shift/').then(Boolean)")
    until(page, "navigator.serviceWorker.controller !== null")

    context.set_offline(True)
    page.goto(f"{running_city.url}/field/shift/")
    assert page.get_by_role("button", name="交班").is_visible()
    page.locator("textarea[name=notes]").fill("钥匙在岗亭，二号井盖围挡未撤")
    done_at = time.time()
    page.get_by_role("button", name="交班").click()
    page.get_by_text("存在本机").first.wait_for()
    page.goto(f"{running_city.url}/field/outbox/")
    page.get_by_text("待传 1 条").wait_for()
    assert found(running_city) == {"notes": [], "at": [], "received": 0}

    context.set_offline(False)
    page.goto(f"{running_city.url}/field/outbox/")
    page.get_by_text("没有待传的").wait_for()
    page.reload()
    page.get_by_text("没有待传的").wait_for()

    there = found(running_city)
    assert (there["notes"], there["received"]) == (["钥匙在岗亭，二号井盖围挡未撤"], 1)
    assert abs(there["at"][0] - done_at) < 30, "the time is that of the act"
    page.goto(f"{running_city.url}/field/shift/")
    page.get_by_text("等人接班").first.wait_for()
    context.close()


def until(page: Any, holds: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not page.evaluate(holds):
        assert time.monotonic() < deadline, f"never: {holds}"
        time.sleep(0.3)


def found(city: City) -> dict[str, Any]:
    printed = city.manage("shell", "-v", "0", "-c", FOUND).stdout
    said: dict[str, Any] = json.loads(printed.split("FOUND ", 1)[1])
    return said
