"""What is on paper: registers of numbers without gaps, issued documents that never change, and proofs of service."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.evidence.models import Exhibit


class NumberRegister(models.Model):
    """One agency's numbers of one year (发文登记): the row that everybody who issues under this mark queues on."""

    mark = models.CharField(_("机关代字"), max_length=12)
    year = models.PositiveSmallIntegerField(_("年份"))
    last_serial = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mark", "year"], name="a_mark_has_one_register_a_year")]

    def __str__(self) -> str:
        return f"{self.mark}〔{self.year}〕"


class Document(models.Model):
    """An issued document (已印发的公文). Never changed: a correction is another document. Append-only.

    subject: what it is about, as the journal names it, since documents stand above every room that issues them.
    """

    register = models.ForeignKey(NumberRegister, models.PROTECT, related_name="documents")
    serial = models.PositiveIntegerField()
    number = models.CharField(_("文号"), max_length=32, unique=True)
    kind = models.CharField(_("文种"), max_length=24)
    title = models.CharField(_("标题"), max_length=120)
    issuer = models.CharField(_("发文机关"), max_length=80)
    to = models.CharField(_("主送"), max_length=120)
    subject = models.CharField(max_length=96)
    # The PDF as it was issued, under its own hash.
    paper = models.OneToOneField(Exhibit, models.PROTECT, related_name="document")
    sha256 = models.CharField(max_length=64)
    # What was set, as the typesetting was told it: an editable copy is made from it. Empty for letters before it was kept.
    told = models.JSONField(null=True)
    # The head of the journal that is printed at its foot: a paper copy bears witness to everything before it.
    witness_seq = models.BigIntegerField()
    witness_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("印发时间"))
    issued_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("公文")
        ordering = ["register", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["register", "serial"], name="a_serial_is_given_once"),
            models.CheckConstraint(condition=Q(serial__gte=1) & ~Q(number="") & ~Q(title=""), name="document_has_number_and_title"),
        ]
        indexes = [models.Index(fields=["subject"], name="documents_about_one_thing")]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number


class Way(models.TextChoices):
    """How a document reached whom it is for (送达方式)."""

    HANDED = "handed", _("直接送达")
    LEFT = "left", _("留置送达")
    POST = "post", _("邮寄送达")
    PUBLIC = "public", _("公告送达")


class ProofOfService(models.Model):
    """送达回证: when and how a document reached its addressee. What it sets off runs from then. Append-only.

    receiver: in what capacity somebody took it (店主、店员), and the name they signed with. Purpose: proof of service by law;
    kept as long as the document.
    """

    document = models.OneToOneField(Document, models.PROTECT, related_name="service")
    way = models.CharField(_("送达方式"), max_length=8, choices=Way)
    issued_at = models.DateTimeField()
    served_at = models.DateTimeField(_("送达时间"))
    receiver = models.CharField(_("签收人和身份"), max_length=60)
    witness = models.CharField(_("见证人"), max_length=60, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("送达回证")
        constraints = [
            models.CheckConstraint(
                condition=Q(served_at__gte=F("issued_at"), recorded_at__gte=F("served_at")),
                name="service_follows_issue_and_precedes_its_record",
            ),
            models.CheckConstraint(condition=~Q(receiver=""), name="service_says_who_received"),
            models.CheckConstraint(condition=~Q(way="left") | ~Q(witness=""), name="leaving_a_document_needs_a_witness"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.served_at:%Y-%m-%d}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)
