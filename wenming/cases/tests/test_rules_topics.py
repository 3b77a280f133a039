"""Gathering messages into topics: what belongs together, what does not, and what stays as it was (5.3)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from wenming.cases.rules.topic_words import Names, first_sentence, local_names
from wenming.cases.rules.topics import Group, Message, gather
from wenming.cases.topics.reading import read

# What else a city writes about: topics stand out from something.
OTHER = (
    "请问社保卡丢了去哪里补办需要带什么材料", "学校门口放学时间堵车建议错峰放学", "公交车站牌被树枝挡住看不清",
    "小孩打疫苗预约不上系统一直报错", "退休金什么时候发放上个月没有收到", "河边路灯坏了三盏晚上很黑",
    "超市买到过期牛奶商家不肯退钱", "邻居家养鸡凌晨打鸣影响休息", "健身器材螺丝松了老人用着危险", "共享单车堆在人行道上走不了路",
    "想了解一下居住证办理流程和时间", "出租车司机拒载还态度恶劣", "自来水有异味已经持续好几天", "下水道井盖破损车辆颠簸",
)  # fmt: skip
MIXER = (
    "明珠新城旁边的搅拌站粉尘很大，不敢开窗",
    "投诉明珠新城小区附近建搅拌站，噪音污染严重",
    "明珠新城业主反映搅拌站夜间施工噪音，粉尘飘进家里",
    "搅拌站离明珠新城不到一百米，灰尘噪音什么时候能管",
)
PARKING = (
    "滨江花苑开发商捆绑销售车位，不买车位不给签合同",
    "滨江花苑买房必须买车位，这样捆绑销售合法吗",
    "请查处滨江花苑捆绑销售车位的行为",
)


def told(texts: Sequence[str], *, day: float = 0, first: int = 0, **facts: object) -> list[Message]:
    return [
        Message(first + at, read(text), day + at, f"person {first + at}", **facts)  # type: ignore[arg-type]
        for at, text in enumerate(texts)
    ]


def gathered(messages: Sequence[Message]) -> list[Group]:
    return gather(messages, Names((), local_names(each.reading.plain for each in messages)))


@pytest.fixture
def messages() -> list[Message]:
    return [*told(OTHER), *told(MIXER, first=100), *told(PARKING, first=200)]


def test_what_belongs_together_is_found_and_nothing_else(messages: list[Message]) -> None:
    assert [group.keys for group in gathered(messages)] == [(100, 101, 102, 103), (200, 201, 202)]


def test_the_order_in_which_messages_come_does_not_matter(messages: list[Message]) -> None:
    shuffled = list(messages)
    random.Random(7).shuffle(shuffled)

    assert gathered(shuffled) == gathered(messages)


def test_one_person_who_writes_often_is_no_topic(messages: list[Message]) -> None:
    one = [replace(each, person="always the same") if each.key >= 200 else each for each in messages]

    assert [group.keys for group in gathered(one)] == [(100, 101, 102, 103)]


def test_a_group_shows_its_place_and_its_messages(messages: list[Message]) -> None:
    shown = gathered(messages)[0].shown

    assert shown.place == "明珠新城"
    assert {shown.typical, shown.shortest} <= {100, 101, 102, 103}


def test_the_same_words_at_two_places_are_two_matters() -> None:
    here, there = (113.38, 22.51), (113.42, 22.55)
    bins = ["垃圾桶满了没有人来收", "桶满了，垃圾没人收", "垃圾桶又满了，一直没人收"]
    near, far = told(bins, first=300, point=here), told(bins, first=400, point=there)

    assert [group.keys for group in gathered([*told(OTHER), *near, *far])] == [(300, 301, 302), (400, 401, 402)]


def test_a_new_message_joins_the_topic_that_stands(messages: list[Message]) -> None:
    old = [replace(each, topic=5, fresh=False) if each.key >= 200 else replace(each, fresh=False) for each in messages]
    new = told(["滨江花苑还在捆绑销售车位，请查处"], first=900, day=9)

    (group,) = gathered([*old, *new])

    assert (group.topic, group.keys) == (5, (900,))


def test_what_came_before_helps_to_found_a_topic(messages: list[Message]) -> None:
    """Two messages of last week are no topic; the third of today makes one of all three."""
    old = [replace(each, fresh=False) for each in messages if each.key not in {100, 101, 102, 103, 202}]
    (new,) = [each for each in messages if each.key == 202]

    assert [group.keys for group in gathered([*old, new])] == [(200, 201, 202)]


def test_two_topics_never_become_one_by_themselves() -> None:
    one = told(PARKING, first=200, topic=1, fresh=False)
    other = told(PARKING, first=300, topic=2, fresh=False)

    groups = gathered([*told(OTHER, fresh=False), *one, *other, *told(PARKING[:1], first=900, day=3)])

    assert [len(group.keys) for group in groups] == [1]


def test_nothing_new_changes_nothing(messages: list[Message]) -> None:
    assert gathered([replace(each, fresh=False) for each in messages]) == []


@pytest.mark.parametrize("texts", [[], ["桶满了"], ["", "", ""]], ids=["none", "one", "without a word"])
def test_little_gives_nothing_and_no_error(texts: list[str]) -> None:
    assert gathered(told(texts)) == []


# --- names of places -----------------------------------------------------------------------------------------------


def test_a_name_that_repeats_is_found_where_it_begins() -> None:
    texts = ["a市a2区明珠新城粉尘", "我住在明珠新城", "投诉明珠新城噪音", "和明珠新城业主"]

    assert "明珠新城" in local_names(texts)
    assert "珠新城" not in local_names(texts)


def test_what_only_ends_like_a_place_is_none() -> None:
    assert local_names(["希望政府管一管", "请求政府处理", "相关政府部门"] * 2) == {}


def test_the_gazetteer_knows_what_stands_there_once() -> None:
    names = Names({"孙文西路", "孙文", "石岐街道"})

    assert names.of(read("孙文西路18号门口").plain) == {"孙文西路"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("尊敬的领导：您好！搅拌站粉尘很大不敢开窗。请处理", "搅拌站粉尘很大不敢开窗", id="passes over a greeting"),
        pytest.param("桶满了", "桶满了", id="keeps what is short"),
        pytest.param("一" * 60, "一" * 27 + "…", id="cuts what is long"),
    ],
)  # fmt: skip
def test_a_topic_is_called_by_the_first_words_that_say_something(text: str, words: str) -> None:
    assert first_sentence(text) == words
