"""Finding hot topics: every night new messages join the topics that stand or found new ones. Rules: rules/topics.py.

What patrols found is not read: a topic is what people write about. What a person decided stays: a message taken out is
not gathered again, a topic that was merged, named or dismissed stays so and goes on collecting, so that it is not found
a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wenming.journal import services as journal
from wenming.observations.models import Channel, Report
from wenming.observations.rules.contacts import without_contacts
from wenming.standards.models import ProblemType
from wenming.territory.models import Area, Landmark, Level, Road, Water

from ..models import Topic, TopicMessage, TopicMove, TopicRun
from ..rules.topic_words import Names, first_sentence, local_names, plain_of
from ..rules.topics import Group, Message, gather
from .reading import read

WINDOW = timedelta(days=365)
MOST_READ = 20_000
NEWEST_OF_A_TOPIC = 60
"""Of a topic's messages so many stand for it when new ones ask whether they belong."""
ALMOST_A_DAY = timedelta(hours=20)
SHORTEST_TEXT = 6
DAY_S = 86_400
HIDDEN = "…"


def find_topics_daily(now: datetime) -> int:
    """`find_topics` by the clock; a worker that was started anew does not gather the same night again."""
    gathered = TopicRun.objects.filter(at__gt=now - ALMOST_A_DAY).exists()
    return 0 if gathered else find_topics(now)


def find_topics(now: datetime) -> int:
    """Gather what came in since the last run; how many topics are new. A second run at once adds nothing. Policy: 5.3."""
    last = TopicRun.objects.first()
    messages = _messages(after=last.newest_report if last else 0, now=now)
    groups = gather(messages, city_names(messages)) if any(each.fresh for each in messages) else []
    with transaction.atomic():
        # Two workers may gather at once: the second waits here and finds that it was done.
        ProblemType.objects.select_for_update().order_by("pk").first()
        newest = TopicRun.objects.first()
        if (newest.pk if newest else None) != (last.pk if last else None):
            return 0
        _forget_withdrawn()
        founded = [topic for group in groups if (topic := _put(group, now)) is not None]
        _note(messages, groups, founded, now)
    return len(founded)


def city_names(messages: Iterable[Message]) -> Names:
    """The places of this city by its own gazetteer, and the names that repeat in these messages."""
    areas = Area.objects.filter(valid_to=None).exclude(level=Level.TOWN)
    gazetteer = {
        *areas.values_list("name", flat=True), *areas.values_list("short_name", flat=True),
        *Road.objects.values_list("name", flat=True), *Landmark.objects.values_list("name", flat=True),
        *Water.objects.values_list("name", flat=True),
    }  # fmt: skip
    return Names(gazetteer, local_names(each.reading.plain for each in messages))


# --- what is read ------------------------------------------------------------------------------------------------------


def _readable(now: datetime) -> QuerySet[Report]:
    """Reports that people wrote in the window, those that a person took out of every topic left out."""
    taken_out = Q(topic_message__isnull=False, topic_message__topic=None)
    told = Report.objects.filter(withdrawn_at=None, received_at__gte=now - WINDOW, received_at__lte=now)
    return told.exclude(text="").exclude(channel=Channel.FIELD).exclude(taken_out)


def _messages(*, after: int, now: datetime) -> list[Message]:
    rows = _readable(now).order_by("-received_at", "-pk").values_list(
        "pk", "text", "received_at", "placement__longitude", "placement__latitude", "identity__mark", "topic_message__topic"
    )  # fmt: skip
    taken: Counter[int] = Counter()
    messages = []
    for pk, text, at, longitude, latitude, mark, topic in rows[:MOST_READ]:
        if len(text) < SHORTEST_TEXT or (topic is not None and taken[topic] >= NEWEST_OF_A_TOPIC):
            continue
        taken[topic] += topic is not None
        reading = read(text)
        point = (longitude, latitude) if longitude is not None and latitude is not None else None
        person = person_key(mark, reading.plain)
        messages.append(Message(pk, reading, at.timestamp() / DAY_S, person, point, topic, pk > after))
    return messages


def person_key(mark: str | None, text: str) -> str:
    """Who wrote it, as far as may be known: the same contact, else the same words. Anything else is another person."""
    return f"contact:{mark}" if mark else f"words:{text}"


# --- what is written ---------------------------------------------------------------------------------------------------


def _forget_withdrawn() -> None:
    TopicMessage.objects.exclude(report__withdrawn_at=None).delete()


def _put(group: Group, now: datetime) -> Topic | None:
    """Write one group; the topic if it is new."""
    reports = {each.pk: each for each in Report.objects.filter(pk__in=[group.shown.typical, group.shown.shortest])}
    typical, shortest = reports[group.shown.typical], reports[group.shown.shortest]
    topic = Topic.objects.filter(pk=group.topic).first() if group.topic is not None else None
    new = topic is None
    if topic is None:
        topic = Topic(number=_next_number(now), found_at=now)
    elif not TopicMessage.objects.filter(topic=topic).exists():
        return None  # all its messages were taken back meanwhile
    topic.typical, topic.shortest = typical, shortest
    if not topic.named_by_hand:
        topic.name = _name(group.shown.place, shortest.text)
    topic.place = group.shown.place[:60]
    topic.save()
    # Whoever took one of them out a moment ago has decided it.
    known = set(TopicMessage.objects.filter(report__in=group.keys).values_list("report", flat=True))
    told = Report.objects.filter(pk__in=set(group.keys) - known, withdrawn_at=None).order_by("received_at", "pk")
    TopicMessage.objects.bulk_create(
        [TopicMessage(report=each, topic=topic, at=each.received_at, joined_at=now) for each in told]
    )
    count_people(topic, new=set(group.keys))
    if not topic.place:
        _place_by_position(topic)
    if new:
        found(topic, "find", now)
    return topic if new else None


def _name(place: str, text: str) -> str:
    words = first_sentence(without_contacts(text, HIDDEN))
    return (words if not place or place in words.lower() else f"{place}：{words}")[:60]


def _place_by_position(topic: Topic) -> None:
    """No name repeats: the community in which most of it lies, else the town."""
    places = list(topic.messages.values_list("report__placement__community__short_name", "report__placement__town__short_name"))
    for column in (0, 1):
        names = Counter(place[column] for place in places if place[column])
        name, times = names.most_common(1)[0] if names else ("", 0)
        if 2 * times > len(places):
            topic.place = name
            topic.save(update_fields=["place"])
            return


def found(topic: Topic, act: str, now: datetime, **facts: object) -> None:
    """The first record of a topic."""
    topic.moves_count = 1
    topic.save(update_fields=["moves_count"])
    facts = {"messages": topic.messages.count(), "people": people_of(topic), **facts}
    TopicMove.objects.create(topic=topic, position=1, act=act, to_state=topic.state, at=now, facts=facts)
    if act == "find":
        journal.record("topic.found", by=None, about=topic, now=now, **facts)


def _note(messages: Sequence[Message], groups: Sequence[Group], founded: Sequence[Topic], now: datetime) -> None:
    newest = max((each.key for each in messages), default=0)
    last = TopicRun.objects.first()
    TopicRun.objects.create(
        at=now, newest_report=max(newest, last.newest_report if last else 0), read=sum(each.fresh for each in messages),
        joined=sum(len(group.keys) for group in groups if group.topic is not None), founded=len(founded),
    )  # fmt: skip


def next_number(now: datetime) -> str:
    """R26-0012: the year, and the count within it."""
    return _next_number(now)


def _next_number(now: datetime) -> str:
    start = f"R{timezone.localdate(now):%y}-"
    numbers = Topic.objects.filter(number__startswith=start).order_by("-number").values_list("number", flat=True)
    last = numbers.first()
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:04d}"


# --- people, counted once ----------------------------------------------------------------------------------------------


@dataclass
class _Same:
    """Messages of one person find each other through what they share."""

    first: dict[object, int]
    head: list[int]

    def root(self, at: int) -> int:
        while self.head[at] != at:
            at = self.head[at]
        return at


def count_people(topic: Topic, new: set[int] | None = None) -> None:
    """Number the topic's people anew. Whoever was one person in it stays one, even after the vault has forgotten who.

    new: reports that joined just now and have no number in it yet.
    """
    rows = list(topic.messages.select_related("report__identity").order_by("at", "pk"))
    _number(rows, {row.pk: (topic.pk, row.person) for row in rows if not new or row.report_id not in new})


def count_people_of_both(rows: Sequence[TopicMessage], was: dict[int, tuple[int, int]]) -> None:
    """Number the people of messages that stood in different topics. was: {message: (its topic then, its number there)}."""
    _number(rows, was)


def _number(rows: Sequence[TopicMessage], was: dict[int, tuple[int, int]]) -> None:
    same = _Same({}, list(range(len(rows))))
    for at, row in enumerate(rows):
        mark = row.report.identity.mark if row.report.identity else None
        for shared in filter(None, (person_key(mark, plain_of(row.report.text)), was.get(row.pk))):
            other = same.root(same.first.setdefault(shared, at))
            mine = same.root(at)
            same.head[max(mine, other)] = min(mine, other)
    numbers: dict[int, int] = {}
    for at, row in enumerate(rows):
        row.person = numbers.setdefault(same.root(at), len(numbers) + 1)
    TopicMessage.objects.bulk_update(rows, ["person"])


def people_of(topic: Topic) -> int:
    return topic.messages.values("person").distinct().count()
