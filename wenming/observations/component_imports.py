"""Importing a list of components: preview, decide, confirm, bring in row by row, take back. Policy: 4.1.

A code is the row's identity: the same file again finds every row as it stands, a later file corrects what differs.
Each row comes in by a transaction of its own together with its verdict, so a kill at any row leaves no doubles.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account, Unit
from wenming.refusals import NotAllowed, Refusal
from wenming.standards.models import ProblemType, Scheme
from wenming.territory.components.services import (
    PERMISSION,
    Drawn,
    Facts,
    correct_component,
    facts_of,
    in_cgcs2000,
    register_component,
    representative,
    restore_component,
    take_back_edition,
)
from wenming.territory.models import Area, Component, Standing
from wenming.territory.rules.component_codes import CodeUnreadable, ComponentCode, read_code
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.geometry import METRES_PER_DEGREE, distance_m
from wenming.territory.selectors import homes_of

from .geo_tables import read_any
from .imports import BatchRefused, MappingDoesNotFit
from .models import ImportBatch, ImportMapping, ImportRow
from .models.imports import About, BatchState, RowState
from .rules.component_rows import FIELDS, UNITS, Reading, proposed_columns, read_row
from .rules.mapping import unknown_columns

ROWS_PER_TURN = 100
ROWS_PER_TRANSACTION = 500
# Two of a kind nearer than this are asked about: it may be one component with two codes.
SAME_PLACE_M = 1.0
# Farther than a survey is wrong: the code may have been given to another component.
MOVED_M = 50.0
# The same point told by two programs differs in its last digits.
SAME_POINT_M = 0.05
_WORDS = {**FIELDS, "place": "位置"}


def preview(
    content: bytes, name: str, *, datum: Datum, scheme: Scheme, by: Account, now: datetime
) -> ImportBatch:
    """Read the file and give every row a verdict, without bringing anything in.

    datum: what the person says the coordinates are in; it is never guessed. scheme: by which the codes' classes are
    read. Raises UnreadableTable, MappingDoesNotFit.
    """
    if not by.may(PERMISSION):
        raise NotAllowed()
    read = read_any(content, name)
    header = [column for column in read.table.header if column]
    mapping = _fitting_mapping(header, name, by, now)
    batch = ImportBatch(
        mapping=mapping, file_name=name[-120:], file_hash=hashlib.sha256(content).hexdigest(), header=header,
        options={"datum": datum.value, "scheme": scheme.pk, "declared": read.declared}, created_at=now, created_by=by,
    )  # fmt: skip
    rows = [
        ImportRow(
            batch=batch, position=position, state=RowState.REFUSED,
            cells={column: _plain(cell) for column, cell in zip(read.table.header, cells, strict=False) if column},
        )
        for position, cells in enumerate(read.table.rows, start=2)
    ]  # fmt: skip
    _judge(rows, batch, now)
    with transaction.atomic():
        batch.save()
        for row in rows:
            row.batch_id = batch.pk
        for start in range(0, len(rows), ROWS_PER_TRANSACTION):
            ImportRow.objects.bulk_create(rows[start : start + ROWS_PER_TRANSACTION])
    return batch


def judge_again(batch: ImportBatch, columns: dict[str, dict[str, str]], *, by: Account, now: datetime) -> ImportBatch:
    """Read the batch's rows by other columns, as long as nothing has come in; later files of this kind are read so too."""
    _refuse_begun(batch)
    if missing := unknown_columns(columns, batch.header):
        raise MappingDoesNotFit(_("文件里没有这些列：%(columns)s。") % {"columns": "、".join(missing)})
    batch.mapping = _save_mapping(batch.mapping.name, columns, by, now)
    rows = list(batch.rows.all())
    _judge(rows, batch, now)
    for start in range(0, len(rows), ROWS_PER_TRANSACTION):
        portion = rows[start : start + ROWS_PER_TRANSACTION]
        ImportRow.objects.bulk_update(portion, ["state", "reasons", "understood"])
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=batch.mapping)
    return batch


@transaction.atomic
def decide(batch: ImportBatch, *, accept: bool, rows: Collection[int] | None, by: Account, now: datetime) -> int:
    """Answer what the rows ask: come in as their reasons say, or stay out. rows: positions, None for all that ask.

    Rows decided after the batch has come in follow it; the number of rows decided comes back.
    """
    batch = _locked(batch, by)
    if batch.state not in {BatchState.PREVIEWED, BatchState.DONE}:
        raise BatchRefused(_("这一批正在导入或者已经撤销，现在不能定。刷新页面看最新情况。"))
    asking = batch.rows.filter(state=RowState.DECIDE)
    if rows is not None:
        asking = asking.filter(position__in=rows)
    decided = asking.update(state=RowState.WARNED if accept else RowState.SKIPPED)
    if decided and accept and batch.state == BatchState.DONE:
        batch.state = BatchState.RUNNING
        batch.save(update_fields=["state"])
        journal.record("components.import-confirmed", by=by, about=batch, now=now, file=batch.file_hash, rows=decided)
    return decided


@transaction.atomic
def confirm(batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
    """Let the worker bring the rows in; those that still ask something wait for their answer."""
    batch = _locked(batch, by)
    _refuse_begun(batch)
    batch.state = BatchState.RUNNING
    batch.save(update_fields=["state"])
    ready = batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).count()
    journal.record("components.import-confirmed", by=by, about=batch, now=now, file=batch.file_hash, rows=ready)
    return batch


def bring_in_components(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed batch: a portion of rows, then another turn, until every row has its end."""
    batch = ImportBatch.objects.select_related("mapping", "created_by").get(pk=entry.about.split(":", 1)[1])
    if batch.state != BatchState.RUNNING:
        return None
    rows = list(batch.rows.filter(state__in=[RowState.READY, RowState.WARNED])[:ROWS_PER_TURN])
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=_unit_codes(rows))}
    for row in rows:
        _bring_in(row, batch, units, now)
    if rows:
        return AGAIN
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(state=BatchState.DONE, finished_at=now)
    return None


@transaction.atomic
def undo(batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
    """Take a batch back: what it registered is withdrawn, what it changed is as before; what changed since stays."""
    batch = _locked(batch, by)
    if batch.state != BatchState.DONE:
        raise BatchRefused(_("只有导入完成的批次可以撤销。"))
    batch.state = BatchState.UNDONE
    batch.save(update_fields=["state"])
    journal.record("components.import-undone", by=by, about=batch, now=now)
    return batch


def take_back_components(entry: Entry, now: datetime) -> object:
    """The reaction to an undone batch, by portions, each row with its end in one transaction."""
    batch = ImportBatch.objects.select_related("created_by").get(pk=entry.about.split(":", 1)[1])
    rows = list(batch.rows.filter(state=RowState.DONE).select_related("component")[:ROWS_PER_TURN])
    for row in rows:
        _take_back(row, batch, now)
    return AGAIN if rows else None


# --- verdicts --------------------------------------------------------------------------------------------------------


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


def _judge(rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
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
    except shapely.errors.ShapelyError:
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
            one.row.understood = {name: _plain(value) for name, value in values.items()}
            return
    if reading.refusals:
        one.row.state = RowState.REFUSED
    elif reading.questions:
        one.row.state = RowState.DECIDE
    else:
        one.row.state = RowState.WARNED if reading.notes else RowState.READY
    one.row.reasons = [*reading.refusals, *reading.questions, *reading.notes]
    one.row.understood = {name: _plain(value) for name, value in values.items()}


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


# --- one row ---------------------------------------------------------------------------------------------------------


def _bring_in(row: ImportRow, batch: ImportBatch, units: dict[str, Unit], now: datetime) -> None:
    """One row becomes one edition; a refusal becomes the row's reason, and the batch goes on."""
    try:
        with transaction.atomic():
            # Row and register in one transaction: killed before it, the row still waits; after it, it is done.
            component, first, last = _told(row, batch, units, now)
            facts = {**row.understood, "editions": [first, last]}
            ImportRow.objects.filter(pk=row.pk).update(state=RowState.DONE, component=component, understood=facts)
    except Refusal as refused:
        ImportRow.objects.filter(pk=row.pk).update(state=RowState.REFUSED, reasons=[*row.reasons, str(refused)])


def _told(row: ImportRow, batch: ImportBatch, units: dict[str, Unit], now: datetime) -> tuple[Component, int, int]:
    """What the row tells, told to the register; with the first and the last edition that it made."""
    values, by = row.understood, batch.created_by
    source = _("导入 %(batch)d：%(file)s 第 %(row)d 行") % {
        "batch": batch.pk, "file": batch.file_name[-100:], "row": row.position,
    }  # fmt: skip
    where = Drawn(shapely.from_wkt(values["wkt"]), Datum(values["datum"]), values.get("address", ""))
    today = timezone.localdate(now)
    said_on = date.fromisoformat(values["on"]) if values.get("on") else today
    if values["act"] == "register":
        facts = _facts(Facts(values["kind"]), values, units)
        made = register_component(values["code"], facts, where, on=said_on, by=by, now=now, source=source)
        return made, made.editions_count, made.editions_count
    found = Component.objects.select_related("placement", "owner", "supervisor", "caretaker").get(code=values["code"])
    on, seen = max(min(said_on, today), found.valid_from), values["edition"]
    if values["act"] == "restore":
        found = restore_component(found, reason="", on=on, by=by, now=now, source=source, expected_edition=seen)
        seen += 1
    place = where if values.get("moves") else None
    facts = _facts(facts_of(found), values, units)
    if place is not None or facts != facts_of(found):
        found = correct_component(
            found, facts, place, reason="", on=on, by=by, now=now, source=source, expected_edition=seen
        )
    return found, values["edition"] + 1, found.editions_count


def _facts(before: Facts, values: dict[str, Any], units: dict[str, Unit]) -> Facts:
    """What the row tells; what it leaves empty stays as it was."""
    told: dict[str, Any] = {name: values[name] for name in ("name", "condition", "note") if values.get(name)}
    told |= {name: units[values[name]] for name in UNITS if values.get(name) in units}
    return replace(before, **told)


def _take_back(row: ImportRow, batch: ImportBatch, now: datetime) -> None:
    assert row.component is not None
    first, last = row.understood["editions"]
    source = _("撤销导入 %(batch)d") % {"batch": batch.pk}
    with transaction.atomic():
        taken = take_back_edition(row.component, first, through=last, by=batch.created_by, now=now, source=source)
        ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE if taken else RowState.KEPT)


def _unit_codes(rows: Sequence[ImportRow]) -> set[str]:
    return {code for row in rows for name in UNITS if (code := row.understood.get(name))}


# --- mappings and batches --------------------------------------------------------------------------------------------


def _fitting_mapping(header: Sequence[str], name: str, by: Account, now: datetime) -> ImportMapping:
    """The columns last chosen for a file with just these; else a proposal by the usual names, to be looked at."""
    for saved in ImportMapping.objects.filter(about=About.COMPONENTS).order_by("-saved_at"):
        if saved.options.get("header") == list(header):
            return saved
    title = f"{name.rsplit('/', 1)[-1][:40]} {hashlib.sha256('|'.join(header).encode()).hexdigest()[:8]}"
    columns = proposed_columns(header)
    return _save_mapping(title, columns, by, now, header)


@transaction.atomic
def _save_mapping(
    name: str, columns: dict[str, dict[str, str]], by: Account, now: datetime, header: Sequence[str] | None = None
) -> ImportMapping:
    mapping = ImportMapping.objects.filter(name=name).first() or ImportMapping(name=name, source="components")
    mapping.about, mapping.columns, mapping.saved_at, mapping.saved_by = About.COMPONENTS, dict(columns), now, by.username
    if header is not None:
        mapping.options = {"header": list(header)}
    mapping.save()
    journal.record("import.mapping-saved", by=by, about=mapping, now=now, name=name, columns=dict(columns))
    return mapping


def _locked(batch: ImportBatch, by: Account) -> ImportBatch:
    if not by.may(PERMISSION):
        raise NotAllowed()
    return ImportBatch.objects.select_for_update().get(pk=batch.pk)


def _refuse_begun(batch: ImportBatch) -> None:
    if batch.state != BatchState.PREVIEWED:
        raise BatchRefused(_("这一批已经导入过了。要改请先撤销这一批，再导入一次。"))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

