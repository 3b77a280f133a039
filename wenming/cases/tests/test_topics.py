"""A hot topic from the messages it was gathered from to what people decide about it, and what the next night keeps (5.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from wenming.cases.models import Topic, TopicMessage, TopicMove, TopicRun
from wenming.cases.rules.topic_life import TopicState
from wenming.cases.services import collect
from wenming.cases.tests.story import MONDAY
from wenming.cases.tests.test_rules_topics import MIXER, OTHER, PARKING
from wenming.cases.topics.finding import find_topics, find_topics_daily
from wenming.cases.topics.selectors import (
    cases_of_topic,
    messages_of,
    monthly,
    moves_of_topic,
    open_topics,
    solved_of,
    topics_visible_to,
    types_of,
    with_heat,
)
from wenming.cases.topics.services import (
    TopicStepRefused,
    dismiss_topic,
    merge_topics,
    propose_topic,
    rename_topic,
    restore_topic,
    split_topic,
    withdraw_proposal,
)
from wenming.journal.models import Entry
from wenming.observations.models import Channel, Report
from wenming.observations.services import leave_contact
from wenming.refusals import BadInput, NotAllowed

TONIGHT, TOMORROW = MONDAY + timedelta(hours=14), MONDAY + timedelta(hours=38)
Write = Callable[..., list[Report]]


@pytest.fixture
def write(small_city: SimpleNamespace, report: Callable[..., object]) -> Write:
    """`write(*texts)`: these messages came in on Monday, each with its case."""

    def hand_in(*texts: str, now: datetime = MONDAY, **facts: object) -> list[Report]:
        received = [report(text=text, now=now, **facts).report for text in texts]  # type: ignore[attr-defined]
        for each in received:
            collect(each, now=now)
        return received

    return hand_in


@pytest.fixture
def topic(write: Write) -> Topic:
    """Four people wrote about the mixing plant; the night gathered them."""
    write(*OTHER, *MIXER)
    find_topics(TONIGHT)
    return Topic.objects.get()


def test_the_night_puts_forward_what_several_people_wrote(topic: Topic, small_city: SimpleNamespace) -> None:
    assert (topic.number, topic.state, topic.place) == ("R26-0001", TopicState.OPEN, "明珠新城")
    assert set(topic.messages.values_list("report__text", flat=True)) == set(MIXER)
    assert Entry.objects.get(action="topic.found").facts == {"messages": 4, "people": 4}
    assert TopicRun.objects.get().read == len(OTHER) + len(MIXER)


def test_a_second_run_adds_nothing_and_a_new_worker_does_not_gather_again(topic: Topic, write: Write) -> None:
    assert (find_topics(TONIGHT), TopicMessage.objects.count()) == (0, 4)
    write(*PARKING)

    assert find_topics_daily(TONIGHT + timedelta(hours=2)) == 0
    assert find_topics_daily(TONIGHT + timedelta(hours=21)) == 1


def test_new_messages_join_and_the_number_stays(topic: Topic, write: Write) -> None:
    write("明珠新城边上的搅拌站又开工了，粉尘噪音没人管", now=MONDAY + timedelta(days=1))

    find_topics(TOMORROW)

    assert (Topic.objects.get().number, topic.messages.count()) == ("R26-0001", 5)


def test_many_messages_of_one_person_count_once(write: Write, small_city: SimpleNamespace) -> None:
    """The same telephone, however it is written; and the same words by people who left none."""
    for number, received in enumerate(write(*MIXER)):
        leave_contact(received, name="某人", phone="138 0000 0000" if number % 2 else "13800000000", now=MONDAY)
    write(*OTHER)

    assert find_topics(TONIGHT) == 0

    write(PARKING[0], PARKING[0], PARKING[0])
    assert find_topics(TOMORROW) == 0

    write("明珠新城搅拌站粉尘噪音太大了", "住明珠新城，搅拌站噪音粉尘受不了", now=MONDAY + timedelta(days=1))
    assert find_topics(TOMORROW + timedelta(hours=1)) == 1
    (hot,) = with_heat(Topic.objects.all(), days=30, now=TOMORROW + timedelta(hours=1))
    assert (hot.people, hot.many) == (3, 6)  # type: ignore[attr-defined]


def test_who_wrote_it_stays_in_the_vault(write: Write) -> None:
    """A topic counts people and knows none: neither number nor mark stands in its rows or in the journal."""
    for received in write(*MIXER):
        leave_contact(received, name="某人", phone="13800000000", now=MONDAY)
    write("明珠新城搅拌站粉尘噪音", "搅拌站在明珠新城边上，粉尘大", *OTHER)
    find_topics(TONIGHT)

    mark = Report.objects.filter(identity__isnull=False).values_list("identity__mark", flat=True).first()
    told = str(list(Topic.objects.values())) + str(list(TopicMessage.objects.values())) + str(list(Entry.objects.values("facts")))
    assert mark and mark not in told and "13800000000" not in told


def test_what_patrols_find_is_no_topic(write: Write, small_city: SimpleNamespace) -> None:
    write(*MIXER, channel=Channel.FIELD, by=small_city.supervisor)

    assert find_topics(TONIGHT) == 0


def test_numbers_do_not_get_into_the_name(write: Write) -> None:
    write(*OTHER, *(f"联系13800000000，明珠新城搅拌站粉尘噪音第{n}次投诉" for n in "一二三四"))
    find_topics(TONIGHT)

    assert "13800000000" not in Topic.objects.get().name


def test_a_report_that_was_taken_back_leaves_its_topic(topic: Topic) -> None:
    Report.objects.filter(text=MIXER[0]).update(withdrawn_at=TONIGHT)

    find_topics(TOMORROW)

    assert topic.messages.count() == 3


# --- what people decide, and what the next night keeps ---------------------------------------------------------------


def test_a_name_that_a_person_gave_stays(topic: Topic, write: Write, small_city: SimpleNamespace) -> None:
    rename_topic(topic, name="明珠新城搅拌站", by=small_city.officer, now=TONIGHT)
    write("搅拌站离明珠新城太近，粉尘噪音", now=MONDAY + timedelta(days=1))

    find_topics(TOMORROW)

    topic.refresh_from_db()
    assert (topic.name, topic.messages.count()) == ("明珠新城搅拌站", 5)


def test_a_merged_topic_collects_no_more_and_the_other_does(topic: Topic, write: Write, small_city: SimpleNamespace) -> None:
    write(*PARKING)
    find_topics(TONIGHT + timedelta(hours=1))
    other = Topic.objects.get(number="R26-0002")

    merge_topics(topic, into=other, by=small_city.officer, now=TONIGHT)
    write("明珠新城旁搅拌站粉尘很大噪音不停", now=MONDAY + timedelta(days=1))
    find_topics(TOMORROW)

    topic.refresh_from_db()
    assert (topic.state, topic.merged_into, topic.messages.count()) == (TopicState.MERGED, other, 0)
    assert other.messages.count() == 8
    assert with_heat(Topic.objects.filter(pk=other.pk), days=30, now=TOMORROW).get().people == 8  # type: ignore[attr-defined]


def test_a_person_in_two_topics_is_one_after_they_are_merged(write: Write, small_city: SimpleNamespace) -> None:
    received = write(*MIXER, *PARKING, *OTHER)
    for each in (received[0], received[len(MIXER)]):
        leave_contact(each, name="某人", phone="13800000000", now=MONDAY)
    find_topics(TONIGHT)
    one, other = Topic.objects.order_by("number")

    merge_topics(other, into=one, by=small_city.officer, now=TONIGHT)

    assert len(set(one.messages.values_list("person", flat=True))) == len(MIXER) + len(PARKING) - 1


def test_what_was_taken_out_is_not_gathered_again(topic: Topic, write: Write, small_city: SimpleNamespace) -> None:
    out = Report.objects.get(text=MIXER[1])
    split_topic(topic, reports=[out.pk], name="", by=small_city.officer, now=TONIGHT)
    write("明珠新城搅拌站噪音粉尘什么时候管", now=MONDAY + timedelta(days=1))

    find_topics(TOMORROW)

    assert TopicMessage.objects.get(report=out).topic is None
    assert topic.messages.count() == 4


def test_what_was_split_off_is_a_topic_of_its_own(topic: Topic, small_city: SimpleNamespace) -> None:
    out = list(Report.objects.filter(text__in=MIXER[:2]).values_list("pk", flat=True))

    own = split_topic(topic, reports=out, name="夜间噪音", by=small_city.officer, now=TONIGHT)
    find_topics(TOMORROW)

    assert own is not None
    assert (own.number, own.name, own.messages.count(), topic.messages.count()) == ("R26-0002", "夜间噪音", 2, 2)
    assert {own.typical_id, own.shortest_id} <= set(out)
    topic.refresh_from_db()
    assert not {topic.typical_id, topic.shortest_id} & set(out)


def test_not_everything_can_be_taken_out_nor_nothing(topic: Topic, small_city: SimpleNamespace) -> None:
    everything = list(topic.messages.values_list("report", flat=True))
    for reports in (everything, [], [10**9]):
        with pytest.raises(BadInput):
            split_topic(topic, reports=reports, name="", by=small_city.officer, now=TONIGHT)


def test_a_dismissed_topic_is_not_found_again_and_may_come_back(topic: Topic, write: Write, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        dismiss_topic(topic, reason=" ", by=small_city.officer, now=TONIGHT)
    dismiss_topic(topic, reason="搅拌站已经拆除", by=small_city.officer, now=TONIGHT)
    write(*(f"{text}，请处理" for text in MIXER), now=MONDAY + timedelta(days=1))

    assert find_topics(TOMORROW) == 0
    assert open_topics(small_city.officer).count() == 0
    restore_topic(topic, reason="又开工了", by=small_city.officer, now=TOMORROW)
    assert open_topics(small_city.officer).get().messages.count() == 8


def test_proposing_is_a_mark_that_can_be_taken_back(topic: Topic, small_city: SimpleNamespace) -> None:
    propose_topic(topic, reason="", by=small_city.officer, now=TONIGHT)
    with pytest.raises(TopicStepRefused, match="已经提请"):
        propose_topic(topic, reason="", by=small_city.dispatcher, now=TONIGHT)
    withdraw_proposal(topic, reason="部门已经答应搬迁", by=small_city.officer, now=TONIGHT)

    assert [move.act for move in moves_of_topic(topic)] == ["find", "propose", "withdraw"]
    assert {"topic.proposed", "topic.proposal-withdrawn"} <= set(Entry.objects.values_list("action", flat=True))


def test_only_the_command_centre_and_the_office_decide(topic: Topic, small_city: SimpleNamespace) -> None:
    for stranger in (small_city.handler, small_city.leader, small_city.auditor):
        with pytest.raises(NotAllowed):
            dismiss_topic(topic, reason="不要", by=stranger, now=TONIGHT)
    assert topics_visible_to(small_city.leader).count() == 1
    assert topics_visible_to(small_city.handler).count() == 0
    assert messages_of(topic, small_city.handler).count() == 0


def test_nothing_can_be_done_with_what_was_merged(topic: Topic, write: Write, small_city: SimpleNamespace) -> None:
    with pytest.raises(BadInput):
        merge_topics(topic, into=topic, by=small_city.officer, now=TONIGHT)
    write(*PARKING)
    find_topics(TONIGHT + timedelta(hours=1))
    other = Topic.objects.get(number="R26-0002")
    merge_topics(topic, into=other, by=small_city.officer, now=TONIGHT)

    for act in (
        lambda: merge_topics(other, into=topic, by=small_city.officer, now=TONIGHT),
        lambda: rename_topic(topic, name="某名", by=small_city.officer, now=TONIGHT),
    ):
        with pytest.raises(TopicStepRefused):
            act()
    assert TopicMove.objects.filter(topic=topic).count() == 2


# --- figures and their rows ----------------------------------------------------------------------------------------------


def test_heat_is_people_of_this_period_and_of_the_one_before(write: Write) -> None:
    write(*OTHER, MIXER[0], now=MONDAY - timedelta(days=45))
    write(*MIXER[1:])
    find_topics(TONIGHT)

    (hot,) = with_heat(Topic.objects.all(), days=30, now=TONIGHT)

    assert (hot.people, hot.people_before, hot.people_ever) == (3, 1, 4)  # type: ignore[attr-defined]
    assert monthly(hot, TONIGHT)[-2:] == [1, 3]


def test_the_share_solved_and_the_types_are_counted_in_its_cases(topic: Topic, small_city: SimpleNamespace) -> None:
    first = cases_of_topic(topic, small_city.officer).order_by("pk")[0]
    type(first).objects.filter(pk=first.pk).update(state="closed", closed_at=TONIGHT, problem_type=small_city.overflow)

    solved = solved_of(topic, small_city.officer)

    assert (solved.closed, solved.counted, solved.percent) == (1, 4, 25)
    assert [(name, many) for _code, name, many in types_of(topic, small_city.officer)] == [("", 3), ("垃圾满溢", 1)]
