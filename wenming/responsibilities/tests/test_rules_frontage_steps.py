"""提醒 → 责令改正 → 陈述申辩 → 移送: which step when, as a table, and that no order of pressing skips one. Policy: 3.5."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.responsibilities.rules.frontage_steps import (
    ORDER_OF_STEPS,
    Facts,
    Look,
    StepKind,
    Taken,
    WhyNot,
    why_not,
    why_not_hear,
)

DAY = timedelta(days=1)
T0 = datetime(2026, 11, 16, 1, tzinfo=UTC)
TOLD = Facts(notice_at=T0 - DAY, looks=[Look(T0, False, True)])


def served(kind: StepKind, at: datetime) -> Taken:
    return Taken(kind, at, at, at + DAY)


REMINDED = replace(TOLD, steps=[served(StepKind.REMINDER, T0)], looks=[Look(T0 + 2 * DAY, False, True)])
ORDERED = replace(REMINDED, steps=[*REMINDED.steps, served(StepKind.ORDER, T0 + 2 * DAY)], looks=[Look(T0 + 4 * DAY, False, True)])
TOLD_OF_HEARING = replace(ORDERED, steps=[*ORDERED.steps, served(StepKind.HEARING, T0 + 4 * DAY)])
HEARD = replace(TOLD_OF_HEARING, heard_at=T0 + 4 * DAY + timedelta(hours=3))


@pytest.mark.parametrize(
    ("kind", "facts", "days", "expected"),
    [
        pytest.param(StepKind.REMINDER, TOLD, 1, None, id="a reminder once they were told of their area"),
        pytest.param(StepKind.REMINDER, replace(TOLD, notice_at=None), 1, WhyNot.NO_NOTICE, id="nobody owes what they were not told of"),
        pytest.param(StepKind.REMINDER, replace(TOLD, looks=[]), 1, WhyNot.NOT_LOOKED, id="nothing was seen"),
        pytest.param(StepKind.REMINDER, replace(TOLD, looks=[Look(T0 - 2 * DAY, False, True)]), 1, WhyNot.NOT_LOOKED,
                     id="what was seen before they were told"),
        pytest.param(StepKind.REMINDER, replace(TOLD, looks=[Look(T0, False, False)]), 1, WhyNot.NO_EVIDENCE, id="nothing to show"),
        pytest.param(StepKind.ORDER, TOLD, 9, WhyNot.OUT_OF_ORDER, id="an order without a reminder"),
        pytest.param(StepKind.REFERRAL, ORDERED, 9, WhyNot.OUT_OF_ORDER, id="a referral without a hearing"),
        pytest.param(StepKind.REMINDER, REMINDED, 9, WhyNot.OUT_OF_ORDER, id="a second reminder"),
        pytest.param(StepKind.ORDER, REMINDED, 3, None, id="an order after the reminder's term"),
        pytest.param(StepKind.ORDER, replace(REMINDED, steps=[replace(REMINDED.steps[0], served_at=None, due_at=None)]), 9,
                     WhyNot.NOT_SERVED, id="a reminder that never reached them"),
        pytest.param(StepKind.ORDER, replace(REMINDED, looks=[Look(T0 + DAY / 2, False, True)]), 0.9, WhyNot.TOO_SOON, id="within the term"),
        pytest.param(StepKind.ORDER, replace(REMINDED, looks=[Look(T0, False, True)]), 9, WhyNot.NOT_LOOKED, id="not looked at since"),
        pytest.param(StepKind.ORDER, replace(REMINDED, looks=[Look(T0 + 2 * DAY, True, True)]), 9, WhyNot.MENDED, id="it is mended"),
        pytest.param(StepKind.ORDER, replace(REMINDED, claimed_at=T0 + 2.5 * DAY), 9, WhyNot.CLAIM_WAITS, id="they say that it is mended"),
        pytest.param(StepKind.ORDER, REMINDED, 1.5, WhyNot.BACK_DATED, id="before what is on record"),
        pytest.param(StepKind.HEARING, ORDERED, 5, None, id="the right to be heard after the order's term"),
        pytest.param(StepKind.REFERRAL, TOLD_OF_HEARING, 9, WhyNot.NOT_HEARD, id="nobody has listened yet"),
        pytest.param(StepKind.REFERRAL, HEARD, 5, None, id="a referral once they were heard"),
        pytest.param(StepKind.REFERRAL, replace(HEARD, statements=[T0 + 4.5 * DAY]), 9, WhyNot.NOT_HEARD, id="they added to it in time"),
        pytest.param(StepKind.REFERRAL, replace(HEARD, statements=[T0 + 5.5 * DAY]), 9, None, id="what they add later holds nothing up"),
        pytest.param(StepKind.REFERRAL, replace(HEARD, heard_at=T0 + 3 * DAY), 9, WhyNot.NOT_HEARD, id="heard before they knew of it"),
        pytest.param(StepKind.REFERRAL, replace(HEARD, ended_at=T0 + 5 * DAY), 9, WhyNot.ENDED, id="it has ended"),
    ],
)  # fmt: skip
def test_each_step_has_its_moment(kind: StepKind, facts: Facts, days: float, expected: WhyNot | None) -> None:
    assert why_not(kind, facts, T0 + days * DAY) == expected


@pytest.mark.parametrize(
    ("facts", "days", "waived", "expected"),
    [
        pytest.param(TOLD_OF_HEARING, 4.1, False, None, id="they may speak at once"),
        pytest.param(TOLD_OF_HEARING, 4.1, True, WhyNot.TOO_SOON, id="silence counts only after the term"),
        pytest.param(TOLD_OF_HEARING, 5.1, True, None, id="silence after the term"),
        pytest.param(replace(TOLD_OF_HEARING, statements=[T0 + 4.5 * DAY]), 9, True, WhyNot.SPOKE, id="who spoke has not kept silent"),
        pytest.param(HEARD, 9, True, WhyNot.SPOKE, id="nor who was heard"),
        pytest.param(replace(TOLD_OF_HEARING, statements=[T0 + 5.5 * DAY]), 9, True, None, id="who spoke when it was over kept silent in time"),
        pytest.param(ORDERED, 9, False, WhyNot.OUT_OF_ORDER, id="they were not told of their right"),
        pytest.param(replace(TOLD_OF_HEARING, steps=[*ORDERED.steps, Taken(StepKind.HEARING, T0 + 4 * DAY)]), 9, True,
                     WhyNot.NOT_SERVED, id="the letter never reached them"),
    ],
)  # fmt: skip
def test_who_may_be_heard_when(facts: Facts, days: float, waived: bool, expected: WhyNot | None) -> None:
    assert why_not_hear(facts, T0 + days * DAY, waived=waived) == expected


ACTS = st.sampled_from([*StepKind, "serve", "look", "look_without", "mended", "claim", "say", "hear", "waive"])


@given(st.booleans(), st.lists(st.tuples(ACTS, st.floats(-1, 3)), max_size=40))
@settings(max_examples=500)
def test_whatever_is_pressed_no_step_is_ever_skipped_doubled_or_back_dated(told: bool, presses: list[tuple[object, float]]) -> None:
    now, facts = T0, Facts(notice_at=T0 if told else None)
    for act, days in presses:
        moment = now + days * DAY
        if isinstance(act, StepKind):
            if why_not(act, facts, moment) is None:
                facts = replace(facts, steps=[*facts.steps, Taken(act, moment)])
                now = moment
        elif moment < now:
            continue
        elif act == "serve" and facts.last_step and facts.last_step.served_at is None:
            facts = replace(facts, steps=[*facts.steps[:-1], replace(facts.last_step, served_at=moment, due_at=moment + DAY)])
            now = moment
        elif act in {"look", "look_without", "mended"}:
            facts = replace(facts, looks=[*facts.looks, Look(moment, act == "mended", act != "look_without")])
            now = moment
        elif act == "claim":
            facts, now = replace(facts, claimed_at=moment), moment
        elif act == "say":
            facts, now = replace(facts, statements=[*facts.statements, moment]), moment
        elif act in {"hear", "waive"} and why_not_hear(facts, moment, waived=act == "waive") is None:
            facts, now = replace(facts, heard_at=moment), moment

    kinds = [one.kind for one in facts.steps]
    assert kinds == list(ORDER_OF_STEPS[: len(kinds)])
    assert told or not kinds
    for before, after in zip(facts.steps, facts.steps[1:], strict=False):
        assert before.served_at is not None and before.due_at is not None
        assert before.issued_at <= before.served_at <= after.issued_at
        assert after.kind is StepKind.REFERRAL or after.issued_at > before.due_at
        shown = [look for look in facts.looks if look.at <= after.issued_at]
        assert shown and shown[-1].shown and not shown[-1].mended and facts.notice_at is not None and shown[-1].at >= facts.notice_at
    if StepKind.REFERRAL in kinds:
        assert facts.heard_at is not None
        letter, referral = facts.steps[2], facts.steps[3]
        assert letter.served_at is not None and letter.due_at is not None
        in_time = [each for each in facts.statements if letter.served_at <= each <= min(letter.due_at, referral.issued_at)]
        assert all(each <= facts.heard_at for each in in_time), "whatever they said in time was recorded"
