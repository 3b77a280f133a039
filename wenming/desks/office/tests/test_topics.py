"""热点话题 at the office: the list with its heat, one topic with the rows behind each figure, and what can be done."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases.models import Case, Topic
from wenming.cases.rules.topic_life import TopicState
from wenming.cases.services import collect
from wenming.cases.tests.test_rules_topics import MIXER, OTHER, PARKING
from wenming.cases.topics.finding import find_topics
from wenming.journal.models import Entry
from wenming.observations.models import Report


@pytest.fixture
def office(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


@pytest.fixture
def topic(small_city: SimpleNamespace, report: Callable[..., object]) -> Topic:
    """Four wrote about the mixing plant, one of them forty days ago with a telephone number in the text."""
    now = timezone.now()
    first = now - timedelta(days=40)
    collect(report(text=f"{MIXER[0]}，我的电话13800000000", now=first).report, now=first)  # type: ignore[attr-defined]
    for text in (*OTHER, *MIXER[1:]):
        collect(report(text=text, now=now - timedelta(days=1)).report, now=now)  # type: ignore[attr-defined]
    find_topics(now)
    return Topic.objects.get()


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def cases_in(html: str) -> set[str]:
    """The cases in the rows of the page."""
    return set(re.findall(r'href="/office/cases/([\d-]+)/"', html.split('id="rows"')[1]))


def test_an_empty_list_says_how_it_fills(office: Client, small_city: SimpleNamespace) -> None:
    assert "还没有热点话题" in page(office, "/office/topics/")


def test_the_periods_to_choose_from_speak_the_readers_language(office: Client, small_city: SimpleNamespace) -> None:
    assert ">近 30 天<" in page(office, "/office/topics/")

    office.cookies["django_language"] = "en"
    assert ">近 30 天<" not in page(office, "/office/topics/")


def test_the_list_tells_heat_and_trend_and_leads_to_the_rows(office: Client, topic: Topic) -> None:
    html = page(office, "/office/topics/")

    assert topic.name in html
    assert f'href="/office/topics/{topic.number}/?days=30&amp;rows=lately#rows">3</a><small>多 2 人' in html
    assert f'href="/office/topics/{topic.number}/?days=30&amp;rows=before#rows">1</a>' in html


@pytest.mark.parametrize(("rows", "count"), [("lately", 3), ("before", 1), ("all", 4), ("closed", 1), ("open", 3), ("type-", 3)])
def test_each_figure_leads_to_as_many_rows_as_it_says(
    office: Client, topic: Topic, small_city: SimpleNamespace, rows: str, count: int
) -> None:
    first = Case.objects.filter(case_reports__report__text=MIXER[1]).get()
    Case.objects.filter(pk=first.pk).update(state="closed", closed_at=timezone.now(), problem_type=small_city.overflow)

    assert len(cases_in(page(office, f"/office/topics/{topic.number}/?rows={rows}"))) == count


def test_numbers_that_lead_to_a_person_are_not_shown(office: Client, topic: Topic) -> None:
    html = page(office, f"/office/topics/{topic.number}/")

    assert "号码已隐去" in html
    assert "13800000000" not in html


def test_rows_nobody_asked_for_sensibly_are_all_rows(office: Client, topic: Topic) -> None:
    for rows in ("nonsense", "type-x", "type-99999999999"):
        page(office, f"/office/topics/{topic.number}/?rows={rows}&days=7&page=99")


def test_the_leader_reads_and_has_no_buttons_the_handler_does_not_read(
    sit_down: Callable[..., Client], topic: Topic, small_city: SimpleNamespace
) -> None:
    html = page(sit_down(small_city.leader), f"/office/topics/{topic.number}/")
    assert "提请会商</button>" not in html and "拆出勾选的" not in html

    assert sit_down(small_city.handler).get(f"/office/topics/{topic.number}/").status_code == 403


def test_a_topic_is_proposed_named_and_dismissed(office: Client, topic: Topic) -> None:
    for noun, given in (
        ("proposal", {"reason": "影响上千户"}),
        ("name", {"name": "明珠新城旁的搅拌站"}),
        ("proposal-withdrawal", {"reason": "部门已答应搬迁"}),
        ("dismissal", {"reason": "已经搬走"}),
    ):
        assert office.post(f"/office/topics/{topic.number}/{noun}/", given).status_code == 302

    topic.refresh_from_db()
    assert (topic.name, topic.proposed_at, topic.state) == ("明珠新城旁的搅拌站", None, TopicState.DISMISSED)
    assert "已经搬走" in page(office, f"/office/topics/{topic.number}/")
    assert topic.name not in page(office, "/office/topics/")
    assert topic.name in page(office, "/office/topics/?state=dismissed")


def test_a_reason_that_is_missing_comes_back_with_the_page(office: Client, topic: Topic) -> None:
    answer = office.post(f"/office/topics/{topic.number}/dismissal/", {"reason": ""})

    assert answer.status_code == 422
    assert "为什么列出来" in answer.content.decode()


def test_what_was_ticked_becomes_a_topic_of_its_own(office: Client, topic: Topic) -> None:
    ticked = list(Report.objects.filter(text__in=MIXER[1:3]).values_list("pk", flat=True))

    answer = office.post(f"/office/topics/{topic.number}/parts/", {"report": ticked, "name": "夜间噪音"})

    assert answer.status_code == 302
    assert Topic.objects.get(name="夜间噪音").messages.count() == 2


def test_nothing_ticked_is_refused_in_words(office: Client, topic: Topic) -> None:
    answer = office.post(f"/office/topics/{topic.number}/parts/", {"name": "夜间噪音", "report": ["x", "1" * 40]})

    assert answer.status_code >= 400
    assert "勾选" in answer.content.decode()


def test_a_topic_goes_into_another_by_its_number(
    office: Client, topic: Topic, report: Callable[..., object]
) -> None:
    now = timezone.now()
    for text in PARKING:
        collect(report(text=text, now=now).report, now=now)  # type: ignore[attr-defined]
    find_topics(timezone.now())
    assert "没有在列的话题" in office.post(f"/office/topics/{topic.number}/merger/", {"into": "R26-9999"}).content.decode()
    other = Topic.objects.exclude(pk=topic.pk).get()

    answer = office.post(f"/office/topics/{topic.number}/merger/", {"into": other.number.lower()})

    assert answer.headers["Location"] == f"/office/topics/{other.number}/"
    assert other.messages.count() == 7
    assert other.number in page(office, f"/office/topics/{topic.number}/")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_lists_can_be_taken_and_who_took_them_is_known(office: Client, topic: Topic, kind: str) -> None:
    for address in (f"/office/topics/table.{kind}?days=90", f"/office/topics/{topic.number}/cases.{kind}"):
        content = b"".join(office.get(address).streaming_content)  # type: ignore[attr-defined]
        if kind == "csv":
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            assert len(rows) == (2 if "table" in address else 5)
            assert "13800000000" not in content.decode()
    assert Entry.objects.filter(action="case.list-exported").count() == 2


def test_the_pages_ask_no_more_for_many_rows(
    office: Client, topic: Topic, report: Callable[..., object], django_assert_max_num_queries: Callable[..., object]
) -> None:
    now = timezone.now()
    for number in range(20):
        collect(report(text=f"{MIXER[number % 4]}（第{number}户）", now=now).report, now=now)  # type: ignore[attr-defined]
    find_topics(timezone.now())
    page(office, "/office/topics/")

    with django_assert_max_num_queries(24):  # type: ignore[attr-defined]
        assert len(cases_in(page(office, f"/office/topics/{topic.number}/?days=90"))) >= 15
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        page(office, "/office/topics/")
