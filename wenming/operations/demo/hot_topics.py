"""Two matters that many people wrote about, each in their own words, so that the topics of the demo city say something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from wenming.cases.models import Topic
from wenming.cases.topics.finding import find_topics
from wenming.cases.topics.services import propose_topic, rename_topic

from .city import DemoCity
from .history import History
from .life import Life, draw_seen
from .stories import in_time

# How many days ago, and what was written there; {place} is the landmark.
NIGHT_STALLS = (
    (11.6, "{place}门口夜市摆摊到凌晨，油烟噪音太大，睡不着"),
    (10.3, "{place}旁边的夜市摊油烟很重，窗户都不敢开"),
    (9.4, "夜市摊天天占着{place}门口，油烟呛人，噪音到半夜"),
    (7.7, "请管管{place}门口的夜市摆摊，油烟和噪音扰民"),
    (5.2, "{place}夜市摆摊油烟扰民，孩子上学起不来"),
    (3.8, "住在{place}楼上，楼下夜市摊半夜还在炒菜，油烟噪音受不了"),
)
BROKEN_ROAD = (
    (8.8, "{place}门前施工后路面没有恢复，坑洼积水，骑车摔跤"),
    (6.1, "{place}门前路面施工完坑坑洼洼，下雨积水过不去"),
    (4.6, "施工队走了，{place}门前路面坑洼没人修，积水很深"),
    (2.9, "{place}门前的路面什么时候恢复？施工留下的坑洼老人摔了两次"),
)
MATTERS = (("占道经营", NIGHT_STALLS), ("道路破损", BROKEN_ROAD))


def plan_hot_topics(history: History) -> None:
    """Let people write; what they wrote about goes the usual way of a case."""
    for wanted, messages in MATTERS:
        problems = history.city.problems
        problem = next((one for one in problems if one.type.name == wanted), problems[0])
        number, rng = history.next_case()
        first = draw_seen(history.city, rng, number, problem)
        for days_ago, words in messages:
            number, rng = history.next_case()
            said = replace(problem, sentences=(words,))
            seen = replace(draw_seen(history.city, rng, number, said), spot=first.spot, channel="web")
            history.begin(in_time(Life(history.city, rng, seen, history.city.now - timedelta(days=days_ago))))


def hot_topics(city: DemoCity) -> None:
    """Last night's gathering, and what the office made of it this morning."""
    find_topics(city.now)
    topic = Topic.objects.filter(messages__report__text__contains="夜市").order_by("number").first()
    if topic is None:  # the days before now were holidays: nobody wrote yet
        return
    rename_topic(topic, name=f"{topic.place}夜市油烟噪音"[:60], by=city.officer, now=city.now)
    propose_topic(topic, reason="住户多次反映，城管和市场两家都要到场。", by=city.officer, now=city.now)
