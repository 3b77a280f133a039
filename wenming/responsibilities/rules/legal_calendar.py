"""The days a new city starts with: every day since 2007 that did not follow its weekday (节假日与调休).

The facts are the State Council's yearly notices; `data/legal_days.csv` was written from them with the `holidays`
package and compared day by day. A year that is not announced yet has its statutory days only and is provisional.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib import resources

from .calendar import WorkCalendar

ANNOUNCED_YEARS = frozenset(range(2007, 2027))


@dataclass(frozen=True)
class LegalDay:
    """A day that does not follow its weekday."""

    on: date
    is_workday: bool
    name: str


def seed_days() -> list[LegalDay]:
    """All of them, 2006-12-30 to the statutory days of 2027, in order."""
    text = resources.files("wenming.responsibilities").joinpath("data/legal_days.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return [LegalDay(date.fromisoformat(r["date"]), r["is_workday"] == "1", r["name"]) for r in rows]


def seed_calendar(version: int = 1) -> WorkCalendar:
    """The calendar of those days."""
    return WorkCalendar(version, {day.on: day.is_workday for day in seed_days()}, ANNOUNCED_YEARS)
