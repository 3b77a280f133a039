"""黑点 at the office: what is listed, why, and each step of a spot's life; and how good the suggestions were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases.learning.kept import keep_suggestion
from wenming.cases.learning.suggesting import confidence_asked
from wenming.cases.models import BlackSpot, Case
from wenming.cases.rules.spot_life import SpotState
from wenming.cases.services import collect, establish
from wenming.cases.spots.finding import find_spots
from wenming.responsibilities.models import Duty
from wenming.responsibilities.services import answer_duty
from wenming.territory.models import Placement, Source

Act = Callable[..., object]


@pytest.fixture
def office(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


@pytest.fixture
def spot(small_city: SimpleNamespace, report: Callable[..., object]) -> BlackSpot:
    """A corner where bins overflowed in six of the last months, two of them lately."""
    now = timezone.now()
    for ago in (3, 5, 33, 34, 65, 95, 125, 155):
        at = now - timedelta(days=ago)
        case = collect(report(problem_type=small_city.overflow, now=at).report, now=at)  # type: ignore[attr-defined]
        place = Placement.objects.create(
            longitude=113.3812, latitude=22.5165, source=Source.MAP, address="民权路口", created_at=at
        )
        Case.objects.filter(pk=case.pk).update(placement=place)
    find_spots(now)
    return BlackSpot.objects.get()


@pytest.fixture
def do(office: Client, spot: BlackSpot) -> Act:
    """`do("treatment", unit="SAN", …)`: the press of a button on the selected spot."""
    return lambda noun, **given: office.post(f"/office/spots/{spot.number}/{noun}/", given)


def test_an_empty_register_says_how_it_fills(office: Client, small_city: SimpleNamespace) -> None:
    assert "还没有黑点" in office.get("/office/spots/").content.decode()


def test_a_spot_says_why_it_stands_there_and_names_its_cases(office: Client, spot: BlackSpot) -> None:
    page = office.get("/office/spots/").content.decode()

    assert "反复：12 个 30 天里有 6 个出现过" in page
    assert "今后 30 天预计" in page
    assert "这一处的案件 8" in page
    assert f"?spot={spot.number}" in page
    assert "<svg" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", True), ("state=found", True), ("state=watch", False), ("ground=recurs", True), ("ground=emerges", False)],
)
def test_the_filter_stands_in_the_address(office: Client, spot: BlackSpot, query: str, shown: bool) -> None:
    page = office.get(f"/office/spots/?{query}").content.decode()

    assert (spot.number in page) is shown


def test_the_whole_life_by_the_buttons(do: Act, office: Client, spot: BlackSpot, small_city: SimpleNamespace) -> None:
    assert do("registration").status_code == 302
    assert do("treatment", unit="SAN", measure="加一个桶", days="15").status_code == 302
    waiting = office.get(f"/office/spots/?spot={spot.number}").content.decode()
    assert "等环卫处回复整治结果" in waiting and f"/{spot.number}/watch/" not in waiting

    answer_duty(Duty.objects.get(kind="spot.treat"), text="已加桶", by=small_city.handler, now=timezone.now())
    assert do("watch").status_code == 302

    page = office.get(f"/office/spots/?spot={spot.number}").content.decode()
    assert "满 60 天才能销号" in page
    assert f"/{spot.number}/treatment/" in page and f"/{spot.number}/delisting/" not in page
    assert do("delisting").status_code != 302
    spot.refresh_from_db()
    assert spot.state == SpotState.WATCH


def test_what_is_missing_is_said_on_the_page(do: Act) -> None:
    do("registration")

    answer = do("treatment", unit="SAN", measure="", days="15")

    assert answer.status_code == 422
    assert "怎么治" in answer.content.decode()


def test_a_dismissal_gives_its_reason(do: Act, spot: BlackSpot) -> None:
    assert do("dismissal", reason="").status_code == 422
    assert do("dismissal", reason="搬走了").status_code == 302
    spot.refresh_from_db()
    assert spot.state == SpotState.DISMISSED


def test_leaders_read_and_units_do_not(
    spot: BlackSpot, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    page = sit_down(small_city.leader).get("/office/spots/").content.decode()

    assert spot.number in page and f"/{spot.number}/registration/" not in page
    assert sit_down(small_city.handler).get("/office/spots/").status_code == 403


def test_the_office_reads_how_often_suggestions_were_taken(
    office: Client, small_city: SimpleNamespace, report: Callable[..., object]
) -> None:
    now = timezone.now() - timedelta(days=1)
    for kind in (small_city.manhole, small_city.overflow):
        case = collect(report(text="上水井盖破了", now=now).report, now=now)  # type: ignore[attr-defined]
        keep_suggestion(case, now)
        establish(case, problem_type=kind, rule=None, by=small_city.dispatcher, now=now)

    page = office.get("/office/suggestions/").content.decode()

    assert "文字里的关键词" in page
    assert "1<small>50%</small>" in page


def test_the_office_sets_the_confidence_and_a_dispatcher_reads_it(
    office: Client, desk: Client, small_city: SimpleNamespace
) -> None:
    assert office.post("/office/suggestions/confidence/", {"percent": "40"}).status_code == 422
    assert office.post("/office/suggestions/confidence/", {"percent": "90"}).status_code == 302
    assert confidence_asked() == 90
    assert desk.post("/office/suggestions/confidence/", {"percent": "60"}).status_code == 403
    assert "把握到 90%" in desk.get("/office/suggestions/").content.decode()
