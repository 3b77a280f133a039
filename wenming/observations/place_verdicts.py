"""What each row of a list of public places would do to the register, told before it does it. Policy: 2.1.

Two tellings of one place are never merged: what may be one is put side by side, found by an index over positions and one
over names, and a person says whether it is the same, another one, or not to come in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import shapely
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from wenming.organisations.models import Unit
from wenming.refusals import Refusal
from wenming.territory.components.services import Drawn, in_cgcs2000, representative
from wenming.territory.models import Area, Level, Place, PlaceKind, PlaceStanding
from wenming.territory.public_places.services import LONGEST_M
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.rules.geometry import METRES_PER_DEGREE, distance_m, metres_per_degree
from wenming.territory.rules.place_facts import MOVING
from wenming.territory.rules.place_numbers import is_number
from wenming.territory.rules.same_place import (
    ALIKE,
    LONG_KINDS,
    NEAR_LONG_M,
    NEAR_M,
    SAME_SPOT_M,
    kinds_meet,
    may_be_one,
    pairs_of,
    similarity,
    tidy_name,
)
from wenming.territory.selectors import homes_of

from .batches import plain
from .models import ImportBatch, ImportRow
from .models.imports import RowState
from .rules.place_rows import FIELDS, read_row
from .rules.reading import Reading

# Farther than a survey is wrong: the number may have been given to another place.
MOVED_M = 200.0
# The same point told by two programs differs in its last digits.
SAME_POINT_M = 0.5
MOST_CANDIDATES = 3
MOST_TREES = 16
# Generous, as far north as there are cities; metres are measured before anything is proposed.
_SAME_SPOT_DEGREES = 2 * SAME_SPOT_M / METRES_PER_DEGREE
_WORDS = {**FIELDS, "place": "位置"}
_ORDER = {kind: number for number, kind in enumerate(PlaceKind.values)}
_MEET = np.asarray([[kinds_meet(one, other) for other in PlaceKind.values] for one in PlaceKind.values])
_LONG = np.asarray([kind in LONG_KINDS for kind in PlaceKind.values])
_LABELS = {kind.value: str(kind.label) for kind in PlaceKind}


class Judging:
    """The rows of one file, judged by portions in their order. Of the rows before only what later ones are compared with stays."""

    def __init__(self, batch: ImportBatch, now: datetime) -> None:
        self.columns, self.today, self.zone = batch.mapping.columns, timezone.localdate(now), timezone.get_default_timezone()
        self.known, self.seen = _known(batch), set[str]()
        self.there = _Index(list(self.known.by_number.values()))
        self.before = _Index([])

    def judge(self, rows: Sequence[ImportRow]) -> None:
        """Give every row of a portion its verdict; nothing is asked of the database row by row."""
        judged = [_Judged(row, read_row(row.cells, self.columns, zone=self.zone, today=self.today)) for row in rows]
        for one in judged:
            _read_number(one, self.seen)
            _read_manager(one, self.known)
            _read_place(one, self.known)
        _look_for_homes(judged)
        fresh = [one for one in judged if not one.reading.refusals and one.reading.values.get("number", "") not in self.known.by_number]
        self._look_around(fresh)
        facts = _facts_of({number for one in judged for number in one.numbers_asked(self.known)})
        for one in judged:
            _verdict(one, facts, self.known)

    def _look_around(self, fresh: Sequence[_Judged]) -> None:
        """What may be the same place, in the register or in the file before it: put side by side."""
        told = [one.as_told() for one in fresh]
        start = len(self.before.told)
        self.before.add(told)
        for index, first in ((self.there, None), (self.before, start)):
            for asking, other in (*index.near(told, first), *index.alike(told, first)):
                _propose(fresh[asking], told[asking], other)


@dataclass(frozen=True, slots=True)
class _Told:
    """What rows are compared with: a place of the register by its number, or an earlier row of the file by its position."""

    number: str
    position: int | None
    kind: str
    name: str
    point: tuple[float, float] | None
    town: str
    address: str
    manager: str


@dataclass(frozen=True)
class _There:
    """Everything that the register tells of one place, for a row that tells of the same."""

    number: str
    standing: str
    point: tuple[float, float] | None
    editions: int
    facts: dict[str, str]
    address: str
    shaped: bool


@dataclass(frozen=True)
class _Known:
    """What all rows are compared with; asked once for the file."""

    datum: Datum
    towns: dict[str, Area]
    units: dict[str, list[str]]
    by_number: dict[str, _Told]


@dataclass
class _Judged:
    """One row on its way to a verdict."""

    row: ImportRow
    reading: Reading
    point: tuple[float, float] | None = None
    town: str = ""
    # The places beside it, the likeliest first: (how likely, how alike in name, metres, which).
    candidates: list[tuple[float, float, float | None, _Told]] = field(default_factory=list)

    def as_told(self) -> _Told:
        values = self.reading.values
        manager = values.get("manager") or values.get("manager_name", "")
        address = values.get("address", "")
        return _Told("", self.row.position, values["kind"], values["name"], self.point, self.town, address, manager)

    def numbers_asked(self, known: _Known) -> Iterator[str]:
        """The places of the register of which everything must be known to judge this row."""
        if (number := self.reading.values.get("number", "")) in known.by_number:
            yield number
        if self.candidates and self.candidates[0][3].number:
            yield self.candidates[0][3].number


class _Index:
    """Tellings by where they are and by what they are called; their order is kept."""

    def __init__(self, told: Sequence[_Told]) -> None:
        self.told: list[_Told] = []
        # By the hash of town and name: that two of them are the same by accident is seen by the rule.
        self.by_name: dict[int, list[int]] = {}
        self.placed = _Placed.of([], 0)
        # One for each portion, and now and then one for all: a tree for every row so far with each portion would be n².
        self.trees: list[tuple[int, shapely.STRtree]] = []
        self.add(told)

    def add(self, several: Sequence[_Told]) -> None:
        start = len(self.told)
        self.told += several
        for number, one in enumerate(several, start=start):
            self.by_name.setdefault(_call(one), []).append(number)
        fresh = _Placed.of(several, start)
        self.trees.append((len(self.placed.numbers), shapely.STRtree(shapely.points(fresh.points))))
        self.placed = self.placed.and_then(fresh)
        if len(self.trees) > MOST_TREES:
            self.trees = [(0, shapely.STRtree(shapely.points(self.placed.points)))]

    def near(self, asking: Sequence[_Told], first: int | None) -> Iterator[tuple[int, _Told]]:
        """(who asks, who is near enough, of a kind that meets its own and not plainly unlike in name).

        first: where those who ask begin in this index; of two in one file the second asks.
        """
        everybody = _Placed.of(asking, 0)
        for long in (False, True):
            mine = everybody.take(_LONG[everybody.kinds] == long)
            if not len(mine.numbers):
                continue
            # As far as a degree of longitude is short; metres are measured by `_propose`.
            reach = (NEAR_LONG_M if long else NEAR_M) * 1.01 / metres_per_degree(float(np.abs(mine.points[:, 1]).max()))[0]
            rows, others = self._within(shapely.points(mine.points), reach)
            left, right = mine.take(rows), self.placed.take(others)
            kept = _MEET[left.kinds, right.kinds]
            if first is not None:
                kept &= right.numbers < first + left.numbers
            left, right = left.take(kept), right.take(kept)
            likely = left.may_be_one_with(right)
            for number, other in zip(left.numbers[likely].tolist(), right.numbers[likely].tolist(), strict=True):
                yield number, self.told[other]

    def _within(self, spots: Any, reach: float) -> tuple[Any, Any]:
        """(who asks, who lies within reach of it) as two columns of numbers."""
        found = [(rows, others + start) for start, tree in self.trees for rows, others in [tree.query(spots, "dwithin", distance=reach)]]
        return np.concatenate([rows for rows, _others in found]), np.concatenate([others for _rows, others in found])

    def alike(self, asking: Sequence[_Told], first: int | None) -> Iterator[tuple[int, _Told]]:
        """The same name in the same town, where one of the two has no position."""
        for number, one in enumerate(asking):
            for other in self.by_name.get(_call(one), ()):
                if (first is None or other < first + number) and (one.point is None or self.told[other].point is None):
                    yield number, self.told[other]


@dataclass(frozen=True)
class _Placed:
    """Those tellings of a list that have a position, as columns: very many are compared at once.

    signs: the pairs of a name as bits, of which several may stand behind one; sizes: how many pairs there are.
    """

    numbers: Any
    kinds: Any
    points: Any
    signs: Any
    sizes: Any

    @classmethod
    def of(cls, told: Sequence[_Told], start: int) -> _Placed:
        placed = [(number, one) for number, one in enumerate(told, start=start) if one.point is not None]
        return cls(
            np.asarray([number for number, _one in placed], int), np.asarray([_ORDER[one.kind] for _n, one in placed], int),
            np.asarray([one.point for _n, one in placed], float).reshape(-1, 2),
            np.asarray([_sign(one.name) for _n, one in placed], np.uint64),
            np.asarray([len(_pairs(one.name)) for _n, one in placed], int),
        )  # fmt: skip

    def _columns(self) -> tuple[Any, ...]:
        return self.numbers, self.kinds, self.points, self.signs, self.sizes

    def take(self, which: Any) -> _Placed:
        return _Placed(*(column[which] for column in self._columns()))

    def and_then(self, others: _Placed) -> _Placed:
        return _Placed(*(np.concatenate(both) for both in zip(self._columns(), others._columns(), strict=True)))

    def may_be_one_with(self, others: _Placed) -> Any:
        """Row by row: whether `may_be_one` may say so. Never no where it would say yes."""
        # Each bit that only one side has is a pair at least that the two do not share.
        shared = np.minimum(
            self.sizes - np.bitwise_count(self.signs & ~others.signs), others.sizes - np.bitwise_count(others.signs & ~self.signs)
        )
        alike = 2 * shared >= ALIKE * (self.sizes + others.sizes) - 1e-9
        apart = np.abs(self.points - others.points).max(axis=1, initial=0.0)
        return alike | ((self.kinds == others.kinds) & (apart <= _SAME_SPOT_DEGREES))


@lru_cache(maxsize=4_000)
def _pairs(name: str) -> frozenset[str]:
    return pairs_of(tidy_name(name))


def _call(one: _Told) -> int:
    return hash((one.town, tidy_name(one.name)))


@lru_cache(maxsize=4_000)
def _sign(name: str) -> int:
    bits = 0
    for pair in _pairs(name):
        bits |= 1 << (crc32(pair.encode()) & 63)
    return bits


def _known(batch: ImportBatch) -> _Known:
    units: dict[str, list[str]] = {}
    for code, name, short in Unit.objects.filter(valid_to=None).values_list("code", "name", "short_name"):
        for key in {code, name, short}:
            units.setdefault(key, []).append(code)
    areas = Area.objects.filter(level=Level.TOWN, valid_to=None).defer("wkb")
    towns = {key: area for area in areas for key in (area.code, area.name, area.short_name)}
    return _Known(Datum(batch.options["datum"]), towns, units, {one.number: one for one in _standing_there()})


def _standing_there() -> Iterator[_Told]:
    """Every place that counts, as far as all rows are compared with it."""
    fields = (
        "number", "kind", "name", "placement__longitude", "placement__latitude", "placement__town__code", "placement__address",
        "manager__code", "manager_name",
    )  # fmt: skip
    rows = Place.objects.exclude(standing=PlaceStanding.WITHDRAWN).values_list(*fields)
    for number, kind, name, lon, lat, town, address, manager, manager_name in rows.iterator(chunk_size=5000):
        yield _Told(number, None, kind, name, (lon, lat) if lon is not None else None, town or "", address, manager or manager_name)


def _facts_of(numbers: set[str]) -> dict[str, _There]:
    """{number: everything that the register tells of it}, for the rows of one portion."""
    fields = (
        "number", "kind", "name", "placement__longitude", "placement__latitude", "standing", "editions_count", "manager__code",
        "manager_name", "responsible_post", "responsible_name", "condition", "note", "placement__address", "shaped",
    )  # fmt: skip
    shaped = ExpressionWrapper(Q(outline__isnull=False), output_field=BooleanField())
    found = Place.objects.filter(number__in=numbers).annotate(shaped=shaped).values_list(*fields) if numbers else ()
    return {row[0]: _as_there(*row) for row in found}


def _as_there(
    number: str, kind: str, name: str, lon: float | None, lat: float | None, standing: str, editions: int, manager: str | None,
    manager_name: str, post: str, responsible: str, condition: str, note: str, address: str, shaped: bool,
) -> _There:  # fmt: skip
    facts = {
        "name": name, "kind": kind, "manager": manager or manager_name, "post": post, "responsible": responsible,
        "condition": condition, "note": note,
    }  # fmt: skip
    point = (lon, lat) if lon is not None and lat is not None else None
    return _There(number, standing, point, editions, facts, address, shaped)


def _read_number(one: _Judged, seen: set[str]) -> None:
    number = one.reading.values.get("number", "")
    if not number:
        return
    if not is_number(number):
        one.reading.refusals.append("编号只能用字母、数字、点、横线和下划线，最多 24 个")
        return
    if number in seen:
        one.reading.refusals.append("这个编号在本文件里出现过了")
    seen.add(number)


def _read_manager(one: _Judged, known: _Known) -> None:
    """A unit of this house where the name says so; else the name alone, which a person may know to be right."""
    said = one.reading.values.pop("manager", "")
    if not said:
        return
    found = known.units.get(said, [])
    if len(found) == 1:
        one.reading.values["manager"] = found[0]
        return
    one.reading.values["manager_name"] = said[:80]
    if found:
        one.reading.questions.append(f"管理单位“{said[:30]}”登记的单位里不止一个，接受则先只记名称")
    else:
        one.reading.notes.append(f"管理单位“{said[:30]}”还没有登记为单位，先只记名称")


def _read_place(one: _Judged, known: _Known) -> None:
    """The shape before longitude and latitude; without either a town is enough, and the row says what is missing."""
    reading, values = one.reading, one.reading.values
    text, lon, lat = values.pop("geometry", None), values.pop("longitude", None), values.pop("latitude", None)
    said_town = values.pop("town", "")
    town = known.towns.get(said_town)
    if said_town and town is None:
        reading.notes.append(f"镇街“{said_town[:20]}”对不上，以位置为准")
    one.town = town.code if town else ""
    try:
        if text is not None:
            geometry = shapely.from_wkt(text)
            middle = representative(in_cgcs2000(Drawn(geometry, known.datum), LONGEST_M))
            one.point = (middle.x, middle.y)
            values["wkt"] = shapely.to_wkt(geometry, rounding_precision=9, output_dimension=2)
        elif lon is not None and lat is not None:
            x, y = to_cgcs2000(lon, lat, known.datum)
            one.point = (round(x, 7), round(y, 7))
            values["point"] = [lon, lat]
        elif one.town:
            if values.get("kind") not in MOVING:
                reading.notes.append("没有位置，先按镇街登记，以后补")
            values["town"] = one.town
        else:
            reading.refusals.append("缺少位置：要有经度和纬度、图形，或者镇街")
    except (shapely.errors.ShapelyError, UnicodeDecodeError):  # GEOS cuts what it repeats in the middle of a character
        reading.refusals.append(f"图形读不懂：{str(text)[:30]}")
    except ValueError:
        reading.refusals.append("坐标不是经纬度（经度在前，单位是度）")
    except Refusal as refused:
        reading.refusals.append(str(refused).rstrip("。"))


def _look_for_homes(judged: Sequence[_Judged]) -> None:
    """In which town each lies; outside the city: refused."""
    placed = [one for one in judged if one.point is not None]
    if not placed:
        return
    homes = homes_of([one.point[0] for one in placed], [one.point[1] for one in placed])  # type: ignore[index]
    for one, home in zip(placed, homes, strict=True):
        if home is None:
            one.reading.refusals.append("位置不在本市范围内。坐标系选对了吗？")
            continue
        found = getattr(home.town, "code", "")
        if one.town and found and one.town != found:
            one.reading.questions.append("位置落在另一个镇街，接受则以位置为准")
        one.town = found or one.town


def _propose(one: _Judged, told: _Told, other: _Told) -> None:
    """Put the other beside it, when the rule says that a person should look; the likeliest few are kept."""
    alike = similarity(_pairs(told.name), _pairs(other.name))
    metres = distance_m(told.point, other.point) if told.point and other.point else None
    if not may_be_one(told.kind, other.kind, alike, metres, same_town=told.town == other.town):
        return
    one.candidates.append((alike - (metres or 0.0) / 1000, alike, metres, other))
    one.candidates.sort(key=lambda found: -found[0])
    del one.candidates[MOST_CANDIDATES:]


def _beside(alike: float, metres: float | None, other: _Told) -> dict[str, Any]:
    return {
        "number": other.number, "row": other.position, "address": other.address, "name": other.name, "kind": other.kind,
        "metres": None if metres is None else round(metres), "alike": round(100 * alike), "manager": other.manager,
    }  # fmt: skip


def _verdict(one: _Judged, register: Mapping[str, _There], known: _Known) -> None:
    """The row's state, its reasons, and what is to be done with it."""
    reading, row = one.reading, one.row
    number = reading.values.get("number", "")
    there = register.get(number) if number in known.by_number else None
    values: dict[str, Any] = {**reading.values, "datum": known.datum.value, "act": "register"}
    if there is not None and not reading.refusals:
        changed = changes(there.facts, there.point, there.address, one.point, reading.values, moved=_moved(there, one))
        values |= {"act": "correct", "edition": there.editions, "moves": "位置" in changed}
        if there.standing == PlaceStanding.CLOSED:
            values["act"] = "reopen"
            reading.questions.append("这个场所已经关闭，接受则重新开放")
        elif not changed and not reading.questions:
            row.state, row.reasons, row.understood = RowState.KNOWN, ["和登记的一样"], _plain(values)
            return
        elif changed and not reading.questions:
            reading.notes.append(f"已登记，将更正：{'、'.join(changed)}")
        if "位置" in changed and there.point and one.point and (far := distance_m(there.point, one.point)) > MOVED_M:
            reading.questions.append(f"和登记的位置相差 {far:.0f} 米，接受则改到新位置")
    elif one.candidates and not reading.refusals:
        best = [_beside(alike, metres, other) for _likely, alike, metres, other in one.candidates]
        values["beside"] = best
        if _told_already(register.get(best[0]["number"]), one):
            row.state, row.reasons, row.understood = RowState.KNOWN, [f"和登记的 {best[0]['number']} 一样"], _plain(values)
            return
        reading.questions.append(_beside_words(best[0]))
    if reading.refusals:
        row.state = RowState.REFUSED
    elif reading.questions:
        row.state = RowState.DECIDE
    else:
        row.state = RowState.WARNED if reading.notes else RowState.READY
    row.reasons = [*reading.refusals, *reading.questions, *reading.notes]
    row.understood = _plain(values)


def _told_already(there: _There | None, one: _Judged) -> bool:
    """Whether the register says all of it already: the same file a second time."""
    if there is None or there.standing != PlaceStanding.OPEN or there.facts["name"] != one.reading.values["name"]:
        return False
    return not changes(there.facts, there.point, there.address, one.point, one.reading.values, moved=_moved(there, one))


def _moved(there: _There, one: _Judged) -> bool:
    """Whether the row says another position. A shape is taken for the same as long as its middle is."""
    if one.point is None:
        return False
    if there.point is None:
        return True
    return distance_m(there.point, one.point) > SAME_POINT_M or ("wkt" in one.reading.values) != there.shaped


def changes(
    facts: dict[str, str], point: Any, address: str, new_point: Any, values: dict[str, Any], *, moved: bool
) -> list[str]:
    """In which fields a row tells something else than the register, in the list's words; what it leaves empty counts not."""
    told = {**values, "manager": values.get("manager") or values.get("manager_name", "")}
    changed = [_WORDS[name] for name in facts if told.get(name) and str(told[name]) != facts[name]]
    if moved or (new_point is not None and values.get("address") and values["address"] != address):
        changed.append("位置")
    return changed


def _beside_words(best: dict[str, Any]) -> str:
    where = f"登记的 {best['number']}" if best["number"] else f"本文件第 {best['row']} 行"
    far = f"，相距 {best['metres']} 米" if best["metres"] is not None else "，其中一个没有位置"
    return f"可能和{where}“{best['name'][:30]}”（{_LABELS[best['kind']]}{far}，名称相像 {best['alike']}%）是同一个；接受则另登记一个"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def day_of(values: dict[str, Any], today: date) -> date:
    """From which day the row holds."""
    return min(date.fromisoformat(values["on"]), today) if values.get("on") else today
