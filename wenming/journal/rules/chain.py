"""How one entry of the journal is bound to the one before it.

The seal covers every column a person could want to change. The algorithm's number is stored beside it, so that a city
may move to another one (SM3) without making its old entries unverifiable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring as quoted
from typing import Any

# 1 is SHA-256 over the previous seal's 32 bytes and the entry's canonical bytes. A number is never given again.
ALGORITHM = 1
NAMES = {1: "sha256-v1"}
GENESIS = "0" * 64
EPOCH, ONE = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Row = tuple[int, int, int, str, str, str, str, str]
"""What is sealed of one entry as the database gives it: number, the two times in microseconds since 1970, action, by,
origin, about, and the facts as the text that is stored."""

Sealed = tuple[Row, int, bytes]
"""A row as it was read back, the number of its algorithm, and the seal stored beside it.

The previous seal is not stored again: it is the row before, and whatever was put in between or taken out shows.
"""


@dataclass(frozen=True)
class Link:
    """What is sealed of one entry."""

    seq: int
    at: datetime
    recorded_at: datetime
    action: str
    by: str
    origin: str
    about: str
    facts: Mapping[str, Any]

    def row(self) -> Row:
        """The same as the database will give it back."""
        at, recorded_at = ((moment - EPOCH) // ONE for moment in (self.at, self.recorded_at))
        return self.seq, at, recorded_at, self.action, self.by, self.origin, self.about, facts_as_text(self.facts)


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold, in words an auditor can act on."""

    seq: int
    kind: str
    sentence: str


def facts_as_text(facts: Mapping[str, Any]) -> str:
    """The one JSON text of these facts: keys sorted, no blanks, Chinese as it is."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def facts_from_text(text: str) -> dict[str, Any]:
    """The facts again. What is no JSON was not written by us: it is shown as it is, for `verify` to point at."""
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"?": text}


def canonical(row: Row) -> bytes:
    """The one byte string that stands for this entry: a JSON array, whose last part is the facts as they are stored.

    Every part before the facts is quoted or a number, so no two different rows give the same bytes.
    """
    seq, at, recorded_at, action, by, origin, about, facts = row
    words = f"{quoted(action)},{quoted(by)},{quoted(origin)},{quoted(about)}"
    return f"[{seq},{at},{recorded_at},{words},{facts}]".encode()


def seal(link: Link, previous_hash: str) -> str:
    """The hash of this entry given the one before it (64 hex digits)."""
    return hashlib.sha256(bytes.fromhex(previous_hash) + canonical(link.row())).hexdigest()


def breaks(
    entries: Iterable[Sealed], *, head_seq: int, head_hash: str, witnesses: Mapping[int, str] = {}
) -> Iterator[Break]:
    """Every place where stored history contradicts itself or a witness outside.

    entries: in order of seq. head_seq, head_hash: what the head row claims. witnesses: hashes that somebody outside
    the database holds, by seq (each official notice prints one); they are what finds a rewrite of everything.
    """
    last, previous, sha256 = 0, bytes.fromhex(GENESIS), hashlib.sha256
    # One pass over millions of rows: what is right costs one hash and three comparisons, and no call but canonical().
    for row, algorithm, own in entries:
        seq = row[0]
        if seq != last + 1:
            yield Break(seq, "gap", f"第 {last + 1} 条到第 {seq} 条之间少了记录或多了记录")
        if algorithm != ALGORITHM:
            yield Break(seq, "algorithm", f"第 {seq} 条的校验算法 {NAMES.get(algorithm, algorithm)} 不认识")
        elif sha256(previous + canonical(row)).digest() != own:
            yield Break(seq, "edited", f"第 {seq} 条被改动过，或者它前面的记录被插入、删除、调换过")
        if seq in witnesses and witnesses[seq] != own.hex():
            yield Break(seq, "witness", f"第 {seq} 条与外部留存的校验值不一致，历史被整体改写过")
        last, previous = seq, own
    if (last, previous.hex()) != (head_seq, head_hash):
        yield Break(head_seq, "head", f"日志应到第 {head_seq} 条，现在只到第 {last} 条，末尾被删除或改动过")
    for missing in sorted(s for s in witnesses if s > last):
        yield Break(missing, "witness", f"外部留存了第 {missing} 条的校验值，日志里没有这一条")
