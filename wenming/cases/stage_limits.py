"""Changing how long each stage at the command centre may take. Duties already imposed keep their limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput
from wenming.responsibilities.models import Duty
from wenming.responsibilities.models.duties import OPEN_STATES
from wenming.responsibilities.rules.clock import Limit, LimitUnit

from .models import StageLimit
from .models.stages import SAMPLE_LIMITS, STAGES


@dataclass(frozen=True)
class Stage:
    """A stage with its limit in force; `sample` when the city has not set its own. running: open duties of it."""

    code: str
    name: str
    limit: Limit
    sample: bool
    running: int


def stages() -> list[Stage]:
    """Every stage, in the order of the process."""
    own = {row.stage: Limit(row.amount, LimitUnit(row.limit_unit)) for row in StageLimit.objects.all()}
    open_ones = (
        Duty.objects.filter(kind__in=SAMPLE_LIMITS, ended_at=None, state__in=OPEN_STATES)
        .values_list("kind")
        .annotate(Count("pk"))
    )
    running = dict(open_ones)
    return [
        Stage(code, str(name), own.get(code, SAMPLE_LIMITS[code]), code not in own, running.get(code, 0))
        for code, name in STAGES
    ]


@transaction.atomic
def set_stage_limit(stage: str, limit: Limit, *, by: Account, now: datetime) -> StageLimit:
    """Set the city's own limit for a stage, for what enters it from now on."""
    if stage not in SAMPLE_LIMITS or limit.amount < 1:
        raise BadInput(_("没有这个环节，或者时限小于 1。请重新填写。"))
    before = StageLimit.objects.filter(stage=stage).values_list("amount", "limit_unit").first()
    row, _is_new = StageLimit.objects.update_or_create(
        stage=stage, defaults={"amount": limit.amount, "limit_unit": limit.unit.value}
    )
    journal.record(
        "stage-limit.set", by=by, about=row, now=now, stage=stage, before=list(before or ()), amount=limit.amount,
        unit=limit.unit.value,
    )  # fmt: skip
    return row
