"""Which characters the letter font has (fonts/subset.py): ASCII, punctuation, GB 2312 levels 1 and 2."""

from __future__ import annotations

PUNCTUATION = frozenset("·—‘’“”…、。〈〉《》「」『』【】〔〕！（），：；？％～￥〇①②③④⑤⑥⑦⑧⑨⑩℃㎡×÷±°′″→■□○●△▲☆★－．／")


def not_in_the_letter_font(text: str) -> str:
    """The characters of a text that the font lacks, each once, in order of appearance; "" when it has them all."""
    return "".join(dict.fromkeys(one for one in text if not _there(one)))


def _there(one: str) -> bool:
    if " " <= one <= "~" or one in PUNCTUATION or one in "\n\r\t":
        return True
    try:
        high = one.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= high < 0xF8
