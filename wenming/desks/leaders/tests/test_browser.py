"""The leaders' page in a real browser on a bad day: eight exceptions on the first screen, one sheet of A4 (L1, X1)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import needs_chromium
from tests.running_city import City

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]
# Nine towns, each with three cases that have been late for a week: one more than the page shows.
A_BAD_WEEK = """
import uuid
from datetime import timedelta
from django.utils import timezone
from wenming.cases import services
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account, Unit
from wenming.standards.models import EstablishRule
by, now = Account.objects.get(username="dispatcher"), timezone.now() - timedelta(days=12)
rule = EstablishRule.objects.filter(problem_type__scheme__is_current=True, limit_unit="work_days").first()
for town in Unit.objects.filter(kind="town").order_by("path")[:9]:
    for n in range(3):
        report = receive_report(channel="web", client_id=str(uuid.uuid4()), text="bad week", now=now, where=Where(address="x")).report
        case = services.collect(report, now=now)
        case = services.establish(case, problem_type=rule.problem_type, rule=rule, by=by, now=now)
        services.dispatch(case, to=town, by=by, now=now)
"""


def leaders_page(chromium: Any, city: City, **options: Any) -> Any:
    """The page as a leader sees it."""
    page = chromium.new_context(locale="zh-CN", **options).new_page()
    page.goto(f"{city.url}/account/login/")
    page.locator("button[value=leader]").first.click()
    page.goto(f"{city.url}/leaders/")
    return page


def test_a_bad_week_fits(chromium: Any, running_city: City, tmp_path: Path) -> None:
    running_city.manage("shell", "-v", "0", "-c", A_BAD_WEEK)

    desk = leaders_page(chromium, running_city, viewport={"width": 1280, "height": 800})
    rows = desk.locator(".exceptions tbody tr:not(.exceptions-level)")
    assert rows.count() == 8 and "还有 " in desk.content()
    assert rows.last.bounding_box()["y"] + rows.last.bounding_box()["height"] <= 800

    phone = leaders_page(chromium, running_city, viewport={"width": 390, "height": 844}, has_touch=True)
    last = phone.locator(".exceptions tbody tr:not(.exceptions-level)").last.bounding_box()
    assert last["y"] + last["height"] <= 844
    assert phone.evaluate("document.documentElement.scrollWidth") == 390

    paper = tmp_path / "leaders.pdf"
    desk.pdf(path=str(paper), prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) == 1
