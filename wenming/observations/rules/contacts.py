"""Numbers in a reporter's words by which their writer could be reached or known. Pure text."""

from __future__ import annotations

import re

# Mainland mobile numbers, land lines, identity numbers, and other digits long enough to reach somebody by.
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\+?(?:86)?1\d{10}|0\d{2,3}[- ]?\d{7,8}|\d{7,8})(?!\d)")
_LONG_RUNS = re.compile(r"\d{5,}[Xx]?")


def without_contacts(text: str, instead: str) -> str:
    """The text with `instead` in the place of every such number."""
    return _NUMBERS.sub(lambda _found: instead, text)


def searchable(text: str) -> str:
    """The text as an index may hold it: whoever searches must not find out digit by digit what no page shows them."""
    return _LONG_RUNS.sub(" ", without_contacts(text, " "))
