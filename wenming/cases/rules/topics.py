"""Gathering messages into topics (热点话题) by wording, place and time. Pure; the same messages give the same topics. 5.3.

Likeness of two messages is the cosine of their weighted pairs of characters, doubled where they name the same place or
lie at the same place, lowered where they name or lie at different ones, and lowered with the days between them. Groups
grow while the mean likeness of all their pairs stays above a threshold, so that no chain of neighbours ties two matters.
Candidates come from an inverted index. Whatever stands in a topic stays there: new messages join it or found a new one.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wenming.territory.rules.geometry import distance_m

from .topic_words import Names, Reading

FEWEST_PEOPLE = 3
"""A topic begins with three people: fewer are a case."""
FEATURES = 80
LEAST_COSINE = 0.06
MOST_CANDIDATES = 200
JOINS = 0.08
"""The mean likeness at which groups still join. Chosen while looking at one data set, where 0.06 to 0.10 do alike (docs/suggestions.md)."""
TOO_COMMON = 0.1
SAME_PLACE, OTHER_PLACE = 2.0, 0.6
OF_PLACE = 0.15
"""What a place's name weighs among the words: where it is says little of what the matter is, and is asked apart."""
NEAR_M, AROUND_M = 300.0, 1_500.0
FAR_AWAY = 0.05
"""Both have a position and lie more than 1,500 m apart: the same words about two bins are two matters."""
NAME_TOO_COMMON = 0.03
SAME_DAYS, A_YEAR, LEAST_WITH_TIME = 30.0, 365.0, 0.6
CLEAR_CHARACTERS = 12


@dataclass(frozen=True)
class Message:
    """One message. person: whoever shares it counts once. topic: where it stands already. fresh: not gathered before."""

    key: int
    reading: Reading
    day: float
    person: str
    point: tuple[float, float] | None = None
    topic: int | None = None
    fresh: bool = True


@dataclass(frozen=True)
class Shown:
    """What speaks for a group: its most typical message, its shortest clear one, the place most of it names."""

    typical: int
    shortest: int
    place: str


@dataclass(frozen=True)
class Group:
    """Messages that belong together. topic None: they found one. keys: those of them that are new to it."""

    topic: int | None
    keys: tuple[int, ...]
    shown: Shown


def gather(messages: Iterable[Message], names: Names, *, joins: float = JOINS) -> list[Group]:
    """What the fresh messages add: to which topic they go, and which found a new one, the largest first."""
    index = _Index(sorted(messages, key=lambda each: (each.day, each.key)), names)
    links = index.links()
    groups = _grown(index, links, joins)
    told = [_group(index, members) for members in groups]
    return sorted((each for each in told if each is not None), key=lambda each: (-len(each.keys), each.keys))


def _group(index: _Index, members: Sequence[int]) -> Group | None:
    all_of_them = [index.messages[at] for at in members]
    topic = next((each.topic for each in all_of_them if each.topic is not None), None)
    new = tuple(sorted(each.key for each in all_of_them if each.topic is None))
    if not new or (topic is None and len({each.person for each in all_of_them}) < FEWEST_PEOPLE):
        return None
    return Group(topic, new, index.shown(members))


# --- the index -------------------------------------------------------------------------------------------------------


class _Index:
    """Messages as unit vectors, and for each feature the messages that have it."""

    def __init__(self, messages: Sequence[Message], names: Names) -> None:
        self.messages = messages
        self.days = np.array([each.day for each in messages])
        self._named = [names.of(each.reading.plain) for each in messages]
        self.names = _telling_names(self._named)
        self._weigh()

    def _weigh(self) -> None:
        held = Counter(pair for each in self.messages for pair in each.reading.pairs)
        many = len(self.messages)
        most = max(20, TOO_COMMON * many)
        # As if everything were said once more: in a small town, what one message alone says must not drown the rest.
        rarity = {pair: math.log(1 + many / (n + 1)) for pair, n in held.items() if n <= most}
        numbers = {pair: number for number, pair in enumerate(sorted(pair for pair in rarity if held[pair] > 1))}
        self.features: list[Any] = []
        self.weights: list[Any] = []
        for each, names in zip(self.messages, self._named, strict=True):
            of_place = {name[at : at + 2] for name in names for at in range(len(name) - 1)}
            weighed = {
                pair: (1 + math.log(n)) * rarity[pair] * (OF_PLACE if pair in of_place else 1.0)
                for pair, n in each.reading.pairs.items() if pair in rarity
            }  # fmt: skip
            best = sorted(weighed.items(), key=lambda item: (-item[1], item[0]))[:FEATURES]
            # What nobody else says finds nobody, but it counts in how much of a message two have in common.
            length = math.sqrt(sum(weight**2 for _p, weight in best)) or 1.0
            shared = [(numbers[pair], weight / length) for pair, weight in best if pair in numbers]
            self.features.append(np.array([number for number, _w in shared], dtype=np.int32))
            self.weights.append(np.array([weight for _n, weight in shared], dtype=np.float64))
        self._turn_over(len(numbers))

    def _turn_over(self, features: int) -> None:
        """From messages and their features to features and their messages."""
        lengths = [len(each) for each in self.features]
        flat = np.concatenate(self.features) if self.features else np.zeros(0, dtype=np.int32)
        order = np.argsort(flat, kind="stable")
        self._holders = np.repeat(np.arange(len(lengths)), lengths)[order]
        self._shares = (np.concatenate(self.weights) if self.weights else np.zeros(0))[order]
        self._starts = np.searchsorted(flat[order], np.arange(features + 1))

    def cosines(self, at: int) -> Any:
        """With every message that shares a feature; zero elsewhere."""
        spans = [slice(self._starts[f], self._starts[f + 1]) for f in self.features[at]]
        if not spans:
            return np.zeros(len(self.messages))
        holders = np.concatenate([self._holders[span] for span in spans])
        shares = np.concatenate(
            [self._shares[span] * weight for span, weight in zip(spans, self.weights[at], strict=True)]
        )
        return np.bincount(holders, weights=shares, minlength=len(self.messages))

    def links(self) -> dict[tuple[int, int], float]:
        """{pair: likeness} of the fresh messages, and of those in no topic that are like one of them."""
        links: dict[tuple[int, int], float] = {}
        fresh = [at for at, each in enumerate(self.messages) if each.fresh and each.topic is None]
        beside = {other for at in fresh for other in self._link(at, links)} - set(fresh)
        for at in sorted(beside):
            if self.messages[at].topic is None:
                self._link(at, links)
        return links

    def _link(self, at: int, links: dict[tuple[int, int], float]) -> list[int]:
        cosines = self.cosines(at)
        cosines[at] = 0.0
        like = np.nonzero(cosines >= LEAST_COSINE)[0]
        like = like[np.argsort(-cosines[like], kind="stable")][:MOST_CANDIDATES]
        for other in map(int, like):
            pair = (min(at, other), max(at, other))
            if pair not in links:
                links[pair] = self._likeness(at, other, float(cosines[other]))
        return [int(other) for other in like]

    def _likeness(self, one: int, other: int, cosine: float) -> float:
        days = abs(float(self.days[one] - self.days[other]))
        with_time = max(LEAST_WITH_TIME, 1 - (1 - LEAST_WITH_TIME) * max(0.0, days - SAME_DAYS) / (A_YEAR - SAME_DAYS))
        return self._in_place(one, other, cosine) * with_time

    def _in_place(self, one: int, other: int, cosine: float) -> float:
        apart = _metres(self.messages[one], self.messages[other])
        if apart is not None and apart > AROUND_M:
            return cosine * FAR_AWAY
        here, there = self.names[one], self.names[other]
        if here & there or (apart is not None and apart <= NEAR_M):
            return cosine * SAME_PLACE
        return cosine * OTHER_PLACE if here and there else cosine

    def shown(self, members: Sequence[int]) -> Shown:
        """The member nearest to all others; the shortest of the better half that still says something; the place."""
        middle: dict[int, float] = defaultdict(float)
        for at in members:
            for feature, weight in zip(self.features[at], self.weights[at], strict=True):
                middle[int(feature)] += float(weight)
        near = {
            at: sum(middle[int(f)] * float(w) for f, w in zip(self.features[at], self.weights[at], strict=True))
            for at in members
        }
        typical = max(members, key=lambda at: (near[at], -self.messages[at].key))
        half = sorted(near.values())[len(near) // 2]
        clear = [at for at in members if near[at] >= half and self._characters(at) >= CLEAR_CHARACTERS] or [typical]
        shortest = min(clear, key=lambda at: (self._characters(at), self.messages[at].key))
        return Shown(self.messages[typical].key, self.messages[shortest].key, self._place(members))

    def _characters(self, at: int) -> int:
        return len(self.messages[at].reading.plain)

    def _place(self, members: Sequence[int]) -> str:
        named = Counter(name for at in members for name in self.names[at])
        often = [(times, len(name), name) for name, times in named.items() if times >= 0.4 * len(members)]
        return max(often)[2] if often else ""


def _metres(one: Message, other: Message) -> float | None:
    return distance_m(one.point, other.point) if one.point and other.point else None


def _telling_names(found: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Names that tell a place: those that stand in two messages at least and in three of a hundred at most."""
    times = Counter(name for names in found for name in names)
    most = max(60, NAME_TOO_COMMON * len(found))
    return [frozenset(name for name in names if 2 <= times[name] <= most) for names in found]


# --- growing groups --------------------------------------------------------------------------------------------------


def _grown(index: _Index, links: dict[tuple[int, int], float], joins: float) -> list[list[int]]:
    """Groups by the mean likeness of all their pairs, the best pair of groups first. Two topics never become one."""
    groups = _Groups(index.messages, links)
    waiting = [(-mean, one, other) for one, other, mean in groups.means() if mean >= joins]
    heapq.heapify(waiting)
    while waiting:
        mean, one, other = heapq.heappop(waiting)
        if not groups.still(one, other, -mean):
            continue
        kept = groups.join(one, other)
        for neighbour in groups.neighbours(kept):
            mean = groups.mean(kept, neighbour)
            if mean >= joins and groups.may_join(kept, neighbour):
                heapq.heappush(waiting, (-mean, min(kept, neighbour), max(kept, neighbour)))
    return groups.all()


class _Groups:
    """Groups named by one of their members, and the sum of the likenesses between each two."""

    def __init__(self, messages: Sequence[Message], links: dict[tuple[int, int], float]) -> None:
        self._members: dict[int, list[int]] = {}
        self._topic: dict[int, int | None] = {}
        self._sums: dict[int, dict[int, float]] = defaultdict(dict)
        head_of_topic: dict[int, int] = {}
        head: list[int] = []
        for at, each in enumerate(messages):
            mine = at if each.topic is None else head_of_topic.setdefault(each.topic, at)
            head.append(mine)
            self._members.setdefault(mine, []).append(at)
            self._topic[mine] = each.topic
        for (one, other), likeness in sorted(links.items()):
            here, there = head[one], head[other]
            if here != there:
                self._sums[here][there] = self._sums[there][here] = self._sums[here].get(there, 0.0) + likeness

    def means(self) -> list[tuple[int, int, float]]:
        """Every two groups that are linked and may join."""
        return [
            (one, other, self.mean(one, other))
            for one, sums in sorted(self._sums.items()) for other in sums if one < other and self.may_join(one, other)
        ]  # fmt: skip

    def mean(self, one: int, other: int) -> float:
        return self._sums[one][other] / (len(self._members[one]) * len(self._members[other]))

    def still(self, one: int, other: int, mean: float) -> bool:
        """Whether both groups are as they were when this mean was taken."""
        there = one in self._members and other in self._members and other in self._sums[one]
        return there and abs(self.mean(one, other) - mean) < 1e-12

    def may_join(self, one: int, other: int) -> bool:
        return self._topic[one] is None or self._topic[other] is None

    def join(self, one: int, other: int) -> int:
        """One group of both, named like the larger; its name."""
        larger, smaller = (other, one) if len(self._members[other]) > len(self._members[one]) else (one, other)
        self._members[larger] += self._members.pop(smaller)
        self._topic[larger] = self._topic[larger] if self._topic[larger] is not None else self._topic[smaller]
        for neighbour, likeness in self._sums.pop(smaller).items():
            self._sums[neighbour].pop(smaller, None)
            if neighbour != larger:
                both = self._sums[larger].get(neighbour, 0.0) + likeness
                self._sums[larger][neighbour] = self._sums[neighbour][larger] = both
        return larger

    def neighbours(self, group: int) -> list[int]:
        return list(self._sums[group])

    def all(self) -> list[list[int]]:
        return [members for _head, members in sorted(self._members.items())]
