"""Chinese text as pairs of characters, the units of the text index. Pure: what is indexed and what is asked agree here.

Chinese is written without spaces. A dictionary that guesses words loses those it does not know (a new estate, a
misspelt road), three-character groups lose every word of two characters; pairs lose nothing. 「宁和路18号」 is read as
宁和 和路 路 18 号: one token for each character that has no spaces around it, together with its right neighbour if
there is one, and one for each run of letters or digits. So every character stands at the beginning of exactly one
token, a word is its pairs in a row, and a single character is every pair that begins with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Han with its extensions and 々〇, kana, bopomofo, hangul: what is written without spaces between words.
UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNITS = re.compile(rf"([{UNSPACED}])|([^\W_{UNSPACED}]+)")
_UNSPACED = re.compile(f"[{UNSPACED}]")
# Between the texts of a document stands what nobody can ask for, so that no phrase reaches from one into the next.
_BETWEEN = "§"
# Longer runs of letters are nobody's word; neither engine takes tokens of any length.
LONGEST = 40
MOST_TOKENS = 12_000
"""PostgreSQL counts no position beyond 16,383; the longest text of the house has 5,000 characters."""
MOST_WORDS = 8


@dataclass(frozen=True)
class Phrase:
    """Tokens that must stand in a row; of the last one the beginning is enough where `open_end`."""

    tokens: Sequence[str]
    open_end: bool


def tokens(*texts: str) -> list[str]:
    """The tokens of a document that consists of these texts, in their order; empty ones do not matter.

    Full-width and half-width forms, capitals and small letters are the same.
    """
    found: list[str] = []
    for text in texts:
        of_this = [token for token, _is_pair in _tokens(text)]
        found += [_BETWEEN, *of_this] if found and of_this else of_this
    return found[:MOST_TOKENS]


def phrases(words: str) -> list[Phrase]:
    """What a person typed, as one phrase for each word between spaces; signs between letters are passed over.

    Empty when nothing that can be searched for was typed. Words beyond the eighth are left out.
    """
    asked = [_phrase(list(_tokens(word))) for word in _folded(words).split()]
    return [phrase for phrase in asked if phrase is not None][:MOST_WORDS]


def _phrase(found: Sequence[tuple[str, bool]]) -> Phrase | None:
    if not found:
        return None
    if len(found) > 1 and found[-2][1]:
        # Asked for 垃圾, the pair says all of it: what follows its second character in the document does not matter.
        return Phrase([token for token, _is_pair in found[:-1]], open_end=False)
    return Phrase([token for token, _is_pair in found], open_end=True)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """(token, whether it is a pair of characters)."""
    folded = _folded(text)
    for unit in _UNITS.finditer(folded):
        character, run = unit.groups()
        neighbour = _UNSPACED.match(folded, unit.end()) if character else None
        if neighbour:
            yield character + neighbour.group(), True
        elif character:
            yield character, False
        else:
            yield from ((run[start : start + LONGEST], False) for start in range(0, len(run), LONGEST))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
