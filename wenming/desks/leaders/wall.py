"""What the wall shows on its map: where something is late now, by town. No names, no links, nothing to press."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from wenming.accountability.figures import cases_behind
from wenming.cases.models import Case
from wenming.territory.maps import Pin

MOST = 500


def late_pins(cases: QuerySet[Case], now: datetime) -> list[Pin]:
    """One pin for each late case that has a position."""
    late = cases_behind("open_late", cases, now=now, unit=None).filter(placement__latitude__isnull=False)
    return [Pin(*case.placement.point, "late", case.title) for case in late[:MOST] if case.placement.point]
