"""Black spots (黑点): the register, and the records of each spot's life."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty
from wenming.standards.models import ProblemType
from wenming.territory.models import Placement

from ..rules.spot_life import ON_THE_REGISTER, SPOT_STATES_ZH, SPOT_STEPS, SpotState

SPOT_STATES = [(state.value, _(SPOT_STATES_ZH[state])) for state in SpotState]
SPOT_ACTS = [("find", _("发现")), *((step.act, _(step.zh)) for step in SPOT_STEPS.values())]


class BlackSpot(models.Model):
    """One kind of problem in one square of 150 metres. State and duty repeat the newest record; the counts are renewed
    every day while the spot is on the register, and stand still afterwards."""

    number = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=10, choices=SPOT_STATES, default=SpotState.FOUND)
    problem_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, related_name="spots")
    cell_east = models.IntegerField()
    cell_north = models.IntegerField()
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="spots")
    # Cases in each of the last twelve periods of thirty days, the newest last, up to `counted_at`.
    periods = models.JSONField(default=list)
    expected = models.FloatField()
    recurs = models.BooleanField(default=False)
    emerges = models.BooleanField(default=False)
    counted_at = models.DateTimeField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="spots")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, null=True, related_name="+")
    # What was usual in thirty days before it was first treated: what the watch is compared with.
    usual = models.FloatField(null=True)
    watched_since = models.DateTimeField(null=True)
    found_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    moves_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-expected", "number"]
        indexes = [models.Index(fields=["state", "-expected"], name="spots_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["problem_type", "cell_east", "cell_north"],
                condition=Q(state__in=sorted(ON_THE_REGISTER)),
                name="a_spot_stands_once_on_the_register",
            ),
            models.CheckConstraint(
                condition=~Q(state=SpotState.TREATMENT) | Q(duty__isnull=False, unit__isnull=False),
                name="a_spot_in_treatment_is_somebodys_duty",
            ),
            models.CheckConstraint(
                condition=~Q(state=SpotState.WATCH) | Q(watched_since__isnull=False), name="a_watch_has_begun_some_time"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def key(self) -> str:
        """How duties name this spot."""
        return f"{self._meta.model_name}:{self.number}"


class SpotMove(models.Model):
    """One act on a spot: who, when, why, and the counts that were known. Append-only."""

    spot = models.ForeignKey(BlackSpot, on_delete=models.PROTECT, related_name="moves")
    position = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=SPOT_ACTS)
    from_state = models.CharField(max_length=10, choices=SPOT_STATES, blank=True)
    to_state = models.CharField(max_length=10, choices=SPOT_STATES)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["spot", "position"], name="moves_of_a_spot_are_counted"),
            models.CheckConstraint(
                condition=~Q(act__in=[step.act for step in SPOT_STEPS.values() if step.needs_reason]) | ~Q(reason=""),
                name="acts_on_spots_that_need_a_reason_have_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spot_id}.{self.position} {self.act}"
