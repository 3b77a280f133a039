"""发文字号: the agency's characters, the year in hexagonal brackets, the serial without leading zeros (GB/T 9704-2012, 7.2.5)."""

from __future__ import annotations

import re

MARK = re.compile(r"[一-鿿]{2,12}")


def document_number(mark: str, year: int, serial: int) -> str:
    """“石岐门前〔2026〕3号”. Raises ValueError for what is no mark, no year, no serial."""
    if not MARK.fullmatch(mark):
        raise ValueError(f"the agency's mark is two to twelve Chinese characters, not {mark!r}")
    if not 1949 <= year <= 9999 or serial < 1:
        raise ValueError(f"a year of four digits and a serial from 1, not {year}, {serial}")
    return f"{mark}〔{year}〕{serial}号"
