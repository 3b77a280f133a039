"""How cases go in the demo city. Each story is a generator: it yields the moment at which its next act happens.

The history (history.py) runs all stories side by side in the order of time; where "now" cuts a story, the case stands
in whatever state it has reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from wenming.responsibilities.rules.clock import Limit, LimitUnit

from . import words
from .life import Life, Wait

Story = Callable[[Life], Iterator[datetime]]
ON_TIME, LATE = (0.12, 0.9), (1.05, 2.4)


def in_time(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def late(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from _answered(life, LATE)
    yield from _to_the_end(life)


def looked_at_first(life: Life) -> Wait:
    yield from _looked_at(life, holds=True)
    yield from _established_and_dispatched(life)
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def not_accepted(life: Life) -> Wait:
    if life.rng.random() < 0.5:
        yield from _looked_at(life, holds=False)
        reason = words.NOT_ACCEPTED[0]
    else:
        yield from _reported(life)
        reason = life.rng.choice(words.NOT_ACCEPTED[1:])
    yield from life.few_minutes()
    life.refuse(reason)


def handed_back(life: Life) -> Wait:
    """Sent to the wrong unit, which names the right one."""
    yield from _reported(life)
    yield from life.few_minutes()
    life.establish()
    right, why = life.city.who_answers(life.seen.problem.type, life.case.placement)
    yield from life.few_minutes()
    life.dispatch(life.city.another_unit(right, life.rng), "按以往办理情况派遣")
    yield from life.wait(life.rng.uniform(0.3, 2))
    life.hand_back(right)
    yield from life.few_minutes()
    life.dispatch(right, why)
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def disputed(life: Life) -> Wait:
    """Sent to the right unit, which names another; the office rules that it was right, and its clock goes on."""
    yield from _out_to_the_unit(life)
    holder = life.case.unit
    assert holder is not None
    yield from life.wait(life.rng.uniform(0.2, 1))
    life.hand_back(life.city.another_unit(holder, life.rng))
    yield from life.wait(life.rng.uniform(0.5, 3))
    life.arbitrate(holder, "continues")
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def together(life: Life) -> Wait:
    """Another unit does a part of it; the lead answers when that is done."""
    yield from _out_to_the_unit(life)
    holder = life.case.unit
    assert holder is not None
    yield from life.few_minutes()
    life.ask_support(life.city.another_unit(holder, life.rng))
    yield from life.few_minutes()
    life.answer_support()
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def reworked(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from _answered(life, (0.1, 0.5))
    yield from life.wait(life.rng.uniform(0.5, 5))
    life.send_back()
    yield from life.wait(life.rng.uniform(0.5, 6), life.case.unit)
    life.answer()
    yield from _to_the_end(life)


def extended(life: Life) -> Wait:
    yield from _extension_decided(life, granted=True)
    yield from life.wait_until_share(life.rng.uniform(1.0, 1.3))
    life.answer()
    yield from _to_the_end(life)


def extension_refused(life: Life) -> Wait:
    yield from _extension_decided(life, granted=False)
    yield from life.wait_until_share(life.rng.uniform(0.9, 1.4))
    life.answer()
    yield from _to_the_end(life)


def suspended(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from life.wait_until_share(life.rng.uniform(0.2, 0.6))
    life.suspend()
    yield from life.wait(life.rng.uniform(24, 120))
    life.resume()
    yield from life.wait(life.rng.uniform(1, 8), life.case.unit)
    life.answer()
    yield from _to_the_end(life)


def suspended_for_long(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from life.wait_until_share(life.rng.uniform(0.2, 0.6))
    life.suspend()


def reopened(life: Life) -> Wait:
    yield from _out_to_the_unit(life)
    yield from _answered(life, ON_TIME)
    yield from _closed(life)
    life.at += timedelta(hours=life.rng.uniform(3, 40))
    yield life.at
    life.rate(life.rng.choice((1, 2)))
    life.reopen()
    yield from life.few_minutes()
    life.dispatch()
    yield from _answered(life, ON_TIME)
    yield from _to_the_end(life)


def seen_twice(first: Life) -> Story:
    """Another reporter's story of the same problem: merged while the first case is open, else a case of its own."""

    def again(life: Life) -> Wait:
        yield from _reported(life)
        yield from life.few_minutes()
        if not first.reload().ended:
            life.merge_into(first.case)
            return
        yield from _established_and_dispatched(life)
        yield from _answered(life, ON_TIME)
        yield from _to_the_end(life)

    return again


# parts of stories


def _reported(life: Life) -> Wait:
    yield life.at
    life.report_it()


def _looked_at(life: Life, holds: bool) -> Wait:
    yield from _reported(life)
    yield from life.few_minutes()
    life.ask_verification(life.city.centre)
    yield from life.wait(life.rng.uniform(0.3, 2.2))
    life.verify_before(holds)


def _out_to_the_unit(life: Life) -> Wait:
    yield from _reported(life)
    yield from _established_and_dispatched(life)


def _established_and_dispatched(life: Life) -> Wait:
    yield from life.few_minutes()
    life.establish()
    yield from life.few_minutes()
    life.dispatch()


def _answered(life: Life, shares: tuple[float, float]) -> Wait:
    share = life.rng.uniform(*shares)
    if life.rng.random() < 0.8:
        yield from life.wait_until_share(min(0.1, share / 2))
        life.acknowledge()
    yield from life.wait_until_share(share)
    life.answer()


def _extension_decided(life: Life, granted: bool) -> Wait:
    yield from _out_to_the_unit(life)
    yield from life.wait_until_share(life.rng.uniform(0.3, 0.7))
    extension = life.ask_extension(Limit(2, LimitUnit.WORK_DAYS))
    yield from life.few_minutes()
    life.decide_extension(extension, granted)


def _closed(life: Life) -> Wait:
    yield from life.wait(life.rng.uniform(0.5, 7))
    life.pass_verification()
    yield from life.wait(life.rng.uniform(0.1, 3))
    life.close()


def _to_the_end(life: Life) -> Wait:
    yield from _closed(life)
    if life.rng.random() < 0.45:
        life.at += timedelta(hours=life.rng.uniform(0.5, 60))
        yield life.at
        life.rate(life.rng.choices((5, 4, 3, 2, 1), (46, 28, 13, 8, 5))[0])


SHARES: tuple[tuple[Story, int], ...] = (
    (in_time, 50), (late, 12), (looked_at_first, 8), (not_accepted, 8), (handed_back, 6), (reworked, 6), (extended, 3),
    (extension_refused, 2), (suspended, 3), (suspended_for_long, 1), (reopened, 3), (disputed, 2), (together, 3),
)  # fmt: skip

LATE_WHERE_SLOW = 4


def choose_story(rng: Random, *, slow: bool) -> Story:
    """Draw how a case goes; in slow towns many more are late."""
    shares = [share * (LATE_WHERE_SLOW if slow and story is late else 1) for story, share in SHARES]
    return rng.choices([story for story, _share in SHARES], shares)[0]
