"""Policy 5: special campaigns and supervised assignment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import at
from wenming.cases.tests.test_rules_topics import MIXER, OTHER
from wenming.cases.topics.finding import find_topics
from wenming.journal.worker import run_waiting
from wenming.responsibilities.models import Notice
from wenming.responsibilities.services import escalate


@pytest.mark.policy("5.1")
def test_amber_comes_before_red_and_nothing_overdue_is_silent(
    reported_case: Case, small_city: SimpleNamespace, at_desk: Callable[[str], Client]
) -> None:
    """The unit is warned while there is still time; then the centre hears, then it is urged, then the leaders hear."""
    case = cases.establish(
        reported_case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher,
        now=at("11-16 09:10"),
    )  # fmt: skip
    case = cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=at("11-16 09:20"))
    assert case.handling is not None and case.handling.warn_at < case.handling.due_at

    heard: dict[str, list[str]] = {}
    for moment in (case.handling.warn_at, case.handling.due_at, at("11-17 18:00"), at("11-20 18:00")):
        escalate(moment + timedelta(minutes=1))
        run_waiting(moment + timedelta(minutes=1))
        case.handling.refresh_from_db()
        told = Notice.objects.filter(subject=case.key).values_list("unit__code", flat=True)
        heard[case.handling.rung] = sorted(set(told))

    assert list(heard) == ["warned", "overdue", "reminded", "supervised"]
    assert heard["warned"] == ["SAN"], "amber tells only whoever can still act"
    assert "CENTRE" in heard["overdue"] and "LEAD" in heard["supervised"]
    assert "督办" in at_desk("handler").get("/unit/notices/").content.decode()


@pytest.mark.policy("5.3")
def test_hot_topics_are_listed_with_their_evidence_and_proposed(
    reported: Callable[..., Case], at_desk: Callable[[str], Client]
) -> None:
    """What several citizens wrote about stands on one page with every message's case, and the office proposes it."""
    among = [reported(text) for text in (*OTHER, *MIXER)][-len(MIXER) :]
    find_topics(timezone.now())
    office = at_desk("officer")

    listed = office.get("/office/topics/").content.decode()
    topic = f"/office/topics/R{timezone.localdate():%y}-0001/"
    page = office.get(f"{topic}?rows=lately").content.decode()
    answer = office.post(f"{topic}proposal/", {"reason": "上千户受影响"}, follow=True)

    assert "明珠新城" in listed and ">4</a>" in listed, "four people, one tap from their messages"
    assert all(case.number in page for case in among)
    assert "已提请会商" in answer.content.decode() and "上千户受影响" in answer.content.decode()
    assert "明珠新城" in at_desk("leader").get("/office/topics/?state=proposed").content.decode()
