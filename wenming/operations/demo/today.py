"""Today's work: enough of everything that every role finds its desk full, with clocks late, soon and running."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from wenming.organisations.models import Unit, UnitKind
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.territory.selectors import home_of

from .accounts import DEMO_COMMUNITY, DEMO_CONTRACTOR, EAST, SHIQI
from .city import DemoCity
from .history import History
from .life import Life, Seen, Wait, draw_seen
from .problems import limit_of
from .stories import Story

DEMO_UNITS = ("CGZF", SHIQI, EAST, DEMO_COMMUNITY, DEMO_CONTRACTOR)
ATTEMPTS = 20_000
# Shares of the limit that have run: two late, two soon, two with time left.
CLOCKS = (1.7, 1.15, 0.9, 0.8, 0.45, 0.1)
ACCEPT_HOURS = (1.6, 1.2, 0.9, 0.8, 0.5, 0.4, 0.2, 0.05)
DISPATCH_HOURS = (1.5, 1.1, 0.9, 0.6, 0.4, 0.2, 0.05)
BEFORE_HOURS = (2.6, 1.8, 1.6, 1.0, 0.6, 0.2)
AFTER_HOURS = (9.0, 7.5, 6.5, 3.0, 1.5, 0.4)
CLOSE_HOURS = (4.5, 2.0, 0.5)


def plan_today(history: History) -> None:
    """Let begin what should stand on the desks now."""
    _queues_of_the_command_centre(history)
    for unit in (history.city.units[code] for code in DEMO_UNITS):
        _duties_of(history, unit)


def _queues_of_the_command_centre(history: History) -> None:
    city = history.city
    shiqi, law = city.units[SHIQI], city.units["CGZF"]
    for hours in ACCEPT_HOURS:
        history.begin(_just_reported(_life(history, hours)))
    for hours in DISPATCH_HOURS:
        history.begin(_established(_life(history, hours)))
    for hours in BEFORE_HOURS:
        history.begin(_sent_to_look(city.centre)(_life(history, hours)))
        history.begin(_sent_to_look(shiqi)(_life(history, hours, town_code=SHIQI)))
    for hours in (0.7, 0.3):
        history.begin(_looked_at(_life(history, hours)))
    for number, hours in enumerate(AFTER_HOURS):
        in_shiqi = city.units[DEMO_CONTRACTOR] if number % 2 else law
        history.begin(_answered(hours)(_life(history, hours + 8, unit=in_shiqi, town_code=SHIQI)))
        history.begin(_answered(hours)(_life(history, hours + 8)))
    for hours in CLOSE_HOURS:
        history.begin(_verified(hours)(_life(history, hours + 10)))


def _duties_of(history: History, unit: Unit) -> None:
    for share in CLOCKS:
        history.begin(_with_the_unit(_sent_life(history, unit, share)))
    history.begin(_asking_for_time(_sent_life(history, unit, 0.6)))
    history.begin(_standing(_sent_life(history, unit, 0.5)))
    history.begin(_sent_back(_sent_life(history, unit, 0.7)))
    if unit.kind in {UnitKind.DEPARTMENT, UnitKind.TOWN}:
        history.begin(_contested(_sent_life(history, unit, 0.3)))
        history.begin(_supported(_sent_life(history, unit, 0.4)))
    if unit.code == "CGZF":
        history.begin(_handed_back(_sent_life(history, unit, 0.3)))


# lives that reach exactly the wanted point by now


def _life(history: History, hours: float, *, unit: Unit | None = None, town_code: str = "") -> Life:
    """A case reported so many working hours ago (and a few minutes for what comes before the wanted state)."""
    number, rng = history.next_case()
    seen = _seen(history.city, rng, number, unit, town_code)
    opened_at = history.city.work_time(history.city.centre).after(history.city.now, -hours)
    return Life(history.city, rng, seen, opened_at - timedelta(minutes=rng.randrange(2, 9)))


def _sent_life(history: History, unit: Unit, share: float) -> Life:
    """A case of which this share of the unit's limit has run by now."""
    number, rng = history.next_case()
    city = history.city
    town_code = unit.area_code[:9] or (unit.parent.area_code if unit.parent else "")
    seen = _seen(city, rng, number, unit, town_code)
    seen.rule = max(seen.problem.rules, key=lambda rule: _suits(limit_of(rule)))
    sent_at = city.work_time(unit).share_of(limit_of(seen.rule), -share, city.now)
    life = Life(city, rng, seen, city.work_time(city.centre).after(sent_at, -0.6))
    life.sent_at = sent_at
    return life


def _suits(limit: Limit) -> int:
    """One to three working days show a clock best: not over in an hour, and not for weeks."""
    return {LimitUnit.WORK_DAYS: 20 - abs(limit.amount - 2), LimitUnit.WORK_HOURS: limit.amount}.get(limit.unit, 0)


def _seen(city: DemoCity, rng: Random, number: int, unit: Unit | None, town_code: str) -> Seen:
    for _attempt in range(ATTEMPTS):
        seen = draw_seen(city, rng, number, town_code=town_code)
        home = home_of(seen.spot.longitude, seen.spot.latitude)
        if unit is None or (home and city.who_answers(seen.problem.type, home)[0].pk == unit.pk):
            return seen
    raise LookupError(f"no problem anywhere that {unit} would answer for")


# stories that stop where the desk begins


def _just_reported(life: Life) -> Wait:
    yield life.at
    life.report_it()


def _established(life: Life) -> Wait:
    yield from _just_reported(life)
    yield from life.wait_until(life.at + timedelta(minutes=1))
    life.establish()


def _sent_to_look(unit: Unit) -> Story:
    def story(life: Life) -> Iterator[datetime]:
        yield from _just_reported(life)
        yield from life.wait_until(life.at + timedelta(minutes=1))
        life.ask_verification(unit)

    return story


def _looked_at(life: Life) -> Wait:
    yield from _sent_to_look(life.city.centre)(life)
    yield from life.wait_until(life.at + timedelta(minutes=1))
    life.verify_before(life.rng.random() < 0.5)


def _with_the_unit(life: Life) -> Wait:
    yield from _just_reported(life)
    yield from life.wait(0.3)
    life.establish()
    yield from life.wait_until(life.sent_at or life.at)
    life.dispatch()


def _asking_for_time(life: Life) -> Wait:
    yield from _with_the_unit(life)
    yield from life.wait_until_share(0.3)
    life.acknowledge()
    yield from life.wait_until_share(0.5)
    life.ask_extension(Limit(1, LimitUnit.WORK_DAYS))


def _standing(life: Life) -> Wait:
    yield from _with_the_unit(life)
    yield from life.wait_until_share(0.4)
    life.suspend()


def _sent_back(life: Life) -> Wait:
    yield from _with_the_unit(life)
    yield from life.wait_until_share(0.4)
    life.answer()
    yield from life.wait_until_share(0.5)
    life.send_back()


def _handed_back(life: Life) -> Wait:
    """Sent past the matrix; the unit names whom the matrix names, so the dispatcher may simply send it on."""
    yield from _just_reported(life)
    yield from life.wait(0.3)
    life.establish()
    yield from life.wait_until(life.sent_at or life.at)
    right, _why = life.city.who_answers(life.seen.problem.type, life.case.placement)
    life.dispatch(life.city.another_unit(right, life.rng), "按以往办理情况派遣")
    yield from life.wait_until_share(0.25)
    life.hand_back(right)


def _contested(life: Life) -> Wait:
    """The unit names another than the matrix does: it waits for the office's ruling."""
    yield from _with_the_unit(life)
    yield from life.wait_until_share(0.25)
    assert life.case.unit is not None
    life.hand_back(life.city.another_unit(life.case.unit, life.rng))


def _supported(life: Life) -> Wait:
    """A department's part is done by another; what a town asks of the urban management waits for it."""
    yield from _with_the_unit(life)
    yield from life.wait_until_share(0.2)
    assert life.case.unit is not None
    asked = life.city.units["CGZF"]
    done = life.case.unit == asked
    life.ask_support(life.city.another_unit(asked, life.rng) if done else asked)
    if done:
        yield from life.few_minutes()
        life.answer_support()


def _answered(hours: float) -> Story:
    """Answered so many working hours ago."""

    def story(life: Life) -> Iterator[datetime]:
        yield from _with_the_unit(life)
        yield from life.wait(0.5)
        life.acknowledge()
        yield from life.wait_until(life.city.work_time(life.city.centre).after(life.city.now, -hours))
        life.answer()

    return story


def _verified(hours: float) -> Story:
    def story(life: Life) -> Iterator[datetime]:
        yield from _answered(hours + 2)(life)
        yield from life.wait_until(life.city.work_time(life.city.centre).after(life.city.now, -hours))
        life.pass_verification()

    return story
