"""Searching cases by words, on both engines alike."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenming.cases import search
from wenming.cases import services as cases
from wenming.cases.models import Case, CaseText
from wenming.cases.search import lost_words, rebuild, saying
from wenming.cases.selectors import cases_visible_to
from wenming.cases.services import collect
from wenming.engine import text_index
from wenming.observations.models import Report
from wenming.observations.services import Where

from .story import MONDAY, sent_out

Hand = Callable[..., Any]
TEXT = "ＷiFi箱旁边的垃圾桶满溢，电话１３８００００１１１１，座机0760-88881234"


@pytest.fixture
def bin_case(report: Hand) -> Case:
    return collect(report(text=TEXT, where=Where(address="石岐街道宁和路18号")).report, now=MONDAY)


@pytest.fixture
def other_case(report: Hand) -> Case:
    return collect(report(text="路灯不亮", where=Where(address="东区起湾道")).report, now=MONDAY)


def found(words: str, *, soon: bool = False) -> set[str]:
    return set(saying(Case.objects.all(), words, soon=soon).values_list("number", flat=True))


@pytest.mark.parametrize(
    ("common", "soon"),
    [
        pytest.param(10_000, False, id="rare words"),
        pytest.param(1, False, id="common words"),
        pytest.param(1, True, id="words of every other case, the first few wanted"),
    ],
)
@pytest.mark.parametrize(
    ("words", "finds"),
    [
        pytest.param("26-1116-0001", True, id="number"),
        pytest.param("26-1116-00", True, id="beginning of a number"),
        pytest.param("0001", True, id="end of a number"),
        pytest.param("２６－１１１６－０００１", True, id="number in full width"),
        pytest.param("宁和路", True, id="part of the address"),
        pytest.param("宁和路18号", True, id="address with its number"),
        pytest.param("宁和路1", True, id="address with a begun number"),
        pytest.param("和路", True, id="two characters that are no word"),
        pytest.param("溢", True, id="one character at the end of a clause"),
        pytest.param("桶", True, id="one character in the middle"),
        pytest.param("wifi", True, id="Latin letters in another form"),
        pytest.param("石岐　垃圾", True, id="two words in two places, ideographic space"),
        pytest.param("垃圾满溢", False, id="characters that do not stand in a row"),
        pytest.param("18号垃圾", False, id="from one text into the next"),
        pytest.param("石岐 不亮", False, id="words of different cases"),
        pytest.param("号18", False, id="another order"),
    ],
)
def test_a_case_is_found_by_what_is_said_of_it(
    bin_case: Case, other_case: Case, words: str, finds: bool, common: int, soon: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "GATHERED", common)
    monkeypatch.setattr(search, "EVERYWHERE", common)
    assert (bin_case.number in found(words, soon=soon)) is finds


def test_a_case_is_found_by_its_type_as_it_is_called_now(bin_case: Case, small_city: SimpleNamespace) -> None:
    assert found("垃圾满溢") == set()
    cases.establish(
        bin_case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=MONDAY
    )

    assert small_city.overflow.name == "垃圾满溢"
    assert found("垃圾满溢") == found("石岐 垃圾满溢") == {bin_case.number}
    assert found("东区 垃圾满溢") == set()


@pytest.mark.parametrize("words", ["13800001111", "138", "0760", "88881234", "8888"])
def test_nobody_finds_out_a_reporters_telephone(bin_case: Case, words: str) -> None:
    assert found(words) == set()


def test_a_receipt_is_found_whole_or_but_for_its_last_group(bin_case: Case, other_case: Case) -> None:
    receipt = Report.objects.get(case_report__case=bin_case).receipt

    for typed in (receipt, receipt.lower(), receipt.replace("-", " "), receipt[:18], receipt[:17]):
        assert found(typed) == {bin_case.number}, typed
    for guessed in (receipt[:16], receipt[8:12], receipt[13:17], receipt[18:], f"99-9999-{receipt[8:]}"):
        assert found(guessed) == set(), guessed


def test_search_stays_within_what_a_person_may_see(bin_case: Case, small_city: SimpleNamespace) -> None:
    assert saying(cases_visible_to(small_city.dispatcher), "宁和路").exists()
    assert not saying(cases_visible_to(small_city.handler), "宁和路").exists()

    sent_out(bin_case, small_city)

    assert saying(cases_visible_to(small_city.handler), "宁和路").get() == bin_case


@pytest.mark.parametrize(
    "words", ["", " ", "。，！", "*", '"', "\x00", "路\x00", "路\ud800", "' OR 1=1 --", "\ud800", "§", "(((", ":*", "\\", "路 " * 500]
)
def test_hostile_words_find_nothing_and_break_nothing(bin_case: Case, words: str) -> None:
    assert found(words) <= ({bin_case.number} if "路" in words else set())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.text(st.sampled_from("\"'*():&|!<->^+{}\\ORANDNOT 路1"), max_size=30))
def test_anything_may_be_typed(bin_case: Case, words: str) -> None:
    with transaction.atomic():
        assert found(words) <= {bin_case.number}


def test_a_search_costs_one_question_more_than_a_list(
    bin_case: Case, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(2):
        assert len(found("石岐 垃圾 宁和路 号")) == 1


def test_what_is_rolled_back_is_not_found(report: Hand) -> None:
    handed_in = report(text="沙溪的井盖").report
    with transaction.atomic():
        collect(handed_in, now=MONDAY)
        assert len(found("井盖")) == 1
        transaction.set_rollback(True)

    assert not CaseText.objects.filter(tokens__says="井盖").exists()


def test_the_index_is_made_again_from_the_records(bin_case: Case, other_case: Case) -> None:
    text_index.empty(CaseText)
    assert found("宁和路") == set()
    assert len(list(lost_words())) == 2

    assert rebuild() == 2

    assert found("宁和路") == {bin_case.number}
    assert list(lost_words()) == []


def test_an_index_that_says_something_else_is_damage(bin_case: Case) -> None:
    assert list(lost_words()) == []
    text_index.empty(CaseText)
    CaseText.objects.create(case=bin_case.pk, tokens=["26", "1116", "0001"])

    assert [bin_case.number in sentence for sentence in lost_words()] == [True]
