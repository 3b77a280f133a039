"""Who serves a grid (7.3), and grids that are being redrawn."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Post

from .places import Area, GridKind, GridLayer, Shape


class GridRole(models.TextChoices):
    """What a post is for a grid."""

    CHIEF = "chief", _("网格长")
    MEMBER = "member", _("网格员")
    LIAISON = "liaison", _("部门联络人")


class GridPost(models.Model):
    """A post that serves a grid (网格岗位); who holds it, from when to when, is the post's appointments.

    `covers` is the code of one grid (15 digits), or of a community (12) or town (9) with all grids in it. Codes outlive
    versions: a redrawn grid of the same code keeps its people.
    """

    covers = models.CharField(_("管哪里"), max_length=15, db_index=True)
    role = models.CharField(_("职务"), max_length=8, choices=GridRole)
    post = models.ForeignKey(Post, models.PROTECT, related_name="grid_posts", verbose_name=_("岗位"))
    valid_from = models.DateField(_("起始日"))
    valid_to = models.DateField(_("截止日"), null=True, blank=True, help_text=_("这一天起不再管"))

    class Meta:
        verbose_name = _("网格岗位")
        ordering = ["covers", "role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["covers", "post"], condition=Q(valid_to=None), name="post_serves_a_grid_once"),
            models.UniqueConstraint(
                fields=["covers"], condition=Q(valid_to=None, role="chief"), name="grid_has_one_chief_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="grid_post_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(covers=""), name="grid_post_covers_something"),
        ]

    def __str__(self) -> str:
        return f"{self.covers} {self.get_role_display()}"

    @property
    def journal_key(self) -> str:
        return self.covers


class GridDraft(models.Model):
    """A layer that is being redrawn (网格草稿): the layer it began from, and what was changed since.

    Nobody but its editors sees it until it is published as the next version of its kind.
    """

    kind = models.CharField(_("类型"), max_length=10, choices=GridKind)
    name = models.CharField(_("草稿名称"), max_length=60)
    based_on = models.ForeignKey(GridLayer, models.PROTECT, null=True, related_name="drafts_from_it")
    published_as = models.OneToOneField(GridLayer, models.PROTECT, null=True, related_name="draft")
    opened_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(_("开始时间"))
    discarded_at = models.DateTimeField(_("放弃时间"), null=True)
    steps_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("网格草稿")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_as=None) | Q(discarded_at=None), name="grid_draft_is_published_or_discarded"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.published_as_id is None and self.discarded_at is None


class DraftedGrid(Shape):
    """A grid as a draft has it, where it differs from the layer that the draft began from; removed: it is not in the draft."""

    draft = models.ForeignKey(GridDraft, models.CASCADE, related_name="drafted")
    code = models.CharField(max_length=15)
    name = models.CharField(max_length=60)
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    removed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("草稿中的网格")
        constraints = [models.UniqueConstraint(fields=["draft", "code"], name="grid_is_drafted_once")]

    def __str__(self) -> str:
        return self.code


class DraftStep(models.Model):
    """One edit of a draft: what each grid was before and after, who drew it and when. Append-only."""

    draft = models.ForeignKey(GridDraft, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=12)
    # {code: [before, after]}, each {"name", "community", "wkb" (hex)} or null where the grid is not in the draft.
    changes = models.JSONField()
    undoes = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("草稿改动")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="steps_of_a_grid_draft_are_counted")]

    def __str__(self) -> str:
        return f"{self.draft_id}.{self.number} {self.act}"


class SignedFault(models.Model):
    """A finding of the audit that somebody answers for, so that the draft may be published with it (例外签认). Append-only."""

    draft = models.ForeignKey(GridDraft, models.PROTECT, related_name="signed")
    key = models.CharField(max_length=400)
    fault = models.CharField(max_length=12)
    area_m2 = models.FloatField()
    why = models.CharField(_("为什么可以保留"), max_length=200)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("例外签认")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "key"], name="fault_is_signed_for_once"),
            models.CheckConstraint(condition=~Q(why=""), name="signed_fault_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.fault} {self.area_m2:.0f}"


class StagedGrids(models.Model):
    """What was read of a file, from its preview until somebody takes it or drops it (待确认的导入); gone after a day."""

    draft = models.ForeignKey(GridDraft, models.CASCADE, related_name="staged")
    name = models.CharField(_("文件名"), max_length=100)
    # What the file declares about its coordinates: `EPSG:4547`, well-known text, or nothing.
    says = models.TextField(blank=True)
    # Compressed JSON of [code, name, WKB in the file's own coordinates (hex)].
    packed = models.BinaryField(editable=False)
    shapes = models.PositiveIntegerField()
    by = models.ForeignKey(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("待确认的网格文件")
        constraints = [models.UniqueConstraint(fields=["draft", "by"], name="one_file_of_grids_waits_for_each_person")]

    def __str__(self) -> str:
        return self.name
