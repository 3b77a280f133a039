"""Importing an export of another system: preview, confirm, bring in by portions, undo. Policy: 4.2.

Every row of the file ends with a verdict. The same file again finds its rows there (by the source's own number).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.standards.models import ProblemType
from wenming.territory.models import Area
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .batches import (
    BatchRefused,
    MappingDoesNotFit,
    batch_of,
    keep_batch,
    keep_verdicts,
    moved_on,
    plain,
    read_batch,
    refuse_row,
    turn_ended,
    waiting_rows,
)
from .models import Channel, ImportBatch, ImportMapping, ImportRow, Report
from .models.imports import About, BatchState, RowState
from .rules.mapping import Reading, proposed_columns, read_row, unknown_columns
from .services import Where, receive_report
from .tables import read_table

ROWS_PER_TURN = 50


@transaction.atomic
def save_mapping(
    *, name: str, source: str, columns: Mapping[str, Any], options: Mapping[str, Any], by: Account | None, now: datetime
) -> ImportMapping:
    """Keep how a kind of file is read, under a name; saving the same name again changes later imports only."""
    mapping, _new = ImportMapping.objects.update_or_create(
        name=name,
        defaults={
            "source": source, "columns": dict(columns), "options": dict(options), "saved_at": now,
            "saved_by": by.username if by else "",
        },
    )  # fmt: skip
    journal.record("import.mapping-saved", by=by, about=mapping, now=now, name=name, columns=dict(columns))
    return mapping


def preview(content: bytes, name: str, mapping: ImportMapping, *, by: Account | None, now: datetime) -> ImportBatch:
    """Read the file and give every row a verdict, without bringing anything in.

    Raises UnreadableTable, and MappingDoesNotFit when a column that the mapping names is not in the file.
    """
    table = read_table(content, name)
    _refuse_missing(mapping, table.header)
    batch, rows = read_batch(content, name, table, mapping, by=by, now=now)
    _judge(rows, mapping, now)
    return keep_batch(batch, rows)


def judge_again(batch: ImportBatch, mapping: ImportMapping, *, now: datetime) -> ImportBatch:
    """Read the batch's rows by another mapping, as long as nothing has come in."""
    if batch.state != BatchState.PREVIEWED:
        raise BatchRefused(_("这一批已经导入，不能再改列的对应。要改请先撤销这一批。"))
    _refuse_missing(mapping, batch.header)
    rows = list(batch.rows.all())
    _judge(rows, mapping, now)
    return keep_verdicts(batch, rows, lambda: mapping)


def fitting_mapping(content: bytes, name: str, *, by: Account | None, now: datetime) -> ImportMapping:
    """The saved mapping that fits the file best, else a proposal by the usual names of columns, saved under the file's name."""
    header = read_table(content, name).header
    ours = ImportMapping.objects.filter(about=About.REPORTS).order_by("-saved_at")
    saved = [m for m in ours if not unknown_columns(m.columns, header)]
    if saved:
        return max(saved, key=lambda mapping: len(mapping.columns))
    title = name.rsplit("/", 1)[-1][:50]
    return save_mapping(name=title, source=title[:32], columns=proposed_columns(header), options={}, by=by, now=now)


@transaction.atomic
def confirm(batch: ImportBatch, *, by: Account | None, now: datetime) -> ImportBatch:
    """Let the worker bring the rows in, by portions; a killed worker goes on where it stopped."""
    otherwise = _("这一批已经导入过了。刷新页面就能看到结果。")
    batch = moved_on(batch, BatchState.PREVIEWED, BatchState.RUNNING, otherwise)
    journal.record("import.confirmed", by=by, about=batch, now=now, file=batch.file_hash, rows=batch.rows.count())
    return batch


def bring_in_rows(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed import: one portion, then another turn, until every row has its end."""
    batch = batch_of(entry)
    rows = waiting_rows(batch, ROWS_PER_TURN)
    context = _Context.of(batch)
    for row in rows:
        _bring_in(row, batch, context, now)
    return turn_ended(batch, rows, now)


@transaction.atomic
def undo(batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
    """Take a batch back: its reports count as withdrawn and may come in again; what people worked on stays.

    The cases follow by reaction (`import.undone`), which leaves those alone that somebody has acted upon.
    """
    batch = moved_on(batch, BatchState.DONE, BatchState.UNDONE, _("只有导入完成的批次可以撤销。"))
    journal.record("import.undone", by=by, about=batch, now=now)
    return batch


@transaction.atomic
def withdraw_row(row: ImportRow, *, now: datetime) -> None:
    """One report of an undone batch is withdrawn; called when its case allowed it."""
    assert row.report is not None
    Report.objects.filter(pk=row.report.pk).update(withdrawn_at=now)
    ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE)


@dataclass(frozen=True)
class _Context:
    """What a portion of rows looks up again and again."""

    towns: dict[str, Area]
    types: dict[str, ProblemType]

    @classmethod
    def of(cls, batch: ImportBatch) -> _Context:
        types = ProblemType.objects.select_related("scheme").filter(scheme__published_at__isnull=False)
        return cls(_towns(), {kind.full_code: kind for kind in types})


def _towns() -> dict[str, Area]:
    """Every way to name a town of this city: code, full name, short name."""
    return {key: town for town in towns() for key in (town.code, town.name, town.short_name)}


def _refuse_missing(mapping: ImportMapping, header: list[str]) -> None:
    missing = unknown_columns(mapping.columns, header)
    if missing:
        raise MappingDoesNotFit(
            _("文件里没有这些列：%(columns)s。请选别的对应方案，或者先改方案。") % {"columns": "、".join(missing)}
        )


def _judge(rows: list[ImportRow], mapping: ImportMapping, now: datetime) -> None:
    """Give every row its verdict by a mapping."""
    here = Report.objects.filter(source=mapping.source, withdrawn_at=None)
    known, seen = set(here.values_list("source_number", flat=True)), set[str]()
    zone, here_towns = timezone.get_default_timezone(), _towns()
    for row in rows:
        reading = read_row(row.cells, mapping.columns, zone=zone, now=now)
        number, town = str(reading.values.get("source_number", "")), reading.values.get("town")
        if town and town not in here_towns:
            reading.notes.append(_("镇街“%(town)s”不是本市的镇街，归属留空") % {"town": town[:20]})
        row.state = _verdict(reading, number, known, seen)
        row.reasons = [*reading.refusals, *reading.notes]
        row.understood = {name: plain(value) for name, value in reading.values.items()}
        seen.add(number)


def _verdict(reading: Reading, number: str, known: set[str], seen: set[str]) -> str:
    if number and number in seen:
        reading.refusals.append(_("这个编号在本文件里出现过了"))
    if reading.refusals:
        return RowState.REFUSED
    if number in known:
        return RowState.KNOWN
    return RowState.WARNED if reading.notes else RowState.READY


def _bring_in(row: ImportRow, batch: ImportBatch, context: _Context, now: datetime) -> None:
    """One row becomes one report; a refusal becomes the row's reason, and the batch goes on."""
    values = row.understood
    received = datetime.fromisoformat(values["received_at"])
    try:
        with transaction.atomic():
            receipt = receive_report(
                channel=values.get("channel") or Channel.HOTLINE, client_id=f"import:{batch.pk}:{row.position}",
                where=_where(values, batch, context), now=received, seen_at=received, text=values["text"],
                problem_type=context.types.get(values.get("problem_type") or ""), by=batch.created_by,
                wish="never", source=batch.mapping.source, source_number=str(values["source_number"]),
            )  # fmt: skip
            _tell_history(receipt.report, row, batch, now)
    except Refusal as refused:
        refuse_row(row, refused)
        return
    ImportRow.objects.filter(pk=row.pk).update(state=RowState.DONE, report=receipt.report)


def _tell_history(report: Report, row: ImportRow, batch: ImportBatch, now: datetime) -> None:
    """Where the source knows what became of it, say so: cases replay it under their own rules."""
    values = row.understood
    history = {name: values[name] for name in ("replied_at", "unit", "hand_overs") if values.get(name) is not None}
    if "replied_at" in history or batch.mapping.options.get("dispatch"):
        journal.record(
            "report.history-imported", by=batch.created_by, about=report, now=report.received_at, batch=batch.pk,
            row=row.pk, options=batch.mapping.options, **history,
        )  # fmt: skip


def _where(values: Mapping[str, Any], batch: ImportBatch, context: _Context) -> Where:
    if values.get("longitude") is not None and values.get("latitude") is not None:
        datum = Datum(batch.mapping.options.get("datum", Datum.WGS84))
        return Where(values["longitude"], values["latitude"], datum, "map", None, values.get("address") or "")
    return Where(address=values.get("address") or "", town=context.towns.get(values.get("town") or ""))
