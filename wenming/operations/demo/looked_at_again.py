"""What is judged after a case is closed: small matters settled by their finders, appeals of units, blind re-checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import F

from wenming.cases import services as cases
from wenming.cases.models import Appeal, Case, Recheck
from wenming.cases.models.appeals import LATE, REWORK
from wenming.cases.models.rechecks import AGAIN, SOLVED, UNSEEN, UNSOLVED
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import contestable, last_handling
from wenming.observations.models import Channel

from .chance import chance
from .city import DemoCity
from .history import History, carry_out_reactions
from .life import Life, draw_seen

SETTLED, CONTESTED = 14, 12
DRAWN_BEFORE = timedelta(days=6)
# Of a hundred closures looked at again: closed rightly, not solved, back since, could not be seen.
FOUND = {SOLVED: 91, UNSOLVED: 3, AGAIN: 4, UNSEEN: 2}
LOOKED_AT = 0.8
NOTES = {UNSOLVED: "还在原处", UNSEEN: "有围挡"}
APPEALS = {LATE: "现场封闭施工，单位无法进入，已附通知", REWORK: "返工的是旁边另一处，不是本件"}
RULINGS = {True: "核对了通知和照片，情况属实", False: "通知的日期在时限之后，不成立"}


def settled_on_the_spot(history: History) -> Iterator[Iterator[datetime]]:
    """小案自处 of the last two weeks, one story each."""
    for days in range(SETTLED):
        number, rng = history.next_case()
        seen = draw_seen(history.city, rng, number)
        seen.channel = Channel.FIELD
        opened = history.city.work_time(history.city.centre).after(history.city.now - timedelta(days=days), -rng.uniform(0.5, 6))
        yield _settled(Life(history.city, rng, seen, opened))


def _settled(life: Life) -> Iterator[datetime]:
    yield life.at
    life.report_it()
    life.settle()


@transaction.atomic
def appeals(city: DemoCity) -> None:
    """Some of the late and the reworked are contested; the office has decided the older half."""
    done = 0
    closed = Case.objects.filter(state=State.CLOSED, closed_at__gte=city.now - timedelta(days=12)).order_by("-closed_at", "pk")
    for case in closed.select_related("unit").iterator():
        handling = last_handling(case)
        what = contestable(case, handling, city.now) if handling and case.unit else []
        if not what:
            continue
        assert case.closed_at is not None and case.unit is not None
        rng = chance(city.seed, f"appeal {case.number}")
        asked = min(case.closed_at + timedelta(hours=rng.uniform(1, 20)), city.now)
        appealed = cases.appeal(case, about=what[-1], reason=APPEALS[what[-1]], by=city.handler(case.unit), now=asked)
        if done % 3:
            _rule(city, case, appealed, granted=done % 3 == 1, now=min(asked + timedelta(hours=rng.uniform(1, 9)), city.now))
        done += 1
        if done == CONTESTED:
            break
    carry_out_reactions()


def _rule(city: DemoCity, case: Case, appealed: Appeal, *, granted: bool, now: datetime) -> None:
    cases.decide_appeal(case, appealed, granted=granted, reason=RULINGS[granted], by=city.officer, now=now)


@transaction.atomic
def rechecks(city: DemoCity) -> None:
    """Last quarter's closures, drawn some days ago; most have been looked at, and what was not solved is under way again."""
    drawn_at = city.now - DRAWN_BEFORE
    cases.draw_rechecks(drawn_at)
    for one in Recheck.objects.select_related("case", "unit").order_by(F("case__number")):
        # By the case, not by its place in the lot: the lot follows from a journal that is never twice the same.
        rng = chance(city.seed, f"recheck {one.case.number}")
        if rng.random() < LOOKED_AT:
            _look(city, one, rng, city.work_time(city.centre).after(drawn_at, rng.uniform(1, 24)))
    carry_out_reactions()


def _look(city: DemoCity, one: Recheck, rng: Random, now: datetime) -> None:
    now = min(now, city.now)
    found = rng.choices(list(FOUND), list(FOUND.values()))[0]
    cases.find_recheck(one, found=found, note=NOTES.get(found, ""), by=city.looker(one.unit), now=now)
    if found == UNSOLVED and now < city.now - timedelta(hours=3):
        case, dispatcher = Case.objects.get(pk=one.case_id), city.dispatcher(rng)
        assert case.problem_type is not None
        unit, why = city.who_answers(case.problem_type, case.placement)
        cases.dispatch(case, to=unit, by=dispatcher, now=now + timedelta(minutes=rng.randrange(5, 90)), why=why)
