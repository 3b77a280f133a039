"""How many people live and how many dwellings stand where: counts of communities and buildings, never persons (7.1)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account

from .places import Area


class CountEdition(models.Model):
    """One file or form of counts. For each community the newest edition that speaks of it holds. Append-only."""

    name = models.CharField(_("来源"), max_length=100)
    counted_on = models.DateField(_("统计日"))
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("人口户数")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="count_edition_says_its_source")]

    def __str__(self) -> str:
        return self.name


class HeadCount(models.Model):
    """How many in one building, or in a community as a whole where nobody counted by building. Append-only.

    Purpose: to divide grids evenly (7.1). Numbers only: no column could hold a person.
    """

    edition = models.ForeignKey(CountEdition, models.PROTECT, related_name="rows")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    building = models.CharField(_("楼栋"), max_length=60, blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    people = models.PositiveIntegerField(_("人数"))
    dwellings = models.PositiveIntegerField(_("户数"))

    class Meta:
        verbose_name = _("人口户数")
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None) | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="head_count_has_a_point_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"{self.community_id} {self.people}/{self.dwellings}"
