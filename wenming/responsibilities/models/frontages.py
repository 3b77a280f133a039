"""What a frontage owes and how that came about: notices, agreements, contractors, fees, and the lawful steps. Policy: 3.1-3.5."""

from __future__ import annotations

import shapely
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from wenming.documents.models import Document
from wenming.evidence.models import Exhibit
from wenming.organisations.models import Account, Unit
from wenming.territory.models import EdgeStretch, ManagedStreet, Premises, Side
from wenming.territory.rules.street_edges import AlongTheEdge

from ..rules.clock import Limit, LimitUnit
from ..rules.fee_ledger import EntryKind, LedgerAccount, Row
from ..rules.frontage_steps import ORDER_OF_STEPS, StepKind
from .calendar import CalendarVersion, WorkSchedule
from .duties import LIMIT_UNITS


class AreaNotice(models.Model):
    """书面告知: the premises were told in writing which ground is theirs and what is asked. In force once it is served.

    Without it no duty falls on them, and the town answers. Append-only.
    """

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="area_notices")
    document = models.OneToOneField(Document, models.PROTECT, related_name="area_notice")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.premises_id} {self.document_id}"


class NoticedStretch(models.Model):
    """A piece of the edge that a notice tells of. One that was drawn anew since is not told. Append-only."""

    notice = models.ForeignKey(AreaNotice, models.PROTECT, related_name="stretches")
    stretch = models.ForeignKey(EdgeStretch, models.PROTECT, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "stretch"], name="a_notice_tells_of_a_stretch_once")]

    def __str__(self) -> str:
        return f"{self.notice_id}: {self.stretch_id}"


class DutyKind(models.TextChoices):
    """The three duties (三包)."""

    HYGIENE = "hygiene", _("包卫生")
    GREENERY = "greenery", _("包绿化")
    ORDER = "order", _("包秩序")


class FrontageAgreement(models.Model):
    """门前三包责任书 for one period. It holds once it is signed; the next period has its own. Append-only."""

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="agreements")
    document = models.OneToOneField(Document, models.PROTECT, related_name="agreement")
    period_from = models.DateField(_("从"))
    period_to = models.DateField(_("到"))
    # Which drawing of a period that begins on this day: an earlier one was withdrawn before it was signed.
    turn = models.PositiveSmallIntegerField(default=1, db_default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ["period_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(period_to__gt=F("period_from")), name="agreement_ends_after_it_begins"),
            models.UniqueConstraint(fields=["premises", "period_from", "turn"], name="premises_agree_once_for_a_period"),
        ]

    def __str__(self) -> str:
        return f"{self.premises_id} {self.period_from} – {self.period_to}"


class AgreedDuty(models.Model):
    """One of the three duties with its own ground in front of the premises (每一包都有范围). Append-only."""

    agreement = models.ForeignKey(FrontageAgreement, models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=10, choices=DutyKind)
    text = models.CharField(max_length=300)
    depth_cm = models.PositiveIntegerField()
    area_m2 = models.FloatField()
    wkb = models.BinaryField()  # the ground, CGCS2000 degrees

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind"], name="an_agreement_has_each_duty_once"),
            models.CheckConstraint(condition=Q(depth_cm__gte=1, area_m2__gt=0) & ~Q(text=""), name="an_agreed_duty_has_ground_and_words"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.kind}"

    @property
    def depth_m(self) -> float:
        return self.depth_cm / 100

    @property
    def area(self) -> BaseGeometry:
        return shapely.from_wkb(bytes(self.wkb))


class AgreementSignature(models.Model):
    """签订: on paper, with its scan, or on the shop's own page. Append-only.

    signer: the name they signed with. Purpose: who agreed for the premises; kept as long as the agreement.
    """

    WAYS = [("paper", _("纸质签字")), ("screen", _("网页确认"))]

    agreement = models.OneToOneField(FrontageAgreement, models.PROTECT, related_name="signature")
    way = models.CharField(max_length=8, choices=WAYS)
    signer = models.CharField(_("签字人"), max_length=40)
    signed_at = models.DateTimeField()
    # The hash of the paper that was before their eyes.
    sha256 = models.CharField(max_length=64)
    scan = models.ForeignKey(Exhibit, models.PROTECT, null=True, related_name="+")
    recorded_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(signer=""), name="a_signature_has_a_signer"),
            models.CheckConstraint(condition=~Q(way="paper") | Q(scan__isnull=False), name="a_signature_on_paper_has_its_scan"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.way}"


class AgreementWithdrawal(models.Model):
    """作废: drawn up wrongly and taken back before anybody signed it; its number stays in the register. Append-only."""

    agreement = models.OneToOneField(FrontageAgreement, models.PROTECT, related_name="withdrawal")
    reason = models.CharField(_("原因"), max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_withdrawn_agreement_says_why")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.at:%Y-%m-%d}"


class ServiceContract(models.Model):
    """购买服务: a contractor keeps an area for a term, for what the contract promises. Policy: 3.1."""

    number = models.CharField(_("合同编号"), max_length=30, unique=True)
    contractor = models.ForeignKey(Unit, models.PROTECT, related_name="service_contracts", verbose_name=_("承包单位"))
    town_code = models.CharField(max_length=12)
    term_from = models.DateField(_("从"))
    term_to = models.DateField(_("到"))
    terms = models.CharField(_("服务内容和考核约定"), max_length=500)
    # What the contract promises, so that the measured figure stands beside it.
    promised_on_time_percent = models.PositiveSmallIntegerField(_("约定按时办结率（%）"))
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(term_to__gt=F("term_from")), name="service_contract_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(promised_on_time_percent__lte=100), name="service_contract_promises_a_share"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number


class ServiceArea(AlongTheEdge, models.Model):
    """A piece of a street's side that a contract covers."""

    contract = models.ForeignKey(ServiceContract, models.PROTECT, related_name="areas")
    street = models.ForeignKey(ManagedStreet, models.PROTECT, related_name="service_areas")
    side = models.CharField(max_length=5, choices=Side)
    from_cm = models.PositiveIntegerField()
    to_cm = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(to_cm__gt=F("from_cm")), name="service_area_ends_after_it_begins")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.street_id} {self.side}"

    @property
    def side_name(self) -> str:
        return self.street.side_name(self.side)


class ListedPremises(models.Model):
    """A registration number on the contractor's own list, as they handed it in; it may be wrong, that is what is looked for."""

    contract = models.ForeignKey(ServiceContract, models.PROTECT, related_name="listed")
    number = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="a_contract_lists_a_number_once")]

    def __str__(self) -> str:
        return self.number


class FeeEntry(models.Model):
    """One entry of the fees' ledger: the same amount from one account to another, so it always balances. Append-only."""

    KINDS = [
        (EntryKind.CHARGE.value, _("应收")), (EntryKind.PAYMENT.value, _("收到")), (EntryKind.WAIVER.value, _("减免")),
        (EntryKind.REVERSAL.value, _("冲正")),
    ]  # fmt: skip
    ACCOUNTS = [
        (LedgerAccount.RECEIVABLE.value, _("应收账款")), (LedgerAccount.INCOME.value, _("服务费收入")),
        (LedgerAccount.CASH.value, _("实收")), (LedgerAccount.WAIVED.value, _("减免")),
    ]  # fmt: skip

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="fee_entries")
    kind = models.CharField(max_length=8, choices=KINDS)
    debit = models.CharField(max_length=10, choices=ACCOUNTS)
    credit = models.CharField(max_length=10, choices=ACCOUNTS)
    amount_fen = models.PositiveBigIntegerField()
    what = models.CharField(max_length=120)
    due_on = models.DateField(null=True)
    # Gapless within a year; a payment's receipt.
    receipt = models.CharField(max_length=32, null=True, unique=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=1) & ~Q(debit=F("credit")), name="a_fee_moves_an_amount_between_accounts"),
            models.CheckConstraint(condition=~Q(what=""), name="a_fee_says_what_it_is_for"),
            models.CheckConstraint(
                condition=Q(kind="charge", debit="receivable", credit="income", due_on__isnull=False, reverses=None)
                | Q(kind="payment", debit="cash", credit="receivable", receipt__isnull=False, reverses=None)
                | Q(kind="waiver", debit="waived", credit="receivable", reverses=None)
                | Q(kind="reversal", reverses__isnull=False),
                name="a_fee_is_booked_as_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.premises_id} {self.kind} {self.amount_fen}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    def as_rule(self) -> Row:
        return Row(LedgerAccount(self.debit), LedgerAccount(self.credit), self.amount_fen)


class FrontageMatter(models.Model):
    """Something in front of a door that is not as it should be, from the first look to its end (门前事项). Policy: 3.5."""

    number = models.CharField(_("编号"), max_length=16, unique=True)
    premises = models.ForeignKey(Premises, models.PROTECT, related_name="matters")
    duty = models.CharField(_("哪一包"), max_length=10, choices=DutyKind)
    what = models.CharField(_("什么问题"), max_length=200)
    # What it came from, as the journal names it: `case:26-1122-0375`; "" where somebody saw it.
    subject = models.CharField(max_length=96, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(what=""), name="a_matter_says_what_it_is"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("opened_at")), name="a_matter_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["premises"], condition=Q(ended_at=None), name="matters_still_open")]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number


class FrontageStep(models.Model):
    """One lawful step with its document. Its place in the order is its number, so that none can be left out. Append-only."""

    KINDS = [
        (StepKind.REMINDER.value, _("提醒")), (StepKind.ORDER.value, _("责令限期改正")), (StepKind.HEARING.value, _("陈述申辩告知")),
        (StepKind.REFERRAL.value, _("移送执法")),
    ]  # fmt: skip

    matter = models.ForeignKey(FrontageMatter, models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=KINDS)
    # The step before it, and when that was: the database itself sees that none is missing and none is earlier.
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="following")
    previous_at = models.DateTimeField(null=True)
    document = models.OneToOneField(Document, models.PROTECT, related_name="frontage_step")
    limit_amount = models.PositiveSmallIntegerField(null=True)
    limit_unit = models.CharField(max_length=12, choices=LIMIT_UNITS, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["matter", "position"]
        constraints = [
            models.UniqueConstraint(fields=["matter", "position"], name="a_matter_takes_each_step_once"),
            models.CheckConstraint(
                condition=Q(kind="reminder", position=1) | Q(kind="order", position=2) | Q(kind="hearing", position=3)
                | Q(kind="referral", position=4),
                name="a_step_stands_at_its_place",
            ),
            models.CheckConstraint(
                condition=Q(position=1, previous=None, previous_at=None)
                | Q(position__gt=1, previous__isnull=False, previous_at__isnull=False, at__gt=F("previous_at")),
                name="a_step_follows_the_one_before_it",
            ),
            models.CheckConstraint(
                condition=Q(kind="referral") | Q(limit_amount__gte=1) & ~Q(limit_unit=""), name="a_step_sets_a_term"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.matter_id}.{self.position} {self.kind}"

    @property
    def limit(self) -> Limit | None:
        return Limit(self.limit_amount, LimitUnit(self.limit_unit)) if self.limit_amount else None


class StepTerm(models.Model):
    """The term of a step, running from its service: kept with the calendar and hours that gave it (P4). Append-only."""

    step = models.OneToOneField(FrontageStep, models.PROTECT, related_name="term")
    served_at = models.DateTimeField()
    due_at = models.DateTimeField()
    calendar = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    schedule = models.ForeignKey(WorkSchedule, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_at__gt=F("served_at")), name="a_term_ends_after_service")]

    def __str__(self) -> str:
        return f"{self.step_id} {self.due_at:%Y-%m-%d}"


class MatterNote(models.Model):
    """What was seen, claimed and said in a matter, in order. Photographs hang on it as evidence. Append-only."""

    KINDS = [
        ("claimed", _("门店说改好了")), ("looked_mended", _("现场看过，已改正")), ("looked_not", _("现场看过，没有改正")),
        ("heard", _("听取陈述申辩")), ("waived", _("期满没有陈述申辩")), ("closed", _("了结")),
    ]  # fmt: skip

    matter = models.ForeignKey(FrontageMatter, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=14, choices=KINDS)
    text = models.CharField(max_length=1000, blank=True)
    # What was made of a statement: the body must say whether it follows it, and why.
    answer = models.CharField(max_length=1000, blank=True)
    shown = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="heard") | ~Q(text="") & ~Q(answer=""), name="a_statement_is_recorded_and_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.kind}"


class ShopQuestion(models.Model):
    """What a shop asked from its own page, and what it was told. matter: what it spoke to, where it is a statement (陈述申辩)."""

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="questions")
    matter = models.ForeignKey(FrontageMatter, models.PROTECT, null=True, related_name="statements")
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_question_asks_something")]

    def __str__(self) -> str:
        return f"{self.premises_id} {self.asked_at:%Y-%m-%d}"


assert [kind.value for kind in ORDER_OF_STEPS] == ["reminder", "order", "hearing", "referral"]
