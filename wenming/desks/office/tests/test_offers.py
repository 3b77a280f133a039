"""派遣的依据：what is kept is what the page had shown, and nobody can write it in another's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.proposals import proposal
from wenming.desks.office.offers import HOLDS_FOR, Offer, offer_of, offer_shown, sealed

Bring = Callable[..., Case]
SHOWN = Offer("SAN", "页面上写的依据", ("EAST",))


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def test_the_page_carries_it_and_the_dispatch_keeps_it(desk: Client, case_of: Bring) -> None:
    case = case_of("establish")
    page = desk.get(f"/office/cases/{case.number}/").context
    form = page["first"].form

    answer = desk.post(
        f"/office/cases/{case.number}/dispatches/",
        {"unit": "SAN", "seen_moves": case.moves_count, "offered": form["offered"].value()},
    )

    kept = case.moves.get(act="dispatch")
    assert answer.status_code == 302
    assert kept.facts["why"] == page["offered"].why
    assert "环卫" in page["offered"].why


def test_what_was_shown_is_kept_even_where_the_proposal_has_changed_since(desk: Client, case_of: Bring) -> None:
    case = case_of("establish")

    desk.post(f"/office/cases/{case.number}/dispatches/", {"unit": "SAN", "offered": sealed(SHOWN, case)})

    facts = case.moves.get(act="dispatch").facts
    assert (facts["why"], facts["supporting"]) == ("页面上写的依据", ["EAST"])


def test_another_unit_than_the_one_offered_has_another_ground(desk: Client, case_of: Bring) -> None:
    case = case_of("establish")

    desk.post(f"/office/cases/{case.number}/dispatches/", {"unit": "EAST", "offered": sealed(SHOWN, case)})

    assert case.moves.get(act="dispatch").facts["why"] == "派遣员改派"


def test_a_ground_that_nobody_sealed_is_put_together_again(case_of: Bring, now: datetime) -> None:
    case = case_of("establish")
    forged = signing.dumps([[case.number, case.moves_count], "SAN", "我自己写的", []], salt="elsewhere")

    assert [offer_shown(each, case, now) for each in ("", "x:y:z", forged)] == [offer_of(proposal(case, now))] * 3


def test_it_holds_for_this_state_of_this_case_only(small_city: SimpleNamespace, case_of: Bring, now: datetime) -> None:
    case, other = case_of("establish"), case_of("establish")
    travelled = sealed(SHOWN, case)
    cases.change_type(case, to=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=now)
    case.refresh_from_db()

    assert offer_shown(travelled, other, now) != SHOWN
    assert offer_shown(travelled, case, now) != SHOWN


def test_it_holds_for_a_working_day(case_of: Bring, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of("establish")
    travelled = sealed(SHOWN, case)
    assert offer_shown(travelled, case, now) == SHOWN

    late = (now + HOLDS_FOR + timedelta(seconds=1)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: late)

    assert offer_shown(travelled, case, now) != SHOWN
