"""The escalation ladder (临期 → 逾期 → 催办 → 督办) as data: nothing overdue is silent (5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wenming.words import gettext_noop as _

from .calendar import WorkCalendar
from .clock import Limit, LimitUnit, Schedule, deadline


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    after: a share of the limit (1.0 is the due moment), or a Limit counted from the due moment on.
    tells: who hears of it, by audience name: owner, dispatcher, supervisor, leader.
    """

    name: str
    label: str
    after: float | Limit
    tells: tuple[str, ...]

    @property
    def is_warning(self) -> bool:
        """Whether it comes before the due moment."""
        return isinstance(self.after, float) and self.after < 1


Ladder = Sequence[Rung]

DEFAULT_LADDER: tuple[Rung, ...] = (
    Rung("warned", _("临期"), 0.75, ("owner",)),
    Rung("overdue", _("逾期"), 1.0, ("owner", "dispatcher")),
    Rung("reminded", _("催办"), Limit(1, LimitUnit.WORK_DAYS), ("owner", "dispatcher")),
    Rung("supervised", _("督办"), Limit(3, LimitUnit.WORK_DAYS), ("owner", "dispatcher", "supervisor", "leader")),
)


def check_ladder(ladder: Ladder) -> None:
    """Refuse a ladder that cannot be climbed: names twice, two warnings, shares out of range or after the limits."""
    names = [rung.name for rung in ladder]
    if len(set(names)) != len(names):
        raise ValueError(f"every rung has a name of its own: {names}")
    shares = [rung.after for rung in ladder if isinstance(rung.after, float)]
    if shares != sorted(shares) or not all(0 < share <= 1 for share in shares):
        raise ValueError(f"shares lie above 0, up to 1, and rise: {shares}")
    if sum(rung.is_warning for rung in ladder) > 1:
        raise ValueError("a duty keeps one warning moment, so a ladder has one rung before the due moment")
    if any(isinstance(rung.after, float) for rung in ladder[len(shares) :]):
        raise ValueError("rungs before the due moment stand before those after it")


def warning_share(ladder: Ladder = DEFAULT_LADDER) -> float:
    """The share of the limit at which this ladder warns; 1.0 when it does not."""
    return next((rung.after for rung in ladder if isinstance(rung.after, float)), 1.0)


def next_rung(
    current: str | None,
    started: datetime,
    due_at: datetime,
    warn_at: datetime,
    calendar: WorkCalendar,
    schedule: Schedule,
    ladder: Ladder = DEFAULT_LADDER,
) -> tuple[Rung, datetime] | None:
    """The rung above `current` (None or "" is the ground) and when it is reached; None at the top.

    The moment can lie in the past: whoever climbs asks again until it does not. Raises ValueError for a rung the
    ladder does not have, and for moments out of order.
    """
    if not started <= warn_at <= due_at:
        raise ValueError(f"a duty starts, warns and is due in that order: {started}, {warn_at}, {due_at}")
    climbed = [rung.name for rung in ladder].index(current) + 1 if current else 0
    if climbed == len(ladder):
        return None
    rung = ladder[climbed]
    return rung, _reached_at(rung, due_at, warn_at, calendar, schedule)


def _reached_at(
    rung: Rung, due_at: datetime, warn_at: datetime, calendar: WorkCalendar, schedule: Schedule
) -> datetime:
    if isinstance(rung.after, Limit):
        return deadline(due_at, rung.after, calendar, schedule).due_at
    return warn_at if rung.is_warning else due_at
