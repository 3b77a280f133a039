"""A focus in editions: what belongs to it, what is looked at on the spot, how often. An edition never changes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

CONFIDENCES = [
    ("high", _("有两处以上来源")), ("medium", _("单一来源")), ("low", _("二手来源")), ("recon", _("按惯例重构，上线前请核对")),
]  # fmt: skip


class FocusEdition(models.Model):
    """One version of one focus (重点问题). The one in force is the newest of its code; a correction is the next one."""

    code = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField()
    # Days between two walks of the same area, unless its plan says otherwise.
    cycle_days = models.PositiveSmallIntegerField()
    # `GB30428:E0401`, or `GB30428:C01*` for a whole class: resolved when asked, so that a scheme's next version belongs too.
    patterns = models.JSONField(default=list)
    # Only what lies this near to a landmark of one of these kinds belongs to it (市场周边); empty: everywhere.
    near_kinds = models.JSONField(default=list)
    near_m = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=8, choices=CONFIDENCES)
    # Why this version, in the words of whoever made it.
    reason = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="focus_version_is_used_once"),
            models.CheckConstraint(condition=Q(cycle_days__gte=1), name="a_focus_is_walked_every_day_at_most"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return f"{self.code}-{self.version}"


class FocusItem(models.Model):
    """One thing to look at (检查项): short words, and from when on it is 不合格. Its key goes on through the versions."""

    edition = models.ForeignKey(FocusEdition, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=16)
    words = models.CharField(max_length=16)
    condition = models.CharField(max_length=80)
    # Under which type a finding is reported, as a full code; empty: a person says so later.
    type_code = models.CharField(max_length=24, blank=True)
    confidence = models.CharField(max_length=8, choices=CONFIDENCES)

    class Meta:
        ordering = ["edition", "position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "position"], name="items_of_a_checklist_are_counted"),
            models.UniqueConstraint(fields=["edition", "key"], name="an_item_stands_once_in_its_checklist"),
        ]

    def __str__(self) -> str:
        return self.words
