"""Importing a list of public places (摸底普查): preview, decide, confirm, bring in by portions, take back. Policy: 2.1.

A portion of new places comes in by one transaction with the verdicts of its rows, so a kill at any row leaves no doubles;
what only a single row can be refused for sends that portion in row by row.
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

from wenming.engine.writing import update_all
from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN
from wenming.organisations.models import Unit
from wenming.refusals import Refusal
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Level, Place, PlaceOrigin, Source
from wenming.territory.public_places import services as register
from wenming.territory.public_places.services import PERMISSION, NewPlace, PlaceTelling, PlaceWhere, telling_of
from wenming.territory.rules.coordinates import Datum

from .batches import batch_of, refuse_row, turn_ended, waiting_rows
from .models import ImportBatch, ImportRow
from .models.imports import About, BatchState, RowState
from .place_verdicts import Judging, day_of
from .rules.place_rows import proposed_columns
from .staged_imports import StagedImport

ROWS_PER_TURN = 500
NEW = "register"


class PlaceImport(StagedImport):
    """Lists of public places."""

    about, permission, judging = About.PLACES, PERMISSION, Judging
    handed_in_action = "places.import-handed-in"
    confirmed_action = "places.import-confirmed"
    undone_action = "places.import-undone"

    def propose(self, header: Sequence[str]) -> dict[str, dict[str, str]]:
        return proposed_columns(header)

    def correcting(self, row: ImportRow, number: str) -> dict[str, Any] | None:
        found = Place.objects.filter(number=number).first()
        if found is None:
            return None
        return {**row.understood, "act": "correct", "number": found.number, "edition": found.editions_count, "moves": False}


_LISTS = PlaceImport()
hand_in, preview, judge_again, decide, same = _LISTS.hand_in, _LISTS.preview, _LISTS.judge_again, _LISTS.decide, _LISTS.same
confirm, undo, read_places = _LISTS.confirm, _LISTS.undo, _LISTS.reading


def bring_in_places(entry: Entry, now: datetime) -> object:
    """The reaction to a confirmed batch: a portion of rows, then another turn, until every row has its end."""
    batch = batch_of(entry)
    if batch.state != BatchState.RUNNING:
        return None
    rows = waiting_rows(batch, ROWS_PER_TURN)
    around = _Around(rows, batch, now)
    _bring_in_together([row for row in rows if row.understood["act"] == NEW], around)
    for row in rows:
        if row.understood["act"] != NEW:
            _bring_in(row, around)
    return turn_ended(batch, rows, now)


def take_back_places(entry: Entry, now: datetime) -> object:
    """The reaction to an undone batch, by portions, each row with its end in one transaction."""
    batch = batch_of(entry)
    rows = list(batch.rows.filter(state=RowState.DONE).select_related("place").defer("cells")[:ROWS_PER_TURN])
    source = _("撤销导入 %(batch)d") % {"batch": batch.pk}
    registered = [row for row in rows if row.understood["act"] == NEW]
    with transaction.atomic():
        several = [(row.place, _editions(row)[1]) for row in registered if row.place is not None]
        taken = register.take_back_places(several, but_for={"import_rows"}, by=batch.created_by, now=now, about=batch, source=source)
        for row in registered:
            row.state = RowState.UNDONE if row.place_id in taken else RowState.KEPT
        update_all(registered, "state")
    for row in rows:
        if row.understood["act"] != NEW:
            _take_back(row, batch, source, now)
    return AGAIN if rows else None


def _take_back(row: ImportRow, batch: ImportBatch, source: str, now: datetime) -> None:
    """What a row corrected is as it was before."""
    assert row.place is not None
    first, last = _editions(row)
    with transaction.atomic():
        taken = register.take_back_place(row.place, first, through=last, by=batch.created_by, now=now, source=source)
        ImportRow.objects.filter(pk=row.pk).update(state=RowState.UNDONE if taken else RowState.KEPT)


def _editions(row: ImportRow) -> tuple[int, int]:
    """The first and the last edition that the row made; a place that nobody had told of before has its first by it."""
    first, last = row.understood.get("editions", (1, 1))
    return first, last


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


def _bring_in_together(rows: Sequence[ImportRow], around: _Around) -> None:
    """Register the portion in one transaction with its rows' ends; where something is refused, each half by itself."""
    if len(rows) <= 1:
        for row in rows:
            _bring_in(row, around)
        return
    try:
        _register_all(rows, around)
    except Refusal:
        half = len(rows) // 2
        _bring_in_together(rows[:half], around)
        _bring_in_together(rows[half:], around)


@transaction.atomic
def _register_all(rows: Sequence[ImportRow], around: _Around) -> None:
    batch = around.batch
    several = [
        NewPlace(
            around.telling(row.understood), around.where(row.understood), day_of(row.understood, around.today),
            row.understood.get("number", ""), around.source_of(row),
        )
        for row in rows
    ]  # fmt: skip
    source = _("导入 %(batch)d：%(file)s") % {"batch": batch.pk, "file": batch.file_name[-100:]}
    made = register.register_places(several, by=batch.created_by, now=around.now, about=batch, source=source)
    for row, place in zip(rows, made, strict=True):
        row.state, row.place = RowState.DONE, place
    update_all(rows, "state", "place")
    retold = [row for row, place in zip(rows, made, strict=True) if place.editions_count > 1]
    for row in retold:
        row.understood = {**row.understood, "editions": [row.place.editions_count] * 2}  # type: ignore[union-attr]
    update_all(retold, "understood")


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
        made = register.register_place(
            around.telling(values), around.where(values), on=said_on, by=by, now=now, number=values.get("number", ""), source=source,
            origin=PlaceOrigin.CENSUS,
        )  # fmt: skip
        return made, made.editions_count, made.editions_count
    found = Place.objects.select_related("placement__town", "manager").get(number=values["number"])
    on, seen = max(said_on, found.valid_from), values["edition"]
    if values["act"] == "reopen":
        found = register.reopen_place(found, reason="", on=on, by=by, now=now, source=source, expected_edition=seen)
        seen += 1
    before = telling_of(found)
    telling = around.telling(values, before)
    where = around.where(values) if values.get("moves") else None
    if where is not None or telling != before:
        found = register.correct_place(found, telling, where, reason="", on=on, by=by, now=now, source=source, expected_edition=seen)
    return found, values["edition"] + 1, found.editions_count
