"""Importing other systems' exports: a saved mapping, a batch, and a verdict for every row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account
from wenming.territory.models import Component, Place, Premises

from .reports import Report


class About(models.TextChoices):
    """What the rows of a file are about."""

    REPORTS = "reports", _("工单")
    COMPONENTS = "components", _("部件")
    PLACES = "places", _("公共场所")
    PREMISES = "premises", _("门店")


class ImportMapping(models.Model):
    """How one kind of file is read: which column means what. Data, not code (import of hotline exports)."""

    about = models.CharField(max_length=10, choices=About.choices, default=About.REPORTS)
    name = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=32)
    columns = models.JSONField()
    options = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.name


class BatchState(models.TextChoices):
    # Its rows are being written; a batch that stays so was cut off, and its file is handed in again.
    READING = "reading", _("没有读完")
    PREVIEWED = "previewed", _("已预览")
    RUNNING = "running", _("导入中")
    DONE = "done", _("已完成")
    UNDONE = "undone", _("已撤销")


class ImportBatch(models.Model):
    """One file brought in. The same file again finds every row already there."""

    mapping = models.ForeignKey(ImportMapping, on_delete=models.PROTECT, related_name="batches")
    file_name = models.CharField(max_length=120)
    file_hash = models.CharField(max_length=64)
    # A row's cells are a JSON object, whose order not every database keeps.
    header = models.JSONField(default=list)
    # What was said of this one file when it was handed in, such as the datum of its coordinates.
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PREVIEWED)
    # How far a file that is read in the worker is; None where it was read at once.
    rows_total = models.PositiveIntegerField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.file_name

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    @property
    def is_being_read(self) -> bool:
        """Whether the worker goes on reading it by itself; any other that stays READING was cut off."""
        return self.state == BatchState.READING and self.rows_total is not None


class ImportPiece(models.Model):
    """A piece of a file that is still to be read; gone when its last row has a verdict."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="a_piece_stands_once_in_its_file")]

    def __str__(self) -> str:
        return f"{self.batch_id}.{self.position}"


class RowState(models.TextChoices):
    READY = "ready", _("可以导入")
    WARNED = "warned", _("可以导入，请留意")
    REFUSED = "refused", _("不能导入")
    DONE = "done", _("已导入")
    KNOWN = "known", _("以前导入过")
    UNDONE = "undone", _("已撤销")
    DECIDE = "decide", _("要您定")
    SKIPPED = "skipped", _("不导入")
    KEPT = "kept", _("已有变动，留下")


class ImportRow(models.Model):
    """One row of the file as it stood, what was understood of it, and what became of it."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    cells = models.JSONField()
    understood = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=RowState.choices)
    reasons = models.JSONField(default=list)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="import_rows")
    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, null=True, related_name="import_rows", db_index=False
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="import_rows", db_index=False)
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, null=True, related_name="import_rows", db_index=False
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="a_row_stands_once_in_its_batch")]
        indexes = [models.Index(fields=["batch", "state"], name="rows_of_a_batch_by_state")]

    def __str__(self) -> str:
        return f"{self.batch_id}.{self.position}"
