"""A plain judge of texts that learned nothing: which label's own words stand in the message?

It is what a city has before it has a history or the extra `text`. It knows no confidence, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

FEWEST_CHARACTERS = 2


def by_keywords(text: str, words_of_labels: Mapping[str, Iterable[str]], *, at_most: int = 3) -> list[str]:
    """The labels whose words stand in the text, the best first; none when no word does.

    A longer word says more, a word of many labels says less: 垃圾满溢 weighs above 垃圾.
    """
    owners = Counter(word for words in words_of_labels.values() for word in set(words))
    points = {
        label: sum(
            len(word) ** 2 / owners[word] for word in set(words) if len(word) >= FEWEST_CHARACTERS and word in text
        )
        for label, words in words_of_labels.items()
    }
    found = [label for label, point in points.items() if point]
    return sorted(found, key=lambda label: (-points[label], label))[:at_most]
