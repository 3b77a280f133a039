"""The parts of a case that other units do (协办), as the desks of the lead, of those units and of the office show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wenming.cases.models import Case, Support
from wenming.cases.rules.supports import SupportState
from wenming.cases.selectors import supports_of
from wenming.evidence.selectors import exhibits_of_many
from wenming.responsibilities.selectors import time_left

from .photos import Shown, shown_all

LOOKS = {SupportState.OPEN: "go", SupportState.ANSWERED: "done", SupportState.RETURNED: "soon"}


@dataclass(frozen=True)
class PartRow:
    """One part, its clock and what was shown of it."""

    part: Support
    now: datetime
    photos: Sequence[Shown] = field(default_factory=tuple)

    @property
    def pk(self) -> int:
        return self.part.pk

    @property
    def open(self) -> bool:
        return self.part.ended_at is None

    @property
    def words(self) -> str:
        return str(self.part.get_state_display())

    @property
    def look(self) -> str:
        return LOOKS.get(SupportState(self.part.state), "hold")

    # What `{% clock %}` asks of a line.
    @property
    def due_at(self) -> datetime:
        return self.part.duty.due_at

    @property
    def warn_at(self) -> datetime:
        return self.part.duty.warn_at

    @property
    def paused(self) -> bool:
        return self.part.duty.paused_at is not None

    @property
    def left(self) -> timedelta | None:
        return None if self.paused or self.now > self.due_at else time_left(self.part.duty, self.now)


def part_rows(case: Case, now: datetime) -> list[PartRow]:
    """Every part, the first one first; nothing is asked for a case that one unit does alone."""
    if not case.supports_count:
        return []
    parts = list(supports_of(case))
    shots = exhibits_of_many("support", [part.key for part in parts])
    return [PartRow(part, now, shown_all(shots.get(part.key, ()))) for part in parts]
