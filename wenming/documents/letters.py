"""What a letter says, as plain values; how it looks is letter.typ's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# GB/T 9704-2012, 10.1: the agency's name begins 30 mm below the page's edge; a rule runs 4 mm below it.
NAME_TOP_MM, RULE_BELOW_MM, POINT_MM = 30.0, 4.0, 25.4 / 72
WIDEST_NAME_MM, LARGEST_PT = 150.0, 36.0


@dataclass(frozen=True)
class Letter:
    """A letter before it has a number. issuer: whose heading it bears; blocks: see the functions below."""

    kind: str
    title: str
    issuer: str
    to: str
    blocks: Sequence[dict[str, Any]] = field(default_factory=tuple)

    def as_told(self, stamp: Stamp) -> dict[str, Any]:
        points = min(LARGEST_PT, WIDEST_NAME_MM / POINT_MM / max(len(self.issuer), 1))
        return {
            "title": self.title, "issuer": self.issuer, "issuer_pt": points, "to": self.to, "blocks": list(self.blocks),
            "rule_mm": NAME_TOP_MM + points * POINT_MM + RULE_BELOW_MM, "number": stamp.number, "signed": self.issuer,
            "date": f"{stamp.on.year}年{stamp.on.month}月{stamp.on.day}日", "witness": stamp.witness,
        }  # fmt: skip


@dataclass(frozen=True)
class Stamp:
    """What only issuing gives a letter: its number, its day, and the head of the journal that its foot bears witness to."""

    number: str
    on: date
    witness: str


def text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words}


def head(words: str) -> dict[str, Any]:
    return {"kind": "head", "text": words}


def table(widths: Sequence[float], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"kind": "table", "widths": list(widths), "rows": [list(row) for row in rows]}


def picture(svg: str, width_mm: float) -> dict[str, Any]:
    return {"kind": "picture", "svg": svg, "width_mm": width_mm}


def signs(*lines: str) -> dict[str, Any]:
    """Lines to be signed by hand."""
    return {"kind": "signs", "lines": list(lines)}


def witness_words(seq: int, hash_: str) -> str:
    """The line at the foot of a document: on paper, so it is always in Chinese."""
    return f"日志第 {seq} 条，校验 {hash_}。印发前的全部记录由此可以核对。"
