"""查进度, 评价, 重办: the reporter's own page, opened by the number alone. Policy: 8.1, 9.4."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case, Rating
from wenming.cases.rules.lifecycle import STEPS, State
from wenming.cases.selectors import case_of
from wenming.cases.services import collect
from wenming.cases.tests.story import sent_out
from wenming.desks.public.story import SENTENCES, STANDING
from wenming.observations.models import Report
from wenming.observations.services import Receipt

from .conftest import HANDED_IN

Solve = Callable[[Report], Case]
OFFICE_BUSINESS = {"change_type", "ask_extension", "appeal", "decide_appeal", "withdraw_support", "hand_back_support"}
SAID_BY_RULE = {"verify_before", "decide_extension"}


@pytest.fixture
def mine(report: Callable[..., Receipt]) -> Report:
    return report(now=HANDED_IN).report


def page(client: Client, report: Report) -> str:
    answer = client.get(f"/c/{report.receipt}/")
    assert answer.status_code == 200
    return answer.content.decode()


def asked_openly(answer: Any) -> str:
    """The verdict without what is folded away."""
    return answer.content.decode().split('id="verdict"')[1].split("<details")[0]


def test_before_the_worker_has_been_the_page_already_stands(client: Client, mine: Report) -> None:
    assert "已收到" in page(client, mine)


def test_it_says_who_has_it_and_by_when(client: Client, mine: Report, small_city: SimpleNamespace) -> None:
    case = collect(mine, now=HANDED_IN)
    assert "指挥中心" in page(client, mine)

    sent_out(case, small_city, now=HANDED_IN)

    shown = page(client, mine)
    assert "环卫处应在" in shown
    assert "交给环卫处办理" in shown


def test_a_refusal_says_why(client: Client, mine: Report, small_city: SimpleNamespace) -> None:
    cases.refuse(collect(mine, now=HANDED_IN), reason="这里属于邻市", by=small_city.dispatcher, now=HANDED_IN)

    assert "没有受理" in page(client, mine)
    assert "这里属于邻市" in page(client, mine)


def test_a_solved_case_tells_what_was_done_but_no_names_and_no_inside_words(
    client: Client, mine: Report, solved: Solve, small_city: SimpleNamespace
) -> None:
    solved(mine)
    shown = page(client, mine)

    assert "清理。桶已清运" in shown
    assert len(re.findall(r'<img src="[^"]+/small/', shown)) == 2, (
        "once beside how it was, once where it was said that it is done"
    )
    assert "指挥中心到现场看过，已经解决" in shown
    assert "老王" not in shown
    for account in (small_city.dispatcher, small_city.handler, small_city.supervisor):
        assert account.username not in shown


def test_every_act_is_told_or_left_out_on_purpose() -> None:
    assert SENTENCES.keys() | OFFICE_BUSINESS | SAID_BY_RULE == STEPS.keys() | {"collect"}
    assert STANDING.keys() == set(State) - {State.MERGED}, "a merged case's page is that of the other"


def test_a_citizen_reads_which_units_work_together(client: Client, mine: Report, small_city: SimpleNamespace) -> None:
    case = cases.collect(mine, now=HANDED_IN)
    case = sent_out(case, small_city, now=HANDED_IN)
    part = cases.ask_support(case, unit=small_city.east, asks="封路，电话 13800000000", by=small_city.dispatcher, now=HANDED_IN)
    cases.answer_support(case, part, text="封好了", by=small_city.east_handler, now=HANDED_IN + timedelta(hours=1))

    shown = page(client, mine)
    assert "请东区一起办" in shown and "东区办好了它那一部分" in shown and "环卫处" in shown
    assert "封路" not in shown, "what one unit asks of another is not written for citizens"


def test_one_press_rates(client: Client, mine: Report, solved: Solve) -> None:
    solved(mine)
    answer = client.post(f"/c/{mine.receipt}/ratings/", {"score": "4"}, follow=True)

    assert "您的评价：满意" in answer.content.decode()
    assert "哪里没办好" not in asked_openly(answer), "why is not asked of the content"
    assert Rating.objects.get().score == 4


def test_why_is_asked_from_dissatisfied_down(client: Client, mine: Report, solved: Solve) -> None:
    solved(mine)
    answer = client.post(f"/c/{mine.receipt}/ratings/", {"score": "2"}, follow=True)
    assert "哪里没办好" in asked_openly(answer)

    client.post(f"/c/{mine.receipt}/ratings/", {"score": "2", "reasons": ["又出现了"], "words": "昨天又满"})

    assert Rating.objects.last().why == "又出现了；昨天又满"  # type: ignore[union-attr]


def test_a_chip_is_enough_to_have_it_done_again(client: Client, mine: Report, solved: Solve) -> None:
    solved(mine)
    answer = client.post(f"/c/{mine.receipt}/reopening/", {"reasons": ["没有处理"]}, follow=True)

    assert "已要求重办" in answer.content.decode()
    assert "没有处理" in answer.content.decode(), "one's own reason may be read again"
    case = case_of(mine)
    assert case is not None
    assert case.state == "established"


def test_doing_it_again_needs_one_reason(client: Client, mine: Report, solved: Solve) -> None:
    solved(mine)
    answer = client.post(f"/c/{mine.receipt}/reopening/")

    assert answer.status_code == 422
    assert "请选一项哪里没办好" in answer.content.decode()


def test_after_a_second_closing_the_question_is_asked_anew(client: Client, mine: Report, solved: Solve) -> None:
    case = solved(mine)
    client.post(f"/c/{mine.receipt}/ratings/", {"score": "1"})
    Case.objects.filter(pk=case.pk).update(closed_at=Rating.objects.get().at + timedelta(days=1))

    assert "办得怎么样" in page(client, mine)


def test_what_is_not_closed_is_not_rated(client: Client, mine: Report) -> None:
    for state in ("before the worker", "collected"):
        answer = client.post(f"/c/{mine.receipt}/ratings/", {"score": "5"})
        assert answer.status_code == 409, state
        assert "办完后就可以评价" in answer.content.decode()
        collect(mine, now=HANDED_IN)
    assert not Rating.objects.exists()


@pytest.mark.parametrize("score", ["0", "6", "", "x", "٣", "1.0"])
def test_a_score_is_one_of_five(client: Client, mine: Report, solved: Solve, score: str) -> None:
    solved(mine)

    assert client.post(f"/c/{mine.receipt}/ratings/", {"score": score}).status_code == 404
    assert not Rating.objects.exists()


def test_a_merged_report_follows_the_other_case(
    client: Client, report: Callable[..., Receipt], small_city: SimpleNamespace, solved: Solve
) -> None:
    first, second = report(now=HANDED_IN, text="外人口令").report, report(now=HANDED_IN, text="秘密口令").report
    collect(first, now=HANDED_IN)
    cases.merge(
        collect(second, now=HANDED_IN), into=collect(first, now=HANDED_IN), by=small_city.dispatcher, now=HANDED_IN
    )
    assert "外人口令" not in page(client, second), (
        "before it has a kind, a case is called by its first reporter's words"
    )
    solved(first)

    assert "和另一件相同的上报一起办" in page(client, second)
    assert "已办结" in page(client, second)
    assert "秘密口令" not in page(client, first), "reporters of one case do not read one another's words"
    client.post(f"/c/{second.receipt}/ratings/", {"score": "5"})
    assert Rating.objects.get().report == second


def test_another_reporter_s_reason_for_doing_it_again_is_not_shown(
    client: Client, report: Callable[..., Receipt], small_city: SimpleNamespace, solved: Solve
) -> None:
    first, second = report(now=HANDED_IN).report, report(now=HANDED_IN).report
    cases.merge(
        collect(second, now=HANDED_IN), into=collect(first, now=HANDED_IN), by=small_city.dispatcher, now=HANDED_IN
    )
    solved(first)
    client.post(f"/c/{second.receipt}/reopening/", {"words": "我住对面楼，天天看到"})

    assert "我住对面楼" in page(client, second)
    assert "我住对面楼" not in page(client, first)


@pytest.mark.parametrize("typed", ["lower", "spaces", "full width", "o for zero"])
def test_a_number_is_found_however_it_is_typed(client: Client, mine: Report, typed: str) -> None:
    number = {
        "lower": mine.receipt.lower(),
        "spaces": f" {mine.receipt.replace('-', ' ')} ",
        "full width": "".join(chr(ord(c) + 0xFEE0) for c in mine.receipt),
        "o for zero": mine.receipt.replace("0", "O"),
    }[typed]

    assert client.get("/track/", {"number": number})["Location"] == f"/c/{mine.receipt}/"


def test_every_unknown_number_gets_the_same_answer(client: Client, mine: Report) -> None:
    # Same length as the real one, in the page as well: only what was typed may differ.
    never = mine.receipt[:-4] + ("0000" if mine.receipt[-4:] != "0000" else "1111")
    answers = [client.get("/track/", {"number": typed}) for typed in (never, "26-1122-0375", "'; drop", "0" * 18)]
    answers += [client.get(f"/c/{never}/"), client.get(f"/report/done/{never}/")]
    answers += [client.post(f"/c/{never}/{act}/", {"score": 5}) for act in ("ratings", "reopening", "contact")]

    def bare(answer: Any) -> str:
        return "".join(
            line for line in answer.content.decode().splitlines() if "?next=" not in line and "value=" not in line
        )

    assert {answer.status_code for answer in answers} == {404}
    assert len({bare(answer).split("<main")[1].split("</main")[0] for answer in answers}) == 1


def test_contact_goes_into_the_vault_and_never_onto_a_page(client: Client, mine: Report) -> None:
    answer = client.post(f"/c/{mine.receipt}/contact/", {"phone": "+86 138-0000-1234", "name": "李小明"}, follow=True)

    mine.refresh_from_db()
    assert mine.identity is not None
    assert b"1234" not in bytes(mine.identity.sealed)
    for secret in ("13800001234", "李小明"):
        assert secret not in answer.content.decode()
        assert secret not in page(client, mine)


def test_a_short_telephone_number_is_counted_for_the_reporter(client: Client, mine: Report) -> None:
    answer = client.post(f"/c/{mine.receipt}/contact/", {"phone": "1380000123", "name": "李小明"})

    assert answer.status_code == 422
    assert "手机号要 11 位数字，现在是 10 位" in answer.content.decode()
    assert 'value="1380000123"' in answer.content.decode()
