"""Asking who answers for it: how every town and department stands, the one page for leaders, and their orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from wenming.organisations.models import Account, Person, Unit, UnitKind
from wenming.organisations.selectors import heads_of

from . import figures
from .models import LeaderOrder
from .rules.exceptions import DEFAULT, NOTHING, Concern, Figures, Level, Reason, Signal, Standing, concerns
from .wording import reason_words, since_words

LAST_ORDERS = 4
# Which list stands behind a reason.
BEHIND = {
    Signal.LATE: "open_late", Signal.ON_TIME: "due", Signal.UNHAPPY: "unhappy", Signal.REWORK: "reworked",
    Signal.REPEAT: "repeat",
}  # fmt: skip


@dataclass(frozen=True)
class Why:
    """One reason as people read it, and the name of the figure whose cases stand behind it."""

    words: str
    figure: str
    since: str


@dataclass(frozen=True)
class UnitLine:
    """A town or department: its figures, what is wrong with it if anything, and who answers for it."""

    unit: Unit
    weeks: Sequence[Figures]
    head: Person | None
    level: str
    reasons: tuple[Why, ...]

    @property
    def now(self) -> Figures:
        return self.weeks[0]

    @property
    def since(self) -> str:
        return self.reasons[0].since if self.reasons else ""

    @property
    def sentence(self) -> str:
        return "；".join(why.words for why in self.reasons)


@dataclass(frozen=True)
class Overview:
    """How the whole city stands at one moment: every town and department, the exceptions first in their own list."""

    now: datetime
    city: Sequence[Figures]
    lines: Mapping[str, UnitLine]
    exceptions: tuple[UnitLine, ...]
    more_exceptions: tuple[UnitLine, ...]

    @property
    def towns(self) -> list[UnitLine]:
        return [line for line in self.lines.values() if line.unit.kind == UnitKind.TOWN]

    @property
    def departments(self) -> list[UnitLine]:
        return [line for line in self.lines.values() if line.unit.kind == UnitKind.DEPARTMENT]


def overview(now: datetime) -> Overview:
    """Everything the leaders' pages say about units, in a number of queries that grows with neither units nor cases."""
    units, counted = figures.answering_units(), figures.count(now)
    city = figures.whole_city(counted)
    late, repeats = figures.late_by_kind(now), figures.repeats_by_town(now)
    standings = [
        Standing(
            code, counted.get(code, [NOTHING] * figures.WEEKS), next(iter(late.get(code, [])), ("", 0)),
            repeats.get(unit.area_code, []) if unit.kind == UnitKind.TOWN else [],
        )
        for code, unit in units.items()
    ]  # fmt: skip
    found = concerns(standings, city)
    heads = heads_of(units.values(), timezone.localdate(now))
    lines = _lines(standings, found, units, heads, city)
    worst = tuple(lines[concern.standing.code] for concern in found)
    return Overview(now, city, lines, worst[: DEFAULT.most], worst[DEFAULT.most :])


def mainly_in(now: datetime) -> tuple[Unit, str] | None:
    """Where the on-time share fell: the unit and kind of problem that missed most more than the week before."""
    more = figures.missed_by_kind(now)
    if not more:
        return None
    (code, kind), extra = max(more.items(), key=lambda item: (item[1], item[0]))
    return (Unit.objects.get(code=code), kind) if extra > 0 else None


def orders_visible_to(user: Account | AnonymousUser) -> QuerySet[LeaderOrder]:
    """All orders for leaders and the office, else those to one's own unit and the units below it."""
    orders = LeaderOrder.objects.select_related("to", "by", "duty__calendar", "duty__schedule")
    if not isinstance(user, Account) or not user.is_active:
        return orders.none()
    if user.may("leaders.read"):
        return orders
    return orders.filter(to__path__startswith=user.unit.path) if user.may("duties.see") else orders.none()


def last_orders(user: Account) -> QuerySet[LeaderOrder]:
    """The newest few: a leader's own, everybody's for the office."""
    orders = orders_visible_to(user)
    return (orders.filter(by=user) if user.may("leaders.order") else orders)[:LAST_ORDERS]


def _lines(
    standings: Iterable[Standing], found: Iterable[Concern], units: Mapping[str, Unit], heads: Mapping[int, Person],
    city: Sequence[Figures],
) -> dict[str, UnitLine]:  # fmt: skip
    wrong = {concern.standing.code: concern for concern in found}
    return {one.code: _line(one, wrong.get(one.code), units[one.code], heads, city) for one in standings}


def _line(
    standing: Standing, concern: Concern | None, unit: Unit, heads: Mapping[int, Person], city: Sequence[Figures]
) -> UnitLine:
    reasons = tuple(_why(reason, standing, city[0]) for reason in concern.reasons) if concern else ()
    level = str(concern.level) if concern else "done"
    return UnitLine(unit, standing.weeks, heads.get(unit.pk), level, reasons)


def _why(reason: Reason, standing: Standing, city: Figures) -> Why:
    return Why(reason_words(reason, standing, city), BEHIND[reason.signal], since_words(reason, figures.WEEKS))


def by_level(lines: Iterable[UnitLine]) -> dict[str, list[UnitLine]]:
    """{level: lines}, 需要过问 first."""
    found = list(lines)
    return {level.value: [line for line in found if line.level == level] for level in Level}
