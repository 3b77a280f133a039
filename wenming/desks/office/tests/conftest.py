"""The office desk with somebody at it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.services import collect
from wenming.cases.tests.story import MONDAY, at
from wenming.desks.common.tests.sitting import Sit


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The dispatcher's browser."""
    return sit_down(small_city.dispatcher)


@pytest.fixture
def case_of(small_city: SimpleNamespace, report: Callable[..., object]) -> Callable[..., Case]:
    """`case_of("垃圾满溢", until="dispatch")`: a case brought so far along its life."""

    def bring(until: str = "collect", **facts: object) -> Case:
        case = collect(report(category=small_city.rubbish_chip, **facts).report, now=MONDAY)
        for act, step in _STEPS.items():
            if until == "collect":
                break
            case = step(case, small_city)
            if act == until:
                break
        return case

    return bring


_STEPS: dict[str, Callable[[Case, SimpleNamespace], Case]] = {
    "establish": lambda case, city: cases.establish(
        case, problem_type=city.overflow, rule=city.four_hours, by=city.dispatcher, now=at("11-16 09:10")
    ),
    "dispatch": lambda case, city: cases.dispatch(case, to=city.sanitation, by=city.dispatcher, now=at("11-16 09:20")),
    "answer": lambda case, city: cases.answer(
        case, text="已清运", done=["清理"], by=city.handler, now=at("11-16 11:00")
    ),
    "pass_verification": lambda case, city: cases.pass_verification(
        case, note="干净了", by=city.supervisor, now=at("11-16 14:30")
    ),
    "close": lambda case, city: cases.close(case, by=city.dispatcher, now=at("11-16 15:00")),
}
