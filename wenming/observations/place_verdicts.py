"""What each row of a list of public places would do to the register, told before it does it. Policy: 2.1.

Two tellings of one place are never merged: what may be one is put side by side, found by an index over positions and one
over names, and a person says whether it is the same, another one, or not to come in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from django.utils import timezone

from wenming.organisations.models import Unit
from wenming.refusals import Refusal
from wenming.territory.components.services import Drawn, in_cgcs2000, representative
from wenming.territory.models import Area, Level, Place, PlaceKind, PlaceStanding
from wenming.territory.public_places.services import LONGEST_M
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.rules.geometry import METRES_PER_DEGREE, distance_m
from wenming.territory.rules.place_facts import MOVING
from wenming.territory.rules.place_numbers import is_number
from wenming.territory.rules.same_place import (
    LONG_KINDS,
    NEAR_LONG_M,
    NEAR_M,
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
ASKED_AT_ONCE = 2_000
_WORDS = {**FIELDS, "place": "位置"}
_ORDER = {kind: number for number, kind in enumerate(PlaceKind.values)}
_MEET = np.asarray([[kinds_meet(one, other) for other in PlaceKind.values] for one in PlaceKind.values])
_LABELS = {kind.value: str(kind.label) for kind in PlaceKind}


def judge(rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
    """Give every row its verdict; nothing is asked of the database row by row."""
    today, zone = timezone.localdate(now), timezone.get_default_timezone()
    judged = [_Judged(row, read_row(row.cells, batch.mapping.columns, zone=zone, today=today)) for row in rows]
    known = _known(batch)
    seen: Counter[str] = Counter()
    for one in judged:
        _read_number(one, seen)
        _read_manager(one, known)
        _read_place(one, known)
    _look_around(judged, known)
    for one in judged:
        _verdict(one, known)


@dataclass(frozen=True)
class _There:
    """A place that stands in the register, as far as rows are compared with it."""

    number: str
    kind: str
    name: str
    tidy: str
    pairs: frozenset[str]
    point: tuple[float, float] | None
    town: str
    standing: str
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
    by_number: dict[str, _There]


@dataclass
class _Judged:
    """One row on its way to a verdict."""

    row: ImportRow
    reading: Reading
    point: tuple[float, float] | None = None
    town: str = ""
    tidy: str = ""
    pairs: frozenset[str] = frozenset()
    candidates: list[tuple[float, dict[str, Any]]] | None = None


def _known(batch: ImportBatch) -> _Known:
    units: dict[str, list[str]] = {}
    for code, name, short in Unit.objects.filter(valid_to=None).values_list("code", "name", "short_name"):
        for key in {code, name, short}:
            units.setdefault(key, []).append(code)
    areas = Area.objects.filter(level=Level.TOWN, valid_to=None).defer("wkb")
    towns = {key: area for area in areas for key in (area.code, area.name, area.short_name)}
    return _Known(Datum(batch.options["datum"]), towns, units, {one.number: one for one in _standing_there()})


def _standing_there() -> Iterator[_There]:
    fields = (
        "number", "kind", "name", "placement__longitude", "placement__latitude", "placement__town__code", "standing", "editions_count",
        "manager__code", "manager_name", "responsible_post", "responsible_name", "condition", "note", "placement__address",
    )  # fmt: skip
    shaped = set(Place.objects.exclude(outline=None).values_list("number", flat=True))
    for row in Place.objects.values_list(*fields).iterator(chunk_size=5000):
        number, kind, name, lon, lat, town, standing, editions, manager, manager_name, post, responsible, condition, note, address = row
        tidy = tidy_name(name)
        yield _There(
            number, kind, name, tidy, pairs_of(tidy), (lon, lat) if lon is not None else None, town or "", standing, editions,
            {
                "name": name, "kind": kind, "manager": manager or manager_name, "post": post, "responsible": responsible,
                "condition": condition, "note": note,
            },
            address, number in shaped,
        )  # fmt: skip


def _read_number(one: _Judged, seen: Counter[str]) -> None:
    number = one.reading.values.get("number", "")
    if not number:
        return
    if not is_number(number):
        one.reading.refusals.append("编号只能用字母、数字、点、横线和下划线，最多 24 个")
        return
    seen[number] += 1
    if seen[number] > 1:
        one.reading.refusals.append("这个编号在本文件里出现过了")


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
    except shapely.errors.ShapelyError:
        reading.refusals.append(f"图形读不懂：{str(text)[:30]}")
    except ValueError:
        reading.refusals.append("坐标不是经纬度（经度在前，单位是度）")
    except Refusal as refused:
        reading.refusals.append(str(refused).rstrip("。"))


def _look_around(judged: Sequence[_Judged], known: _Known) -> None:
    """Outside the city: refused. What may be the same place, in the register or in the file: put side by side."""
    placed = [one for one in judged if one.point is not None]
    if placed:
        homes = homes_of([one.point[0] for one in placed], [one.point[1] for one in placed])  # type: ignore[index]
        for one, home in zip(placed, homes, strict=True):
            if home is None:
                one.reading.refusals.append("位置不在本市范围内。坐标系选对了吗？")
                continue
            found = getattr(home.town, "code", "")
            if one.town and found and one.town != found:
                one.reading.questions.append("位置落在另一个镇街，接受则以位置为准")
            one.town = found or one.town
    fresh = [one for one in judged if not one.reading.refusals and one.reading.values.get("number", "") not in known.by_number]
    for one in fresh:
        one.tidy = tidy_name(one.reading.values["name"])
        one.pairs = pairs_of(one.tidy)
        one.candidates = []
    _look_nearby(fresh, known)
    _look_by_name(fresh, known)


def _look_nearby(fresh: Sequence[_Judged], known: _Known) -> None:
    """By an index over positions: everything within reach, alike enough in name."""
    here = [one for one in fresh if one.point is not None]
    there = [one for one in known.by_number.values() if one.point is not None and one.standing != PlaceStanding.WITHDRAWN]
    points = [one.point for one in there] + [one.point for one in here]
    if not here:
        return
    tree = shapely.STRtree(shapely.points(np.asarray(points, dtype=float)))
    kinds = np.asarray([_ORDER[one.kind] for one in there] + [_ORDER[one.reading.values["kind"]] for one in here])
    for long in (False, True):
        asked = [n for n, one in enumerate(here) if (one.reading.values["kind"] in LONG_KINDS) == long]
        if not asked:
            continue
        # The box of degrees is generous; metres are measured below.
        reach = (NEAR_LONG_M if long else NEAR_M) * 1.2 / METRES_PER_DEGREE
        for start in range(0, len(asked), ASKED_AT_ONCE):
            portion = np.asarray(asked[start : start + ASKED_AT_ONCE])
            spots = shapely.points(np.asarray([here[n].point for n in portion], dtype=float))
            numbers, others = tree.query(spots, "dwithin", distance=reach)
            rows = portion[numbers]
            # Kinds that never meet leave here at once, and of two in one file the second asks: few of very many are left.
            meeting = _MEET[kinds[len(there) + rows], kinds[others]] & (others - len(there) < rows)
            for row, other in zip(rows[meeting].tolist(), others[meeting].tolist(), strict=True):
                _propose(here[row], there[other] if other < len(there) else here[other - len(there)])


def _look_by_name(fresh: Sequence[_Judged], known: _Known) -> None:
    """By an index over names: the same name in the same town, where one of the two has no position."""
    index: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for there in known.by_number.values():
        if there.standing != PlaceStanding.WITHDRAWN:
            index[there.town, there.tidy].append(there)
    for one in fresh:
        for other in index[one.town, one.tidy]:
            if one.point is None or other.point is None:
                _propose(one, other)
        index[one.town, one.tidy].append(one)


def _propose(one: _Judged, other: _There | _Judged) -> None:
    """Put the other beside it, when the rule says that a person should look."""
    if isinstance(other, _There):
        values: dict[str, Any] = dict(other.facts)
        named: dict[str, Any] = {"number": other.number, "row": None, "address": other.address}
    else:
        values = other.reading.values
        named = {"number": "", "row": other.row.position, "address": values.get("address", "")}
    kind, name = values["kind"], values["name"]
    alike = similarity(one.pairs, other.pairs)
    metres = distance_m(one.point, other.point) if one.point and other.point else None
    if not may_be_one(one.reading.values["kind"], kind, alike, metres, same_town=one.town == other.town):
        return
    assert one.candidates is not None
    beside = {
        **named, "name": name,
        "kind": kind, "metres": None if metres is None else round(metres), "alike": round(100 * alike),
        "manager": values.get("manager") or values.get("manager_name", ""),
    }  # fmt: skip
    one.candidates.append((alike - (metres or 0.0) / 1000, beside))


def _verdict(one: _Judged, known: _Known) -> None:
    """The row's state, its reasons, and what is to be done with it."""
    reading, row = one.reading, one.row
    number = reading.values.get("number", "")
    there = known.by_number.get(number) if number else None
    if there is not None and there.standing == PlaceStanding.WITHDRAWN:
        there = None
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
        best = [beside for _score, beside in sorted(one.candidates, key=lambda pair: -pair[0])[:MOST_CANDIDATES]]
        values["beside"] = best
        if _told_already(best[0], one, known):
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


def _told_already(best: dict[str, Any], one: _Judged, known: _Known) -> bool:
    """Whether the register says all of it already: the same file a second time."""
    there = known.by_number.get(best["number"]) if best["number"] else None
    if there is None or there.standing != PlaceStanding.OPEN or there.name != one.reading.values["name"]:
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
