"""The pages of the office ask the database twelve times at most, and no oftener where there is more to show.

Each number is exact: one that grows is a question to whoever made it grow, one that falls is written down here. Of
every page 2 are the session and the account with its unit. What nobody counted keeps no law: a new list comes in here
with its first row. Those that still ask oftener stand apart, in MORE, and may only fall.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from wenming.desks.common.tests.sitting import Sit
from wenming.observations.models import Patrol
from wenming.territory import base_map
from wenming.territory.homes import current_index

from .crowd import Crowd
from .test_statements import AROUND

MOST = 12
PAGES = {
    "/office/focus/": 8,
    "/office/focus/table.csv": 10,
    "/office/focus/corners/": 12,
    "/office/focus/corners/cases/": 10,
    "/office/focus/corners/looks/": 10,
    "/office/focus/corners/walks/": 6,
    "/office/focus/corners/plans/": 6,
    "/office/focus/corners/edition/": 5,
    "/office/focus/patrols/{patrol}/": 10,
    "/office/topics/": 5,
    "/office/topics/R26-0000/": 12,
    "/office/components/": 10,
    "/office/components/new/": 8,
    "/office/components/4420000101000001/": 11,
    "/office/who/": 5,
    "/office/who/proof/": 3,
    "/office/map/": 5,
    "/office/map/?town=442000001": 5,
    "/office/who/?longitude=113.385&latitude=22.525&type=TEST:E0192": 8,
    "/office/rules/": 8,
    "/office/disputes/": 12,
    "/office/spots/": 11,
    "/office/photo-hints/?kind=reused": 8,
    "/office/suggestions/": 6,
    "/unit/beside/": 5,
}
# A draft with everything that could be edited, its effects, and the register with the forms of one component beside it.
MORE = {
    "/office/rules/drafts/{draft}/": 16,
    "/office/rules/drafts/{draft}/effects/": 24,
    "/office/components/?component=4420000101000001": 18,
}


def test_no_page_asks_more_than_twelve_times() -> None:
    assert {page: many for page, many in PAGES.items() if many > MOST} == {}


def test_pages_ask_as_often_for_two_as_for_five(
    small_city: SimpleNamespace, report: Callable[..., Any], sit_down: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(small_city, report)
    office, unit = sit_down(small_city.officer), sit_down(small_city.east_handler)
    index = current_index()
    # A running city looks once a second whether the grids were redrawn; inside the transaction of a test it always would.
    monkeypatch.setattr(base_map, "current_index", lambda: index)
    counted = []
    for more in (2, 3):
        crowd.add(more)
        names = {"patrol": Patrol.objects.order_by("pk")[0].number, "draft": crowd.draft.pk}
        counted.append({
            page: _asked(unit if page.startswith("/unit/") else office, page.format(**names)) for page in PAGES | MORE
        })  # fmt: skip

    assert counted == [PAGES | MORE] * 2


def _asked(browser: Client, page: str) -> int:
    """How often the page asks the second time: the first fills what the process keeps, and writes the click down."""
    _read(browser, page)
    with CaptureQueriesContext(connection) as captured:
        _read(browser, page)
    return sum(not each["sql"].startswith(AROUND) for each in captured.captured_queries)


def _read(browser: Client, page: str) -> None:
    answer: Any = browser.get(page)
    assert answer.status_code == 200, page
    if isinstance(answer, StreamingHttpResponse):
        b"".join(answer.streaming_content)  # type: ignore[arg-type]
