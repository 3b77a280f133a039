"""Importing a list of components: preview, decide, confirm, bring in row by row, take back. Policy: 4.1.

A code is the row's identity: the same file again finds every row as it stands, a later file corrects what differs.
Each row comes in by a transaction of its own together with its verdict, so a kill at any row leaves no doubles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import shapely
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Account, Unit
from wenming.refusals import Refusal
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

from .batches import batch_of, refuse_row, turn_ended, waiting_rows
from .component_verdicts import judge
from .models import ImportBatch, ImportRow
from .models.imports import About, BatchState, RowState
from .row_imports import RowImport
from .rules.component_rows import UNITS, proposed_columns

ROWS_PER_TURN = 100


class ComponentImport(RowImport):
    """Lists of components."""

    about, permission = About.COMPONENTS, PERMISSION
    confirmed_action = "components.import-confirmed"
    undone_action = "components.import-undone"

    def propose(self, header: Sequence[str]) -> dict[str, dict[str, str]]:
        return proposed_columns(header)

    def judge(self, rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
        judge(rows, batch, now)


_LISTS = ComponentImport()
judge_again, decide, confirm, undo = _LISTS.judge_again, _LISTS.decide, _LISTS.confirm, _LISTS.undo


def preview(content: bytes, name: str, *, datum: Datum, scheme: Scheme, by: Account, now: datetime) -> ImportBatch:
    """Read the file and give every row a verdict. scheme: by which the codes' classes are read."""
    return _LISTS.preview(content, name, datum=datum, by=by, now=now, scheme=scheme.pk)


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
