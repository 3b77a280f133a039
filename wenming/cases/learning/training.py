"""Teaching the judge of texts from messages whose label is known; needs the extra `text` (scikit-learn)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from .grams import WEIGHT_OF_LENGTH, grams, near_duplicate_groups, weight
from .text_model import TextModel, learn_sureness

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEWEST_OF_A_LABEL = 20
FEWEST_TEXTS_WITH_A_PIECE = 3
MOST_PIECES = 150_000
FOLDS = 5
PENALTY = 1.0


class TextExtraMissing(Exception):
    """scikit-learn is not installed."""


def can_learn() -> bool:
    """Whether the extra `text` is installed here."""
    return find_spec("sklearn") is not None


@dataclass(frozen=True)
class Lesson:
    """A message and its label; messages of one group are the same one, and always stay together."""

    text: str
    label: str
    group: int


def lessons_of(texts: Sequence[str], labels: Sequence[str]) -> list[Lesson]:
    """Messages with their near-duplicate groups. A label with too few messages, or always the same one, is left out."""
    groups = near_duplicate_groups(texts)
    lessons = [Lesson(*each) for each in zip(texts, labels, groups, strict=True) if each[0].strip()]
    often = Counter(lesson.label for lesson in lessons)
    different = Counter(label for label, _group in {(lesson.label, lesson.group) for lesson in lessons})
    return [each for each in lessons if often[each.label] >= FEWEST_OF_A_LABEL and different[each.label] >= FOLDS]


@dataclass(frozen=True)
class Unseen:
    """What the judge said of a message that it had not seen: label, lead over the second, and what was right."""

    said: str
    lead: float
    right: str


def teach(lessons: Sequence[Lesson]) -> TextModel:
    """The judge of all lessons; its sureness and its facts come from judging each fifth without having seen it.

    Raises TextExtraMissing without scikit-learn, ValueError with fewer than two labels.
    """
    if len({lesson.label for lesson in lessons}) < 2:
        raise ValueError("a judge needs messages of two labels at least")
    unseen = judge_unseen(lessons)
    sureness = learn_sureness([each.lead for each in unseen], [each.said == each.right for each in unseen])
    space = Space.of([lesson.text for lesson in lessons])
    judges, bias, labels = _fit(space.rows([lesson.text for lesson in lessons]), [lesson.label for lesson in lessons])
    hits = sum(each.said == each.right for each in unseen) / len(unseen)
    facts = {
        "messages": len(lessons),
        "groups": len({lesson.group for lesson in lessons}),
        "right_percent": round(100 * hits, 1),
    }
    return TextModel(tuple(labels), space.rarity, judges, bias, sureness, facts)


def judge_unseen(lessons: Sequence[Lesson], extra: Sequence[Lesson] = ()) -> list[Unseen]:
    """Each message judged by a judge that saw none of its group. extra: lessons that only teach, by the same groups."""
    space = Space.of([lesson.text for lesson in (*lessons, *extra)])
    rows, extra_rows = space.rows([each.text for each in lessons]), space.rows([each.text for each in extra])
    said: list[Unseen | None] = [None] * len(lessons)
    for teaching, asked in _folds(lessons):
        left_out = {lessons[i].group for i in asked}
        helping = [i for i, each in enumerate(extra) if each.group not in left_out]
        judges, bias, labels = _fit(
            _stacked(rows[teaching], extra_rows[helping]),
            [lessons[i].label for i in teaching] + [extra[i].label for i in helping],
        )
        points = np.asarray(rows[asked] @ judges.T + bias)
        for i, verdict in zip(asked, points, strict=True):
            second, first = np.sort(verdict)[-2:]
            said[i] = Unseen(labels[int(verdict.argmax())], float(first - second), lessons[i].label)
    return [each for each in said if each is not None]


def _folds(lessons: Sequence[Lesson]) -> Iterator[tuple[list[int], list[int]]]:
    _need_scikit_learn()
    from sklearn.model_selection import StratifiedGroupKFold

    labels, groups = [each.label for each in lessons], [each.group for each in lessons]
    for teaching, asked in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels, groups):
        yield list(teaching), list(asked)


@dataclass(frozen=True)
class Space:
    """The pieces that count and how rare each is. Their rarity uses no label, so all messages may tell it."""

    rarity: dict[str, tuple[int, float]]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Space:
        """Pieces that stand in three messages or more, the commonest ones when there are too many."""
        seen_in = Counter[str]()
        for text in texts:
            seen_in.update(grams(text).keys())
        kept = [
            (piece, times) for piece, times in seen_in.most_common(MOST_PIECES) if times >= FEWEST_TEXTS_WITH_A_PIECE
        ]
        rare = {piece: math.log((1 + len(texts)) / (1 + times)) + 1 for piece, times in kept}
        return cls({piece: (column, rare[piece]) for column, (piece, _times) in enumerate(sorted(kept))})

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """A row of length one for each text, as TextModel.points makes it."""
        _need_scikit_learn()
        from scipy.sparse import csr_matrix
        from sklearn.preprocessing import normalize

        starts, columns, values = [0], [], []
        for text in texts:
            for piece, times in grams(text).items():
                if piece in self.rarity:
                    column, rare = self.rarity[piece]
                    columns.append(column)
                    values.append(weight(times) * rare * WEIGHT_OF_LENGTH[len(piece)])
            starts.append(len(columns))
        table = csr_matrix((values, columns, starts), shape=(len(texts), len(self.rarity)))
        return normalize(table) if texts else table


def _fit(rows: csr_matrix, labels: Sequence[str]) -> tuple[Any, Any, list[str]]:
    """(judges, bias, labels): rare labels weigh as much as common ones, or the small offices would never be named."""
    from sklearn.svm import LinearSVC

    judge = LinearSVC(C=PENALTY, class_weight="balanced", random_state=0).fit(rows, list(labels))
    if len(judge.classes_) == 2:  # one line tells two labels apart: the other is its mirror
        return (
            np.vstack([-judge.coef_, judge.coef_]),
            np.array([-judge.intercept_[0], judge.intercept_[0]]),
            list(judge.classes_),
        )
    return judge.coef_, judge.intercept_, list(judge.classes_)


def _stacked(one: csr_matrix, other: csr_matrix) -> csr_matrix:
    from scipy.sparse import vstack

    return vstack([one, other]).tocsr()


def _need_scikit_learn() -> None:
    if not can_learn():
        raise TextExtraMissing
