"""Putting running clocks under another limit: what they would say, for many at once, and doing it.

A duty keeps the limit it was promised under. To move it is an act of its own, with a reason, told duty by duty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from wenming.journal import services as journal
from wenming.journal.services import Act
from wenming.organisations.models import Account

from .models import Duty, DutyExtension, DutyMove, DutyPause
from .models.duties import OPEN_STATES
from .rules import clock
from .rules.clock import Limit
from .rules.duty import DutyState
from .rules.ladder import next_rung, warning_share

# An answered one is left alone: whether it was in time has been decided, by the limit it had.
MOVABLE = (*OPEN_STATES, DutyState.SUSPENDED)
AT_A_TIME = 500


@dataclass(frozen=True)
class NewClock:
    """One duty and what its clock would say under another limit."""

    duty: Duty
    limit: Limit
    due_at: datetime
    pauses: tuple[clock.Pause, ...] = ()

    @property
    def moves(self) -> bool:
        return self.due_at != self.duty.due_at

    @property
    def later(self) -> bool:
        return self.due_at > self.duty.due_at

    def becomes_late(self, now: datetime) -> bool:
        """Within its limit today, overdue under the other. A clock that stands is neither."""
        return self.duty.paused_at is None and self.due_at < now <= self.duty.due_at

    def stops_being_late(self, now: datetime) -> bool:
        return self.duty.paused_at is None and self.duty.due_at < now <= self.due_at


def movable_duties() -> QuerySet[Duty]:
    """Every duty whose clock could be put under another limit, with all that its deadline needs."""
    duties = Duty.objects.filter(ended_at=None, state__in=MOVABLE)
    return duties.select_related("calendar", "schedule", "owner")


def under(wanted: Sequence[tuple[Duty, Limit]]) -> list[NewClock]:
    """What the clocks would say: from the stored calendar, hours, pauses and extensions, as if the limit had been the
    other one from the beginning. Two queries, however many duties.
    """
    if not wanted:
        return []
    pauses, extensions = _pauses(), _extensions()
    hours = {duty.schedule_id: duty.schedule.as_rule() for duty, _limit in wanted}
    found = []
    for duty, limit in wanted:
        standing = tuple(pauses.get(duty.pk, ()))
        due = clock.deadline(
            duty.started_at, limit, duty.calendar.as_rule(), hours[duty.schedule_id], standing, extensions.get(duty.pk, ())
        )
        found.append(NewClock(duty, limit, due.due_at, standing))
    return found


def move_clocks(clocks: Iterable[NewClock], *, why: str, by: Account | None, now: datetime) -> int:
    """Put these duties under their other limit, each with its record and entry; how many moved.

    For a service of its own transaction, which has locked the duties.
    """
    moved = [each for each in clocks if each.limit != each.duty.limit]
    for start in range(0, len(moved), AT_A_TIME):
        _move(moved[start : start + AT_A_TIME], why=why, by=by, now=now)
    return len(moved)


def _move(clocks: Sequence[NewClock], *, why: str, by: Account | None, now: datetime) -> None:
    action = "duty.limit-changed"
    moves, acts = [], []
    for each in clocks:
        duty, before, limit_before = each.duty, each.duty.due_at, each.duty.limit
        _set(each)
        moves.append(
            DutyMove(duty=duty, act="relimit", at=now, by=by, reason=why[:500], due_before=before, due_after=duty.due_at)
        )
        facts = {"before": _words(limit_before), "after": _words(each.limit)}
        facts |= {"was_due": before.isoformat(), "due_at": duty.due_at.isoformat()}
        acts.append(Act(action, duty, now, by, facts))
    fields = ["limit_amount", "limit_unit", "due_at", "warn_at", "provisional", "next_rung", "next_rung_at"]
    Duty.objects.bulk_update([each.duty for each in clocks], fields, batch_size=AT_A_TIME // 5)
    DutyMove.objects.bulk_create(moves)
    journal.record_many(acts)


def _set(each: NewClock) -> None:
    duty, calendar, schedule = each.duty, each.duty.calendar.as_rule(), each.duty.schedule.as_rule()
    duty.limit_amount, duty.limit_unit = each.limit.amount, each.limit.unit
    duty.provisional = clock.deadline(duty.started_at, each.limit, calendar, schedule, each.pauses).provisional
    duty.due_at = each.due_at
    duty.warn_at = clock.warn_at(
        duty.started_at, each.due_at, each.limit, calendar, schedule, each.pauses, warning_share()
    )
    if duty.state == DutyState.SUSPENDED:
        return
    following = next_rung(duty.rung, duty.started_at, duty.due_at, duty.warn_at, calendar, schedule)
    duty.next_rung, duty.next_rung_at = (following[0].name, following[1]) if following else ("", None)


def _pauses() -> dict[int, list[clock.Pause]]:
    """{duty: the pauses that moved its deadline} of all duties that have not ended."""
    found: dict[int, list[clock.Pause]] = defaultdict(list)
    rows = DutyPause.objects.filter(duty__ended_at=None).exclude(cause="ended")
    for duty, start, end in rows.values_list("duty", "start", "end"):
        found[duty].append(clock.Pause(start, end))
    return found


def _extensions() -> dict[int, list[Limit]]:
    found: dict[int, list[Limit]] = defaultdict(list)
    for row in DutyExtension.objects.filter(granted=True, duty__ended_at=None).order_by("decided_at"):
        found[row.duty_id].append(row.limit)
    return found


def _words(limit: Limit) -> str:
    return f"{limit.amount} {limit.unit}"
