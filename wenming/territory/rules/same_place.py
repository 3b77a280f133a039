"""Whether two public places may be one: how alike their names are, how far they stand apart, of which kinds they are. Pure.

Nothing is merged by this: what is alike is put before a person side by side (2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NEAR_M = 150.0
# A road is drawn by everybody from another end.
NEAR_LONG_M = 800.0
LONG_KINDS = frozenset({"road", "lane", "shopping_street"})
ALIKE = 0.6
# What stands on the very same spot and is of the same kind is asked about even under another name.
SAME_SPOT_M = 15.0
# Kinds that people take for one another.
NEIGHBOURS = (
    frozenset({"road", "lane", "shopping_street"}), frozenset({"park", "square"}), frozenset({"mall", "market", "shopping_street"}),
    frozenset({"cinema", "entertainment"}),
)  # fmt: skip
_NOISE = re.compile(r"[\s·•\-—_.,，。、（）()【】\[\]《》<>“”\"'’‘#]+")
_BEGIN = re.compile(r"^(?:广东省)?(?:[\u4e00-\u9fff]{2}市)?")
_HAS_WIDE = re.compile("[\uff01-\uff5e]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True)
class Likeness:
    """Why two places may be one. similarity: 0 to 1; distance_m: None where either has no position."""

    similarity: float
    distance_m: float | None


def tidy_name(name: str) -> str:
    """A name without what people write differently: spaces, brackets, width, the city before it."""
    text = _NOISE.sub("", name.translate(_FULL_WIDTH) if _HAS_WIDE.search(name) else name).lower()
    shorter = _BEGIN.sub("", text)
    return shorter if len(shorter) >= 2 else text


def pairs_of(tidy: str) -> frozenset[str]:
    """The neighbouring letters of a tidy name: what likeness is counted in."""
    return frozenset(tidy[n : n + 2] for n in range(len(tidy) - 1)) or frozenset({tidy})


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient of two sets of letter pairs, 0 to 1."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0


def kinds_meet(one: str, other: str) -> bool:
    """Whether something may have been told as either kind."""
    return one == other or any({one, other} <= group for group in NEIGHBOURS)


def reach_m(kind: str) -> float:
    """How far apart two tellings of one place of this kind may lie."""
    return NEAR_LONG_M if kind in LONG_KINDS else NEAR_M


def may_be_one(kind: str, other_kind: str, alike: float, distance_m: float | None, *, same_town: bool = True) -> bool:
    """Whether a person should look at the two side by side.

    distance_m None: one of them has no position, so only the same name in the same town speaks for it.
    """
    if not kinds_meet(kind, other_kind):
        return False
    if distance_m is None:
        return same_town and alike >= 0.999
    if distance_m > min(reach_m(kind), reach_m(other_kind)):
        return False
    return alike >= ALIKE or (kind == other_kind and distance_m <= SAME_SPOT_M)
