"""How often is the suggested type right? `python3 run.py bench suggestion --teddy FOLDER`.

The folder holds labelled_train.parquet (title, body, label, group), and may hold titles_train.csv.gz (titles that only
teach) and taxonomy.csv (words for the plain fallback). Every message is judged by a judge that saw four fifths of the
others: once with all near-duplicates of a message kept on its own side, once without that care, to show what it hides.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from wenming.cases.learning.grams import grams, near_duplicate_groups
from wenming.cases.learning.text_model import confidence, learn_sureness
from wenming.cases.learning.training import Lesson, Unseen, can_learn, judge_unseen
from wenming.cases.rules.keywords import by_keywords

SENT_TO_A_PERSON = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
SAME_MATTER = 0.5


def main() -> None:
    options = _options()
    messages = _messages(options.teddy / "labelled_train.parquet", options.most)
    print(f"{len(messages):,} messages, {len({m.group for m in messages}):,} groups of near-duplicates, 7 classes\n")
    _tell_keywords(options.teddy / "taxonomy.csv", messages)
    if not can_learn():
        print("\nscikit-learn is not installed (requirements/text.txt): only the fallback could be judged")
        return
    titles = _titles(options.teddy / "titles_train.csv.gz", messages) if not options.no_titles else []
    unseen = judge_unseen(messages, titles)
    careless = judge_unseen([Lesson(m.text, m.label, i) for i, m in enumerate(messages)], titles)
    print("| learned, judged on unseen messages | macro F1 | right |\n|---|---|---|")
    _row(f"near-duplicates kept together, {len(titles):,} titles help teaching", unseen)
    _row("near-duplicates torn apart (too kind)", careless)
    _tell_curve(unseen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench suggestion")
    parser.add_argument("--teddy", type=Path, required=True, help="folder with labelled_train.parquet")
    parser.add_argument("--most", type=int, help="so many messages only")
    parser.add_argument("--no-titles", action="store_true", help="teach from messages alone")
    return parser.parse_args()


# --- messages --------------------------------------------------------------------------------------------------------


def _messages(file: Path, most: int | None) -> list[Lesson]:
    """Title (where it is known) and body. A group is the data's own or ours, whichever joins more."""
    rows = pyarrow.parquet.read_table(file, columns=["title", "body", "label", "group"]).to_pylist()[:most]
    texts = [f"{row['title'] or ''} {row['title'] or ''} {row['body']}" for row in rows]
    ours = near_duplicate_groups(texts)
    joined = _joined([row["group"] for row in rows], ours)
    return [Lesson(text, row["label"], group) for text, row, group in zip(texts, rows, joined, strict=True)]


def _joined(*groupings: Sequence[Any]) -> list[int]:
    """One grouping that keeps together whatever any of them keeps together."""
    group = list(range(len(groupings[0])))
    for grouping in groupings:
        first: dict[Any, int] = {}
        for index, name in enumerate(grouping):
            one, other = _root(group, first.setdefault(name, index)), _root(group, index)
            group[max(one, other)] = min(one, other)
    return [_root(group, index) for index in range(len(group))]


def _root(group: list[int], index: int) -> int:
    while group[index] != index:
        index = group[index]
    return index


def _titles(file: Path, messages: Sequence[Lesson]) -> list[Lesson]:
    """Titles alone as further lessons; one whose words mostly stand in a message belongs to that message's group."""
    if not file.exists():
        return []
    with gzip.open(file, "rt", encoding="utf-8-sig") as rows:
        titles = [(row["title"], row["label"]) for row in csv.DictReader(rows)]
    holders: dict[str, list[int]] = defaultdict(list)
    for index, message in enumerate(messages):
        for pair in {piece for piece in grams(message.text) if len(piece) == 2}:
            holders[pair].append(index)
    matters = [_matter_of(text, holders, messages) for text, _label in titles]
    alone = len(messages)  # a title that belongs to no message is a group of its own
    return [
        Lesson(text, label, alone + index if matter is None else matter)
        for index, ((text, label), matter) in enumerate(zip(titles, matters, strict=True))
    ]


def _matter_of(title: str, holders: dict[str, list[int]], messages: Sequence[Lesson]) -> int | None:
    pairs = [piece for piece in grams(title) if len(piece) == 2]
    shared = np.zeros(len(messages), dtype=np.int32)
    for pair in pairs:
        if pair in holders:
            shared[holders[pair]] += 1
    best = int(shared.argmax())
    return messages[best].group if pairs and shared[best] > SAME_MATTER * len(pairs) else None


# --- figures ---------------------------------------------------------------------------------------------------------


def _tell_keywords(taxonomy: Path, messages: Sequence[Lesson]) -> None:
    if not taxonomy.exists():
        return
    words: dict[str, set[str]] = defaultdict(set)
    with taxonomy.open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            words[row["level1"]] |= {row["level1"], row["level2"], row["level3"]}
    known = {label: found for label, found in words.items() if label in {m.label for m in messages}}
    said = [(by_keywords(m.text, known, at_most=1) or [""])[0] for m in messages]
    silent = sum(not each for each in said)
    print("| without learning: the taxonomy's own words | macro F1 | right | silent |\n|---|---|---|---|")
    print(
        f"| keywords | {macro_f1(said, [m.label for m in messages]):.3f} | {_right(said, messages):.3f} | {silent:,} |\n"
    )


def _right(said: Sequence[str], messages: Sequence[Lesson]) -> float:
    return float(np.mean([label == m.label for label, m in zip(said, messages, strict=True)]))


def _row(name: str, unseen: Sequence[Unseen]) -> None:
    said, right = [u.said for u in unseen], [u.right for u in unseen]
    print(
        f"| {name} | {macro_f1(said, right):.4f} {_interval(unseen)} | {np.mean(np.array(said) == np.array(right)):.4f} |",
        flush=True,
    )


def _interval(unseen: Sequence[Unseen]) -> str:
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, len(unseen), len(unseen)) for _time in range(200)]
    figures = [macro_f1([unseen[i].said for i in some], [unseen[i].right for i in some]) for some in drawn]
    return f"({np.percentile(figures, 2.5):.3f}–{np.percentile(figures, 97.5):.3f})"


def _tell_curve(unseen: Sequence[Unseen]) -> None:
    surest = sorted(unseen, key=lambda each: -each.lead)
    print("\n| sent to a person | macro F1 of the rest | right of the rest |\n|---|---|---|")
    for share in SENT_TO_A_PERSON:
        _tell_part(f"{share:.0%}", surest[: round(len(surest) * (1 - share))])
    sureness = learn_sureness([u.lead for u in unseen], [u.said == u.right for u in unseen])
    print("\n| confidence asked for | decided | macro F1 of these | right of these |\n|---|---|---|---|")
    for asked in CONFIDENCES:
        decided = [u for u in unseen if confidence(u.lead, sureness) >= asked]
        _tell_part(f"{asked:.0%} | {len(decided) / len(unseen):.1%}", decided)


def _tell_part(name: str, part: Sequence[Unseen]) -> None:
    said, right = [u.said for u in part], [u.right for u in part]
    print(f"| {name} | {macro_f1(said, right):.4f} | {np.mean(np.array(said) == np.array(right)):.4f} |", flush=True)


def macro_f1(said: Sequence[str], right: Sequence[str]) -> float:
    """The mean over labels of the harmonic mean of precision and recall."""
    said_, right_ = np.array(said), np.array(right)
    scores = []
    for label in sorted(set(right)):
        hits = ((said_ == label) & (right_ == label)).sum()
        scores.append(2 * hits / max(1, (said_ == label).sum() + (right_ == label).sum()))
    return float(np.mean(scores))


if __name__ == "__main__":
    main()
