"""公共场所 on the unit's desk: the bodies' duties that the town sees to, what was found in the town, what is due to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone

from wenming.cases.places import supervised_by
from wenming.desks.common.place_proposals import waiting_for
from wenming.organisations.models import Account
from wenming.territory.models import PlaceStanding
from wenming.territory.own_ground import ground_code
from wenming.territory.public_places.selectors import overdue, places_visible_to

from .rows import CaseRow

LISTED = 50


@dataclass(frozen=True)
class Supervised(CaseRow):
    """One case that another unit owes, with how often it was reminded by hand."""

    reminders: int = 0
    reminded_at: datetime | None = None


def page_of(user: Account, now: datetime) -> dict[str, Any]:
    """Everything the page shows."""
    by_hand = Q(handling__moves__act="reminded", handling__moves__by__isnull=False)
    found = supervised_by(user).annotate(
        reminders=Count("handling__moves", filter=by_hand), reminded_at=Max("handling__moves__at", filter=by_hand)
    )
    rows = [Supervised(case, now, reminders=case.reminders, reminded_at=case.reminded_at) for case in found[:LISTED]]
    seen = places_visible_to(user).filter(standing=PlaceStanding.OPEN)
    to_look = seen.aggregate(places=Count("pk"), due=Count("pk", filter=overdue(timezone.localdate(now))))
    return {
        "now": now, "unit": user.unit, "has_ground": bool(ground_code(user.unit)), "rows": rows,
        "owed": len(rows) if len(rows) < LISTED else found.count(),
        "answered": sum(row.case.state == "answered" for row in rows), **to_look, **waiting_for(user),
    }  # fmt: skip
