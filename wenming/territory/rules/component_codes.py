"""The code of a component (部件标识码): 6 digits of the division, 2 of the large class, 2 of the small class, 6 in sequence.

CJ/T 214-2007 as real systems use it; the sample `3205080101000001` of a public code base reads 320508/01/01/000001.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

DIGITS = 16
# A component is never cut by a grid of some hundred metres; what is longer is several, or was drawn by mistake.
LONGEST_M = 5_000


@dataclass(frozen=True)
class ComponentCode:
    """A code in its parts."""

    division: str
    big_class: str
    small_class: str
    serial: str

    @property
    def kind_digits(self) -> str:
        """The four digits that a problem type bears within its scheme."""
        return self.big_class + self.small_class

    def __str__(self) -> str:
        return f"{self.division}{self.big_class}{self.small_class}{self.serial}"


class CodeUnreadable(ValueError):
    """The text is no code of a component; the message says what is wrong, in the words of the list."""


def read_code(value: Any) -> ComponentCode:
    """The code that a person typed or a spreadsheet holds. Raises CodeUnreadable.

    Spreadsheets make numbers of codes; sixteen digits survive that, as long as nobody saved them as 4.42E+15.
    """
    text = f"{value:.0f}" if isinstance(value, float) else str(value if value is not None else "")
    text = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).removesuffix(".0")
    if not text:
        raise CodeUnreadable("缺少部件标识码")
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        raise CodeUnreadable("标识码被表格软件改成了科学计数，后几位已经丢了。请把这一列设成文本，再导出一次")
    if not re.fullmatch(r"[0-9]+", text):
        raise CodeUnreadable(f"标识码要全是数字，现在是“{text[:20]}”")
    if len(text) != DIGITS:
        raise CodeUnreadable(f"标识码要 {DIGITS} 位数字，现在是 {len(text)} 位")
    if text.endswith("000000"):
        raise CodeUnreadable("标识码的流水号从 000001 起，现在是 000000")
    return ComponentCode(text[:6], text[6:8], text[8:10], text[10:])


def kind_digits(kind_code: str) -> str:
    """`0137` of `GB30428:C0137`; "" for what is no component's kind."""
    short = kind_code.rpartition(":")[2]
    return short[1:] if short.startswith("C") else ""
