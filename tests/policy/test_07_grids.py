"""Policy 7: grids."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.test_boundary import south_of_the_border
from wenming.journal.worker import run_waiting
from wenming.territory.tests.conftest import areas, cells, layer  # noqa: F401 - the city of four squares


@pytest.mark.policy("7.6")
def test_a_case_on_a_boundary_reaches_both(
    report: Callable[..., object], at_desk: Callable[[str], Client], small_city: SimpleNamespace, layer: object  # noqa: F811
) -> None:
    """Twelve metres inside one town it is known in the other, which owes nothing until it is asked to do a part."""
    now = timezone.now()
    handed_in = report(where=south_of_the_border(12), now=now).report  # type: ignore[attr-defined]
    run_waiting(now)
    case = Case.objects.get(case_reports__report=handed_in)
    case = cases.establish(case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=now)
    case = cases.dispatch(case, to=small_city.west, by=small_city.dispatcher, now=now)
    neighbour = at_desk("east_handler")

    assert case.number in neighbour.get("/unit/beside/").content.decode()
    assert "知道就行，不用办" in neighbour.get(f"/unit/cases/{case.number}/").content.decode()
    assert case.number not in neighbour.get("/unit/").content.decode()

    at_desk("dispatcher").post(f"/office/cases/{case.number}/parts/", {"unit": "EAST", "asks": "清你们那一侧"})
    assert "清你们那一侧" in neighbour.get("/unit/").content.decode(), "joint handling: its own part, on its own clock"
    part = case.supports.get()
    neighbour.post(f"/unit/cases/{case.number}/parts/{part.pk}/answers/", {"text": "清好了"})
    assert "清好了" in at_desk("west_handler").get(f"/unit/cases/{case.number}/").content.decode()
