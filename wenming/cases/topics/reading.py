"""Reading a message for gathering, by the pairs of characters that the house's text index is made of."""

from __future__ import annotations

from collections import Counter

from wenming.engine.bigrams import tokens

from ..rules.topic_words import Reading, plain_of


def read(text: str) -> Reading:
    """The beginning of a text, and how often each of its tokens stands there."""
    plain = plain_of(text)
    return Reading(plain, Counter(tokens(plain)))
