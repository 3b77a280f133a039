"""What each row of a list of components would do to the register, told before it does it. Policy: 4.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import shapely
from django.utils import timezone

from wenming.organisations.models import Unit
from wenming.refusals import Refusal
from wenming.standards.models import ProblemType, Scheme
from wenming.territory.components.services import Drawn, facts_of, in_cgcs2000, representative
from wenming.territory.models import Area, Component, Standing
from wenming.territory.rules.component_codes import CodeUnreadable, ComponentCode, read_code
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.geometry import METRES_PER_DEGREE, distance_m
from wenming.territory.selectors import homes_of

from .batches import ROWS_PER_TRANSACTION, plain
from .models import ImportBatch, ImportRow
from .models.imports import RowState
from .rules.component_rows import FIELDS, UNITS, read_row
from .rules.reading import Reading

# Two of a kind nearer than this are asked about: it may be one component with two codes.
SAME_PLACE_M = 1.0
# Farther than a survey is wrong: the code may have been given to another component.
MOVED_M = 50.0
# The same point told by two programs differs in its last digits.
SAME_POINT_M = 0.05
_WORDS = {**FIELDS, "place": "位置"}


def judge(rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
    """Give every row its verdict; nothing is asked of the database row by row."""
    today, zone = timezone.localdate(now), timezone.get_default_timezone()
    judged = [_Judged(row, read_row(row.cells, batch.mapping.columns, zone=zone, today=today)) for row in rows]
    seen: Counter[str] = Counter()
    for one in judged:
        _read_code(one, seen)
    known = _known(batch, [str(one.code) for one in judged if one.code], today)
    for one in judged:
        _read_kind(one, known)
        _read_units(one, known)
        _read_place(one, known)
    _look_around(judged, known)
    for one in judged:
        _verdict(one, known)


@dataclass(frozen=True)
class _Known:
    """What all rows are compared with; asked once for the file."""

    datum: Datum
    scheme_code: str
    kinds: dict[str, str]
    names: dict[str, str]
    units: dict[str, list[str]]
    divisions: frozenset[str]
    components: dict[str, Component]
    today: date


@dataclass
class _Judged:
    """One row on its way to a verdict."""

    row: ImportRow
    reading: Reading
    code: ComponentCode | None = None
    drawn: Drawn | None = None
    point: tuple[float, float] | None = None


def _read_code(one: _Judged, seen: Counter[str]) -> None:
    try:
        one.code = read_code(one.reading.values.get("code"))
    except CodeUnreadable as wrong:
        one.reading.refusals.append(str(wrong))
        return
    seen[str(one.code)] += 1
    if seen[str(one.code)] > 1:
        one.reading.refusals.append("这个标识码在本文件里出现过了")


def _known(batch: ImportBatch, codes: Sequence[str], today: date) -> _Known:
    scheme = Scheme.objects.get(pk=batch.options["scheme"])
    types = list(ProblemType.objects.filter(scheme=scheme, kind="component").select_related("scheme"))
    units: dict[str, list[str]] = {}
    for code, name, short in Unit.objects.filter(valid_to=None).values_list("code", "name", "short_name"):
        for key in {code, name, short}:
            units.setdefault(key, []).append(code)
    components: dict[str, Component] = {}
    joined = Component.objects.select_related("placement", "owner", "supervisor", "caretaker")
    for start in range(0, len(codes), ROWS_PER_TRANSACTION):
        components |= {one.code: one for one in joined.filter(code__in=codes[start : start + ROWS_PER_TRANSACTION])}
    areas = Area.objects.values_list("code", flat=True)
    return _Known(
        Datum(batch.options["datum"]), scheme.code, {one.code: one.full_code for one in types},
        {key: one.code for one in types for key in (one.name, one.code, one.short_code, one.full_code)}, units,
        frozenset(code[:6] for code in areas), components, today,
    )  # fmt: skip


def _read_kind(one: _Judged, known: _Known) -> None:
    if one.code is None:
        return
    if one.code.division not in known.divisions:
        one.reading.refusals.append(f"标识码前 6 位 {one.code.division} 不是本市的区划代码")
    kind = known.kinds.get(one.code.kind_digits)
    if kind is None:
        one.reading.refusals.append(f"标识码第 7–10 位 {one.code.kind_digits} 在所选的分类里没有这个小类")
        return
    said = one.reading.values.pop("kind", "")
    if said and known.names.get(said) != one.code.kind_digits and said.zfill(4) != one.code.kind_digits:
        one.reading.questions.append(f"小类列写的是“{said[:20]}”，标识码里是 {one.code.kind_digits}，接受则以标识码为准")
    one.reading.values["kind"] = kind


def _read_units(one: _Judged, known: _Known) -> None:
    for name in UNITS:
        said = one.reading.values.get(name)
        if not said:
            continue
        found = known.units.get(said, [])
        if len(found) == 1:
            one.reading.values[name] = found[0]
            continue
        del one.reading.values[name]
        why = "登记的单位里没有" if not found else "登记的单位里不止一个"
        one.reading.questions.append(f"{FIELDS[name]}“{said[:30]}”{why}，接受则这一项先空着")


def _read_place(one: _Judged, known: _Known) -> None:
    """The geometry, of the file's own column of shapes before its longitude and latitude."""
    values = one.reading.values
    text, lon, lat = values.pop("geometry", None), values.pop("longitude", None), values.pop("latitude", None)
    try:
        if text is not None:
            geometry = shapely.from_wkt(text)
        elif lon is not None and lat is not None:
            geometry = shapely.Point(lon, lat)
        else:
            return
        drawn = Drawn(geometry, known.datum, values.get("address", ""))
        point = representative(in_cgcs2000(drawn))
    except (shapely.errors.ShapelyError, UnicodeDecodeError):  # GEOS cuts what it repeats in the middle of a character
        one.reading.refusals.append(f"图形读不懂：{str(text)[:30]}")
        return
    except Refusal as refused:
        one.reading.refusals.append(str(refused).rstrip("。"))
        return
    one.drawn, one.point = drawn, (point.x, point.y)
    values["wkt"] = shapely.to_wkt(geometry, rounding_precision=9, output_dimension=2)


def _look_around(judged: Sequence[_Judged], known: _Known) -> None:
    """Outside the city: refused. Another of its kind at the same place, in the register or in the file: asked about."""
    placed = [one for one in judged if one.point is not None]
    if not placed:
        return
    lons, lats = [one.point[0] for one in placed], [one.point[1] for one in placed]  # type: ignore[index]
    for one, home in zip(placed, homes_of(lons, lats), strict=True):
        if home is None:
            one.reading.refusals.append("位置不在本市范围内。坐标系选对了吗？")
    fresh = [one for one in placed if one.code and not one.reading.refusals and str(one.code) not in known.components]
    there = _standing_there({one.reading.values["kind"] for one in fresh})
    there += [(str(one.code), one.reading.values["kind"], *one.point) for one in fresh]  # type: ignore[misc]
    if not fresh or not there:
        return
    tree = shapely.STRtree(shapely.points([(lon, lat) for _c, _k, lon, lat in there]))
    asked = shapely.points([one.point for one in fresh])
    pairs = tree.query(asked, "dwithin", distance=2 * SAME_PLACE_M / METRES_PER_DEGREE)
    for number, other in zip(*np.asarray(pairs), strict=True):
        one, (code, kind, lon, lat) = fresh[number], there[other]
        # Of two in one file, the second asks.
        if code == str(one.code) or kind != one.reading.values["kind"] or _later(other, number, there, fresh):
            continue
        if distance_m(one.point, (lon, lat)) <= SAME_PLACE_M:
            one.reading.questions.append(f"同一处已有同类部件 {code}，可能是同一个；接受则两个都登记")


def _later(other: int, number: int, there: Sequence[object], fresh: Sequence[object]) -> bool:
    """Whether what stands there is a row of this file that comes after."""
    return other - (len(there) - len(fresh)) > number


def _standing_there(kinds: set[str]) -> list[tuple[str, str, float, float]]:
    rows = Component.objects.filter(kind_code__in=kinds, standing=Standing.IN_USE)
    told = rows.values_list("code", "kind_code", "placement__longitude", "placement__latitude")
    return [(code, kind, lon, lat) for code, kind, lon, lat in told if lon is not None and lat is not None]


def _verdict(one: _Judged, known: _Known) -> None:
    """The row's state, its reasons, and what is to be done with it."""
    reading = one.reading
    component = known.components.get(str(one.code)) if one.code else None
    if component is not None and component.standing == Standing.WITHDRAWN:
        component = None
    values = {**reading.values, "code": str(one.code or ""), "datum": known.datum.value, "act": "register"}
    if component is not None and not reading.refusals:
        values |= {"act": "correct", "edition": component.editions_count}
        changed = _changes(component, one, reading)
        values["moves"] = "位置" in changed
        if component.standing == Standing.RETIRED:
            values["act"] = "restore"
            reading.questions.append("这个部件已经注销，接受则恢复在册")
        elif changed and not reading.questions:
            reading.notes.append(f"已登记，将更正：{'、'.join(changed)}")
        elif not changed and not reading.questions:
            one.row.state, one.row.reasons = RowState.KNOWN, ["和登记的一样"]
            one.row.understood = {name: plain(value) for name, value in values.items()}
            return
    if reading.refusals:
        one.row.state = RowState.REFUSED
    elif reading.questions:
        one.row.state = RowState.DECIDE
    else:
        one.row.state = RowState.WARNED if reading.notes else RowState.READY
    one.row.reasons = [*reading.refusals, *reading.questions, *reading.notes]
    one.row.understood = {name: plain(value) for name, value in values.items()}


def _changes(component: Component, one: _Judged, reading: Reading) -> list[str]:
    """In which fields the row tells something else than the register, in the list's words."""
    facts, values = facts_of(component), reading.values
    changed = []
    for name, column in (("name", "name"), ("condition", "condition"), ("note", "note"), *((each, each) for each in UNITS)):
        is_now = getattr(facts, name)
        if (told := values.get(column)) and told != (is_now.code if isinstance(is_now, Unit) else is_now):
            changed.append(_WORDS[column])
    if (moved := _moved(component, one)) is not None:
        changed.append("位置")
        if moved > MOVED_M:
            reading.questions.append(f"和登记的位置相差 {moved:.0f} 米，接受则改到新位置")
    return changed


def _moved(component: Component, one: _Judged) -> float | None:
    """How far the row moves the component; None where it stands as registered."""
    assert one.drawn is not None and one.point is not None
    new = in_cgcs2000(one.drawn)
    outline = component.outline is not None
    far = distance_m(component.placement.point or (0.0, 0.0), one.point)
    if new.geom_type in {"Point", "MultiPoint"}:
        return far if far > SAME_POINT_M or outline else None
    same = outline and new.equals_exact(component.geometry, SAME_POINT_M / METRES_PER_DEGREE)
    return None if same else far
