"""Importing a list row by row: preview, decide, confirm, take back. What a row means is said by each kind of list.

`component_imports.py`, `place_imports.py` and `premises_imports.py` are the kinds; the life of a batch is `batches.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import NotAllowed
from wenming.territory.rules.coordinates import Datum

from .batches import BatchRefused, MappingDoesNotFit, begun_words, keep_batch, keep_verdicts, moved_on, read_batch
from .geo_tables import read_any
from .models import ImportBatch, ImportMapping, ImportRow
from .models.imports import BatchState, RowState
from .rules.mapping import unknown_columns


class RowImport:
    """One kind of list. about, permission and the two actions are its own, and so are `propose` and `judge`."""

    about: str
    permission: str
    confirmed_action: str
    undone_action: str

    def propose(self, header: Sequence[str]) -> dict[str, dict[str, str]]:
        """Which column probably means what."""
        raise NotImplementedError

    def judge(self, rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
        """Give every row its verdict."""
        raise NotImplementedError

    def correcting(self, row: ImportRow, number: str) -> dict[str, Any] | None:
        """What the row would do to the thing of this number, as a correction of it; None where there is no such thing."""
        return None

    def preview(self, content: bytes, name: str, *, datum: Datum, by: Account, now: datetime, **options: Any) -> ImportBatch:
        """Read the file and give every row a verdict, without bringing anything in.

        datum: what the person says the coordinates are in; it is never guessed. Raises UnreadableTable, MappingDoesNotFit.
        """
        self._allow(by)
        read = read_any(content, name)
        mapping = self._fitting_mapping([column for column in read.table.header if column], name, by, now)
        batch, rows = read_batch(
            content, name, read.table, mapping, by=by, now=now, datum=datum.value, declared=read.declared, **options
        )
        self.judge(rows, batch, now)
        return keep_batch(batch, rows)

    def judge_again(self, batch: ImportBatch, columns: dict[str, dict[str, str]], *, by: Account, now: datetime) -> ImportBatch:
        """Read the batch's rows by other columns, as long as nothing has come in; later files of this kind are read so too."""
        self._refuse_other_columns(batch, columns, by)
        name, rows = batch.mapping.name, list(batch.rows.all())
        batch.mapping.columns = dict(columns)
        self.judge(rows, batch, now)
        return keep_verdicts(batch, rows, lambda: self._save_mapping(name, columns, by, now))

    def by_other_columns(self, batch: ImportBatch, columns: dict[str, dict[str, str]], by: Account, now: datetime) -> ImportBatch:
        """The batch with what its columns mean now; its rows are still to be judged by it. Needs a transaction."""
        self._refuse_other_columns(batch, columns, by)
        batch.mapping = self._save_mapping(batch.mapping.name, columns, by, now)
        return batch

    def _refuse_other_columns(self, batch: ImportBatch, columns: dict[str, dict[str, str]], by: Account) -> None:
        self._allow(by)
        if batch.state != BatchState.PREVIEWED:
            raise BatchRefused(begun_words())
        if missing := unknown_columns(columns, batch.header):
            raise MappingDoesNotFit(_("文件里没有这些列：%(columns)s。") % {"columns": "、".join(missing)})

    @transaction.atomic
    def decide(self, batch: ImportBatch, *, accept: bool, rows: Collection[int] | None, by: Account, now: datetime) -> int:
        """Answer what the rows ask: come in as their reasons say, or stay out. rows: positions, None for all that ask.

        Rows decided after the batch has come in follow it; the number of rows decided comes back.
        """
        batch = self.deciding(batch, by)
        asking = batch.rows.filter(state=RowState.DECIDE)
        if rows is not None:
            asking = asking.filter(position__in=rows)
        decided = asking.update(state=RowState.WARNED if accept else RowState.SKIPPED)
        if decided and accept:
            self.go_on(batch, decided, by, now)
        return decided

    @transaction.atomic
    def same(self, batch: ImportBatch, *, rows: Collection[int], by: Account, now: datetime) -> int:
        """是同一个: each of these rows tells of what stands beside it. What the row says goes into that dossier.

        Where the other one is a row of this file, this one stays out: the first telling counts. How many were decided.
        """
        batch = self.deciding(batch, by)
        decided, corrected = 0, 0
        for row in batch.rows.filter(state=RowState.DECIDE, position__in=rows):
            beside = (row.understood.get("beside") or [None])[0]
            if beside is None:
                continue
            facts = self.correcting(row, beside["number"]) if beside["number"] else None
            if facts is not None:
                row.state, row.understood = RowState.WARNED, facts
                row.reasons = [_("认定和 %(number)s 是同一个，更正它的档案") % {"number": beside["number"]}]
                corrected += 1
            else:
                row.state = RowState.SKIPPED
                row.reasons = [_("认定和第 %(row)s 行是同一个，以那一行为准") % {"row": beside["row"]}]
            row.save(update_fields=["state", "understood", "reasons"])
            decided += 1
        if corrected:
            self.go_on(batch, corrected, by, now)
        return decided

    def deciding(self, batch: ImportBatch, by: Account) -> ImportBatch:
        """The batch, locked, as long as its rows may be decided. Needs a transaction."""
        self._allow(by)
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if batch.state not in {BatchState.PREVIEWED, BatchState.DONE}:
            raise BatchRefused(_("这一批正在导入或者已经撤销，现在不能定。刷新页面看最新情况。"))
        return batch

    def go_on(self, batch: ImportBatch, decided: int, by: Account, now: datetime) -> None:
        """Rows decided after the batch has come in follow it."""
        if batch.state == BatchState.DONE:
            batch.state = BatchState.RUNNING
            batch.save(update_fields=["state"])
            journal.record(self.confirmed_action, by=by, about=batch, now=now, file=batch.file_hash, rows=decided)

    @transaction.atomic
    def confirm(self, batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
        """Let the worker bring the rows in; those that still ask something wait for their answer."""
        self._allow(by)
        batch = moved_on(batch, BatchState.PREVIEWED, BatchState.RUNNING, begun_words())
        ready = batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).count()
        journal.record(self.confirmed_action, by=by, about=batch, now=now, file=batch.file_hash, rows=ready)
        return batch

    @transaction.atomic
    def undo(self, batch: ImportBatch, *, by: Account, now: datetime) -> ImportBatch:
        """Take a batch back: what it registered is withdrawn, what it changed is as before; what changed since stays."""
        self._allow(by)
        batch = moved_on(batch, BatchState.DONE, BatchState.UNDONE, _("只有导入完成的批次可以撤销。"))
        journal.record(self.undone_action, by=by, about=batch, now=now)
        return batch

    def _fitting_mapping(self, header: Sequence[str], name: str, by: Account, now: datetime) -> ImportMapping:
        """The columns last chosen for a file with just these; else a proposal by the usual names, to be looked at."""
        for saved in ImportMapping.objects.filter(about=self.about).order_by("-saved_at"):
            if saved.options.get("header") == list(header):
                return saved
        title = f"{name.rsplit('/', 1)[-1][:32]} {hashlib.sha256('|'.join([self.about, *header]).encode()).hexdigest()[:8]}"
        return self._save_mapping(title, self.propose(header), by, now, header)

    @transaction.atomic
    def _save_mapping(
        self, name: str, columns: dict[str, dict[str, str]], by: Account, now: datetime, header: Sequence[str] | None = None
    ) -> ImportMapping:
        mapping = ImportMapping.objects.filter(name=name).first() or ImportMapping(name=name, source=self.about)
        mapping.about, mapping.columns, mapping.saved_at, mapping.saved_by = self.about, dict(columns), now, by.username
        if header is not None:
            mapping.options = {"header": list(header)}
        mapping.save()
        journal.record("import.mapping-saved", by=by, about=mapping, now=now, name=name, columns=dict(columns))
        return mapping

    def _allow(self, by: Account) -> None:
        if not by.may(self.permission):
            raise NotAllowed()
