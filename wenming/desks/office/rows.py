"""A case as a line of a list: its state in words, its clock, its photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.selectors import cover_photos
from wenming.desks.common.case_line import CaseLine
from wenming.evidence.models import Exhibit
from wenming.responsibilities.selectors import time_left


@dataclass(frozen=True)
class CaseRow(CaseLine):
    """What the office's lists and the map pins need of a case."""

    now: datetime
    cover: Exhibit | None = None

    @property
    def left(self) -> timedelta | None:
        """Remaining working time; None where no clock runs."""
        duty = self.case.duty
        running = duty is not None and not self.paused and self.case.due_at is not None and self.now <= self.case.due_at
        return time_left(duty, self.now) if running and duty is not None else None

    @property
    def status(self) -> str:
        """late, soon, go, done or hold: the five looks of the house."""
        if self.case.ended:
            return "done" if self.case.state == State.CLOSED else "hold"
        if self.paused:
            return "hold"
        due, warn = self.case.due_at, self.case.warn_at
        return "late" if due and self.now > due else "soon" if warn and self.now >= warn else "go"


def rows_of(cases: Sequence[Case], now: datetime) -> list[CaseRow]:
    """Lines for a page of cases, photographs included, in two queries."""
    covers = cover_photos(cases)
    return [CaseRow(case, now, covers.get(case.pk)) for case in cases]
