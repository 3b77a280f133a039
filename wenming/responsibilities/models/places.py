"""What the managing body of a public place owes to it: a pact on the wall, guides with hours, education (2.4)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account
from wenming.territory.models import Place


class PlacePact(models.Model):
    """文明公约 of a place, as it was put up on a day. Append-only: the newest is what is promised today."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="pacts", db_index=False)
    version = models.PositiveIntegerField()
    text = models.TextField(_("公约内容"), max_length=2000)
    posted_on = models.DateField(_("上墙日期"))
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["place", "version"], name="pact_versions_of_a_place_are_counted"),
            models.CheckConstraint(condition=~Q(text=""), name="a_pact_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.place} v{self.version}"


class PlaceGuide(models.Model):
    """公共文明引导员 of a place and the hours on the roster (not of presence: nobody clocks in).

    name: purpose, to know whom to ask for at the spot; asked for nothing else, never public, cleared a year after the end.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="guides", db_index=False)
    name = models.CharField(_("怎么称呼"), max_length=40, blank=True)
    # Days of the week as ISO counts them: 1 is Monday.
    weekdays = models.JSONField(_("星期"), default=list)
    begins = models.TimeField(_("几点起"))
    ends = models.TimeField(_("几点止"))
    since = models.DateField(_("从哪天起"))
    until = models.DateField(_("到哪天止"), null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["begins", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="a_guide_ends_after_beginning"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="a_guide_leaves_after_coming"),
        ]
        indexes = [models.Index(fields=["place", "until"], name="guides_of_a_place")]

    def __str__(self) -> str:
        return self.name or f"{self.begins:%H:%M}–{self.ends:%H:%M}"


class PlaceEducation(models.Model):
    """宣传教育 that the managing body held: what about, for how many. Append-only."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="educations", db_index=False)
    held_on = models.DateField(_("哪天"))
    topic = models.CharField(_("内容"), max_length=100)
    people = models.PositiveIntegerField(_("多少人参加"))
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(topic=""), name="an_education_has_a_topic")]
        indexes = [models.Index(fields=["place", "held_on"], name="educations_of_a_place")]

    def __str__(self) -> str:
        return self.topic
