"""A city with cases that are late, punctual, reworked and rated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.services import collect
from wenming.cases.tests.story import MONDAY, at, sent_out
from wenming.organisations.models import Unit

Dispatched = Callable[..., Case]


@pytest.fixture
def dispatched(small_city: SimpleNamespace, report: Callable[..., object]) -> Dispatched:
    """`dispatched(to=city.east)`: a case that is the unit's since Monday 09:20, due at 15:20."""

    def bring(to: Unit | None = None, now: datetime = MONDAY) -> Case:
        case = collect(report(now=now).report, now=now)
        return sent_out(case, small_city, to=to, now=now)

    return bring


@pytest.fixture
def closed(small_city: SimpleNamespace, dispatched: Dispatched) -> Dispatched:
    """`closed()`: a case of the sanitation department, answered in time, verified and closed."""

    def bring() -> Case:
        answered = at("11-16 11:00")
        case = cases.answer(dispatched(), text="已清运", done=["清理"], by=small_city.handler, now=answered)
        case = cases.pass_verification(case, note="", by=small_city.supervisor, now=answered)
        return cases.close(case, by=small_city.dispatcher, now=answered)

    return bring
