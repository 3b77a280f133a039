"""Who is on duty at the command desk now, for its head: inside the office only."""

from __future__ import annotations

from datetime import datetime

from wenming.responsibilities.models import RosterPost
from wenming.responsibilities.rosters.handovers import shifts_at
from wenming.responsibilities.rosters.terms import shifts_of

MOST = 2


def on_duty(now: datetime) -> list[str]:
    """“李敏 早班” of the first few whose shift at the desk runs; empty where nobody keeps a roster."""
    rows = [row for row in shifts_at(now) if row.edition.group.post == RosterPost.DESK]
    names = {row.pk: next((one.name for one in shifts_of(row.edition.terms.shifts) if one.code == row.shift_code), "") for row in rows[:MOST]}
    return [f"{row.account} {names[row.pk]}".strip() for row in rows[:MOST]]
