"""The bar of a desk: short, and without a door that would be shut in one's face."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from wenming.desks.common.navigation import DESKS, bar
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role

from .sitting import Sit


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("desk", DESKS)
def test_a_bar_is_short(desk: str, role: str) -> None:
    """UX 2: nobody sees more than six entries, the office seven and 更多; the administrator sees seven, too."""
    seen = bar(desk, "/", Account(role=role)).entries

    assert len(seen) <= (7 if DESKS[desk].more or desk == "admin" else 6)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["dispatcher", "officer"])
def test_every_door_opens(sit_down: Sit, small_city: SimpleNamespace, who: str) -> None:
    account = getattr(small_city, who)
    browser = sit_down(account)
    offered = bar("office", "/office/", account)

    answers = {one.url: browser.get(one.url).status_code for one in (*offered.entries, *offered.more)}

    assert set(answers.values()) == {200}, answers


@pytest.mark.django_db
def test_a_guest_at_another_desk_finds_back_to_their_own(sit_down: Sit, small_city: SimpleNamespace) -> None:
    """Who only has a shift there is at the street's desk, whose home is not theirs."""
    shift = sit_down(small_city.handler).get("/field/shift/").content.decode()

    assert 'class="topbar-name" href="/home/"' in shift and 'href="/field/"' not in shift
    assert [one.url for one in bar("field", "/field/shift/", small_city.handler).entries] == ["/home/", "/field/shift/"]
    assert "/home/" not in {one.url for one in bar("unit", "/unit/", small_city.handler).entries}, (
        "at home nothing leads home"
    )


@pytest.mark.django_db
def test_the_page_shown_is_marked_though_it_stands_under_more(sit_down: Sit, small_city: SimpleNamespace) -> None:
    shown = sit_down(small_city.officer).get("/office/imports/").content.decode()

    assert '<summary class="is-current">' in shown
    assert 'href="/office/imports/" aria-current="page"' in shown


@pytest.mark.django_db
def test_nobody_is_offered_a_desk_that_is_not_theirs(small_city: SimpleNamespace, client: Client) -> None:
    assert [one.url for one in bar("public", "/", AnonymousUser()).entries] == ["/report/", "/track/", "/map/"]
    assert bar("office", "/office/", AnonymousUser()).entries == []
    assert bar("leaders", "/leaders/", small_city.handler).entries == []
