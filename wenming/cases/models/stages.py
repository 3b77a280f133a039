"""How long each stage at the command centre may take: data of the city, not code."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from wenming.engine.asking import Given, Question
from wenming.responsibilities.models.duties import LIMIT_UNITS
from wenming.responsibilities.rules.clock import Limit, LimitUnit

STAGES = [
    ("case.accept", _("受理")),
    ("case.verify-before", _("立案前核实")),
    ("case.dispatch", _("派遣")),
    ("case.arbitrate", _("裁定归属")),
    ("case.handle", _("处置（类型没有规定时限时）")),
    ("case.verify-after", _("结案前核查")),
    ("case.close", _("结案")),
    ("case.recheck", _("盲复核")),
]
# Reconstructed from practice, not from a standard's text (reference: dispatch_time_limits): to be checked by each city.
SAMPLE_LIMITS = {
    "case.accept": Limit(1, LimitUnit.WORK_HOURS),
    "case.verify-before": Limit(2, LimitUnit.WORK_HOURS),
    "case.dispatch": Limit(1, LimitUnit.WORK_HOURS),
    "case.arbitrate": Limit(1, LimitUnit.WORK_DAYS),
    "case.handle": Limit(5, LimitUnit.WORK_DAYS),
    "case.verify-after": Limit(1, LimitUnit.WORK_DAYS),
    "case.close": Limit(4, LimitUnit.WORK_HOURS),
    "case.recheck": Limit(10, LimitUnit.WORK_DAYS),
}


class StageLimit(models.Model):
    """The city's own limit for one stage; without a row the sample applies, and is shown as a sample."""

    stage = models.CharField(max_length=20, choices=STAGES, unique=True)
    amount = models.PositiveIntegerField()
    limit_unit = models.CharField(max_length=12, choices=LIMIT_UNITS)

    def __str__(self) -> str:
        return f"{self.stage} {self.amount} {self.limit_unit}"


_OWN_LIMIT = Question(lambda: StageLimit.objects.filter(stage=Given("stage")))


def stage_limit(stage: str) -> Limit:
    """The limit of a stage in force."""
    row = _OWN_LIMIT.first(stage=stage)
    return Limit(row.amount, LimitUnit(row.limit_unit)) if row else SAMPLE_LIMITS[stage]


def stage_limits() -> dict[str, Limit]:
    """{stage: its limit in force}, in one query for all of them."""
    own = {row.stage: Limit(row.amount, LimitUnit(row.limit_unit)) for row in StageLimit.objects.all()}
    return SAMPLE_LIMITS | own
