"""Who is on duty when: groups, their rules in versions, published editions, changes, requests, handovers (7.4).

What is published is never rewritten: a swap or a leave takes a shift out and puts another in, each a row of its own.
There is no clocking-in: whether somebody came is nowhere stored.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, Unit

WHOLE_CITY = "*"


class RosterPost(models.TextChoices):
    """What is kept up around the clock."""

    PATROL = "patrol", _("网格巡查")
    WATCH = "watch", _("值守")
    EMERGENCY = "emergency", _("应急处置")
    DESK = "desk", _("指挥值班")


class RosterGroup(models.Model):
    """One post of one set of grids, of a whole town (no grids named) or of the whole city (town `*`) (值班组)."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=40)
    town_code = models.CharField(max_length=12, default=WHOLE_CITY)
    # 15-digit codes, not keys: a redrawn layer keeps the code where the grid stays the same.
    grid_codes = models.JSONField(default=list, blank=True)
    post = models.CharField(max_length=12, choices=RosterPost.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="roster_groups")
    # Purpose: who approves swaps and leave (7.4); kept as long as the group.
    lead = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["town_code", "code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(town_code=""), name="a_roster_group_has_a_code_and_ground"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="roster_group_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return self.code


class RosterTerms(models.Model):
    """One version of a group's shifts and rules. Never changed; the next version follows.

    shifts: see `rules.roster.Shift`; limits: see `rules.roster.Limits`; both as `rosters.terms` writes them.
    """

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="terms")
    number = models.PositiveIntegerField()
    shifts = models.JSONField()
    limits = models.JSONField()
    basis = models.CharField(max_length=200)
    set_at = MomentField()
    set_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["group", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["group", "number"], name="a_version_of_roster_terms_is_used_once"),
            models.CheckConstraint(condition=~Q(basis=""), name="roster_terms_state_their_basis"),
        ]

    def __str__(self) -> str:
        return gettext("%(group)s 排班规则第 %(number)d 版") % {"group": self.group, "number": self.number}


class RosterMember(models.Model):
    """Somebody who takes shifts of a group. Purpose: to plan shifts (7.4); kept while a member and for two years after."""

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="roster_memberships")
    skills = models.JSONField(default=list, blank=True)
    # Purpose: nights are not given to whom the law or an agreement keeps from them; the reason is not asked.
    no_nights = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["group", "account__username"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "account"], condition=Q(valid_to=None), name="somebody_is_in_a_roster_group_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="roster_member_ends_after_beginning"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.group}"


class RosterMethod(models.TextChoices):
    """How an edition was drawn up."""

    SOLVER = "solver", _("求解器排班")
    GREEDY = "greedy", _("逐班排班")
    HAND = "hand", _("手工排班")
    # An edition without shifts: it holds on its days like any other, and its minutes are listed as paused.
    PAUSE = "pause", _("暂停值班")


class RosterEdition(models.Model):
    """What was published for a period (排班表). On each day the newest edition that covers it holds."""

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    terms = models.ForeignKey(RosterTerms, on_delete=models.PROTECT, related_name="editions", db_index=False)
    method = models.CharField(max_length=8, choices=RosterMethod.choices)
    seed = models.PositiveIntegerField(default=0)
    # Why a shift could not be filled, as it was known when this was published; the gaps themselves are always recounted.
    reasons = models.JSONField(default=dict)
    published_at = MomentField()
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["group", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["group", "number"], name="a_roster_edition_number_is_used_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="roster_edition_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return gettext("%(group)s 第 %(number)d 期") % {"group": self.group, "number": self.number}

    @property
    def journal_key(self) -> str:
        return f"{self.group.code}-{self.number}"

    @property
    def is_pause(self) -> bool:
        return self.method == RosterMethod.PAUSE

    @property
    def pause_reason(self) -> str:
        """Why nobody is on duty on these days."""
        return str(self.reasons.get("pause", "")) if self.is_pause else ""


class RequestKind(models.TextChoices):
    SWAP = "swap", _("换班")
    COVER = "cover", _("替班")
    LEAVE = "leave", _("请假")


class RequestState(models.TextChoices):
    ASKED = "asked", _("等同事答复")
    AGREED = "agreed", _("等负责人批准")
    APPROVED = "approved", _("已批准")
    DECLINED = "declined", _("同事没有同意")
    REFUSED = "refused", _("没有批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    TAKEN_BACK = "taken-back", _("批准后撤销")


class RosterAmendment(models.Model):
    """One change of a published edition: whose approval, why."""

    edition = models.ForeignKey(RosterEdition, on_delete=models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=8, choices=[*RequestKind.choices, ("hand", _("直接调整"))])
    reason = models.CharField(max_length=200)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_change_of_a_roster_has_its_reason")]

    def __str__(self) -> str:
        return f"{self.edition} {self.get_kind_display()}"


class RosterShift(models.Model):
    """Somebody's shift (班次). `on` is the day it begins; it may end on the next."""

    edition = models.ForeignKey(RosterEdition, on_delete=models.PROTECT, related_name="shifts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="roster_shifts", db_index=False)
    on = models.DateField()
    shift_code = models.CharField(max_length=8)
    starts_at = MomentField()
    ends_at = MomentField()
    amendment = models.ForeignKey(
        RosterAmendment, on_delete=models.PROTECT, null=True, related_name="put_in", db_index=False
    )

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_shift_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["edition", "account", "on"], condition=Q(amendment=None), name="one_shift_a_day_in_an_edition"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "starts_at"], name="shifts_of_one_person"),
            models.Index(fields=["starts_at"], name="shifts_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.shift_code} {self.account}"


class RosterRemoval(models.Model):
    """A shift that holds no more. Each can be taken out once."""

    shift = models.OneToOneField(RosterShift, on_delete=models.PROTECT, related_name="removal")
    amendment = models.ForeignKey(RosterAmendment, on_delete=models.PROTECT, related_name="taken_out")

    def __str__(self) -> str:
        return f"- {self.shift}"


class RosterRequest(models.Model):
    """换班、替班或请假, asked by the member. `state` repeats the newest step.

    Purpose: to change one's own shifts (7.4); for leave only the days are asked, never the reason. Kept for two years.
    """

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=8, choices=RequestKind.choices)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="roster_requests")
    asked_at = MomentField()
    own = models.ForeignKey(RosterShift, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    colleague = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="roster_asked_of")
    other = models.ForeignKey(RosterShift, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=RequestState.choices)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=RequestKind.LEAVE, starts_on__isnull=False, ends_on__gte=F("starts_on"))
                | ~Q(kind=RequestKind.LEAVE),
                name="leave_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(kind=RequestKind.LEAVE) | Q(own__isnull=False, colleague__isnull=False),
                name="a_swap_has_a_shift_and_a_colleague",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RequestKind.SWAP) | Q(other__isnull=False), name="a_swap_gives_a_shift_back"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by} {self.get_kind_display()}"

    @property
    def is_ahead(self) -> bool:
        """Whether it still changes shifts to come."""
        starts = self.own.starts_at if self.own else self.starts_on
        return starts is not None and (starts > timezone.now() if self.own else starts > timezone.localdate())


class RosterRequestStep(models.Model):
    """What became of a request: who, when, and what they said."""

    request = models.ForeignKey(RosterRequest, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=RequestState.choices)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    said = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.request} {self.get_state_display()}"


class DrawingState(models.TextChoices):
    """What became of being asked for a draft."""

    ASKED = "asked", _("排着队")
    DRAWING = "drawing", _("正在排")
    DONE = "done", _("排好了")
    REFUSED = "refused", _("排不了")
    CANCELLED = "cancelled", _("已取消")


class RosterDrawing(models.Model):
    """Somebody asked for a draft; the worker draws it up. How far it is, and what came of it.

    The draft itself is made in one act at the end: whoever is killed on the way leaves none, and the next begins anew.
    """

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="drawings")
    starts_on = models.DateField()
    ends_on = models.DateField()
    seed = models.PositiveIntegerField(default=0)
    asked_at = MomentField()
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=DrawingState.choices, default=DrawingState.ASKED)
    # The step it is at, by its code in `rosters/words.py`, and since when.
    stage = models.CharField(max_length=10, blank=True)
    told_at = MomentField()
    # What came of it: open heads and changed shifts, or why not.
    open_heads = models.PositiveIntegerField(null=True)
    changed = models.PositiveIntegerField(null=True)
    refusal = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["group"], condition=Q(state__in=["asked", "drawing"]), name="one_drawing_of_a_group_under_way"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal=""), name="a_refused_drawing_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.starts_on}–{self.ends_on}"

    @property
    def is_under_way(self) -> bool:
        return self.state in {DrawingState.ASKED, DrawingState.DRAWING}


class RosterDraft(models.Model):
    """What the office is drawing up for a group: one draft at a time, gone when it is published or dropped.

    cells: [username, day, shift code] of each; undo: the cells before each edit, the newest last.
    """

    group = models.OneToOneField(RosterGroup, on_delete=models.PROTECT, related_name="draft")
    terms = models.ForeignKey(RosterTerms, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    method = models.CharField(max_length=8, choices=RosterMethod.choices)
    seed = models.PositiveIntegerField(default=0)
    cells = models.JSONField(default=list)
    undo = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    begun_at = MomentField()
    begun_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="roster_draft_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.starts_on}–{self.ends_on}"


class Handover(models.Model):
    """交接班: what one shift leaves to the next. Purpose: that nothing is forgotten between shifts (7.4).

    matters: the open matters as they stood, [{number, title, due_at}]; a handover is not a record of attendance.
    """

    group = models.ForeignKey(RosterGroup, on_delete=models.PROTECT, related_name="handovers")
    client_id = models.CharField(max_length=64, unique=True)
    given_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_at = MomentField()
    shift_starts_at = MomentField()
    shift_ends_at = MomentField()
    notes = models.CharField(max_length=1000, blank=True)
    matters = models.JSONField(default=list)

    class Meta:
        ordering = ["-given_at", "-id"]
        indexes = [models.Index(fields=["group", "given_at"], name="handovers_of_a_group")]

    def __str__(self) -> str:
        return f"{self.group} {self.given_at:%Y-%m-%d %H:%M}"


class HandoverTaking(models.Model):
    """接班: who of the next shift took it over."""

    handover = models.OneToOneField(Handover, on_delete=models.PROTECT, related_name="taking")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = MomentField()
    said = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.handover} → {self.by}"


class RosterFeed(models.Model):
    """An address under which one person's calendar finds their own shifts. Only its hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="roster_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    opened_at = MomentField()
    ended_at = MomentField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at=None), name="one_calendar_address_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.opened_at:%Y-%m-%d}"
