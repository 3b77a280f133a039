"""A dirty census of public places: every row comes to an end, a kill leaves no doubles, a batch is taken back whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.utils import timezone

from bench.place_census import DIRT, Row, rows, workbook
from wenming.cases.tests.story import MONDAY
from wenming.journal.worker import run_waiting
from wenming.observations import place_imports
from wenming.observations.models import ImportBatch
from wenming.observations.models.imports import RowState
from wenming.refusals import NotAllowed
from wenming.territory.models import Area, Level, Place, PlaceEdition
from wenming.territory.public_places import services
from wenming.territory.public_places.services import correct_place, telling_of
from wenming.territory.rules.coordinates import Datum

BOX = (113.3, 22.4, 113.5, 22.6)
MANY = 300
INSIDE = (113.35, 22.45, 113.45, 22.55)


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    for code, level, name in (("442000", Level.CITY, "演示市"), ("442000002", Level.TOWN, "东区")):
        area = Area(code=code, level=level, name=name, short_name=name, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(shapely.box(*BOX))
        area.save()
    return small_city


@pytest.fixture
def census() -> list[Row]:
    return list(rows(MANY, 11, INSIDE, "东区"))


@pytest.fixture
def bring(city: SimpleNamespace) -> Callable[[list[Row]], ImportBatch]:
    def preview(made: list[Row]) -> ImportBatch:
        return place_imports.preview(workbook(made), "普查.xlsx", datum=Datum.CGCS2000, by=city.officer, now=MONDAY)

    return preview


def test_every_row_ends_as_its_dirt_allows_and_says_why(
    city: SimpleNamespace, census: list[Row], bring: Callable[[list[Row]], ImportBatch]
) -> None:
    batch = bring(census)

    kept = list(batch.rows.order_by("position"))
    assert len(kept) == MANY, "nothing is lost"
    wrong = [(row.dirt, one.state, one.reasons) for row, one in zip(census, kept, strict=True) if one.state not in DIRT[row.dirt][1]]
    assert wrong == []
    assert all(one.reasons for one in kept if one.state != RowState.READY)
    twice = [one for row, one in zip(census, kept, strict=True) if row.dirt == "told twice"]
    assert twice and all(one.understood["beside"] for one in twice), "whatever may be one place stands beside the other"
    assert Place.objects.count() == 0


@pytest.mark.parametrize("after", [1, 2, 3])
def test_killed_in_any_portion_it_goes_on_without_doubles(
    after: int, city: SimpleNamespace, census: list[Row], bring: Callable[[list[Row]], ImportBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine stops while a portion is written: before its places, between places and rows, or behind both."""
    monkeypatch.setattr(place_imports, "ROWS_PER_TURN", 60)
    batch = bring(census)
    ready = batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).count()
    place_imports.confirm(batch, by=city.officer, now=MONDAY)
    calls, honest = Counter[str](), services.register_places

    def dying(*args: Any, **kwargs: Any) -> list[Place]:
        calls["times"] += 1
        made = honest(*args, **kwargs)
        if calls["times"] == after:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(place_imports, "register_places", dying)
    with pytest.raises(KeyboardInterrupt):
        _work_to_the_end()
    monkeypatch.setattr(place_imports, "register_places", honest)
    assert Place.objects.count() == batch.rows.filter(state=RowState.DONE).count(), "row and place together, or neither"
    run_waiting(now=timezone.now())
    place_imports.bring_in_places(_entry(batch), MONDAY)
    while batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).exists():
        place_imports.bring_in_places(_entry(batch), MONDAY)

    assert Place.objects.count() == ready == batch.rows.filter(state=RowState.DONE).count()
    assert Place.objects.values("number").distinct().count() == PlaceEdition.objects.count() == ready


def _work_to_the_end() -> None:
    while run_waiting():
        pass


def _entry(batch: ImportBatch) -> Any:
    return SimpleNamespace(about=f"importbatch:{batch.pk}")


def test_the_same_file_again_finds_every_row_and_undo_leaves_what_changed_since(
    city: SimpleNamespace, bring: Callable[[list[Row]], ImportBatch]
) -> None:
    clean = [row for row in rows(60, 5, INSIDE, "东区") if row.dirt == "clean"]
    batch = bring(clean)
    place_imports.decide(batch, accept=True, rows=None, by=city.officer, now=MONDAY)
    place_imports.confirm(batch, by=city.officer, now=MONDAY)
    run_waiting()
    assert Place.objects.count() == len(clean)
    again = bring(clean)
    assert set(again.rows.values_list("state", flat=True)) == {RowState.KNOWN}

    kept = Place.objects.select_related("placement__town", "manager").order_by("number")[0]
    correct_place(
        kept, services.PlaceTelling(**{**vars(telling_of(kept)), "name": "改过的名字"}), reason="核实", on=timezone.localdate(),
        by=city.officer, now=timezone.now(),
    )  # fmt: skip
    batch.refresh_from_db()
    place_imports.undo(batch, by=city.officer, now=timezone.now())
    run_waiting()
    assert Counter(Place.objects.values_list("standing", flat=True)) == {"withdrawn": len(clean) - 1, "open": 1}
    assert batch.rows.get(place=kept).state == RowState.KEPT


def test_only_those_who_keep_the_register_import(city: SimpleNamespace, census: list[Row]) -> None:
    with pytest.raises(NotAllowed):
        place_imports.preview(workbook(census[:3]), "普查.xlsx", datum=Datum.CGCS2000, by=city.handler, now=MONDAY)
