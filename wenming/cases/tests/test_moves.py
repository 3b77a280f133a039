"""What a move keeps itself, what its journal entry keeps for it, and the numbers its words are stored as."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.cases import services as cases
from wenming.cases.models import Case, CaseMove
from wenming.cases.models.moves import ACT_CODES, ACTS, STATE_CODES
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import moves_of
from wenming.journal.selectors import entries_about

from .story import MONDAY, sent_out


@pytest.fixture
def dispatched(report: Callable[..., Any], small_city: SimpleNamespace) -> Case:
    case = cases.collect(report().report, now=MONDAY)
    case = sent_out(case, small_city, why="清单第一条")
    return cases.acknowledge(case, by=small_city.handler, now=MONDAY)


def test_every_act_and_state_has_a_number_of_its_own() -> None:
    assert set(ACT_CODES) == {act for act, _name in ACTS}
    assert set(STATE_CODES) == {"", *State}


def test_what_an_act_says_is_read_from_its_entry(dispatched: Case) -> None:
    move = dispatched.moves.get(act="dispatch")

    assert move.facts["why"] == "清单第一条" and "due" in move.facts
    assert [dict(each.facts) for each in moves_of(dispatched)] == [e.facts for e in entries_about(dispatched)]


def test_the_whole_story_costs_two_queries(dispatched: Case, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert [move.facts["move"] for move in moves_of(dispatched)] == [1, 2, 3, 4]


def test_the_journal_is_told_of_no_unit_and_no_change_where_there_is_none(dispatched: Case) -> None:
    collected, _established, _dispatched, acknowledged = (e.facts for e in entries_about(dispatched))

    assert collected == {"move": 1, "after": "collected", "channel": "web"}
    assert acknowledged == {"move": 4, "after": "dispatched", "unit": "SAN"}, "the state stayed, so no `before`"


def test_what_an_act_says_is_told_as_it_said_it() -> None:
    move = CaseMove(position=2, act="answer", from_state="dispatched", to_state="answered")
    told = move.told({"done": [], "photos": 0, "was": None})
    assert told == {"move": 2, "before": "dispatched", "after": "answered", "done": [], "photos": 0, "was": None}
