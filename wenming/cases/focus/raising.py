"""By the clock: each turn of each patrol plan has its walk. Nobody has to remember it, and nobody is asked twice."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from wenming.observations.models import Patrol, PatrolPlan
from wenming.observations.patrols.services import raise_patrol
from wenming.observations.rules.turns import turn_of
from wenming.standards.focus.selectors import focuses

from .proposing import stops_of


def raise_due_patrols(now: datetime) -> int:
    """Let the walks fall due whose turn has begun; how many. A second run the same day finds them there. Policy: 4.4."""
    editions = {edition.code: edition for edition in focuses()}
    today = timezone.localdate(now)
    raised = 0
    for plan in PatrolPlan.objects.filter(ended_at=None, starts_on__lte=today).select_related("unit").order_by("pk"):
        turn, edition = turn_of(plan.starts_on, plan.cycle_days, today), editions.get(plan.focus_code)
        if turn is None or edition is None or _has_its_walk(plan, turn):
            continue
        # Each in its own transaction: one that fails keeps no other from falling due.
        with transaction.atomic():
            stops, left_out = stops_of(plan, edition, now)
            raised += raise_patrol(plan, edition=edition, turn_on=turn, stops=stops, left_out=left_out, now=now) is not None
    return raised


def _has_its_walk(plan: PatrolPlan, turn: date) -> bool:
    walks = Patrol.objects.filter(plan=plan)
    return walks.filter(turn_on=turn).exists() or walks.filter(duty__ended_at=None).exists()
