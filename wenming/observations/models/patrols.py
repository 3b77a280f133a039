"""Patrols (重点巡查): what was to be looked at, what was seen, what was found. Of things and places, never of people:
no table here knows where anybody was or for how long (7.4)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty
from wenming.standards.models import FocusEdition, FocusItem
from wenming.territory.models import Placement

from .reports import Report


class AreaKind(models.TextChoices):
    """What a plan covers."""

    TOWN = "town", _("镇街")
    COMMUNITY = "community", _("村居")
    GRID = "grid", _("单元网格")
    ROAD = "road", _("道路")


class PatrolPlan(models.Model):
    """One focus in one area, looked at by one unit every so many days. A change is a new plan; the old one ends."""

    focus_code = models.CharField(max_length=16)
    area_kind = models.CharField(max_length=10, choices=AreaKind.choices)
    # The code of the town, community or grid; for a road its town's code, a stroke, and its name.
    area_code = models.CharField(max_length=60)
    area_name = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="patrol_plans")
    cycle_days = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["focus_code", "area_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["focus_code", "area_kind", "area_code"], condition=Q(ended_at=None),
                name="an_area_has_one_plan_for_a_focus",
            ),
            models.CheckConstraint(condition=Q(cycle_days__gte=1), name="a_plan_is_walked_every_day_at_most"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.focus_code} {self.area_name}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class Patrol(models.Model):
    """One walk that is due: the checklist it is walked with, the route proposed, the duty that says by when."""

    number = models.CharField(max_length=16, unique=True)
    plan = models.ForeignKey(PatrolPlan, on_delete=models.PROTECT, related_name="patrols", db_index=False)
    edition = models.ForeignKey(FocusEdition, on_delete=models.PROTECT, related_name="patrols", db_index=False)
    # Which turn of the plan: the first day of the cycle that it is the walk of.
    turn_on = models.DateField()
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    points_count = models.PositiveSmallIntegerField()
    # Points that had a reason too, and for which the walk would have been too long.
    left_out = models.PositiveSmallIntegerField(default=0)
    # As the crow flies, in the order proposed, and in the order of urgency without any planning.
    route_m = models.PositiveIntegerField(default=0)
    unplanned_m = models.PositiveIntegerField(default=0)
    # The moment at which the last point had been looked at.
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-turn_on", "number"]
        indexes = [models.Index(fields=["finished_at"], name="patrols_not_finished")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "turn_on"], name="a_turn_of_a_plan_is_walked_once"),
            models.CheckConstraint(condition=Q(points_count__gte=1), name="a_patrol_has_a_point"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("raised_at")), name="a_patrol_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def key(self) -> str:
        """How its duty names it."""
        return f"{self._meta.model_name}:{self.number}"


class PatrolPoint(models.Model):
    """One place to look at, with why (黑点, past cases, an overdue re-check) and how far it is from the one before."""

    patrol = models.ForeignKey(Patrol, on_delete=models.PROTECT, related_name="points", db_index=False)
    position = models.PositiveSmallIntegerField()
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="+", db_index=False)
    # [[ground, number or count], …]; the sentence is made when it is shown.
    why = models.JSONField(default=list)
    metres = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["patrol", "position"]
        constraints = [models.UniqueConstraint(fields=["patrol", "position"], name="points_of_a_patrol_are_counted")]

    def __str__(self) -> str:
        return f"{self.patrol_id}.{self.position}"


class Seen(models.TextChoices):
    """What a look at a point came to."""

    FINE = "fine", _("看了，没问题")
    FOUND = "found", _("有问题")
    UNSEEN = "unseen", _("看不到")


class Answer(models.TextChoices):
    """The three answers of a checklist, none of them leaned towards."""

    PASS = "pass", _("合格")
    FAIL = "fail", _("不合格")
    NONE = "none", _("不适用")


class PointLook(models.Model):
    """One look at a point. Two people may look at the same one; both are kept, and the point was seen. Append-only."""

    point = models.ForeignKey(PatrolPoint, on_delete=models.PROTECT, related_name="looks")
    position = models.PositiveSmallIntegerField()
    seen = models.CharField(max_length=8, choices=Seen.choices)
    note = models.CharField(max_length=500, blank=True)
    # When it was seen as the phone says, and when it was received.
    seen_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["point", "position"], name="looks_at_a_point_are_counted"),
            models.CheckConstraint(condition=~Q(seen=Seen.UNSEEN) | ~Q(note=""), name="what_was_not_seen_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.seen}"


class PointAnswer(models.Model):
    """One item of the checklist, answered; a 不合格 names the report that it became. Append-only."""

    look = models.ForeignKey(PointLook, on_delete=models.PROTECT, related_name="answers", db_index=False)
    item = models.ForeignKey(FocusItem, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=4, choices=Answer.choices)
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, related_name="patrol_answer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["look", "item"], name="an_item_is_answered_once_in_a_look"),
            models.CheckConstraint(
                condition=Q(answer=Answer.FAIL, report__isnull=False) | ~Q(answer=Answer.FAIL) & Q(report=None),
                name="what_is_not_in_order_is_reported",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.look_id} {self.item_id} {self.answer}"
