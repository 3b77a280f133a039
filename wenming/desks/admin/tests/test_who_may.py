"""三员分立: the administrator does not watch, the auditor does not change, the keeper does neither."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

PAGES = {
    "/admin/": {"admin", "officer", "auditor"},
    "/admin/organisations/": {"admin"},
    "/admin/organisations/new/": {"admin"},
    "/admin/organisations/tables/": {"admin"},
    "/admin/organisations/EAST/": {"admin"},
    "/admin/accounts/handler/": {"admin"},
    "/admin/matrix/": {"admin", "officer"},
    "/admin/matrix/findings/": {"admin", "officer"},
    "/admin/matrix/new/": {"admin", "officer"},
    "/admin/matrix/1/": {"admin", "officer"},
    "/admin/calendar/": {"admin", "officer"},
    "/admin/problem-types/": {"admin", "officer"},
    "/admin/interfaces/": {"admin"},
    "/admin/health/": {"admin", "auditor"},
    "/admin/journal/": {"auditor"},
    "/admin/identities/": {"keeper"},
}
ACTS = {
    "/admin/organisations/EAST/parent/": {"admin"},
    "/admin/organisations/EAST/accounts/": {"admin"},
    "/admin/accounts/handler/password/": {"admin"},
    "/admin/calendar/versions/": {"admin", "officer"},
    "/admin/problem-types/stage-limits/": {"admin", "officer"},
    "/admin/health/verification/": {"admin", "auditor"},
    "/admin/health/reactions/1/attempts/": {"admin"},
    "/admin/identities/looks/": {"keeper"},
}
PEOPLE = ("admin", "officer", "auditor", "keeper", "leader", "dispatcher", "handler", "api")


@pytest.mark.parametrize("who", PEOPLE)
def test_pages(who: str, sit_down: Callable[..., Client], desk: Client, small_city: SimpleNamespace) -> None:
    browser = sit_down(getattr(small_city, who))

    opened = {page for page in PAGES if browser.get(page).status_code == 200}

    assert opened == {page for page, who_may in PAGES.items() if who in who_may}


@pytest.mark.parametrize("who", PEOPLE)
def test_acts(who: str, sit_down: Callable[..., Client], desk: Client, small_city: SimpleNamespace) -> None:
    browser = sit_down(getattr(small_city, who))

    refused = {act for act in ACTS if browser.post(act).status_code == 403}

    assert refused == {act for act, who_may in ACTS.items() if who not in who_may}


@pytest.mark.parametrize(
    ("who", "sees", "not_sees"),
    [
        ("admin", "机构人员", "日志"),
        ("auditor", "日志", "机构人员"),
        ("keeper", "举报人身份", "健康"),
        ("officer", "权责", "机构人员"),
    ],
)
def test_the_navigation_shows_only_ones_own_doors(
    who: str, sees: str, not_sees: str, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    page = "/admin/identities/" if who == "keeper" else "/admin/"
    shown = sit_down(getattr(small_city, who)).get(page).content.decode().split("</nav>")[0]

    assert sees in shown and f">{not_sees}</a>" not in shown
