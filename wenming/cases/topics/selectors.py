"""Asking about topics: who may see which, how hot each is, and the rows behind each figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Min, Q, QuerySet

from wenming.organisations.models import Account

from ..models import Case, Topic, TopicMessage, TopicMove
from ..rules.lifecycle import State
from ..rules.topic_life import TopicState
from ..selectors import cases_visible_to

PERIODS = (30, 90, 365)


def topics_visible_to(user: Account | AnonymousUser) -> QuerySet[Topic]:
    """Every topic, for those who work for the whole city."""
    if not isinstance(user, Account) or not user.may("topics.see"):
        return Topic.objects.none()
    return Topic.objects.select_related("typical", "shortest", "merged_into")


def with_heat(topics: QuerySet[Topic], *, days: int, now: datetime) -> QuerySet[Topic]:
    """Each with its people and messages in the last `days`, in as many days before, and in all; the hottest first.

    Heat is people, not messages: whoever writes ten times counts once. One join, so that no row is counted twice.
    """
    since, before = now - timedelta(days=days), now - timedelta(days=2 * days)
    lately = Q(messages__at__gt=since, messages__at__lte=now)
    earlier = Q(messages__at__gt=before, messages__at__lte=since)
    return topics.annotate(
        people=Count("messages__person", distinct=True, filter=lately),
        people_before=Count("messages__person", distinct=True, filter=earlier),
        people_ever=Count("messages__person", distinct=True),
        many=Count("messages", filter=lately),
        many_ever=Count("messages"),
        first_at=Min("messages__at"),
        last_at=Max("messages__at"),
    ).order_by("-people", "-many", "-people_ever", "number")


def open_topics(user: Account | AnonymousUser) -> QuerySet[Topic]:
    """What stands in the list."""
    return topics_visible_to(user).filter(state=TopicState.OPEN)


def messages_of(topic: Topic, user: Account | AnonymousUser) -> QuerySet[TopicMessage]:
    """Its messages whose case this person may see, the newest first. What has no case yet is nobody's to see."""
    told = TopicMessage.objects.filter(topic=topic, report__case_report__case__in=cases_visible_to(user).order_by().values("pk"))
    told = told.select_related(
        "report__placement__town", "report__placement__community", "report__case_report__case__problem_type",
        "report__case_report__case__unit",
    )  # fmt: skip
    return told.order_by("-at", "-pk")


def cases_of_topic(topic: Topic, user: Account | AnonymousUser) -> QuerySet[Case]:
    """The cases that answer its messages."""
    answering = TopicMessage.objects.filter(topic=topic).values("report__case_report__case")
    return cases_visible_to(user).filter(pk__in=answering)


def moves_of_topic(topic: Topic) -> QuerySet[TopicMove]:
    """Its whole story, oldest first."""
    return topic.moves.select_related("by").order_by("position")


@dataclass(frozen=True)
class Solved:
    """How many of the topic's cases are closed, of those that were not turned down or merged."""

    closed: int
    counted: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.closed / self.counted) if self.counted else None


NOT_COUNTED = (State.NOT_ACCEPTED, State.VOID, State.MERGED)


def solved_of(topic: Topic, user: Account | AnonymousUser) -> Solved:
    """The share solved, counted in cases."""
    told = cases_of_topic(topic, user).exclude(state__in=NOT_COUNTED).order_by()
    counts = told.aggregate(all=Count("pk"), closed=Count("pk", filter=Q(state=State.CLOSED)))
    return Solved(counts["closed"], counts["all"])


def types_of(topic: Topic, user: Account | AnonymousUser) -> list[tuple[str, str, int]]:
    """(code, name, cases) of its problem types, the most frequent first; "" is what has none yet."""
    rows = cases_of_topic(topic, user).order_by().values_list("problem_type", "problem_type__name")
    counted = rows.annotate(many=Count("pk")).order_by("-many", "problem_type__name")
    return [(str(pk or ""), name or "", many) for pk, name, many in counted]


def monthly(topic: Topic, now: datetime, periods: int = 12, days: int = 30) -> list[int]:
    """People in each of the last periods, the newest last."""
    people: list[set[int]] = [set() for _ in range(periods)]
    since = now - timedelta(days=days * periods)
    for at, person in topic.messages.filter(at__gt=since, at__lte=now).values_list("at", "person"):
        people[-1 - (now - at).days // days].add(person)
    return [len(each) for each in people]
