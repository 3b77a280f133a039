"""Who serves a grid (7.3), and grids that are being redrawn."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Post


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
