"""Policy 8: citizens' conduct and participation."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case, Rating
from wenming.cases.tests.story import at


@pytest.mark.policy("8.1")
def test_the_reporter_judges_the_result_with_one_press(
    reported_case: Case, small_city: SimpleNamespace, citizen: Client
) -> None:
    """Five words; why is asked only when it was not good enough; a second judgement keeps the first."""
    case = cases.establish(
        reported_case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=at("11-16 09:10")
    )
    case = cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=at("11-16 09:20"))
    case = cases.answer(case, text="清了", by=small_city.handler, now=at("11-16 10:00"))
    case = cases.pass_verification(case, by=small_city.supervisor, now=at("11-16 11:00"))
    case = cases.close(case, by=small_city.dispatcher, now=at("11-16 11:30"))
    receipt = case.case_reports.get().report.receipt

    page = citizen.get(f"/c/{receipt}/").content.decode()
    assert all(word in page for word in ("非常满意", "基本满意", "非常不满意"))
    for score in (5, 2):
        assert citizen.post(f"/c/{receipt}/ratings/", {"score": score}).status_code in {302, 303}
    assert [rating.score for rating in Rating.objects.order_by("pk")] == [5, 2]
