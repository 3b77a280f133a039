"""小案自处: put right by whoever found it, with a picture or a reason, and counted apart."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases import statistics
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import open_steps
from wenming.cases.verification import broken_stories
from wenming.observations.models import Channel
from wenming.refusals import BadInput, NotAllowed

from .story import MONDAY, at

DAY = date(2026, 11, 16)


@pytest.fixture
def found(report, small_city: SimpleNamespace) -> Callable[..., Case]:
    """`found()`: something small that the east town's patrol came upon."""

    def come_upon() -> Case:
        receipt = report(channel=Channel.FIELD, by=small_city.east_patrol, client_id=str(uuid.uuid4()))
        return cases.collect(receipt.report, now=MONDAY)

    return come_upon


def test_it_is_closed_at_once_and_nobody_owes_anything(found, small_city: SimpleNamespace) -> None:
    case = cases.settle(found(), why_no_photo="两手都占着", by=small_city.east_patrol, now=at("11-16 09:05"))

    case.refresh_from_db()
    assert case.state == State.CLOSED and case.closed_at == at("11-16 09:05")
    assert case.duty is None and case.unit is None
    assert [move.act for move in case.moves.all()] == ["collect", "settle"]
    assert list(broken_stories()) == []


def test_it_is_counted_apart_and_moves_nobodys_rate(found, report, small_city: SimpleNamespace) -> None:
    cases.settle(found(), why_no_photo="两手都占着", by=small_city.east_patrol, now=at("11-16 09:05"))
    cases.collect(report().report, now=MONDAY)

    city = statistics.whole_city(since=DAY, until=DAY, now=at("11-17 12:00"))

    assert (city.figures["settled"], city.figures["received"], city.figures["filed"], city.figures["owed"]) == (
        1,
        1,
        0,
        0,
    )


def test_neither_picture_nor_reason_is_not_enough(found, small_city: SimpleNamespace) -> None:
    case = found()

    with pytest.raises(BadInput):
        cases.settle(case, why_no_photo=" ", by=small_city.east_patrol, now=MONDAY)
    case.refresh_from_db()
    assert case.state == State.COLLECTED


def test_only_whoever_found_it(found, reported_case: Case, small_city: SimpleNamespace) -> None:
    for case, who in ((found(), small_city.supervisor), (reported_case, small_city.east_patrol)):
        with pytest.raises(cases.NotYours):
            cases.settle(case, why_no_photo="天黑", by=who, now=MONDAY)
    with pytest.raises(NotAllowed):
        cases.settle(found(), why_no_photo="天黑", by=small_city.handler, now=MONDAY)
    assert "settle" in {step.act for step in open_steps(found(), small_city.east_patrol)}
    assert "settle" not in {step.act for step in open_steps(reported_case, small_city.east_patrol)}


def test_once_dispatched_it_is_the_units(found, small_city: SimpleNamespace) -> None:
    case = cases.establish(found(), problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)

    with pytest.raises(cases.StepRefused):
        cases.settle(case, why_no_photo="天黑", by=small_city.east_patrol, now=MONDAY)
