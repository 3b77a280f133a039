"""The unit desk with somebody at it, and cases brought to where a unit meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY, sent_out
from wenming.desks.common.tests.sitting import Sit
from wenming.evidence.tests.drawings import encoded, scene
from wenming.organisations.models import Unit


@pytest.fixture
def desk(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The browser of the sanitation department's handler."""
    return sit_down(small_city.handler)


@pytest.fixture
def dispatched(small_city: SimpleNamespace, report: Callable[..., object]) -> Callable[..., Case]:
    """`dispatched()`: a case that sanitation has just got; `now=MONDAY` makes it a week overdue."""

    def bring(*, to: Unit | None = None, now: datetime | None = None, **facts: object) -> Case:
        when = now or timezone.now()
        case = cases.collect(report(category=small_city.rubbish_chip, now=when, **facts).report, now=when)
        return sent_out(case, small_city, to=to, now=when)

    return bring


@pytest.fixture
def overdue(dispatched: Callable[..., Case]) -> Case:
    return dispatched(now=MONDAY)


def photo(name: str = "after.jpg") -> SimpleUploadedFile:
    """A photograph as a browser sends it."""
    return SimpleUploadedFile(name, encoded(scene(len(name))), content_type="image/jpeg")
