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
from wenming.organisations.models import Unit
from wenming.territory import base_map, components, frontages, public_places
from wenming.territory.homes import current_index

from . import crowd_territory
from .crowd import Crowd
from .test_statements import AROUND

MOST = 12
CLICK = 'UPDATE "django_session"'
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
    "/office/components/": 9,
    "/office/components/new/": 7,
    "/office/components/4420000101000001/": 8,
    "/office/who/": 5,
    "/office/who/proof/": 4,
    "/office/map/": 10,
    "/office/map/?town=442000001": 10,
    "/office/who/?longitude=113.385&latitude=22.525&type=TEST:E0192": 8,
    "/office/rules/": 8,
    "/office/disputes/": 12,
    "/office/spots/": 11,
    "/office/photo-hints/?kind=reused": 8,
    "/office/suggestions/": 6,
    "/unit/beside/": 5,
    "/office/places/": 10,
    "/office/places/?gap=pact": 9,
    "/office/places/list.csv": 9,
    "/office/places/completeness/": 6,
    "/office/places/plates/": 4,
    "/office/places/new/": 5,
    "/office/places/checklists/": 4,
    "/office/places/checklists/market/": 3,
    "/office/places/imports/": 4,
    "/office/places/imports/{batch}/": 7,
    "/office/grids/": 7,
    "/office/grids/plates/": 4,
    "/office/grids/vacancies/": 10,
    "/office/grids/audit/": 7,
    "/office/grids/versions/": 4,
    "/office/grids/versions/{layer}/": 11,
    "/office/grids/drafts/": 4,
    "/office/grids/drafts/{grids}/cells.geojson": 4,
    "/office/roster/?group=G-{last}": 12,
    "/office/roster/requests/": 6,
    "/office/roster/new/": 5,
    "/office/roster/G-{last}/settings/": 9,
    "/office/roster/G-{last}/drawing/": 4,
    "/office/roster/G-{last}/ending/?last=2099-01-01": 5,
    "/office/roster/G-{last}/changes/": 5,
    "/office/shops/": 12,
    "/office/shops/new/": 3,
    "/office/shops/questions/": 3,
    "/office/shops/{shop}/door/": 3,
    "/office/matters/{matter}/": 12,
    "/office/streets/": 4,
    "/office/streets/new/": 3,
    "/office/streets/DQ-{last:03d}/": 6,
    "/office/contracts/": 7,
    "/office/contracts/new/": 4,
    "/office/contracts/HT-{last}/": 10,
    "/office/who/proof/{proof}/": 6,
    "/office/who/proof/{proof}/open.csv": 8,
    "/field/place/": 3,
    "/field/place/11-{last:06d}/": 10,
    "/field/shift/": 11,
    "/q/{code}/": 7,
    "/shop/{plate}/": 12,
    "/office/components/?component=4420000101000001": 12,
    "/unit/places/": 7,
    "/unit/frontages/new/": 2,
}
# A draft with everything that could be edited, and its effects; the dossiers of a place, of a shop and (also beside the list) of a
# grid; a roster that is being drawn up. What they show is in so many tables, each of which is asked once.
MORE = {
    # Its borders, its codes beside those of the other kinds, what it moves and what it would open.
    "/office/grids/drafts/{grids}/": 13,
    "/office/places/11-{last:06d}/": 13,
    # Six lists and nine trends, of ten registers.
    "/office/grids/{grid}/": 18,
    "/office/grids/?grid={grid}": 20,
    "/office/roster/G-{last}/draft/": 14,
    # A change before it is made: the rules, who is where before and after, and the balance of the whole edition.
    "/office/roster/G-0/changes/?{shift}": 18,
    # What wants doing, in six lists, and how each contractor keeps its word.
    "/unit/frontages/": 18,
    "/office/shops/{shop}/": 13,
    "/office/rules/drafts/{draft}/": 13,
    "/office/rules/drafts/{draft}/effects/": 17,
}


def test_no_page_asks_more_than_twelve_times() -> None:
    assert {page: many for page, many in PAGES.items() if many > MOST} == {}


def test_pages_ask_as_often_for_two_as_for_five(
    small_city: SimpleNamespace, report: Callable[..., Any], sit_down: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(small_city, report)
    people = {"unit": sit_down(small_city.east_handler), "field": sit_down(small_city.supervisor), "shop": Client(), "q": Client()}
    office = sit_down(small_city.officer)
    index = current_index()
    # A running city looks once a second whether the grids were redrawn; inside the transaction of a test it always would.
    monkeypatch.setattr(base_map, "current_index", lambda: index)
    # Once a minute it looks whether a register that was empty has begun, and the minute may be over between two reads.
    for register in (components.selectors, frontages.selectors, public_places.selectors):
        monkeypatch.setattr(register, "_begun", True)
    counted = []
    for more in (2, 3):
        crowd.add(more)
        # Its ground is the town that has the most of everything.
        Unit.objects.filter(pk=small_city.east.pk).update(area_code=crowd.grids[crowd.many - 1].code[:9])
        names = {"patrol": Patrol.objects.order_by("pk")[0].number, "draft": crowd.draft.pk, **crowd_territory.names_of(crowd)}
        counted.append({
            page: _asked(people.get(page.split("/")[1], office), page.format(**names)) for page in PAGES | MORE
        })  # fmt: skip

    wrong = {
        page: [each[page] for each in counted] for page, many in (PAGES | MORE).items()
        if max(each[page] for each in counted) != many or counted[1][page] > counted[0][page]
    }  # fmt: skip
    assert not wrong, wrong


def _asked(browser: Client, page: str) -> int:
    """How often the page asks the second time: the first fills what the process keeps.

    That somebody clicked is written once a minute, and the minute may be over between the two.
    """
    _read(browser, page)
    with CaptureQueriesContext(connection) as captured:
        _read(browser, page)
    return sum(not each["sql"].startswith((*AROUND, CLICK)) for each in captured.captured_queries)


def _read(browser: Client, page: str) -> None:
    answer: Any = browser.get(page)
    assert answer.status_code == 200, page
    if isinstance(answer, StreamingHttpResponse):
        b"".join(answer.streaming_content)  # type: ignore[arg-type]
