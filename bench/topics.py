"""Do the known large issues come out on top? `python3 run.py bench topics --teddy FOLDER [--issues FILE]`.

The folder holds hot_issue_messages.parquet (message_id, user, title, time, body). Nobody published which message belongs
to which issue, so FILE (default: known_issues/teddy2020.json) says what a person found by reading:

    [{"name": "…", "all": ["a word", "every word of these stands in the message"], "any": ["one of these does"]}, …]

A message belongs to the first issue whose words it has. Words define an issue too widely and too narrowly at once; the
figures say how well gathering agrees with such words, not with a judge. Beside ours, in the same run: TF-IDF of pairs
of characters with DBSCAN at its best setting (needs scikit-learn), and plain counts of names of places.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import django
import numpy as np
import pyarrow.parquet

from wenming.cases.learning.training import can_learn
from wenming.cases.rules.topic_words import Names, local_names
from wenming.cases.rules.topics import JOINS, Message, gather
from wenming.cases.topics.reading import read

DAY_S = 86_400
KNOWN = Path(__file__).parent / "known_issues" / "teddy2020.json"
JOINS_TRIED = (0.05, 0.06, JOINS, 0.08, 0.10)
NIGHTS_APART = 7
DBSCAN_EPS = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
HALF = 0.5
LOOKUPS = 200
Groups = list[list[int]]


@dataclass(frozen=True)
class Told:
    """One message as the file has it."""

    text: str
    title: str
    user: str
    day: float


def main() -> None:
    options = _options()
    django.setup()
    told = _messages(options.teddy / "hot_issue_messages.parquet", options.most)
    issues = json.loads(options.issues.read_text("utf-8"))
    labels = [_issue_of(each.text, issues) for each in told]
    sizes = Counter(label for label in labels if label)
    print(f"{len(told):,} messages of {len({t.user for t in told}):,} people; {sum(sizes.values())} in {len(sizes)} known issues\n")
    began = time.process_time()
    messages, names = _read(told)
    reading_s = time.process_time() - began
    began = time.process_time()
    ours = _ranked(_founded(messages, names), told)
    gathering_s = time.process_time() - began
    print(HEAD)
    _tell("ours, all at once", ours, told, labels)
    nights, kept = _night_by_night(messages, names)
    _tell(f"ours, every {NIGHTS_APART} days, topics kept", _ranked(nights, told), told, labels)
    for joins in JOINS_TRIED:
        if joins != JOINS:
            _tell(f"ours, threshold {joins}", _ranked(_founded(messages, names, joins), told), told, labels)
    _tell("names of places, counted", _by_names(messages, names, told), told, labels)
    for name, groups in _dbscan(told, labels):
        _tell(name, groups, told, labels)
    _tell_issues(ours, labels, sizes, told)
    print(f"\nEvery {NIGHTS_APART} days against all at once: B-cubed F {_agreement(nights, ours):.3f}; {kept}")
    _tell_cost(told, reading_s, gathering_s)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench topics")
    parser.add_argument("--teddy", type=Path, required=True, help="folder with hot_issue_messages.parquet")
    parser.add_argument("--issues", type=Path, default=KNOWN, help="words that define the known issues")
    parser.add_argument("--most", type=int, help="so many messages only")
    return parser.parse_args()


def _messages(file: Path, most: int | None) -> list[Told]:
    rows = pyarrow.parquet.read_table(file, columns=["message_id", "user", "title", "time", "body"]).to_pylist()
    rows.sort(key=lambda row: (row["time"], row["message_id"]))
    return [
        Told(f"{row['title']}。{row['title']}。{row['body']}", row["title"], row["user"], row["time"].timestamp() / DAY_S)
        for row in rows[:most]
    ]


def _issue_of(text: str, issues: Sequence[dict[str, Any]]) -> str:
    plain = "".join(text.split()).lower()
    for issue in issues:
        if all(word.lower() in plain for word in issue.get("all", ())) and (
            not issue.get("any") or any(word.lower() in plain for word in issue["any"])
        ):
            return str(issue["name"])
    return ""


# --- gathering ---------------------------------------------------------------------------------------------------------


def _read(told: Sequence[Told]) -> tuple[list[Message], Names]:
    readings = [read(each.text) for each in told]
    names = Names((), local_names(each.plain for each in readings))
    return [
        Message(at, reading, each.day, each.user) for at, (reading, each) in enumerate(zip(readings, told, strict=True))
    ], names


def _founded(messages: Sequence[Message], names: Names, joins: float = JOINS) -> Groups:
    return [list(group.keys) for group in gather(messages, names, joins=joins)]


def _night_by_night(messages: Sequence[Message], names: Names) -> tuple[Groups, str]:
    """As the worker does it: what came in the last days joins the topics that stand, or founds new ones."""
    known: dict[int, Message] = {}
    topics: Groups = []
    began, runs, waiting = time.process_time(), 0, list(messages)
    while waiting:
        until = waiting[0].day + NIGHTS_APART
        fresh = [each for each in waiting if each.day < until]
        waiting = waiting[len(fresh) :]
        for group in gather([*known.values(), *fresh], names):
            if group.topic is None:
                topics.append([])
            topic = group.topic if group.topic is not None else len(topics) - 1
            topics[topic] += group.keys
            known |= {key: replace(messages[key], topic=topic, fresh=False) for key in group.keys}
        known |= {each.key: replace(each, fresh=False) for each in fresh if each.key not in known}
        runs += 1
    return topics, f"{runs} runs, {(time.process_time() - began) / runs:.1f} s of processor time each"


# --- what it is compared with --------------------------------------------------------------------------------------------


def _by_names(messages: Sequence[Message], names: Names, told: Sequence[Told]) -> Groups:
    """The plain way: whoever names the same place stands together; the name most people use first."""
    held: dict[str, list[int]] = defaultdict(list)
    for each in messages:
        for name in names.of(each.reading.plain):
            held[name].append(each.key)
    groups: Groups = []
    taken: set[int] = set()
    for _name, keys in sorted(held.items(), key=lambda item: (-len({told[k].user for k in item[1]}), item[0])):
        rest = [key for key in keys if key not in taken]
        taken |= set(rest)
        groups += [rest] if rest else []
    return _ranked(groups, told)


def _dbscan(told: Sequence[Told], labels: Sequence[str]) -> list[tuple[str, Groups]]:
    """At the setting that agrees best with the known issues, which nobody would know beforehand."""
    if not can_learn():
        return []
    from sklearn.cluster import DBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), min_df=2, max_df=0.1, sublinear_tf=True)
    rows = table.fit_transform([each.text[:300] for each in told])
    tried = []
    for eps in DBSCAN_EPS:
        found = DBSCAN(eps=eps, min_samples=3, metric="cosine").fit_predict(rows)
        groups: dict[int, list[int]] = defaultdict(list)
        for at, group in enumerate(found):
            groups[int(group) if group >= 0 else -1 - at] += [at]
        tried.append((eps, _ranked([g for g in groups.values() if len(g) > 2], told)))
    eps, best = max(tried, key=lambda each: b_cubed(each[1], labels)[2])
    wide = max(tried, key=lambda each: len(_places(each[1], labels)))
    return [(f"TF-IDF and DBSCAN, best agreement (eps {eps})", best), (f"the same, most found (eps {wide[0]})", wide[1])]


# --- figures ---------------------------------------------------------------------------------------------------------

HEAD = "| way | known issues in the first 5 / 10 / 20 | purity | completeness | F | largest |\n|---|---|---|---|---|---|"


def _ranked(groups: Groups, told: Sequence[Told]) -> Groups:
    """Most people first, as the page does it."""
    return sorted(groups, key=lambda keys: (-len({told[key].user for key in keys}), -len(keys), min(keys)))


def _places(groups: Groups, labels: Sequence[str]) -> dict[str, int]:
    """{known issue: rank of the group that is it}: half of its messages stand there, and are half of what stands there."""
    sizes = Counter(label for label in labels if label)
    found: dict[str, int] = {}
    for rank, keys in enumerate(groups, start=1):
        inside = Counter(labels[key] for key in keys if labels[key])
        for name, many in inside.items():
            if many >= HALF * sizes[name] and many >= HALF * len(keys):
                found.setdefault(name, rank)
    return found


def b_cubed(groups: Groups, labels: Sequence[str]) -> tuple[float, float, float]:
    """Purity, completeness and their harmonic mean over the messages of known issues; who stands alone is a group of one."""
    sizes, where = Counter(label for label in labels if label), {key: keys for keys in groups for key in keys}
    purity, whole = [], []
    for key, label in enumerate(labels):
        if label:
            group = where.get(key, [key])
            same = sum(labels[other] == label for other in group)
            purity.append(same / len(group))
            whole.append(same / sizes[label])
    one, other = float(np.mean(purity)), float(np.mean(whole))
    return one, other, 2 * one * other / (one + other)


def _tell(name: str, groups: Groups, told: Sequence[Told], labels: Sequence[str]) -> None:
    places, figures = _places(groups, labels), b_cubed(groups, labels)
    firsts = " / ".join(str(sum(rank <= first for rank in places.values())) for first in (5, 10, 20))
    people = len({told[key].user for key in groups[0]}) if groups else 0
    numbers = " | ".join(f"{figure:.3f}" for figure in figures)
    print(f"| {name} | {firsts} | {numbers} | {people} people |", flush=True)


def _tell_issues(groups: Groups, labels: Sequence[str], sizes: Counter[str], told: Sequence[Told]) -> None:
    places = _places(groups, labels)
    print("\n| known issue | messages | people | our rank |\n|---|---|---|---|")
    for name, many in sizes.most_common():
        people = len({each.user for each, label in zip(told, labels, strict=True) if label == name})
        print(f"| {name} | {many} | {people} | {places.get(name, 'not found')} |")


def _agreement(one: Groups, other: Groups) -> float:
    """How alike two ways of gathering are: B-cubed of the one against the other."""
    names = {key: str(number) for number, keys in enumerate(other) for key in keys}
    many = 1 + max(key for keys in (*one, *other) for key in keys)
    return b_cubed(one, [names.get(key, "") for key in range(many)])[2]


# --- cost ------------------------------------------------------------------------------------------------------------


def _tell_cost(told: Sequence[Told], reading_s: float, gathering_s: float) -> None:
    lookup_s = _lookup(told)
    print("\n| for one message, processor time | | of one look-up in the text index |\n|---|---|---|")
    for name, seconds in (("reading", reading_s / len(told)), ("gathering", gathering_s / len(told))):
        print(f"| {name} | {seconds * 1e3:.2f} ms | {seconds / lookup_s:.1f} × |")
    print(f"| one look-up: which messages say a place's name | {lookup_s * 1e3:.2f} ms | 1 × |", flush=True)


def _lookup(told: Sequence[Told]) -> float:
    """The same messages in the house's own text index of a real database, asked for two words of their titles."""
    from wenming.cases.models import CaseText
    from wenming.engine.bigrams import tokens

    first = 10_000_000
    CaseText.objects.bulk_create([CaseText(case=first + at, tokens=tokens(each.text)) for at, each in enumerate(told)])
    asked = [each.title[:4] for each in told[:: max(1, len(told) // LOOKUPS)]]
    ask: Callable[[str], object] = lambda words: list(CaseText.objects.filter(tokens__says=words).values_list("pk")[:200])  # noqa: E731
    began = time.process_time()
    for words in asked:
        ask(words)
    return (time.process_time() - began) / len(asked)


if __name__ == "__main__":
    main()
