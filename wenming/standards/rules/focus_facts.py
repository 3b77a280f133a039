"""What a focus must be before it is published: every mistake is found and named, nothing is half taken (4.4)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wenming.words import gettext_noop as _

PATTERN = re.compile(r"[A-Z0-9]+:[CE][0-9]{0,4}\*?")
LONGEST_CYCLE = 365
MOST_ITEMS = 12
WORDS_LENGTH, CONDITION_LENGTH = 16, 80


@dataclass(frozen=True)
class ItemFacts:
    """One thing to look at."""

    key: str
    words: str
    condition: str
    type_code: str = ""
    confidence: str = "recon"


@dataclass(frozen=True)
class FocusFacts:
    """A focus as a file or a form states it; `digest` is the same exactly when the content is."""

    code: str
    name: str
    position: int
    cycle_days: int
    patterns: tuple[str, ...]
    items: tuple[ItemFacts, ...]
    near_kinds: tuple[str, ...] = ()
    near_m: int = 0
    source: str = ""
    confidence: str = "recon"

    @property
    def digest(self) -> str:
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class FocusWrong(ValueError):
    """Cannot be published. `mistakes`: (sentence with holes, what fills them), for whoever wrote it."""

    def __init__(self, mistakes: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        super().__init__("; ".join(sentence % filled for sentence, filled in mistakes))
        self.mistakes = tuple(mistakes)


def focuses_in(content: Mapping[str, Any]) -> list[FocusFacts]:
    """The focuses of a parsed file, in its order."""
    return [_read(each, position, content) for position, each in enumerate(content["focuses"], start=1)]


def _read(each: Mapping[str, Any], position: int, content: Mapping[str, Any]) -> FocusFacts:
    near = each.get("near") or {}
    items = tuple(
        ItemFacts(one["key"], one["words"], one["condition"], one.get("type", ""), one.get("confidence", "recon"))
        for one in each["items"]
    )
    return FocusFacts(
        code=each["code"], name=each["name"], position=position, cycle_days=int(each["cycle_days"]),
        patterns=tuple(each["types"]), items=items, near_kinds=tuple(near.get("kinds", ())), near_m=int(near.get("metres", 0)),
        source=content["source"], confidence=each.get("confidence", content["confidence"]),
    )  # fmt: skip


def check_focus(facts: FocusFacts) -> FocusFacts:
    """The same, if it can be published. Raises FocusWrong with every mistake at once."""
    if mistakes := list(_mistakes(facts)):
        raise FocusWrong(mistakes)
    return facts


def _mistakes(facts: FocusFacts) -> Iterator[tuple[str, Mapping[str, object]]]:
    if not 1 <= facts.cycle_days <= LONGEST_CYCLE:
        yield _("巡查周期要在 1 到 %(most)d 天之间，现在是 %(days)d 天"), {"most": LONGEST_CYCLE, "days": facts.cycle_days}
    if not facts.patterns:
        yield _("还没有写包含哪些小类"), {}
    for pattern in facts.patterns:
        if not PATTERN.fullmatch(pattern):
            yield _("“%(pattern)s”不是小类编码，要写成 GB30428:E0401 或 GB30428:C01*"), {"pattern": pattern}
    if not 1 <= len(facts.items) <= MOST_ITEMS:
        yield _("清单要有 1 到 %(most)d 项，现在是 %(now)d 项"), {"most": MOST_ITEMS, "now": len(facts.items)}
    for item in facts.items:
        if not 0 < len(item.words) <= WORDS_LENGTH:
            yield _("检查项“%(words)s”要在 %(most)d 个字以内"), {"words": item.words, "most": WORDS_LENGTH}
        if not 0 < len(item.condition) <= CONDITION_LENGTH:
            yield _("检查项“%(words)s”要写什么情况记不合格，%(most)d 个字以内"), {"words": item.words, "most": CONDITION_LENGTH}
    keys = [item.key for item in facts.items]
    if len(set(keys)) != len(keys):
        yield _("检查项的编号有重复的"), {}
