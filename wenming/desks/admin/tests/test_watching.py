"""健康, 日志, 举报人身份: who watches, and that watching leaves its own trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from wenming.cases.models import Case
from wenming.desks.admin.journal_words import facts_in_words
from wenming.journal.models import Reaction
from wenming.journal.selectors import head
from wenming.organisations.models import IdentityLook
from wenming.organisations.services import seal_identity

Sit = Callable[..., Client]


def test_health_shows_head_versions_and_storage(desk: Client) -> None:
    page = desk.get("/admin/health/").content.decode()

    assert head()[1] in page and "没有失败的任务" in page and connection.vendor.lower() in page.lower()


def test_the_journal_is_proven_on_demand(desk: Client) -> None:
    assert "和当时写的一样" in desk.post("/admin/health/verification/").content.decode()


def test_a_stuck_reaction_is_shown_and_tried_again(desk: Client, report: Callable[..., object]) -> None:
    report()
    later = timezone.now() + timedelta(hours=1)
    reaction = Reaction.objects.get(done_at=None)
    Reaction.objects.filter(pk=reaction.pk).update(attempts=3, due_at=later, last_error="ValueError: 坐标读不出来")
    assert "坐标读不出来" in desk.get("/admin/health/").content.decode()

    assert desk.post(f"/admin/health/reactions/{reaction.pk}/attempts/").status_code == 302
    reaction.refresh_from_db()
    assert reaction.due_at < later
    assert desk.post("/admin/health/reactions/99999/attempts/").status_code == 404


def test_the_auditor_sees_no_button_to_mend(
    sit_down: Sit, small_city: SimpleNamespace, report: Callable[..., object]
) -> None:
    report()
    Reaction.objects.update(attempts=1)

    page = sit_down(small_city.auditor).get("/admin/health/").content.decode()

    assert "没做成的" in page and "马上重试" not in page


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        pytest.param({"action": "case"}, {"case.collect"}, id="by the beginning of an action"),
        pytest.param({"by": "nobody"}, set(), id="by an account"),
        pytest.param({"since": "2099-01-01"}, set(), id="by day"),
    ],
)
def test_the_journal_is_searched(
    asked: dict[str, str], actions: set[str], sit_down: Sit, small_city: SimpleNamespace, reported_case: Case
) -> None:
    answer = sit_down(small_city.auditor).get("/admin/journal/", asked)

    assert {entry.action for entry in answer.context["page"]} == actions


def test_the_story_of_one_thing_by_its_number(sit_down: Sit, small_city: SimpleNamespace, reported_case: Case) -> None:
    answer = sit_down(small_city.auditor).get("/admin/journal/", {"q": reported_case.number})

    assert {entry.about for entry in answer.context["page"]} == {reported_case.key}
    assert "没找到" in sit_down(small_city.auditor).get("/admin/journal/?q=没有").content.decode()
    assert sit_down(small_city.auditor).get("/admin/journal/?since=昨天").status_code == 422


@pytest.fixture
def contact(reported_case: Case) -> str:
    """A reporter who left a phone number; the receipt number."""
    report = reported_case.case_reports.get().report
    report.identity = seal_identity(name="王女士", phone="13800000000", now=timezone.now())
    report.save(update_fields=["identity"])
    return report.receipt


def test_a_look_states_its_reason_and_is_recorded_first(
    sit_down: Sit, small_city: SimpleNamespace, contact: str
) -> None:
    keeper = sit_down(small_city.keeper)

    answer = keeper.post("/admin/identities/looks/", {"receipt": contact, "reason": "回访核实地点"})

    page = answer.content.decode()
    assert "13800000000" in page and answer.headers["Cache-Control"] == "no-store"
    assert IdentityLook.objects.get().reason == "回访核实地点"
    again = keeper.get("/admin/identities/").content.decode()
    assert "回访核实地点" in again and "13800000000" not in again


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reason": ""}, "这一项要填"),
        ({"reason": "  "}, "这一项要填"),
        ({"receipt": "26-1122-0000-0000-0000"}, "没有这个受理编号"),
    ],
)
def test_no_look_without_reason_or_receipt(
    given: dict[str, str], says: str, sit_down: Sit, small_city: SimpleNamespace, contact: str
) -> None:
    asked = {"receipt": contact, "reason": "回访"} | given

    answer = sit_down(small_city.keeper).post("/admin/identities/looks/", asked)

    assert answer.status_code == 422 and says in answer.content.decode() and not IdentityLook.objects.exists()


def test_an_anonymous_reporter_has_nothing_to_look_at(
    sit_down: Sit, small_city: SimpleNamespace, reported_case: Case
) -> None:
    receipt = reported_case.case_reports.get().report.receipt

    answer = sit_down(small_city.keeper).post("/admin/identities/looks/", {"receipt": receipt, "reason": "回访"})

    assert "没有留联系方式" in answer.content.decode()


def test_the_journal_is_read_in_words(
    sit_down: Sit, small_city: SimpleNamespace, report: Callable[..., object]
) -> None:
    report()
    page = sit_down(small_city.auditor).get("/admin/journal/?action=report.received").content.decode()

    assert "收好上报<br>" in page and "report.received</a>" in page
    assert '照片数：0 <span class="raw-name">photos</span>' in page


def test_facts_are_read_in_words() -> None:
    facts = {"before": "collected", "on_time": True, "unit": "", "rung": "reminded", "unheard_of": 3}

    assert facts_in_words(facts) == [
        ("之前", "before", "待受理"), ("按时", "on_time", "是"), ("提醒", "rung", "催办"), ("", "unheard_of", "3"),
    ]  # fmt: skip


def test_an_account_is_found_behind_its_door(desk: Client, small_city: SimpleNamespace) -> None:
    page = desk.get(f"/admin/accounts/{small_city.handler.username}/").content.decode()

    assert '<a href="/admin/organisations/" aria-current="page">' in page
    assert page.split("</nav>")[0].count("aria-current") == 1
