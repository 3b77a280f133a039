"""协办 at the unit desk: what is asked of us, our answer, our return; and the lead, who sees how far the others are."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case, Support
from wenming.cases.rules.supports import SupportState

from .conftest import photo

Bring = Callable[..., Case]


@pytest.fixture
def part(dispatched: Bring, small_city: SimpleNamespace) -> Support:
    return cases.ask_support(
        dispatched(), unit=small_city.east, asks="封一条车道", by=small_city.dispatcher, now=timezone.now()
    )


@pytest.fixture
def town(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> Client:
    """The browser of the town that supports."""
    return sit_down(small_city.east_handler)


def post(browser: Client, part: Support, noun: str, **fields: object):
    return browser.post(f"/unit/cases/{part.case.number}/parts/{part.pk}/{noun}/", fields)


def page(browser: Client, part: Support) -> str:
    return browser.get(f"/unit/cases/{part.case.number}/").content.decode()


def test_what_is_asked_stands_in_the_to_do_and_on_the_page(town: Client, part: Support) -> None:
    todo = town.get("/unit/").content.decode()
    assert "封一条车道" in todo and f"/unit/cases/{part.case.number}/" in todo

    shown = page(town, part)
    assert "请你们协办" in shown and "主办：环卫处" in shown
    assert "提交回复" not in shown and "您只能查看" not in shown, "the whole case is the lead's to answer"


def test_an_answer_with_a_photo(town: Client, desk: Client, part: Support) -> None:
    answered = post(town, part, "answers", text="已封，17 时开", photos=[photo()])

    part.refresh_from_db()
    assert answered.status_code == 302 and part.state == SupportState.ANSWERED
    lead = page(desk, part)
    assert "已封，17 时开" in lead and "已回复" in lead and "/photo/" in lead
    assert "封一条车道" not in town.get("/unit/").content.decode()


def test_an_empty_answer_and_a_return_without_reason_are_mended(town: Client, part: Support) -> None:
    empty = post(town, part, "answers")
    assert empty.status_code == 422 and "还没有写怎么办的" in empty.content.decode()
    silent = post(town, part, "returns")
    assert silent.status_code == 422 and "为什么不归本单位" in silent.content.decode()

    part.refresh_from_db()
    assert part.state == SupportState.OPEN


def test_a_refused_answer_keeps_its_photos(town: Client, part: Support) -> None:
    too_long = post(town, part, "answers", text="长" * 1001, photos=[photo()])

    shown = too_long.content.decode()
    assert too_long.status_code == 422 and "前面的 1 张照片已经收好" in shown
    token = shown.split('name="photos_ids" value="')[1].split('"')[0]
    assert post(town, part, "answers", photos_ids=[token]).status_code == 302


def test_a_return_goes_to_the_command_centre(town: Client, part: Support) -> None:
    assert post(town, part, "returns", reason="这条路归交警").status_code == 302

    part.refresh_from_db()
    assert (part.state, part.said) == (SupportState.RETURNED, "这条路归交警")


def test_nobody_answers_anothers_part(
    desk: Client, sit_down: Callable[..., Client], part: Support, small_city: SimpleNamespace
) -> None:
    assert post(desk, part, "answers", text="替它办了").status_code == 403
    assert post(sit_down(small_city.west_handler), part, "answers", text="替它办了").status_code == 404
    part.refresh_from_db()
    assert part.state == SupportState.OPEN


def test_the_lead_is_told_to_wait_or_to_say_why(desk: Client, part: Support) -> None:
    answers = f"/unit/cases/{part.case.number}/answers/"
    seen = Case.objects.get().moves_count
    assert "为什么不等协办回复" in page(desk, part)

    refused = desk.post(answers, {"done": "清理", "seen_moves": seen})
    assert refused.status_code == 422 and "东区的协办还没有回复" in refused.content.decode()
    assert desk.post(answers, {"done": "清理", "despite": "不用封路", "seen_moves": seen}).status_code == 302
    assert Case.objects.get().state == "answered"


def test_one_unit_alone_is_asked_nothing_about_others(desk: Client, dispatched: Bring) -> None:
    shown = desk.get(f"/unit/cases/{dispatched().number}/").content.decode()

    assert "协办" not in shown


def test_our_unit_counts_its_parts_apart(town: Client, part: Support) -> None:
    post(town, part, "answers", text="已封")
    # The day on which it falls due has to be over, or today.
    part.duty.refresh_from_db()
    shown = town.get("/unit/about/").content.decode()

    due_today = timezone.localdate(part.duty.due_at) <= timezone.localdate()
    assert ("协办到期" in shown) is due_today
