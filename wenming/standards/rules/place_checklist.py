"""What a kind of public place is looked at for (2.2): items in three parts, answered in three values. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenming.words import gettext_noop as _

HARDWARE, SOFTWARE, PACT = "hardware", "software", "pact"
PARTS = {HARDWARE: _("硬件"), SOFTWARE: _("软件"), PACT: _("公约")}
YES, NO, NOT_HERE = "yes", "no", "none"
ANSWERS = {YES: _("有"), NO: _("没有"), NOT_HERE: _("不适用")}
LONGEST_CYCLE = 730
MOST_ITEMS = 40
LONGEST_WORDS = 60
_KEY = re.compile(r"[A-Z]{2}-[0-9]{1,3}")


@dataclass(frozen=True)
class PlaceItem:
    """One thing to look at. key: its name through all versions; confidence: how sure it is that cities ask for it."""

    key: str
    part: str
    words: str
    confidence: str = "recon"


@dataclass(frozen=True)
class Tally:
    """A checklist as answered: how many of its items are answered, how many of those are not as they ought to be."""

    items: int
    answered: int
    failed: int


def checklists_in(whole: Mapping[str, Any]) -> dict[str, tuple[int, tuple[PlaceItem, ...]]]:
    """{kind: (days between two looks, items)} of the file that comes with the house."""
    modules = {name: tuple(PlaceItem(**item) for item in items) for name, items in whole["modules"].items()}
    return {
        kind: (
            facts["cycle_days"],
            (*(PlaceItem(**item) for item in facts.get("items", ())), *(item for name in facts["use"] for item in modules[name])),
        )
        for kind, facts in whole["kinds"].items()
    }


def mistakes_in(cycle_days: int, items: Sequence[PlaceItem]) -> list[str]:
    """Why a checklist cannot be published, as sentences; empty when it can."""
    found = []
    if not 1 <= cycle_days <= LONGEST_CYCLE:
        found.append(_("核对周期要在 1 到 730 天之间"))
    if not 1 <= len(items) <= MOST_ITEMS:
        found.append(_("清单要有 1 到 40 项"))
    if len({item.key for item in items}) != len(items):
        found.append(_("有两项用了同一个代号"))
    if not all(_KEY.fullmatch(item.key) for item in items):
        found.append(_("代号要写成两个大写字母加数字，例如 MK-1"))
    if not all(item.part in PARTS for item in items):
        found.append(_("每一项要写明是硬件、软件还是公约"))
    if not all(item.words.strip() and len(item.words) <= LONGEST_WORDS for item in items):
        found.append(_("每一项要写一句话，最多 60 字"))
    return found


def tally(keys: Iterable[str], answers: Mapping[str, str]) -> Tally:
    """Count what was answered. An item that nobody answered is not counted as good or bad; 不适用 is an answer."""
    asked = list(keys)
    given = [answers[key] for key in asked if answers.get(key) in ANSWERS]
    return Tally(len(asked), len(given), sum(answer == NO for answer in given))


def digest_of(kind: str, cycle_days: int, items: Sequence[PlaceItem]) -> str:
    """SHA-256 of what a checklist says, so that publishing the same again is noticed."""
    told = [kind, cycle_days, [[item.key, item.part, item.words] for item in items]]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
