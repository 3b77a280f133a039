"""A report: somebody saw something somewhere. One shape for every channel; the channel is kept (4.2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.hexadecimal import HexField
from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, ReporterIdentity
from wenming.standards.models import ProblemType, PublicCategory
from wenming.territory.models import Place, Placement, Premises


class Channel(models.TextChoices):
    """By which door it came (渠道)."""

    WEB = "web", _("随手拍网页")
    WECHAT = "wechat", _("微信")
    HOTLINE = "hotline", _("12345 热线")
    STAFF = "staff", _("窗口或电话登记")
    FIELD = "field", _("巡查发现")
    OPEN311 = "open311", _("Open311 接口")
    API = "api", _("系统对接")
    SHOP = "shop", _("门店反映")


class Wish(models.TextChoices):
    """When the reporter agrees that the public may see it."""

    WHEN_CLOSED = "when_closed", _("办结后可以公开")
    NEVER = "never", _("不公开")


class Report(models.Model):
    """What one person handed in, as they handed it in. It never changes; what becomes of it is a case downstream."""

    # Unguessable: it opens the reporter's own page without an account. Sixty random bits beside the day.
    receipt = models.CharField(max_length=24, unique=True)
    # Made by the phone or the sending system before the first try: a repeated sending is answered, not repeated.
    client_id = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    text = models.TextField(blank=True, max_length=5000)
    category = models.ForeignKey(PublicCategory, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    problem_type = models.ForeignKey(ProblemType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="reports")
    # The public place whose page it came from: whoever stood there said so.
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="reports", db_index=False)
    seen_at = MomentField()
    received_at = MomentField(db_index=True)
    photo_count = models.PositiveSmallIntegerField(default=0)
    wish = models.CharField(max_length=12, choices=Wish.choices, default=Wish.WHEN_CLOSED)
    entered_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # Where another system keeps the same matter: its name and its number there.
    source = models.CharField(max_length=32, blank=True)
    source_number = models.CharField(max_length=80, blank=True)
    identity = models.OneToOneField(ReporterIdentity, on_delete=models.SET_NULL, null=True, related_name="report")
    # Above the door's rate the report is kept all the same, but waits until a person has looked (slow lane, not the bin).
    slow_lane = models.BooleanField(default=False)
    # Set when the import batch that brought it was undone; the row stays, its number may come in again.
    withdrawn_at = MomentField(null=True)
    # The hash of what was received, repeated on the receipt.
    content_hash = HexField()

    class Meta:
        indexes = [
            models.Index(fields=["entered_by"], condition=~Q(entered_by=None), name="reports_that_somebody_entered"),
            models.Index(fields=["place"], condition=~Q(place=None), name="reports_about_a_place"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_number"],
                condition=~Q(source_number="") & Q(withdrawn_at=None),
                name="a_source_number_comes_in_once",
            ),
            models.CheckConstraint(
                condition=~Q(text="") | Q(photo_count__gt=0) | ~Q(category=None) | ~Q(problem_type=None),
                name="a_report_says_or_shows_something",
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class FrontageReport(models.Model):
    """This report came from these premises, by their own page: it is credited to them (3.4). Append-only.

    A shop is a business at a door, not a person; no account and no name stand behind it.
    """

    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="from_frontage")
    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, related_name="reports")

    def __str__(self) -> str:
        return f"{self.premises_id}: {self.report_id}"


class DoorCount(models.Model):
    """How often an anonymous door was used from one direction in one window. The direction is a daily salted hash."""

    door = models.CharField(max_length=16)
    direction = models.CharField(max_length=32)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["door", "direction", "window"], name="a_door_counts_a_direction_once")
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.window:%H:%M} {self.count}"
