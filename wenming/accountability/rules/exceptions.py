"""Which towns and departments a leader should look at, and why (1.5, 12.4). Eight at most; the rest is in order.

There is no score: each reason stands on its own figure, in its own unit of measure. A share counts only when it
differs from the whole city's by a margin and not by chance, so a unit with three cases raises no alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from .shares import Share, surely_above, surely_below


class Level(StrEnum):
    """How much of the leader's attention it wants; the names are those of the status tags."""

    ASK = "late"  # 需要过问
    WATCH = "soon"  # 需要留意


class Signal(StrEnum):
    """What is wrong."""

    LATE = "late"
    ON_TIME = "on_time"
    UNHAPPY = "unhappy"
    REWORK = "rework"
    REPEAT = "repeat"


@dataclass(frozen=True)
class Thresholds:
    """From when on a figure is worth a leader's time. A city may set its own."""

    long_late_ask: int = 2
    long_late_watch: int = 1
    open_late_ask: int = 8
    open_late_watch: int = 3
    on_time_margin: float = 5.0
    unhappy_margin: float = 5.0
    rework_margin: float = 5.0
    # Below so many cases a share of one unit is never called out, however far off.
    least_counted: int = 15
    repeat_watch: int = 5
    # A share that stays bad for so many weeks is asked about, not only watched.
    weeks_until_ask: int = 2
    most: int = 8


DEFAULT = Thresholds()


@dataclass(frozen=True)
class Figures:
    """What is counted of one unit, or of the city, at one moment.

    open_late, long_late: cases out at that moment past their time, and past it by more than three days.
    due, on_time: what came due in the seven days before. The others: of the twenty-eight days before.
    """

    open_late: int = 0
    long_late: int = 0
    due: int = 0
    on_time: int = 0
    handled: int = 0
    reworked: int = 0
    rated: int = 0
    unhappy: int = 0

    @property
    def on_time_share(self) -> Share:
        return Share(self.on_time, self.due)

    @property
    def rework_share(self) -> Share:
        return Share(self.reworked, self.handled)

    @property
    def unhappy_share(self) -> Share:
        return Share(self.unhappy, self.rated)

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


NOTHING = Figures()


@dataclass(frozen=True)
class Repeat:
    """The same kind of problem again and again in one grid, within twenty-eight days."""

    place: str
    what: str
    cases: int


@dataclass(frozen=True)
class Standing:
    """One unit as the rule sees it: its figures now and at the same hour one, two, three … weeks ago."""

    code: str
    weeks: Sequence[Figures]
    late_mostly: tuple[str, int] = ("", 0)
    repeats: Sequence[Repeat] = ()

    @property
    def now(self) -> Figures:
        return self.weeks[0]


@dataclass(frozen=True)
class Reason:
    """One figure out of order. weeks: for how many weeks running, this one counted; 1 is new."""

    signal: Signal
    level: Level
    weeks: int
    excess: float


@dataclass(frozen=True)
class Concern:
    """A unit to look at: its worst reason first."""

    standing: Standing
    reasons: tuple[Reason, ...]

    @property
    def level(self) -> Level:
        return self.reasons[0].level

    @property
    def weeks(self) -> int:
        return self.reasons[0].weeks


def concerns(standings: Iterable[Standing], city: Sequence[Figures], thresholds: Thresholds = DEFAULT) -> list[Concern]:
    """Every unit out of order, the worst first. `city[i]` is the whole city at the moment of `weeks[i]`."""
    found = [Concern(one, reasons) for one in standings if (reasons := reasons_for(one, city, thresholds))]
    return sorted(found, key=_gravity)


def reasons_for(standing: Standing, city: Sequence[Figures], thresholds: Thresholds = DEFAULT) -> tuple[Reason, ...]:
    """Why a leader should look at this unit, the gravest reason first; () when it is in order."""
    found = [_reason(signal, standing, city, thresholds) for signal in Signal]
    return tuple(sorted((reason for reason in found if reason), key=lambda r: (r.level != Level.ASK, -r.excess)))


def _gravity(concern: Concern) -> tuple[object, ...]:
    asked = sum(reason.level == Level.ASK for reason in concern.reasons)
    return (concern.level != Level.ASK, -asked, -concern.reasons[0].excess, concern.standing.code)


def _reason(signal: Signal, standing: Standing, city: Sequence[Figures], limits: Thresholds) -> Reason | None:
    if signal == Signal.REPEAT:
        return _repeats(standing, limits)
    weeks = _weeks_running(signal, standing.weeks, city, limits)
    if not weeks:
        return None
    level = _late_level(standing.now, limits) if signal == Signal.LATE else _level_of_a_share(weeks, limits)
    return Reason(signal, level, weeks, _excess(signal, standing.now, city[0]))


def _weeks_running(signal: Signal, weeks: Sequence[Figures], city: Sequence[Figures], limits: Thresholds) -> int:
    """For how many weeks running, back from now, the figure has been out of order."""
    running = 0
    for own, whole in zip(weeks, city, strict=True):
        if not _out_of_order(signal, own, whole, limits):
            break
        running += 1
    return running


def _out_of_order(signal: Signal, own: Figures, city: Figures, limits: Thresholds) -> bool:
    if signal == Signal.LATE:
        return own.long_late >= limits.long_late_watch or own.open_late >= limits.open_late_watch
    if _share_of(signal, own).whole < limits.least_counted:
        return False
    if signal == Signal.ON_TIME:
        return surely_below(own.on_time_share, city.on_time_share, limits.on_time_margin)
    margin = limits.unhappy_margin if signal == Signal.UNHAPPY else limits.rework_margin
    return surely_above(_share_of(signal, own), _share_of(signal, city), margin)


def _share_of(signal: Signal, figures: Figures) -> Share:
    shares = {Signal.ON_TIME: figures.on_time_share, Signal.UNHAPPY: figures.unhappy_share}
    return shares.get(signal, figures.rework_share)


def _late_level(own: Figures, limits: Thresholds) -> Level:
    grave = own.long_late >= limits.long_late_ask or own.open_late >= limits.open_late_ask
    return Level.ASK if grave else Level.WATCH


def _level_of_a_share(weeks: int, limits: Thresholds) -> Level:
    return Level.ASK if weeks >= limits.weeks_until_ask else Level.WATCH


def _repeats(standing: Standing, limits: Thresholds) -> Reason | None:
    most = max((repeat.cases for repeat in standing.repeats), default=0)
    # Where problems come back says something about the place, not that the unit is slow: never more than a watch.
    return Reason(Signal.REPEAT, Level.WATCH, 1, most) if most >= limits.repeat_watch else None


def _excess(signal: Signal, own: Figures, city: Figures) -> float:
    """How far out of order, to put the worst first among reasons of one level."""
    if signal == Signal.LATE:
        return own.long_late * 10 + own.open_late
    return round(abs((_share_of(signal, own).percent or 0) - (_share_of(signal, city).percent or 0)), 1)
