"""How text is read into tokens: what is indexed and what is asked must meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.engine.bigrams import LONGEST, MOST_TOKENS, MOST_WORDS, Phrase, phrases, tokens

CHINESE = st.text(st.sampled_from("石岐街道宁和路垃圾满溢号楼々"), min_size=1, max_size=12)
ANYTHING = st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("垃圾桶", ["垃圾", "圾桶", "桶"], id="each character with its neighbour, the last alone"),
        pytest.param("宁和路18号", ["宁和", "和路", "路", "18", "号"], id="digits are one token"),
        pytest.param("ＷｉＦｉ ２号", ["wifi", "2", "号"], id="full width and capitals are folded"),
        pytest.param("好。坏", ["好", "坏"], id="a sign parts neighbours"),
        pytest.param("26-1122-0375", ["26", "1122", "0375"], id="a case number"),
        pytest.param("ｶﾞ", ["ガ"], id="half-width kana are composed"),
        pytest.param("“*'\\\x00", [], id="signs say nothing"),
    ],
)
def test_text_is_read_in_pairs(text: str, read: list[str]) -> None:
    assert tokens(text) == read


def test_no_phrase_reaches_from_one_text_into_the_next() -> None:
    assert tokens("路18", "", "号楼") == ["路", "18", "§", "号楼", "楼"]
    assert phrases("§") == []


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        pytest.param("垃圾", [Phrase(["垃圾"], open_end=False)], id="two characters are one pair"),
        pytest.param("圾", [Phrase(["圾"], open_end=True)], id="one character is every pair that begins with it"),
        pytest.param("路18", [Phrase(["路", "18"], open_end=True)], id="a number may go on"),
        pytest.param("石岐 垃圾", [Phrase(["石岐"], open_end=False), Phrase(["垃圾"], open_end=False)], id="two words"),
        pytest.param('"垃圾" OR *', [Phrase(["垃圾"], open_end=False), Phrase(["or"], open_end=True)], id="no operators"),
    ],
)
def test_what_was_typed_becomes_phrases(typed: str, asked: list[Phrase]) -> None:
    assert phrases(typed) == asked


@given(CHINESE, CHINESE, CHINESE)
def test_every_part_of_a_text_finds_it(before: str, part: str, after: str) -> None:
    assert _stands_in(part, before + part + after)


@given(CHINESE, CHINESE)
def test_what_is_not_in_a_text_does_not_find_it(part: str, text: str) -> None:
    assert _stands_in(part, text) == (part in text)


@given(ANYTHING)
def test_anything_typed_is_letters_and_digits_in_the_end(typed: str) -> None:
    for phrase in phrases(typed):
        assert all(token.isalnum() or token in "々〇〆" or not token.isascii() for token in phrase.tokens)
        assert not any(sign in token for token in phrase.tokens for sign in " \"'*\\&|!()<>:\x00")


def test_nothing_grows_without_end() -> None:
    assert {len(token) for token in tokens("x" * 100)} == {LONGEST, 100 % LONGEST}
    assert len(tokens("垃圾" * 20_000)) == MOST_TOKENS
    assert len(phrases("路 " * 50)) == MOST_WORDS


def _stands_in(part: str, text: str) -> bool:
    """What both engines do with a phrase, in a few lines of Python."""
    (phrase,), document = phrases(part), tokens(text)
    *whole, last = phrase.tokens
    return any(
        list(document[at : at + len(whole)]) == whole
        and (document[at + len(whole)].startswith(last) if phrase.open_end else document[at + len(whole)] == last)
        for at in range(len(document) - len(whole))
    )
