"""Which turn of a patrol plan a day belongs to, and by when its walk is due."""

from __future__ import annotations

from datetime import date, timedelta

from wenming.responsibilities.rules.clock import Limit, LimitUnit

WORK_DAYS_OF_A_WEEK, DAYS_OF_A_WEEK = 5, 7
LONGEST_CYCLE = 365


def turn_of(starts_on: date, cycle_days: int, today: date) -> date | None:
    """The first day of the turn in which `today` lies; None before the plan begins."""
    if today < starts_on:
        return None
    return today - timedelta(days=(today - starts_on).days % cycle_days)


def turns_between(starts_on: date, cycle_days: int, since: date, until: date) -> int:
    """How many turns began from `since` to `until`, both counted."""
    first = max(0, -((starts_on - since).days // cycle_days))  # rounded up: the first turn that begins in the period
    begun = (until - starts_on).days // cycle_days + 1 if until >= starts_on else 0
    return max(0, begun - first)


def limit_of_turn(cycle_days: int) -> Limit:
    """The walk is due within the working days of its turn: one of a daily turn, five of a weekly one."""
    return Limit(max(1, cycle_days * WORK_DAYS_OF_A_WEEK // DAYS_OF_A_WEEK), LimitUnit.WORK_DAYS)
