"""Importing a list of shops, units and households along streets: read, decide, confirm, bring in, take back. Policy: 3.1, 3.2.

Premises, piece of the edge and verdict of a row are written together or not at all, and a turn of the worker is one
transaction, so a kill at any row leaves no doubles. What a row only corrects is kept as it was before, so that the batch can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.refusals import Refusal
from wenming.territory.frontages.correcting import (
    NewPoint,
    PremisesFacts,
    correct_premises,
    take_back_correction,
    take_back_premises,
    take_back_stretch,
)
from wenming.territory.frontages.services import PERMISSION, Edge, held_between, register_premises, set_stretch
from wenming.territory.models import EdgeStretch, ManagedStreet, Placement, Premises

from .batches import batch_of, refuse_row, turn_ended, waiting_rows
from .models import ImportBatch, ImportRow
from .models.imports import About, BatchState, RowState
from .premises_verdicts import Judging, correction_of
from .rules.premises_rows import proposed_columns
from .staged_imports import StagedImport

ROWS_PER_TURN = 100


class PremisesImport(StagedImport):
    """Lists of premises. Of the whole file: depth_m and boundary of rows that tell none."""

    about, permission, judging = About.PREMISES, PERMISSION, Judging
    handed_in_action = "premises.import-handed-in"
    confirmed_action = "premises.import-confirmed"
    undone_action = "premises.import-undone"

    def propose(self, header: Sequence[str]) -> dict[str, dict[str, str]]:
        return proposed_columns(header)

    def correcting(self, row: ImportRow, number: str) -> dict[str, Any] | None:
        return correction_of(row, number)


_LISTS = PremisesImport()
hand_in, preview, judge_again, decide, same = _LISTS.hand_in, _LISTS.preview, _LISTS.judge_again, _LISTS.decide, _LISTS.same
confirm, undo, read_premises = _LISTS.confirm, _LISTS.undo, _LISTS.reading


def bring_in_premises(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed batch: a portion of rows, then another turn, until every row has its end."""
    batch = batch_of(entry)
    if batch.state != BatchState.RUNNING:
        return None
    rows = waiting_rows(batch, ROWS_PER_TURN)
    codes = {row.understood["edge"]["street"] for row in rows if row.understood.get("edge")}
    streets = {street.code: street for street in ManagedStreet.objects.filter(code__in=codes)}
    for row in rows:
        _bring_in(row, batch, streets, now)
    return turn_ended(batch, rows, now)


def take_back_rows(entry: Entry, now: datetime) -> object:
    """The reaction to an undone batch, by portions, each row with its end in one transaction."""
    batch = batch_of(entry)
    rows = list(batch.rows.filter(state=RowState.DONE).select_related("premises")[:ROWS_PER_TURN])
    for row in rows:
        with transaction.atomic():
            taken = _take_back(row, batch, now)
            ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE if taken else RowState.KEPT)
    return AGAIN if rows else None


# --- one row ---------------------------------------------------------------------------------------------------------


def _bring_in(row: ImportRow, batch: ImportBatch, streets: dict[str, ManagedStreet], now: datetime) -> None:
    """One row told to the register; a refusal becomes the row's reason, and the batch goes on."""
    try:
        with transaction.atomic():
            # Row and register in one transaction: killed before it, the row still waits; after it, it is done.
            made: dict[str, Any] = {}
            if row.understood["act"] == "register":
                premises = _registered(row, batch, now)
            else:
                premises, made = _corrected(row, batch, now)
            if edge := row.understood.get("edge"):
                made |= _edge_set(premises, edge, streets[edge["street"]], _day(row, now), batch, now)
            told = {**row.understood, "made": made}
            ImportRow.objects.filter(pk=row.pk).update(state=RowState.DONE, premises=premises, understood=told)
    except Refusal as refused:
        refuse_row(row, refused)


def _registered(row: ImportRow, batch: ImportBatch, now: datetime) -> Premises:
    told = dict(row.understood["facts"])
    lon, lat = row.understood["point"]
    return register_premises(
        told.pop("name"), longitude=lon, latitude=lat, on=_day(row, now), by=batch.created_by, now=now, **told
    )


def _corrected(row: ImportRow, batch: ImportBatch, now: datetime) -> tuple[Premises, dict[str, Any]]:
    """The correction, with what stood there before; a row that only divides the street anew corrects nothing."""
    values = row.understood
    found = Premises.objects.select_related("placement").get(number=values["number"])
    seen = PremisesFacts(**values["seen"])
    told = replace(seen, **{name: values["facts"][name] for name in values["changed"]})
    where = NewPoint(*values["point"]) if values["moves"] else None
    if told == seen and where is None:
        return found, {}
    stood_at = found.placement_id
    found = correct_premises(
        found, told, reason=_source(row, batch), by=batch.created_by, now=now, where=where, seen=seen
    )
    return found, {"facts": asdict(told), "stood_at": stood_at if where is not None else None}


def _edge_set(
    premises: Premises, edge: dict[str, Any], street: ManagedStreet, on: date, batch: ImportBatch, now: datetime
) -> dict[str, Any]:
    ended = [one.pk for one in held_between(premises, street, edge["side"], edge["from_cm"], edge["to_cm"])]
    piece = Edge(edge["side"], edge["from_cm"] / 100, edge["to_cm"] / 100, edge["depth_cm"] / 100, edge["boundary"])
    made = set_stretch(street, piece, holder=premises, on=on, by=batch.created_by, now=now, how="imported")
    return {"stretch": made.pk, "ended": ended}


def _take_back(row: ImportRow, batch: ImportBatch, now: datetime) -> bool:
    """Whether all that the row had told could be taken back."""
    assert row.premises is not None
    made, by, source = row.understood["made"], batch.created_by, _("撤销导入 %(batch)d") % {"batch": batch.pk}
    if row.understood["act"] == "register":
        return take_back_premises(row.premises, but_for={"import_rows"}, by=by, now=now, source=source)
    with transaction.atomic():
        back = True
        if made.get("stretch"):
            stretch = EdgeStretch.objects.get(pk=made["stretch"])
            back = take_back_stretch(stretch, ended=made["ended"], by=by, now=now, source=source)
        if back and made.get("facts"):
            stood_at = Placement.objects.select_related("community").filter(pk=made["stood_at"]).first()
            back = take_back_correction(
                row.premises, made=PremisesFacts(**made["facts"]), before=PremisesFacts(**row.understood["seen"]), by=by, now=now,
                source=source, stood_at=stood_at,
            )  # fmt: skip
        # All of the row, or nothing of it.
        transaction.set_rollback(not back)
    return back


def _day(row: ImportRow, now: datetime) -> date:
    today = timezone.localdate(now)
    return min(date.fromisoformat(row.understood["on"]), today) if row.understood.get("on") else today


def _source(row: ImportRow, batch: ImportBatch) -> str:
    return _("导入 %(batch)d：%(file)s 第 %(row)d 行") % {
        "batch": batch.pk,
        "file": batch.file_name[-100:],
        "row": row.position,
    }
