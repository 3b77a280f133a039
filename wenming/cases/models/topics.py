"""Hot topics (热点话题): what many people write about, the messages that say so, and what people decided about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import MomentField
from wenming.observations.models import Report
from wenming.organisations.models import Account

from ..rules.topic_life import NEEDS_REASON, TOPIC_ACTS_ZH, TOPIC_STATES_ZH, TopicState

TOPIC_STATES = [(state.value, _(TOPIC_STATES_ZH[state])) for state in TopicState]
TOPIC_ACTS = [(act, _(words)) for act, words in TOPIC_ACTS_ZH.items()]


class Topic(models.Model):
    """One matter that several people wrote about. Its number stays from day to day, whatever joins it.

    The state repeats the newest move; name, place and the two messages that show it are chosen anew when messages join,
    the name only until a person gives one.
    """

    number = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=10, choices=TOPIC_STATES, default=TopicState.OPEN)
    name = models.CharField(max_length=60)
    named_by_hand = models.BooleanField(default=False)
    place = models.CharField(max_length=60, blank=True)
    typical = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+", db_index=False)
    shortest = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+", db_index=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="took_in")
    # 提请会商: a plain mark for whoever prepares the consultation (5.3).
    proposed_at = MomentField(null=True)
    found_at = MomentField()
    moves_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=TopicState.MERGED, merged_into__isnull=False)
                | (~Q(state=TopicState.MERGED) & Q(merged_into=None)),
                name="a_merged_topic_says_where_it_went",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def journal_key(self) -> str:
        return self.number


class TopicMessage(models.Model):
    """One report in a topic. In none (topic empty): a person took it out, and it is not gathered again.

    person: which of the topic's people wrote it, counted from 1 within the topic. Purpose: many messages of one person
    count once. Nobody can be known by it; who it is stays in the vault.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="topic_message")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, related_name="messages")
    person = models.PositiveIntegerField(default=1)
    at = MomentField()
    joined_at = MomentField()

    class Meta:
        indexes = [models.Index(fields=["topic", "at"], name="messages_of_a_topic")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.report_id}"


class TopicMove(models.Model):
    """One act on a topic: who, when, why, and what it changed. Append-only."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="moves")
    position = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=TOPIC_ACTS)
    to_state = models.CharField(max_length=10, choices=TOPIC_STATES)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "position"], name="moves_of_a_topic_are_counted"),
            models.CheckConstraint(
                condition=~Q(act__in=NEEDS_REASON) | ~Q(reason=""), name="acts_on_topics_that_need_a_reason_have_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}.{self.position} {self.act}"


class TopicRun(models.Model):
    """One night's gathering: up to which report it read, how many it read, and what came of it. Append-only."""

    at = MomentField()
    newest_report = models.BigIntegerField()
    read = models.PositiveIntegerField()
    joined = models.PositiveIntegerField()
    founded = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
