"""The life of a duty, as a table."""

from __future__ import annotations

import pytest

from wenming.responsibilities.rules.duty import (
    BECOMES,
    CLOCK_STANDS,
    DutyAct,
    DutyState,
    StepRefusedByRule,
    acts_open_to,
    step,
)


@pytest.mark.parametrize(
    ("story", "ends"),
    [
        pytest.param("acknowledge answer accept", "discharged", id="done and accepted"),
        pytest.param("answer send_back answer accept", "discharged", id="rework, then accepted"),
        pytest.param("answer send_back", "returned", id="sent back is open again"),
        pytest.param("answer send_back acknowledge suspend resume answer discharge", "discharged", id="a long one"),
        pytest.param("acknowledge hand_back", "withdrawn", id="not theirs"),
        pytest.param("acknowledge hand_back reinstate answer", "answered", id="theirs after all"),
        pytest.param("extend extend answer", "answered", id="extended twice"),
        pytest.param("suspend withdraw", "withdrawn", id="withdrawn while suspended"),
        pytest.param("discharge", "discharged", id="ended without an answer"),
    ],
)
def test_stories(story, ends):
    state = DutyState.OPEN
    for act in story.split():
        state = step(state, act)
    assert state == ends


@pytest.mark.parametrize(
    ("state", "act"),
    [
        pytest.param(DutyState.OPEN, DutyAct.ACCEPT, id="nothing to accept yet"),
        pytest.param(DutyState.ANSWERED, DutyAct.ANSWER, id="answered once is answered"),
        pytest.param(DutyState.ANSWERED, DutyAct.EXTEND, id="no more time after the answer"),
        pytest.param(DutyState.ANSWERED, DutyAct.HAND_BACK, id="whoever answered took it on"),
        pytest.param(DutyState.SUSPENDED, DutyAct.ANSWER, id="resumed before it is answered"),
        pytest.param(DutyState.SUSPENDED, DutyAct.SUSPEND, id="suspended once"),
        pytest.param(DutyState.OPEN, DutyAct.RESUME, id="nothing to resume"),
        pytest.param(DutyState.OPEN, "forget", id="no such act"),
    ],
)
def test_steps_that_are_not_in_the_table_are_refused(state, act):
    with pytest.raises(StepRefusedByRule) as refused:
        step(state, act)
    assert (refused.value.state, refused.value.act) == (state, act)


@pytest.mark.parametrize(
    ("state", "left"),
    [
        pytest.param(DutyState.WITHDRAWN, {DutyAct.REINSTATE}, id="only a ruling takes up what was withdrawn"),
        pytest.param(DutyState.DISCHARGED, {DutyAct.WITHDRAW}, id="an import taken back leaves no duty behind"),
    ],
)
def test_the_end_is_the_end(state, left):
    assert acts_open_to(state) == left


def test_every_state_is_in_the_table_and_can_be_reached():
    reached = {DutyState.OPEN, *(after for acts in BECOMES.values() for after in acts.values())}
    assert set(BECOMES) == reached == set(DutyState)


def test_every_live_duty_can_be_ended_by_whom_it_is_owed_to():
    live = set(DutyState) - {DutyState.DISCHARGED, DutyState.WITHDRAWN}
    assert all({DutyAct.DISCHARGE, DutyAct.WITHDRAW} <= acts_open_to(state) for state in live)


def test_the_clock_stands_while_somebody_else_is_waited_for():
    assert {DutyState.ANSWERED, DutyState.SUSPENDED} == CLOCK_STANDS
