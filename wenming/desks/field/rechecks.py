"""What somebody who looks again may know: the place, what was reported, what was required. Nothing of what came after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wenming.cases.models import Recheck
from wenming.cases.selectors import photos_of, reports_of
from wenming.desks.common.photos import shown_all
from wenming.desks.common.reporters import without_numbers
from wenming.responsibilities.selectors import time_left


@dataclass(frozen=True)
class RecheckRow:
    """One re-check as a line of 今天, with its clock. No number: it would open the case's story elsewhere."""

    recheck: Recheck
    now: datetime

    @property
    def title(self) -> str:
        return self.recheck.case.title

    @property
    def place(self) -> str:
        placement = self.recheck.case.placement
        return placement.address or (placement.town.short_name if placement.town else "")

    @property
    def due_at(self) -> datetime:
        return self.recheck.duty.due_at

    @property
    def warn_at(self) -> datetime:
        return self.recheck.duty.warn_at

    @property
    def left(self) -> timedelta | None:
        duty = self.recheck.duty
        return time_left(duty, self.now) if self.now <= duty.due_at else None


def recheck_page(one: Recheck, now: datetime) -> dict[str, Any]:
    """The page's content: photographs of how it was reported, and no others."""
    case = one.case
    return {
        "recheck": one, "row": RecheckRow(one, now), "now": now, "placement": case.placement,
        "before": shown_all(photos_of(case).before), "rule": case.establish_rule,
        "said": [without_numbers(report.text) for report in reports_of(case) if report.text.strip()],
    }  # fmt: skip
