"""What is suggested of a type, when it is left to a person, and how its error is counted (4.2, 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from wenming.cases.learning import suggesting
from wenming.cases.learning.grams import grams, near_duplicate_groups
from wenming.cases.learning.kept import hit_rates, keep_suggestion, suggested_for
from wenming.cases.learning.suggesting import ask_confidence, confidence_asked, learn_types, own_history
from wenming.cases.learning.text_model import TextModel, confidence, learn_sureness
from wenming.cases.learning.training import can_learn, judge_unseen, lessons_of, teach
from wenming.cases.models import Case, LearnedTypes, TypeSuggestion
from wenming.cases.models.suggestions import Method
from wenming.cases.proposals import proposal
from wenming.cases.rules.keywords import by_keywords
from wenming.cases.services import collect, dispatch, establish
from wenming.cases.tests.story import MONDAY
from wenming.journal.models import Entry
from wenming.refusals import BadInput, NotAllowed
from wenming.standards.models import ProblemType

needs_text = pytest.mark.skipif(not can_learn(), reason="the extra `text` (scikit-learn) is not installed")

BINS = ["垃圾桶满了没人收", "垃圾堆在桶边两天了", "果皮箱满出来很臭", "垃圾没有清运", "垃圾溢出来到路上"]
LIDS = ["井盖破了一半", "井盖不见了很危险", "井盖翻起来响", "路中间井盖松动", "下水井盖塌了"]
PLACES = ["民权路", "宁和路", "孙文西路", "起湾道", "城南一路", "兴中道", "博爱路", "中山路"]


def messages(sentences: list[str]) -> list[str]:
    return [f"{place}{sentence}，请派人看看" for sentence in sentences for place in PLACES]


# --- the text itself ---------------------------------------------------------------------------------------------------


def test_a_text_is_its_pieces_of_one_and_two_characters() -> None:
    assert grams("井盖 井") == {"井": 2, "盖": 1, "井盖": 1, "盖井": 1}


def test_the_same_message_sent_again_is_one_group() -> None:
    long = "民权路三十三号门口的垃圾桶已经满了两天，一直没有人来收，路过的时候很臭，请尽快安排人来清理一下，谢谢。"
    groups = near_duplicate_groups([long, "井盖破了", long.replace("两天", "三天"), "路灯不亮"])

    assert groups[0] == groups[2]
    assert len(set(groups)) == 3


def test_a_lead_that_was_often_right_gives_confidence() -> None:
    rng = np.random.default_rng(1)
    leads = rng.uniform(0, 3, 2000)
    right = rng.random(2000) < 1 / (1 + np.exp(-2 * leads))

    sureness = learn_sureness(list(leads), list(right))

    assert sureness == pytest.approx((2.0, 0.0), abs=0.35)
    assert confidence(0.0, sureness) < confidence(1.0, sureness) < confidence(3.0, sureness)


def test_plain_words_prefer_the_longer_and_the_rarer() -> None:
    words = {"bins": ["垃圾满溢", "垃圾"], "litter": ["暴露垃圾", "垃圾"], "lid": ["井盖"]}

    assert by_keywords("路口垃圾满溢", words) == ["bins", "litter"]
    assert by_keywords("天气很好", words) == []


@needs_text
def test_a_judge_learns_and_is_the_same_after_it_was_stored() -> None:
    lessons = lessons_of(messages(BINS) + messages(LIDS), ["bins"] * 40 + ["lids"] * 40)

    model = TextModel.from_bytes(teach(lessons).to_bytes())
    said = [model.guesses(text)[0].label for text in ("垃圾满了", "井盖坏了")]

    assert said == ["bins", "lids"]
    assert model.guesses("垃圾满了", among=["lids"])[0].label == "lids"
    assert model.guesses("xyz") == []
    assert model.facts["messages"] == 80


@needs_text
def test_each_message_is_judged_unseen_and_kinds_with_few_messages_are_left_out() -> None:
    lessons = lessons_of([*messages(BINS), *messages(LIDS), "路灯不亮"], ["bins"] * 40 + ["lids"] * 40 + ["lamp"])

    unseen = judge_unseen(lessons)

    assert len(unseen) == 80
    assert np.mean([each.said == each.right for each in unseen]) > 0.9


# --- the city ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def history(small_city: SimpleNamespace, report: Callable[..., object]) -> None:
    """Forty overflowing bins and forty broken lids that people had named."""
    for sentences, kind in ((BINS, small_city.overflow), (LIDS, small_city.manhole)):
        for text in messages(sentences):
            collect(report(text=text, problem_type=kind).report, now=MONDAY)  # type: ignore[attr-defined]


@pytest.fixture
def citizens_case(report: Callable[..., object]) -> Callable[..., Case]:
    """`citizens_case("桶满了")`: a report without a type, opened."""

    def open_it(text: str, **facts: object) -> Case:
        return collect(report(text=text, **facts).report, now=MONDAY)  # type: ignore[attr-defined]

    return open_it


def test_without_a_judge_words_are_named_and_a_person_chooses(citizens_case: Callable[..., Case], small_city) -> None:
    case = citizens_case("路口的上水井盖破了")

    offered = proposal(case, MONDAY)

    assert offered.problem_type is None
    assert offered.suggested.method == Method.KEYWORDS
    assert offered.type_words == "小类说不准，请您定。文字像：上水井盖"


def test_words_and_the_tapped_category_together_fill_in_the_type(citizens_case, small_city) -> None:
    litter = ProblemType.objects.create(
        scheme=small_city.overflow.scheme, kind="incident", code="0101", big_code="01", big_name="市容环境",
        name="暴露垃圾", confidence="high", public_category=small_city.rubbish_chip,
    )  # fmt: skip
    case = citizens_case("绿化带有暴露垃圾", category=small_city.rubbish_chip)

    assert proposal(case, MONDAY).problem_type == litter


def test_a_type_that_came_with_the_report_needs_no_suggestion(citizens_case, small_city) -> None:
    case = citizens_case("桶满了", problem_type=small_city.overflow)

    assert keep_suggestion(case, MONDAY) is None
    assert proposal(case, MONDAY).type_words == ""


@needs_text
@pytest.mark.usefixtures("history")
def test_what_the_city_taught_fills_in_the_type_and_says_how_sure(citizens_case, small_city) -> None:
    learned = learn_types(by=small_city.officer, now=MONDAY)

    offered = proposal(citizens_case("垃圾桶满了，没人收"), MONDAY)

    assert learned.facts["messages"] == 80
    assert (offered.problem_type, offered.suggested.method) == (small_city.overflow, Method.LEARNED)
    assert offered.suggested.confidence_percent >= confidence_asked()
    assert Entry.objects.get(action="suggestion.learned").facts["messages"] == 80


@needs_text
@pytest.mark.parametrize(("asked", "filled_in"), [(60, True), (80, False)])
def test_below_the_confidence_asked_for_a_person_chooses(
    citizens_case, small_city, monkeypatch, asked, filled_in
) -> None:
    labels = [small_city.overflow.full_code] * 40 + [small_city.manhole.full_code] * 40
    seven_in_ten = replace(teach(lessons_of(messages(BINS) + messages(LIDS), labels)), sureness=(0.0, 0.85))
    monkeypatch.setattr(suggesting, "model_in_use", lambda: seven_in_ten)
    ask_confidence(asked, by=small_city.officer, now=MONDAY)

    offered = proposal(citizens_case("垃圾桶满了"), MONDAY)

    assert offered.suggested.confidence_percent == 70
    assert offered.problem_type == (small_city.overflow if filled_in else None)


def test_a_city_with_little_history_is_told_so(small_city) -> None:
    assert own_history().texts == []
    with pytest.raises(BadInput, match=r"scikit-learn|往期案件还太少"):
        learn_types(by=small_city.officer, now=MONDAY)
    assert not LearnedTypes.objects.exists()


def test_without_scikit_learn_the_way_to_install_it_is_said(small_city, monkeypatch) -> None:
    monkeypatch.setattr(suggesting, "can_learn", lambda: False)

    with pytest.raises(BadInput, match=r"requirements/text\.txt"):
        learn_types(by=small_city.officer, now=MONDAY)


def test_the_office_sets_the_confidence_and_nobody_else(small_city) -> None:
    with pytest.raises(NotAllowed):
        ask_confidence(90, by=small_city.dispatcher, now=MONDAY)
    with pytest.raises(BadInput):
        ask_confidence(30, by=small_city.officer, now=MONDAY)

    ask_confidence(90, by=small_city.officer, now=MONDAY)

    assert confidence_asked() == 90


def test_what_was_said_first_is_kept_and_its_error_counted(citizens_case, small_city) -> None:
    right, wrong, open_still = (citizens_case("上水井盖破了") for _case in range(3))
    for case in (right, wrong, open_still):
        keep_suggestion(case, MONDAY)
        keep_suggestion(case, MONDAY + timedelta(hours=1))
    for case, kind in ((right, small_city.manhole), (wrong, small_city.overflow)):
        case = establish(case, problem_type=kind, rule=None, by=small_city.dispatcher, now=MONDAY)
        dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)

    assert TypeSuggestion.objects.count() == 3
    assert suggested_for(right, MONDAY).types == (small_city.manhole,)
    (line,) = hit_rates(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))
    assert (line.method, line.filled_in, line.decided, line.type_right, line.type_percent) == (
        "keywords",
        False,
        2,
        1,
        50,
    )
    assert (line.dispatched, line.unit_right) == (2, 0)
