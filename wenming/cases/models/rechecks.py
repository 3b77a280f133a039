"""盲复核: closed cases drawn by lot and looked at again by a unit that had nothing to do with them. All append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty

from .cases import Case

SOLVED, UNSOLVED, AGAIN, UNSEEN = "solved", "unsolved", "again", "unseen"
FINDINGS = [(SOLVED, _("已解决")), (UNSOLVED, _("没有解决")), (AGAIN, _("解决过，又出现了")), (UNSEEN, _("看不到"))]


class RecheckDraw(models.Model):
    """One town's draw for one quarter: enough to draw it again and find the same cases.

    The seed comes from the journal's head as the quarter ended, so nobody could choose it and everybody can check it.
    """

    town_code = models.CharField(max_length=12)
    first_day = models.DateField()
    head_seq = models.BigIntegerField()
    head_hash = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    # How many cases were closed, and the hash of all their numbers: what the lot was drawn from.
    population = models.PositiveIntegerField()
    population_hash = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-first_day", "town_code"]
        constraints = [
            models.UniqueConstraint(fields=["town_code", "first_day"], name="a_town_is_drawn_once_a_quarter"),
            models.CheckConstraint(condition=Q(size__lte=F("population")), name="a_draw_is_not_larger_than_its_town"),
        ]

    def __str__(self) -> str:
        return f"{self.town_code} {self.first_day}"

    @property
    def journal_key(self) -> str:
        return f"{self.town_code}-{self.first_day}"


class Recheck(models.Model):
    """One case drawn, and the unit that looks at it again; the duty says by when."""

    draw = models.ForeignKey(RecheckDraw, on_delete=models.PROTECT, related_name="rechecks", db_index=False)
    position = models.PositiveIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rechecks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rechecks")
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["draw", "position"]
        constraints = [models.UniqueConstraint(fields=["draw", "position"], name="rechecks_of_a_draw_are_counted")]

    def __str__(self) -> str:
        return f"{self.draw_id}.{self.position}"


class RecheckFinding(models.Model):
    """What was found. A problem that came back is no false closure; what could not be seen says nothing either way."""

    recheck = models.OneToOneField(Recheck, on_delete=models.PROTECT, related_name="finding")
    found = models.CharField(max_length=8, choices=FINDINGS)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(found__in=[SOLVED, AGAIN]) | ~Q(note=""), name="what_is_not_solved_or_not_seen_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recheck_id} {self.found}"
