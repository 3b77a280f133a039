"""What was seen at a public place: its checklist answered on a day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account
from wenming.standards.models import PlaceChecklist
from wenming.territory.models import Place, PlaceCondition, PlaceKind, Placement


class SeenBy(models.TextChoices):
    """From where somebody said what is there."""

    FIELD = "field", _("现场核对")
    OFFICE = "office", _("办公室录入")


class PlaceVerification(models.Model):
    """Somebody looked at a place and answered its checklist (核对). Append-only: the newest is what is known."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="verifications", db_index=False)
    position = models.PositiveIntegerField()
    checklist = models.ForeignKey(PlaceChecklist, models.PROTECT, related_name="+", db_index=False)
    seen_on = models.DateField(_("哪天看的"))
    # {key of the item: yes, no or none}; an item that nobody answered is not in it.
    answers = models.JSONField(default=dict)
    condition = models.CharField(_("现状"), max_length=10, choices=PlaceCondition)
    note = models.CharField(_("补充说明"), max_length=200, blank=True)
    items = models.PositiveSmallIntegerField()
    answered = models.PositiveSmallIntegerField()
    failed = models.PositiveSmallIntegerField()
    seen_by = models.CharField(max_length=8, choices=SeenBy)
    at = MomentField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["place", "position"], name="verifications_of_a_place_are_counted"),
            models.CheckConstraint(
                condition=Q(answered__lte=F("items"), failed__lte=F("answered")), name="a_verification_answers_its_items"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}.{self.position} {self.seen_on}"


class PlaceProposal(models.Model):
    """A public place that somebody on the street did not find in the register (现场发现). Append-only; its end is a row of its own."""

    kind = models.CharField(_("类别"), max_length=16, choices=PlaceKind)
    name = models.CharField(_("名称"), max_length=80)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(_("补充说明"), max_length=200, blank=True)
    seen_on = models.DateField(_("哪天看的"))
    at = MomentField()
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="a_proposed_place_has_a_name")]

    def __str__(self) -> str:
        return self.name


class ProposalEnd(models.Model):
    """What the office made of a proposal: a place of its own, one that was there already, or nothing, and why. Append-only."""

    HOWS = [("accepted", _("新登记")), ("joined", _("是已有的")), ("refused", _("不登记"))]

    proposal = models.OneToOneField(PlaceProposal, models.PROTECT, related_name="end")
    how = models.CharField(max_length=8, choices=HOWS)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="proposals", db_index=False)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    at = MomentField()
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(how="refused", place=None) & ~Q(reason="") | ~Q(how="refused") & Q(place__isnull=False),
                name="a_proposal_ends_at_a_place_or_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.how}"
