"""The field desk with somebody at it, and cases that wait to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY, at
from wenming.desks.common.tests.sitting import Sit
from wenming.evidence.tests.drawings import encoded, scene
from wenming.organisations.models import Account, Unit


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The phone of the command centre's own supervisor."""
    return sit_down(small_city.supervisor)


@pytest.fixture
def answered(small_city: SimpleNamespace, report: Callable[..., object]) -> Callable[..., Case]:
    """`answered()`: a case that sanitation says it has solved."""

    def bring(*, to: Unit | None = None, by: Account | None = None, **facts: object) -> Case:
        case = cases.collect(report(category=small_city.rubbish_chip, **facts).report, now=MONDAY)
        case = cases.establish(
            case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=MONDAY
        )
        case = cases.dispatch(case, to=to or small_city.sanitation, by=small_city.dispatcher, now=MONDAY)
        return cases.answer(
            case, text="两车拉走", done=["清理"], by=by or small_city.handler, now=at("11-16 10:00")
        )

    return bring


@pytest.fixture
def doubtful(small_city: SimpleNamespace, reported_case: Case) -> Case:
    """A case that the town is asked to look for before it is established."""
    return cases.ask_verification(reported_case, unit=small_city.east, by=small_city.dispatcher, now=MONDAY)


def photo(seed: int = 1) -> SimpleUploadedFile:
    """A photograph as a browser sends it."""
    return SimpleUploadedFile(f"{seed}.jpg", encoded(scene(seed)), content_type="image/jpeg")
