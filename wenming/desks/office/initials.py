"""拼音首字母 of a name: 石岐街道 is found by `sqjd`.

GB/T 2312 orders its 3,755 common characters by their reading, so the code of a character tells its initial. The second
level is ordered by radical; of it, characters that stand in names of places are in a table, and so is what a place reads
otherwise (涌). Another character with several readings has the one under which the standard files it.
"""

from __future__ import annotations

from bisect import bisect_right

# The first code of each initial on the first level; no reading begins with I, U or V.
FIRST_CODES = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g"),
    (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o"),
    (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"),
    (0xD1B9, "y"), (0xD4D1, "z"),
)  # fmt: skip
LAST_CODE = 0xD7F9
OTHERS_BY_INITIAL = {
    "b": "埗亳", "c": "涌郴厝", "f": "涪", "g": "莞赣", "h": "邗", "j": "绛缙鄄郏", "l": "榄漯崂泸澧", "m": "岷", "o": "瓯",
    "p": "埔濮邳鄱郫", "q": "岐衢", "s": "睢沭泗嵊歙嵩", "t": "洮滕", "w": "汶潍婺", "x": "浔盱", "y": "沅邕鄞沂峄黟兖眙",
    "z": "圳淄漳",
}  # fmt: skip
OTHERS = {character: letter for letter, characters in OTHERS_BY_INITIAL.items() for character in characters}
_STARTS = [code for code, _letter in FIRST_CODES]


def initials(name: str) -> str:
    """The initials of a name in small letters; letters and digits stand for themselves, what has no reading is left out."""
    return "".join(_initial(character) for character in name)


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    if character in OTHERS:
        return OTHERS[character]
    try:
        high, low = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return ""
    code = high << 8 | low
    return FIRST_CODES[bisect_right(_STARTS, code) - 1][1] if _STARTS[0] <= code <= LAST_CODE else ""
