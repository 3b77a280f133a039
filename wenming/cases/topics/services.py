"""What people decide about a topic. Finding and filling is the machine's; its next run keeps what was decided. 5.3."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal

from ..models import Topic, TopicMessage, TopicMove
from ..rules.topic_life import NEEDS_REASON, STARTS_FROM, TOPIC_ACTS_ZH, TOPIC_STATES_ZH, TopicState
from .finding import count_people, count_people_of_both, next_number, people_of

PERMISSION = "topics.manage"
JOURNAL_ACTIONS = {
    "rename": "topic.renamed", "merge": "topic.merged", "split": "topic.split", "dismiss": "topic.dismissed",
    "restore": "topic.restored", "propose": "topic.proposed", "withdraw": "topic.proposal-withdrawn",
}  # fmt: skip


class TopicStepRefused(Refusal):
    """The topic is not where this act begins."""

    code = "topic.step-refused"


@transaction.atomic
def rename_topic(topic: Topic, *, name: str, by: Account, now: datetime) -> Topic:
    """改名: the name a person gave stays, whatever joins later."""
    topic = _begin(topic, "rename", by)
    clean = " ".join(name.split())
    if not clean or len(clean) > 60:
        raise BadInput(_("名称要写 1 到 60 个字。请改好后再提交。"))
    before, topic.name, topic.named_by_hand = topic.name, clean, True
    return _move(topic, "rename", by=by, now=now, before=before, name=clean)


@transaction.atomic
def merge_topics(topic: Topic, *, into: Topic, by: Account, now: datetime) -> Topic:
    """并入: all its messages go to the other topic, and so does what would have joined it. The other topic."""
    if topic.pk == into.pk:
        raise BadInput(_("不能并入它自己。请选另一个话题。"))
    # Always in one order, so that two who merge crosswise wait for each other instead of both failing.
    for pk in sorted((topic.pk, into.pk)):
        Topic.objects.select_for_update().get(pk=pk)
    topic, into = _begin(topic, "merge", by), Topic.objects.get(pk=into.pk)
    if into.state != TopicState.OPEN:
        raise TopicStepRefused(_("话题 %(number)s 现在不在列，不能并进去。请选另一个话题。") % {"number": into.number})
    rows = list(TopicMessage.objects.filter(topic__in=(topic, into)).select_related("report__identity").order_by("at", "pk"))
    was = {row.pk: (row.topic_id or 0, row.person) for row in rows}
    moved = TopicMessage.objects.filter(topic=topic).update(topic=into)
    count_people_of_both(rows, was)
    topic.state, topic.merged_into, topic.proposed_at = TopicState.MERGED, into, None
    _move(topic, "merge", by=by, now=now, into=into.number, messages=moved)
    _beside(into, "take_in", by=by, now=now, other=topic.number, messages=moved)
    return into


@transaction.atomic
def split_topic(topic: Topic, *, reports: Collection[int], name: str, by: Account, now: datetime) -> Topic | None:
    """拆出: these messages leave. With a name they are a topic of their own; without one they belong to none.

    What stands in no topic is never gathered again. Raises BadInput when none or all of the topic's messages are named.
    """
    topic = _begin(topic, "split", by)
    rows = TopicMessage.objects.filter(topic=topic, report__in=reports)
    leaving = list(rows.values_list("report", flat=True).order_by("at", "pk"))
    if not leaving:
        raise BadInput(_("请先勾选要拆出的留言。"))
    if len(leaving) == topic.messages.count():
        raise BadInput(_("不能把全部留言都拆出去。整个话题不要了，请用“不列入”。"))
    own = None
    if name.strip():
        own = Topic.objects.create(
            number=next_number(now), name=" ".join(name.split())[:60], named_by_hand=True, place=topic.place,
            typical_id=leaving[0], shortest_id=leaving[0], found_at=now,
        )  # fmt: skip
    rows.update(topic=own)
    _show_by_what_is_left(topic, leaving)
    count_people(topic)
    _move(topic, "split", by=by, now=now, messages=len(leaving), into=own.number if own else "")
    if own is not None:
        count_people(own)
        _beside(own, "split_off", by=by, now=now, other=topic.number, messages=len(leaving))
    return own


@transaction.atomic
def dismiss_topic(topic: Topic, *, reason: str, by: Account, now: datetime) -> Topic:
    """不列入: no topic for a consultation, with the reason. It goes on collecting out of sight, and is not found again."""
    topic = _begin(topic, "dismiss", by, reason)
    topic.state, topic.proposed_at = TopicState.DISMISSED, None
    return _move(topic, "dismiss", by=by, now=now, reason=reason)


@transaction.atomic
def restore_topic(topic: Topic, *, reason: str, by: Account, now: datetime) -> Topic:
    """重新列入."""
    topic = _begin(topic, "restore", by, reason)
    topic.state = TopicState.OPEN
    return _move(topic, "restore", by=by, now=now, reason=reason)


@transaction.atomic
def propose_topic(topic: Topic, *, reason: str, by: Account, now: datetime) -> Topic:
    """提请会商: a mark, and what was said with it. Whoever prepares the consultation reads it."""
    topic = _begin(topic, "propose", by)
    if topic.proposed_at is not None:
        raise TopicStepRefused(_("这个话题已经提请会商了。请刷新页面看最新情况。"))
    topic.proposed_at = now
    return _move(topic, "propose", by=by, now=now, reason=reason, messages=topic.messages.count(), people=people_of(topic))


@transaction.atomic
def withdraw_proposal(topic: Topic, *, reason: str, by: Account, now: datetime) -> Topic:
    """撤回提请, with the reason."""
    topic = _begin(topic, "withdraw", by, reason)
    if topic.proposed_at is None:
        raise TopicStepRefused(_("这个话题没有提请会商。请刷新页面看最新情况。"))
    topic.proposed_at = None
    return _move(topic, "withdraw", by=by, now=now, reason=reason)


def _show_by_what_is_left(topic: Topic, leaving: Collection[int]) -> None:
    """A message that left no longer shows the topic."""
    first = topic.messages.order_by("at", "pk").first()
    assert first is not None
    topic.typical_id = first.report_id if topic.typical_id in leaving else topic.typical_id
    topic.shortest_id = first.report_id if topic.shortest_id in leaving else topic.shortest_id


def _begin(topic: Topic, act: str, by: Account, reason: str = "") -> Topic:
    if not by.may(PERMISSION):
        raise NotAllowed()
    # Two officers may press the button together: the second waits here and is refused.
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    if topic.state not in STARTS_FROM[act]:
        words = {"state": _(TOPIC_STATES_ZH[TopicState(topic.state)]), "act": _(TOPIC_ACTS_ZH[act])}
        raise TopicStepRefused(_("这个话题现在是“%(state)s”，不能%(act)s。请刷新页面看最新情况。") % words)
    if act in NEEDS_REASON and not reason.strip():
        raise BadInput(_("%(act)s要写明原因。请补上后再提交。") % {"act": _(TOPIC_ACTS_ZH[act])})
    return topic


def _move(topic: Topic, act: str, *, by: Account, now: datetime, reason: str = "", **facts: object) -> Topic:
    """Write what _begin allowed: the state, the record and the journal entry."""
    _beside(topic, act, by=by, now=now, reason=reason, **facts)
    journal.record(
        JOURNAL_ACTIONS[act], by=by, about=topic, now=now, after=topic.state, reason=reason.strip()[:500], **facts
    )
    return topic


def _beside(topic: Topic, act: str, *, by: Account, now: datetime, reason: str = "", **facts: object) -> None:
    """The record of the topic itself. The other side of a merge or a split has no journal entry of its own."""
    topic.moves_count += 1
    topic.save()
    TopicMove.objects.create(
        topic=topic, position=topic.moves_count, act=act, to_state=topic.state, at=now, by=by, reason=reason.strip()[:500],
        facts=facts,
    )  # fmt: skip
