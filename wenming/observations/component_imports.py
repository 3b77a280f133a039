"""Importing a list of components: preview, decide, confirm, bring in row by row, take back. Policy: 4.1.

A code is the row's identity: the same file again finds every row as it stands, a later file corrects what differs.
Each row comes in by a transaction of its own together with its verdict, so a kill at any row leaves no doubles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import shapely
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account, Unit
from wenming.refusals import NotAllowed, Refusal
from wenming.standards.models import Scheme
from wenming.territory.components.services import (
    PERMISSION,
    Drawn,
    Facts,
    correct_component,
    facts_of,
    register_component,
    restore_component,
    take_back_edition,
)
from wenming.territory.models import Component
from wenming.territory.rules.coordinates import Datum

from .batches import (
    BatchRefused,
    MappingDoesNotFit,
    batch_of,
    keep_batch,
    keep_verdicts,
    moved_on,
    read_batch,
    refuse_row,
    turn_ended,
    waiting_rows,
)
from .component_verdicts import judge
from .geo_tables import read_any
from .models import ImportBatch, ImportMapping, ImportRow
from .models.imports import About, BatchState, RowState
from .rules.component_rows import UNITS, proposed_columns
from .rules.mapping import unknown_columns

ROWS_PER_TURN = 100


def preview(
    content: bytes, name: str, *, datum: Datum, scheme: Scheme, by: Account, now: datetime
) -> ImportBatch:
    """Read the file and give every row a verdict, without bringing anything in.

    datum: what the person says the coordinates are in; it is never guessed. scheme: by which the codes' classes are
    read. Raises UnreadableTable, MappingDoesNotFit.
    """
    _allow(by)
    read = read_any(content, name)
    mapping = _fitting_mapping([column for column in read.table.header if column], name, by, now)
    batch, rows = read_batch(
        content, name, read.table, mapping, by=by, now=now, datum=datum.value, scheme=scheme.pk, declared=read.declared
    )
    judge(rows, batch, now)
    return keep_batch(batch, rows)


def judge_again(batch: ImportBatch, columns: dict[str, dict[str, str]], *, by: Account, now: datetime) -> ImportBatch:
    """Read the batch's rows by other columns, as long as nothing has come in; later files of this kind are read so too."""
    _refuse_begun(batch)
    if missing := unknown_columns(columns, batch.header):
        raise MappingDoesNotFit(_("文件里没有这些列：%(columns)s。") % {"columns": "、".join(missing)})
    batch.mapping = _save_mapping(batch.mapping.name, columns, by, now)
    rows = list(batch.rows.all())
    judge(rows, batch, now)
    return keep_verdicts(batch, rows, batch.mapping)


@transaction.atomic
def decide(batch: ImportBatch, *, accept: bool, rows: Collection[int] | None, by: Account, now: datetime) -> int:
    """Answer what the rows ask: come in as their reasons say, or stay out. rows: positions, None for all that ask.

    Rows decided after the batch has come in follow it; the number of rows decided comes back.
    """
    _allow(by)
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
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
    _allow(by)
    batch = moved_on(batch, BatchState.PREVIEWED, BatchState.RUNNING, _begun())
    ready = batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).count()
    journal.record("components.import-confirmed", by=by, about=batch, now=now, file=batch.file_hash, rows=ready)
    return batch


def bring_in_components(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed batch: a portion of rows, then another turn, until every row has its end."""
    batch = batch_of(entry)
    if batch.state != BatchState.RUNNING:
        return None
    rows = waiting_rows(batch, ROWS_PER_TURN)
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=_unit_codes(rows))}
    for row in rows:
        _bring_in(row, batch, units, now)
    return turn_ended(batch, rows, now)


@transaction.atomic
def undo(batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
    """Take a batch back: what it registered is withdrawn, what it changed is as before; what changed since stays."""
    _allow(by)
    batch = moved_on(batch, BatchState.DONE, BatchState.UNDONE, _("只有导入完成的批次可以撤销。"))
    journal.record("components.import-undone", by=by, about=batch, now=now)
    return batch


def take_back_components(entry: Entry, now: datetime) -> object:
    """The reaction to an undone batch, by portions, each row with its end in one transaction."""
    batch = batch_of(entry)
    rows = list(batch.rows.filter(state=RowState.DONE).select_related("component")[:ROWS_PER_TURN])
    for row in rows:
        _take_back(row, batch, now)
    return AGAIN if rows else None


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
        refuse_row(row, refused)


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


def _allow(by: Account) -> None:
    if not by.may(PERMISSION):
        raise NotAllowed()


def _refuse_begun(batch: ImportBatch) -> None:
    if batch.state != BatchState.PREVIEWED:
        raise BatchRefused(_begun())


def _begun() -> str:
    return _("这一批已经导入过了。要改请先撤销这一批，再导入一次。")
