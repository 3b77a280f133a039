"""A case (案件): the city's answer to one problem at one place, however many people reported it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.observations.models import Channel, Report
from wenming.organisations.models import Unit
from wenming.responsibilities.models import Duty
from wenming.standards.models import EstablishRule, ProblemType
from wenming.territory.models import Place, Placement

from ..rules.lifecycle import ENDED, STATE_NAMES_ZH, State

STATES = [(s.value, _(STATE_NAMES_ZH[s])) for s in State]
_NAMES_OF_STATES = dict(STATES)


class Case(models.Model):
    """One problem. `state`, `unit`, `due_at` repeat the newest move and duty, so that lists are one query."""

    number = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=12, choices=STATES, default=State.COLLECTED)
    title = models.CharField(max_length=80)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    problem_type = models.ForeignKey(
        ProblemType, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    establish_rule = models.ForeignKey(
        EstablishRule, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="cases")
    town_code = models.CharField(max_length=12, blank=True)
    # The public place whose page the first report came from.
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False)
    # The unit that holds it now; empty while the command centre does.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False)
    unit_path = models.CharField(max_length=160, blank=True)
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    handling = models.ForeignKey(Duty, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    due_at = MomentField(null=True)
    warn_at = MomentField(null=True)
    paused_at = MomentField(null=True)
    urgent = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged_cases", db_index=False
    )
    reporters = models.PositiveIntegerField(default=1)
    photos = models.PositiveIntegerField(default=0)
    slow_lane = models.BooleanField(default=False)
    public_when_closed = models.BooleanField(default=True)
    opened_at = MomentField()
    moved_at = MomentField()
    closed_at = MomentField(null=True)
    moves_count = models.PositiveIntegerField(default=0)
    # How many parts of it were ever asked of other units (协办); none for nearly all, and then nothing is asked of them.
    supports_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="cases_by_state_and_due"),
            models.Index(fields=["unit", "state", "due_at"], name="cases_of_a_unit"),
            models.Index(fields=["town_code", "state", "due_at"], name="cases_of_a_town"),
            models.Index(fields=["-opened_at"], name="cases_newest_first"),
            models.Index(fields=["problem_type", "opened_at"], name="cases_of_a_type"),
            models.Index(fields=["duty"], condition=~Q(duty=None), name="cases_by_what_is_owed"),
            models.Index(fields=["merged_into"], condition=~Q(merged_into=None), name="cases_merged_into_one"),
            models.Index(fields=["place", "-opened_at"], condition=~Q(place=None), name="cases_at_a_place"),
            models.Index(fields=["closed_at"], condition=~Q(closed_at=None), name="cases_closed_lately"),
            # What is under way is never closed; a question that says so finds the few among very many.
            models.Index(fields=["state", "due_at"], condition=Q(closed_at=None), name="cases_not_closed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=State.MERGED) | Q(merged_into__isnull=False), name="a_merged_case_names_the_other"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED) | Q(closed_at__isnull=False), name="a_closed_case_has_a_closing_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.DISPATCHED, State.ANSWERED, State.SUSPENDED]) | Q(unit__isnull=False),
                name="a_case_out_has_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Its page at the command centre; other desks have their own."""
        return reverse("office:case", kwargs={"number": self.number})

    # Django's own methods of these names go through all choices each time; lists ask for every line.
    def get_state_display(self) -> str:  # type: ignore[no-redef]
        return str(_NAMES_OF_STATES[self.state])

    def get_channel_display(self) -> str:  # type: ignore[no-redef]
        return str(Channel(self.channel).label)

    @property
    def journal_key(self) -> str:
        return self.number

    @property
    def ended(self) -> bool:
        return State(self.state) in ENDED

    @property
    def key(self) -> str:
        """How the journal, duties and evidence name this case."""
        return f"case:{self.number}"


class CaseReport(models.Model):
    """Which reports a case answers. A merge moves no report: it adds rows, so every reporter is kept and told."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_reports")
    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="case_report")
    added_at = MomentField()

    def __str__(self) -> str:
        return f"{self.case_id} ← {self.report_id}"


class DayNumbers(models.Model):
    """The counter behind case numbers 26-1122-0375."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
