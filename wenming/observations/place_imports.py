"""Importing a list of public places (摸底普查): preview, decide, confirm, bring in by portions, take back. Policy: 2.1.

A portion of new places comes in by one transaction with the verdicts of its rows, so a kill at any row leaves no doubles;
what only a single row can be refused for sends that portion in row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Level, Place, PlaceOrigin, Source
from wenming.territory.public_places.selectors import numbers_known
from wenming.territory.public_places.services import (
    PERMISSION,
    NewPlace,
    PlaceTelling,
    PlaceWhere,
    correct_place,
    register_place,
    register_places,
    reopen_place,
    take_back_place,
    telling_of,
)
from wenming.territory.rules.coordinates import Datum

from .batches import batch_of, refuse_row, turn_ended, waiting_rows
from .models import ImportBatch, ImportRow
from .models.imports import About, BatchState, RowState
from .place_verdicts import day_of, judge
from .row_imports import RowImport
from .rules.place_rows import proposed_columns

ROWS_PER_TURN = 500
NEW = "register"


class PlaceImport(RowImport):
    """Lists of public places."""

    about, permission = About.PLACES, PERMISSION
    confirmed_action = "places.import-confirmed"
    undone_action = "places.import-undone"

    def propose(self, header: Sequence[str]) -> dict[str, dict[str, str]]:
        return proposed_columns(header)

    def judge(self, rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
        judge(rows, batch, now)

    @transaction.atomic
    def same(self, batch: ImportBatch, *, rows: Collection[int], by: Account, now: datetime) -> int:
        """是同一个: each of these rows tells of the place beside it. What the row says goes into that dossier.

        Where the other one is a row of this file, this one stays out: the first telling counts. How many were decided.
        """
        batch = self.deciding(batch, by)
        decided, corrected = 0, 0
        for row in batch.rows.filter(state=RowState.DECIDE, position__in=rows):
            beside = (row.understood.get("beside") or [None])[0]
            if beside is None:
                continue
            found = Place.objects.filter(number=beside["number"]).first() if beside["number"] else None
            if found is not None:
                facts = {**row.understood, "act": "correct", "number": found.number, "edition": found.editions_count, "moves": False}
                row.state, row.understood = RowState.WARNED, facts
                row.reasons = [_("认定和 %(number)s 是同一个，更正它的档案") % {"number": found.number}]
                corrected += 1
            else:
                row.state = RowState.SKIPPED
                row.reasons = [_("认定和第 %(row)s 行是同一个，以那一行为准") % {"row": beside["row"]}]
            row.save(update_fields=["state", "understood", "reasons"])
            decided += 1
        if corrected:
            self.go_on(batch, corrected, by, now)
        return decided


_LISTS = PlaceImport()
preview, judge_again, decide, same = _LISTS.preview, _LISTS.judge_again, _LISTS.decide, _LISTS.same
confirm, undo = _LISTS.confirm, _LISTS.undo


def bring_in_places(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed batch: a portion of rows, then another turn, until every row has its end."""
    batch = batch_of(entry)
    if batch.state != BatchState.RUNNING:
        return None
    rows = waiting_rows(batch, ROWS_PER_TURN)
    around = _Around(rows, batch, now)
    new = [row for row in rows if row.understood["act"] == NEW]
    known = numbers_known([row.understood["number"] for row in new if row.understood.get("number")])
    together = [row for row in new if row.understood.get("number", "") not in known]
    if not _bring_in_together(together, around):
        known |= {row.understood.get("number", "") for row in together}
        for row in together:
            _bring_in(row, around)
    for row in rows:
        if row not in together:
            _bring_in(row, around)
    return turn_ended(batch, rows, now)


def take_back_places(entry: Entry, now: datetime) -> object:
    """The reaction to an undone batch, by portions, each row with its end in one transaction."""
    batch = batch_of(entry)
    rows = list(batch.rows.filter(state=RowState.DONE).select_related("place")[:ROWS_PER_TURN])
    for row in rows:
        assert row.place is not None
        first, last = row.understood["editions"]
        source = _("撤销导入 %(batch)d") % {"batch": batch.pk}
        with transaction.atomic():
            taken = take_back_place(row.place, first, through=last, by=batch.created_by, now=now, source=source)
            ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE if taken else RowState.KEPT)
    return AGAIN if rows else None


class _Around:
    """What a portion of rows needs to know, asked once."""

    def __init__(self, rows: Sequence[ImportRow], batch: ImportBatch, now: datetime) -> None:
        self.batch, self.now, self.today = batch, now, timezone.localdate(now)
        managers = {row.understood["manager"] for row in rows if row.understood.get("manager")}
        self.units = {unit.code: unit for unit in Unit.objects.filter(code__in=managers)}
        towns = {row.understood["town"] for row in rows if row.understood.get("town")}
        self.towns = {area.code: area for area in Area.objects.filter(level=Level.TOWN, valid_to=None, code__in=towns).defer("wkb")}

    def source_of(self, row: ImportRow) -> str:
        return _("导入 %(batch)d：%(file)s 第 %(row)d 行") % {
            "batch": self.batch.pk, "file": self.batch.file_name[-100:], "row": row.position,
        }  # fmt: skip

    def telling(self, values: dict[str, Any], before: PlaceTelling | None = None) -> PlaceTelling:
        """What the row tells; what it leaves empty stays as it was."""
        told: dict[str, Any] = {name: values[name] for name in ("kind", "name", "condition", "note") if values.get(name)}
        told |= {name: values[key] for name, key in (("responsible_post", "post"), ("responsible_name", "responsible")) if values.get(key)}
        if values.get("manager") in self.units:
            told |= {"manager": self.units[values["manager"]], "manager_name": ""}
        elif values.get("manager_name"):
            told |= {"manager": None, "manager_name": values["manager_name"]}
        return replace(before, **told) if before is not None else PlaceTelling(**told)

    def where(self, values: dict[str, Any]) -> PlaceWhere:
        address, datum = values.get("address", ""), Datum(values["datum"])
        if values.get("wkt"):
            return PlaceWhere(Drawn(shapely.from_wkt(values["wkt"]), datum, address, Source.MAP))
        if values.get("point"):
            return PlaceWhere(Drawn(shapely.Point(*values["point"]), datum, address, Source.MAP))
        return PlaceWhere(None, self.towns.get(values.get("town", "")), address)


def _bring_in_together(rows: Sequence[ImportRow], around: _Around) -> bool:
    """Register the portion in one transaction with its rows' verdicts. False when something in it is refused."""
    if not rows:
        return True
    batch = around.batch
    several = [
        NewPlace(
            around.telling(row.understood), around.where(row.understood), day_of(row.understood, around.today),
            row.understood.get("number", ""), around.source_of(row),
        )
        for row in rows
    ]  # fmt: skip
    source = _("导入 %(batch)d：%(file)s") % {"batch": batch.pk, "file": batch.file_name[-100:]}
    try:
        with transaction.atomic():
            made = register_places(several, by=batch.created_by, now=around.now, about=batch, source=source)
            for row, place in zip(rows, made, strict=True):
                row.state, row.place, row.understood = RowState.DONE, place, {**row.understood, "editions": [1, 1]}
            ImportRow.objects.bulk_update(rows, ["state", "place", "understood"], batch_size=250)
    except Refusal:
        for row in rows:
            row.refresh_from_db()
        return False
    return True


def _bring_in(row: ImportRow, around: _Around) -> None:
    """One row becomes one edition; a refusal becomes the row's reason, and the batch goes on."""
    try:
        with transaction.atomic():
            # Row and register in one transaction: killed before it, the row still waits; after it, it is done.
            place, first, last = _told(row, around)
            facts = {**row.understood, "editions": [first, last]}
            ImportRow.objects.filter(pk=row.pk).update(state=RowState.DONE, place=place, understood=facts)
    except Refusal as refused:
        refuse_row(row, refused)


def _told(row: ImportRow, around: _Around) -> tuple[Place, int, int]:
    """What the row tells, told to the register; with the first and the last edition that it made."""
    values, by, now, source = row.understood, around.batch.created_by, around.now, around.source_of(row)
    said_on: date = day_of(values, around.today)
    if values["act"] == NEW:
        made = register_place(
            around.telling(values), around.where(values), on=said_on, by=by, now=now, number=values.get("number", ""), source=source,
            origin=PlaceOrigin.CENSUS,
        )  # fmt: skip
        return made, made.editions_count, made.editions_count
    found = Place.objects.select_related("placement__town", "manager").get(number=values["number"])
    on, seen = max(said_on, found.valid_from), values["edition"]
    if values["act"] == "reopen":
        found = reopen_place(found, reason="", on=on, by=by, now=now, source=source, expected_edition=seen)
        seen += 1
    before = telling_of(found)
    telling = around.telling(values, before)
    where = around.where(values) if values.get("moves") else None
    if where is not None or telling != before:
        found = correct_place(found, telling, where, reason="", on=on, by=by, now=now, source=source, expected_edition=seen)
    return found, values["edition"] + 1, found.editions_count
