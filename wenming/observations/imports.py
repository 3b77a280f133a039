"""Importing an export of another system: preview, confirm, bring in by portions, undo. Policy: 4.2.

Every row of the file ends with a verdict. The same file again finds its rows there (by the source's own number).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal
from wenming.standards.models import ProblemType
from wenming.territory.models import Area
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .models import Channel, ImportBatch, ImportMapping, ImportRow, Report
from .models.imports import About, BatchState, RowState
from .rules.mapping import Reading, proposed_columns, read_row, unknown_columns
from .services import Where, receive_report
from .tables import read_table

ROWS_PER_TURN = 50
ROWS_PER_TRANSACTION = 500


class MappingDoesNotFit(BadInput):
    code = "import.mapping"


class BatchRefused(Refusal):
    code = "import.step-refused"


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
    batch = ImportBatch.objects.create(
        mapping=mapping, file_name=name[-120:], file_hash=hashlib.sha256(content).hexdigest(),
        header=[name for name in table.header if name], created_at=now, created_by=by,
    )  # fmt: skip
    rows = [
        ImportRow(
            batch=batch, position=position, state=RowState.REFUSED,
            cells={name: _plain(value) for name, value in zip(table.header, values, strict=False) if name},
        )
        for position, values in enumerate(table.rows, start=2)
    ]  # fmt: skip
    _judge(rows, mapping, now)
    for start in range(0, len(rows), ROWS_PER_TRANSACTION):
        ImportRow.objects.bulk_create(rows[start : start + ROWS_PER_TRANSACTION])
    return batch


def judge_again(batch: ImportBatch, mapping: ImportMapping, *, now: datetime) -> ImportBatch:
    """Read the batch's rows by another mapping, as long as nothing has come in."""
    if batch.state != BatchState.PREVIEWED:
        raise BatchRefused(_("这一批已经导入，不能再改列的对应。要改请先撤销这一批。"))
    _refuse_missing(mapping, batch.header)
    rows = list(batch.rows.all())
    _judge(rows, mapping, now)
    for start in range(0, len(rows), ROWS_PER_TRANSACTION):
        portion = rows[start : start + ROWS_PER_TRANSACTION]
        ImportRow.objects.bulk_update(portion, ["state", "reasons", "understood"])
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=mapping)
    batch.mapping = mapping
    return batch


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
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.PREVIEWED:
        raise BatchRefused(_("这一批已经导入过了。刷新页面就能看到结果。"))
    batch.state = BatchState.RUNNING
    batch.save(update_fields=["state"])
    journal.record("import.confirmed", by=by, about=batch, now=now, file=batch.file_hash, rows=batch.rows.count())
    return batch


def bring_in_rows(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed import: one portion, then another turn, until every row has its end."""
    batch = ImportBatch.objects.select_related("mapping", "created_by").get(pk=entry.about.split(":", 1)[1])
    rows = list(batch.rows.filter(state__in=[RowState.READY, RowState.WARNED])[:ROWS_PER_TURN])
    context = _Context.of(batch)
    for row in rows:
        _bring_in(row, batch, context, now)
    if rows:
        return AGAIN
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(state=BatchState.DONE, finished_at=now)
    return None


@transaction.atomic
def undo(batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
    """Take a batch back: its reports count as withdrawn and may come in again; what people worked on stays.

    The cases follow by reaction (`import.undone`), which leaves those alone that somebody has acted upon.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.DONE:
        raise BatchRefused(_("只有导入完成的批次可以撤销。"))
    batch.state = BatchState.UNDONE
    batch.save(update_fields=["state"])
    journal.record("import.undone", by=by, about=batch, now=now)
    return batch


@transaction.atomic
def withdraw_row(row: ImportRow, *, now: datetime) -> None:
    """One report of an undone batch is withdrawn; called when its case allowed it."""
    assert row.report is not None
    Report.objects.filter(pk=row.report.pk).update(withdrawn_at=now)
    ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE)


def verdicts(batch: ImportBatch) -> dict[str, int]:
    """{row state: number of rows}, every state named."""
    counts = dict(batch.rows.values_list("state").annotate(n=Count("pk")))
    return {state: counts.get(state, 0) for state in RowState.values}


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
        row.understood = {name: _plain(value) for name, value in reading.values.items()}
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
        ImportRow.objects.filter(pk=row.pk).update(state=RowState.REFUSED, reasons=[*row.reasons, str(refused)])
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


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
