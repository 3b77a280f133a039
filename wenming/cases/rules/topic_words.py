"""What a message says, for gathering: its pairs of characters, and the places it names. Pure.

Places come from two sources: the city's own gazetteer, and names that repeat in the messages themselves, because no
gazetteer knows every estate. A name is a run of characters that ends like a place (…小区, …路, …新城), that several
messages share, and before which no single character stands most of the time: then it begins where it seems to.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

READ = 300
"""Characters of a message that are read: what it is about stands at its beginning."""
SHORTEST, LONGEST = 3, 9
FEWEST_MESSAGES = 3
BEGINS_ELSEWHERE = 0.6

_SPACE = re.compile(r"\s+")
_RUN = re.compile(r"[0-9a-z\u4e00-\u9fff]+")
# How places end in Chinese addresses.
_ENDS = (
    "小区", "社区", "新城", "花园", "公寓", "广场", "大厦", "学校", "中学", "小学", "学院", "大学", "幼儿园", "医院", "市场", "公园",
    "大道", "街道", "路", "街", "巷", "村", "镇", "乡", "苑", "城", "园", "湾", "府", "庭", "郡", "桥", "湖", "洲",
)  # fmt: skip
_END = re.compile(f"(?=({'|'.join(_ENDS)}))")
# No name reaches back over these.
_BREAKS = frozenset("的在于是了和与及对从到向由请我你他她它们为被把有就都而或位离这那该各某每个本省市区县镇乡")
# Ends like a place and is none.
_NO_PLACE = re.compile(r"政府|法院|检察院|国务院|附近|周边|整个|影响|进入|小区小区|[一二三四五六七八九十两几多]条|公里|马路$|家里|里面")


@dataclass(frozen=True)
class Reading:
    """One message as it was read: the beginning of its text, and how often each pair of characters stands there."""

    plain: str
    pairs: Mapping[str, int]


def plain_of(text: str) -> str:
    """The beginning of a text, its widths and capitals made one, without spaces."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).lower())[:READ]


# --- names of places -------------------------------------------------------------------------------------------------


def local_names(texts: Iterable[str]) -> dict[str, int]:
    """{name: in how many of these plain texts it stands}: names that repeat and begin where they seem to."""
    times: Counter[str] = Counter()
    before: dict[str, Counter[str]] = defaultdict(Counter)
    for plain in texts:
        seen = {name: left for name, left, _at in _endings(plain)}
        times.update(seen.keys())
        for name, left in seen.items():
            before[name][left] += 1
    return {name: many for name, many in times.items() if many >= FEWEST_MESSAGES and _begins_here(before[name], many)}


def _begins_here(before: Counter[str], many: int) -> bool:
    left, most = min(before.items(), key=lambda each: (-each[1], each[0]))
    return left in _BREAKS or left == "" or most < BEGINS_ELSEWHERE * many


def _endings(plain: str) -> Iterator[tuple[str, str, int]]:
    """(what may be a name, the character before it, where it ends), the shortest first for each end."""
    for run in _RUN.finditer(plain):
        letters = run.group()
        for end in _END.finditer(letters):
            stop = end.end(1)
            for length in range(len(end.group(1)) + 1, LONGEST + 1):
                start = stop - length
                if start < 0 or letters[start] in _BREAKS:
                    break
                if length >= max(SHORTEST, len(end.group(1)) + 2) and not _NO_PLACE.search(letters[start:stop]):
                    yield letters[start:stop], letters[start - 1] if start else "", run.start() + stop


class Names:
    """Places by their names, found in a text by their first two characters."""

    def __init__(self, gazetteer: Collection[str], repeated: Collection[str] = ()) -> None:
        """gazetteer: the city's own names, of three characters or more; repeated: what `local_names` found."""
        self._known: dict[str, list[str]] = defaultdict(list)
        for name in sorted({each.lower() for each in gazetteer if len(each) >= SHORTEST}, key=lambda n: (-len(n), n)):
            self._known[name[:2]].append(name)
        self._repeated = frozenset(repeated)

    def of(self, plain: str) -> frozenset[str]:
        """The names that stand in a plain text; of a known name and a shorter one within it the known one."""
        known = self._of_gazetteer(plain)
        ends: dict[int, str] = {}
        for name, _left, stop in _endings(plain):
            if name in self._repeated:
                ends.setdefault(stop, name)
        return known | {name for name in ends.values() if not any(name in other for other in known)}

    def _of_gazetteer(self, plain: str) -> frozenset[str]:
        found: list[str] = []
        at = 0
        while at < len(plain) - 1:
            name = next((each for each in self._known.get(plain[at : at + 2], ()) if plain.startswith(each, at)), None)
            found += [name] if name else []
            at += len(name) if name else 1
        return frozenset(found)


def first_sentence(text: str, *, longest: int = 28) -> str:
    """The first words of a message that say something, cut at a sign of punctuation where there is one."""
    clean = _SPACE.sub(" ", text).strip()
    parts = [part.strip() for part in re.split(r"[。！？!?；;\n，,：:]", clean)]
    said = [part for part in parts if len(part) >= SHORTEST and not _GREETING.search(part)]
    start = "，".join(_until(said, 10)) or clean
    return start if len(start) <= longest else f"{start[: longest - 1]}…"


_GREETING = re.compile(r"^(尊敬|您好|你好|领导|书记|市长|各位|我是|本人|大家)")


def _until(parts: Sequence[str], enough: int) -> list[str]:
    taken: list[str] = []
    for part in parts:
        taken.append(part)
        if sum(map(len, taken)) >= enough:
            break
    return taken
